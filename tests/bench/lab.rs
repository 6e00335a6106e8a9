//! Where measurements take place: the files, the servers and the tools.

use super::error::{Error, Result};
use super::files::Files;
use super::load::Tools;
use super::options::{Options, Pace};
use super::peers::{self, Absent, Contender};
use super::work::{Case, latency};
use std::path::{Path, PathBuf};

/// What all cases share.
pub(crate) struct Lab {
    pub(crate) pace: Pace,
    pub(crate) files: Files,
    pub(crate) tools: Tools,
    pub(crate) contenders: Vec<Contender>,
    pub(crate) absent: Vec<Absent>,
    /// Requests a second at which latencies are compared.
    pub(crate) steady_rate: Option<f64>,
}

impl Lab {
    pub(crate) fn set_up(options: &Options) -> Result<Self> {
        let folder = output_folder();
        std::fs::create_dir_all(&folder).map_err(Error::at(&folder))?;
        let pace = options.pace();
        let (contenders, absent) = peers::find(options)?;
        for Absent { peer, reason } in &absent {
            eprintln!("left out: {peer}: {reason}");
        }
        Ok(Self {
            pace,
            files: Files::create(&folder, pace.large_file)?,
            tools: Tools::find(&folder)?,
            contenders,
            absent,
            steady_rate: None,
        })
    }

    /// What a case has to know before its first round.
    pub(crate) fn prepare(&mut self, case: &Case) -> Result<()> {
        if case.is_at_steady_rate() && self.steady_rate.is_none() {
            self.steady_rate = latency::steady_rate(self)?;
        }
        Ok(())
    }
}

/// `bench` in the target folder, wherever that is.
pub(crate) fn output_folder() -> PathBuf {
    let in_target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    in_target.with_file_name("bench")
}
