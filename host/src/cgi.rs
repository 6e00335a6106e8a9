//! The options of scripts.

use crate::numbers::{duration, whole};
use crate::{cgi_spawner, values};
use clap::{Args, ValueHint};
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wasm_host_server::{CgiOptions, ScriptBounds, ScriptUsers};

const MIB: u64 = 1024 * 1024;

/// Whether scripts are run, and how. Without --cgi the others would do nothing,
/// and a script's source would be served, so they ask for it.
#[derive(Debug, Args)]
pub(super) struct Cgi {
    /// Run the files of the CGI directories as scripts: programs, or components
    /// in a sandbox of their own [default: off].
    #[arg(long)]
    cgi: bool,

    /// Directory of scripts, beneath the one that is served, and no link out of
    /// it; repeatable [default: cgi-bin, htbin].
    #[arg(long, requires = "cgi", value_name = "DIR", value_parser = values::cgi_directory,
          value_hint = ValueHint::Other)]
    cgi_directory: Vec<PathBuf>,

    /// Longest time for a script to answer; then 504, or a close if its answer has
    /// begun. What it waits for its client isn't counted, unless that is as long at
    /// once, or others wait for its place: then a client gets a second, and one more
    /// for each 8 KiB, at most two at once. A component has as long again to be
    /// compiled, when it is new.
    #[arg(long, requires = "cgi", value_name = "TIME", default_value = "30s",
          value_parser = duration, allow_negative_numbers = true)]
    cgi_timeout: Duration,

    /// Most scripts at once; requests beyond that wait, then get 503.
    #[arg(long, requires = "cgi", value_name = "N", default_value = "16",
          value_parser = whole(1..=4096_u32), allow_negative_numbers = true)]
    cgi_max: u32,

    /// Most content, in MiB, of a request that sends it chunked: it is kept until a
    /// script can be told its length, in a file without a name in $TMPDIR or
    /// /var/tmp. Then 413. Four times as much is kept for all together.
    #[arg(long, requires = "cgi", value_name = "MIB", default_value = "1024",
          value_parser = whole(1..=1_048_576_u32), allow_negative_numbers = true)]
    cgi_max_chunked: u32,

    /// Most memory of a script, in MiB: of each of its processes, what it can write.
    #[arg(long, requires = "cgi", value_name = "MIB", default_value = "1024",
          value_parser = whole(16..=1_048_576_u32), allow_negative_numbers = true)]
    cgi_memory: u32,

    /// Most processes of a script at once, itself included; one that begins more is
    /// killed with all of them, and answered with 502.
    #[arg(long, requires = "cgi", value_name = "N", default_value = "64",
          value_parser = whole(1..=65_536_u32), allow_negative_numbers = true)]
    cgi_processes: u32,

    /// Longest file that a script may write, in MiB.
    #[arg(long, requires = "cgi", value_name = "MIB", default_value = "1024",
          value_parser = whole(0..=1_048_576_u32), allow_negative_numbers = true)]
    cgi_file_size: u32,

    /// Most files and other descriptors that a script may have open, in each of its
    /// processes.
    #[arg(long, requires = "cgi", value_name = "N", default_value = "1024",
          value_parser = whole(64..=1_048_576_u32), allow_negative_numbers = true)]
    cgi_open_files: u32,

    /// Longest time for a script to compute, in whole seconds, in each of its
    /// processes.
    #[arg(long, requires = "cgi", value_name = "SECONDS", default_value = "60",
          value_parser = whole(1..=86_400_u32), allow_negative_numbers = true)]
    cgi_cpu_time: u32,

    /// Users for scripts, by number: each that runs has one of its own, so that none can
    /// signal another or read its variables. At least twice --cgi-max; for root. A file
    /// that a script leaves is a later one's, which has the same user; the group is
    /// nobody's [default: all scripts are nobody's].
    #[arg(long, requires = "cgi", value_name = "FIRST-LAST", value_parser = values::script_users)]
    cgi_users: Option<ScriptUsers>,

    /// Variable for every script, with this process's value if none is given;
    /// repeatable [default: those of RFC 3875 and a safe PATH].
    #[arg(long, requires = "cgi", value_name = "NAME[=VALUE]", value_parser = values::variable)]
    cgi_env: Vec<(OsString, OsString)>,

    /// Pass requests' Authorization fields to scripts [default: off].
    #[arg(long, requires = "cgi")]
    cgi_authorization: bool,
}

impl Cgi {
    /// None if no scripts are to run.
    pub(super) fn options(&self) -> Option<CgiOptions> {
        let mut options = CgiOptions::default();
        if !self.cgi_directory.is_empty() {
            options.directories.clone_from(&self.cgi_directory);
        }
        options.timeout = self.cgi_timeout;
        options.max_running = self.cgi_max;
        options.max_chunked = u64::from(self.cgi_max_chunked) * MIB;
        options.bounds = self.bounds();
        options.users = self.cgi_users;
        options.environment.clone_from(&self.cgi_env);
        options.authorization = self.cgi_authorization;
        options.spawner = cgi_spawner::command();
        self.cgi.then_some(options)
    }

    /// A directory of scripts that isn't there may come later, or have been misspelt.
    pub(super) fn warn_of_absent_directories(&self, directory: &Path) {
        let Some(options) = self.options() else {
            return;
        };
        let is_there = |name: &PathBuf| directory.join(name).is_dir();
        if !options.directories.iter().any(is_there) {
            let names = options.directories.iter().map(|name| name.display());
            let names: Vec<_> = names.map(|name| name.to_string()).collect();
            tracing::warn!(
                "there is no {} in {directory:?} yet: --cgi has no effect until then; name another with --cgi-directory",
                names.join(" or ")
            );
        }
    }

    fn bounds(&self) -> ScriptBounds {
        ScriptBounds {
            memory: u64::from(self.cgi_memory) * MIB,
            processes: self.cgi_processes,
            file_size: u64::from(self.cgi_file_size) * MIB,
            open_files: self.cgi_open_files.into(),
            cpu_time: self.cgi_cpu_time.into(),
        }
    }
}
