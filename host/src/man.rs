//! `wasm-host man`.

use crate::failure::Failure;
use crate::standard_output;
use clap::{Args, Command};
use std::fs;
use std::path::{Path, PathBuf};

/// Print the manual page of wasm-host, or write it and those of its subcommands.
///
/// `wasm-host man | man -l -` shows it. In a folder `man1` of what `manpath` prints, such
/// as /usr/local/share/man/man1, `man wasm-host-serve` finds the page of `wasm-host serve`.
#[derive(Debug, Args)]
pub(super) struct Man {
    /// Folder to write the pages into, which has to be there; those of before are
    /// replaced [default: print the first page].
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    /// Prints or writes what there is to read of `command`.
    pub(super) fn run(&self, command: Command) -> Result<(), Failure> {
        // What `help` does is on each page.
        let mut command = command.disable_help_subcommand(true);
        command.build();
        match &self.folder {
            Some(folder) => write_all(&command, folder),
            None => standard_output::print(&text(&page(&command))?),
        }
    }
}

/// Writes a command's page and those of its subcommands.
fn write_all(command: &Command, folder: &Path) -> Result<(), Failure> {
    let page = page(command);
    let path = folder.join(page.get_filename());
    fs::write(&path, text(&page)?).map_err(|source| Failure::ManPage { path, source })?;
    let mut subcommands = command.get_subcommands();
    subcommands.try_for_each(|subcommand| write_all(subcommand, folder))
}

/// The page of a command that is built.
fn page(command: &Command) -> clap_mangen::Man {
    clap_mangen::Man::new(command.clone())
        // Whoever builds it at another time has the same page. Were this empty, what
        // follows would be taken for it.
        .date(" ")
        .source(concat!("wasm-host ", env!("CARGO_PKG_VERSION")))
        .manual("User Commands")
}

fn text(page: &clap_mangen::Man) -> Result<Vec<u8>, Failure> {
    let mut text = Vec::new();
    page.render(&mut text).map_err(Failure::Output)?;
    Ok(text)
}
