//! `wasm-host completions`.

use crate::failure::Failure;
use crate::standard_output;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::Shell;

/// Print a script that has a shell complete the command lines of wasm-host.
///
/// bash reads it as ~/.local/share/bash-completion/completions/wasm-host, fish as
/// ~/.config/fish/completions/wasm-host.fish, and zsh as _wasm-host in a folder of
/// $fpath. The others have it in the file that they read when they start.
#[derive(Debug, Args)]
pub(super) struct Completions {
    /// Shell that reads it.
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints the script for `command`.
    pub(super) fn run(&self, command: Command) -> Result<(), Failure> {
        let mut command = with_hints(command);
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "wasm-host", &mut script);
        let script = String::from_utf8_lossy(&script);
        // The script for bash notes a subcommand by the second of these names, and looks
        // for it by the first, which would never be there: what a hyphen in the program's
        // name becomes (https://github.com/clap-rs/clap/issues/6421).
        let script = script.replace("wasm__subcmd__host", "wasm__host");
        standard_output::print(script.as_bytes())
    }
}

/// Says of each option what a shell can't see in its name.
fn with_hints(command: Command) -> Command {
    command.mut_args(with_hint).mut_subcommands(with_hints)
}

/// Has a path completed as that of a file or a folder. Without this bash takes a folder's
/// name for all of a path, and puts a space after it.
fn with_hint(arg: Arg) -> Arg {
    let names = arg.get_value_names().unwrap_or_default();
    let is_folder = names.iter().any(|name| name == "DIR");
    // zsh takes what follows a colon for a command that completes the value, and
    // clap_complete doesn't keep it from that.
    let has_colon = names.iter().any(|name| name.contains(':'));
    let arg = match arg.get_value_hint() {
        ValueHint::AnyPath if is_folder => arg.value_hint(ValueHint::DirPath),
        ValueHint::AnyPath => arg.value_hint(ValueHint::FilePath),
        _ => arg,
    };
    match has_colon {
        true => arg.value_name("VALUE"),
        false => arg,
    }
}
