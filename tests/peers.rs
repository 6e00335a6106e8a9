//! `cargo bench -p wasm-host --bench peers`: this server beside others, on the
//! same files, in the same minutes. Options after `--`; `--help` lists them.

mod bench;

use bench::{Options, run};
use clap::Parser;
use std::process::ExitCode;

/// Whatever the speeds, it only fails if our server does, or sends wrong bytes.
fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(report) => {
            println!("{report}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
