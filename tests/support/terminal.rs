//! A terminal for the program, by way of util-linux's `script`.

use super::server::BINARY;
use super::skip::skipped;
use std::ffi::OsStr;
use std::io::Read;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

/// A program on a terminal of its own, killed when dropped.
pub(crate) struct Terminal {
    child: Child,
    output: ChildStdout,
    seen: Vec<u8>,
}

impl Terminal {
    /// Runs the binary; none, and the reason printed, where that can't be done.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Option<Self> {
        let quoted: Vec<String> = [OsStr::new(BINARY).to_owned()]
            .into_iter()
            .chain(args.into_iter().map(|arg| arg.as_ref().to_owned()))
            .map(|arg| format!("'{}'", arg.to_str().expect("our arguments are plain")))
            .collect();
        let child = Command::new("script")
            .args([
                "--quiet",
                "--return",
                "--command",
                &quoted.join(" "),
                "/dev/null",
            ])
            // A terminal of an unknown kind shows no progress.
            .env("TERM", "xterm")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let Ok(mut child) = child else {
            skipped("script (util-linux) isn't installed");
            return None;
        };
        let output = child.stdout.take().expect("stdout is a pipe");
        Some(Self {
            child,
            output,
            seen: Vec::new(),
        })
    }

    /// Reads until `wanted` is on the screen, and returns all that was shown.
    #[track_caller]
    pub(crate) fn wait_for(&mut self, wanted: &str) -> String {
        let mut buffer = [0; 1024];
        while !self.shown().contains(wanted) {
            let read = self.output.read(&mut buffer).expect("a pipe can be read");
            assert!(read > 0, "{wanted:?} isn't in {:?}", self.shown());
            self.seen.extend_from_slice(&buffer[..read]);
        }
        self.shown()
    }

    /// Waits for the program's end; all that was shown, and how it ended.
    #[track_caller]
    pub(crate) fn end(mut self) -> (String, ExitStatus) {
        self.output
            .read_to_end(&mut self.seen)
            .expect("a pipe can be read");
        let status = self.child.wait().expect("it can be waited for");
        (self.shown(), status)
    }

    fn shown(&self) -> String {
        String::from_utf8_lossy(&self.seen).into_owned()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
