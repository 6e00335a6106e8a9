//! The command line as its users know it.
//!
//! Some subcommands are for processes that `wasm-host` starts itself, or for its release. Their `hide` keeps
//! them out of the help, and not out of what clap_complete makes.

use clap::Command;

/// The same command without the subcommands that are hidden.
pub(crate) fn part_of(command: &Command) -> Command {
    let shown = |it: &&Command| !it.is_hide_set();
    let mut visible = Command::new("wasm-host")
        .version(env!("CARGO_PKG_VERSION"))
        .args(command.get_arguments())
        .subcommand_required(command.is_subcommand_required_set())
        .subcommands(command.get_subcommands().filter(shown));
    if let Some(about) = command.get_about() {
        visible = visible.about(about.clone());
    }
    if let Some(about) = command.get_long_about() {
        visible = visible.long_about(about.clone());
    }
    visible
}
