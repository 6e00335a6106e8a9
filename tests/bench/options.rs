//! The command line, and how much work it asks for.

use clap::{Parser, ValueEnum};
use std::path::PathBuf;
use std::time::Duration;

/// This server beside others, on the same files, in the same minutes.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p wasm-host --bench peers --")]
pub(crate) struct Options {
    /// Count instructions by callgrind instead of measuring time.
    #[arg(value_enum)]
    pub(crate) what: Option<What>,

    /// How often each server is measured in each case.
    #[arg(long, value_name = "N", default_value_t = 5,
          value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(1..=1000))]
    pub(crate) rounds: usize,

    /// How long a measurement's load lasts.
    #[arg(long, value_name = "SECONDS", default_value_t = 2,
          value_parser = clap::value_parser!(u32).range(1..=3600))]
    pub(crate) seconds: u32,

    /// The cases to run, by name [default: all].
    #[arg(long, value_name = "CASE,...", value_delimiter = ',')]
    pub(crate) only: Vec<String>,

    /// The servers to compare, by name [default: all that are found].
    #[arg(long, value_name = "PEER,...", value_delimiter = ',')]
    pub(crate) peers: Vec<String>,

    /// One round of little work: shows that the benchmark runs, and no more.
    #[arg(long)]
    pub(crate) short: bool,

    /// First install what Debian's apt-get has of the servers and tools. Debian
    /// also starts such servers as services.
    #[arg(long)]
    pub(crate) install: bool,

    /// Another build of this server to measure [default: the one that cargo
    /// just built].
    #[arg(long, value_name = "FILE", default_value = env!("CARGO_BIN_EXE_wasm-host"))]
    pub(crate) wasm_host: PathBuf,

    /// What `cargo bench` adds.
    #[arg(long, hide = true)]
    bench: bool,
}

/// What to measure instead of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum What {
    /// Instructions a request, which noise doesn't move.
    Instructions,
}

/// How much work a measurement is.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    pub(crate) rounds: usize,
    pub(crate) seconds: u32,
    /// How long requests are sent before each measurement.
    pub(crate) warm_up: Duration,
    /// Requests whose processor time is taken.
    pub(crate) counted_requests: u32,
    pub(crate) idle_connections: usize,
    /// Starts, of which a sample is the median.
    pub(crate) starts: usize,
    pub(crate) large_file: usize,
}

impl Options {
    /// The work of a full run, or of a short one.
    pub(crate) fn pace(&self) -> Pace {
        if self.short {
            return Pace {
                rounds: 1,
                seconds: 1,
                warm_up: Duration::from_millis(20),
                counted_requests: 200,
                idle_connections: 50,
                starts: 1,
                large_file: 8 << 20,
            };
        }
        Pace {
            rounds: self.rounds,
            seconds: self.seconds,
            warm_up: Duration::from_millis(250),
            counted_requests: 10_000,
            idle_connections: 10_000,
            starts: 5,
            large_file: 100 << 20,
        }
    }

    /// The file for the JSON. A short run doesn't replace one that took an hour.
    pub(crate) fn report_name(&self) -> &'static str {
        match self.what {
            Some(What::Instructions) => "instructions.json",
            None if self.short => "peers-short.json",
            None => "peers.json",
        }
    }

    /// Whether instructions are counted.
    pub(crate) fn instructions(&self) -> bool {
        self.what == Some(What::Instructions)
    }
}
