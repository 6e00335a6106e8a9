//! The options of a server's log.

use crate::failure::Failure;
use crate::log_format;
use crate::log_output::LogFile;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(super) struct Log {
    /// Log errors only [default: requests too].
    #[arg(short, long, conflicts_with = "verbose")]
    pub(super) quiet: bool,

    /// Log what is of use in finding a fault, too [default: off].
    #[arg(short, long)]
    verbose: bool,

    /// Format of the log, on standard error. In common and combined, nothing but
    /// requests: what else there is to say goes to standard output, or to standard
    /// error with --log-file.
    #[arg(long, value_enum, value_name = "FORMAT", default_value_t = log_format::LogFormat::Python)]
    pub(super) log_format: log_format::LogFormat,

    /// File to append the log to, rather than standard error; opened anew on SIGUSR1,
    /// as after a rotation [default: none].
    #[arg(long, value_name = "FILE")]
    log_file: Option<PathBuf>,
}

impl Log {
    pub(super) fn open_file(&self) -> Result<Option<LogFile>, Failure> {
        let open = |path: &PathBuf| {
            LogFile::open(path).map_err(|source| Failure::LogFile {
                path: path.clone(),
                source,
            })
        };
        self.log_file.as_ref().map(open).transpose()
    }

    pub(super) fn level(&self) -> tracing::Level {
        if self.quiet {
            tracing::Level::ERROR
        } else if self.verbose {
            tracing::Level::DEBUG
        } else {
            tracing::Level::INFO
        }
    }
}
