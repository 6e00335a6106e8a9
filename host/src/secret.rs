//! `wasm-host previews secret`.

use crate::failure::Failure;
use clap::Subcommand;
use console::Term;
use std::io::{self, IsTerminal, Read};
use wasm_host_preview::names::{ProjectName, VariableName};
use wasm_host_preview::secrets::MAX_SECRET;
use wasm_host_preview::wire::NewSecret;
use wasm_host_server::OutboundTarget;

/// What is done with secrets.
#[derive(Debug, Subcommand)]
pub(super) enum Secret {
    /// Set a secret, in place of one of the same name. Its value is read from standard
    /// input, or asked for; code that runs is started anew with it.
    Set {
        /// Project whose sites' code may name it in `secrets` of its wasm-host.toml.
        #[arg(value_name = "PROJECT")]
        project: ProjectName,
        /// Variable of the environment that the code finds it in.
        #[arg(value_name = "NAME")]
        name: VariableName,
        /// Host that it is for, which alone it is sent to; repeatable. The code then finds
        /// a placeholder, which becomes the secret in fields of requests to that host, by
        /// HTTPS, once they have left the code's process [default: the code has the
        /// secret itself].
        #[arg(long = "for", value_name = "HOST[:PORT]")]
        hosts: Vec<OutboundTarget>,
    },
    /// List the secrets of a project, without their values.
    List {
        /// Project that has them.
        #[arg(value_name = "PROJECT")]
        project: ProjectName,
    },
    /// Remove a secret. Code that runs is started anew without it.
    Rm {
        /// Project that has it.
        #[arg(value_name = "PROJECT")]
        project: ProjectName,
        /// The secret.
        #[arg(value_name = "NAME")]
        name: VariableName,
    },
}

/// A secret whose value is read from standard input: without the end of its last line, and
/// from a terminal without showing it.
///
/// # Errors
///
/// It can't be read, is too long, or no text.
pub(super) fn read(name: &VariableName, hosts: &[OutboundTarget]) -> Result<NewSecret, Failure> {
    let failed = |error: io::Error| {
        let text = format!("cannot read the secret from standard input: {error}");
        Failure::Preview(text)
    };
    let value = match io::stdin().is_terminal() {
        true => {
            let terminal = Term::stderr();
            let asked = terminal.write_str(&format!("Value of {name}, which isn't shown: "));
            asked
                .and_then(|()| terminal.read_secure_line())
                .map_err(failed)?
        }
        false => {
            let mut text = String::new();
            // A byte more than may be, for the end of a line, and one that says too much.
            let most = MAX_SECRET as u64 + 2;
            let read = io::stdin().take(most).read_to_string(&mut text);
            read.map_err(failed)?;
            let line = text.strip_suffix('\n').unwrap_or(&text);
            line.strip_suffix('\r').unwrap_or(line).to_owned()
        }
    };
    Ok(NewSecret {
        value,
        hosts: hosts.iter().map(ToString::to_string).collect(),
    })
}
