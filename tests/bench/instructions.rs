//! Instructions that our server executes for a request, by callgrind: a number
//! that a busy machine doesn't move. What runs in the sandbox counts; what the
//! kernel does, doesn't.

use super::client::Client;
use super::error::{Error, Result};
use super::lab::{Lab, output_folder};
use super::peers::{Contender, Isolation, Launch, OURS, on_path};
use super::server::Server;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

const PROGRAM: &str = "valgrind";

/// Before the first measured one: the server compiles and fills its caches.
const WARM_UP: u64 = 200;
/// The requests that are counted.
const COUNTED: u64 = 1000;

/// What was counted.
pub(crate) struct Instructions {
    pub(crate) requests: u64,
    pub(crate) a_request: u64,
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "wasm-host executes {} instructions for a request of 1 KB ({} on one connection, by callgrind, outside the kernel).",
            self.a_request, self.requests
        )
    }
}

/// The difference of two runs, so that starting and stopping cancel out. None
/// if it can't be counted here, and the reason is printed.
pub(crate) fn a_request(lab: &Lab) -> Result<Option<Instructions>> {
    let Some(valgrind) = on_path(PROGRAM) else {
        eprintln!("skipped: {PROGRAM} isn't installed");
        return Ok(None);
    };
    let mut contenders = lab.contenders.iter();
    let Some(ours) = contenders.find(|contender| contender.peer.name == OURS) else {
        return Ok(None);
    };
    // The processor that valgrind shows isn't the real one: the component is
    // compiled for it once, and then found in the cache.
    count(lab, ours, &valgrind, 1)?;
    let few = count(lab, ours, &valgrind, WARM_UP)?;
    let many = count(lab, ours, &valgrind, WARM_UP + COUNTED)?;
    let difference = many.checked_sub(few).ok_or_else(|| Error::Tool {
        command: PROGRAM.to_owned(),
        what: format!("counted {few} instructions for few requests and {many} for many"),
    })?;
    Ok(Some(Instructions {
        requests: COUNTED,
        a_request: difference / COUNTED,
    }))
}

/// The instructions of a server that answers so many requests, from its start
/// to its end.
fn count(lab: &Lab, ours: &Contender, valgrind: &Path, requests: u64) -> Result<u64> {
    let file = output_folder().join("callgrind.out");
    let mut runner = vec![valgrind.into()];
    // Code that is made while it runs has to be noticed.
    runner.extend(["--tool=callgrind", "--smc-check=all-non-file"].map(OsString::from));
    runner.push(format!("--callgrind-out-file={}", file.display()).into());
    let contender = Contender {
        runner,
        ..ours.clone()
    };
    let launch = Launch {
        root: lab.files.root(),
        workers: 1,
        isolation: Isolation::Usual,
    };
    let server = Server::start(&contender, &launch)?;
    let failed = |error| server.failed(format!("failed under {PROGRAM}: {error}"));
    let mut client = Client::connect(server.address).map_err(failed)?;
    for _ in 0..requests {
        client.get("/small.bin", &[]).map_err(failed)?;
    }
    drop(client);
    server.stop()?;
    total(&file)
}

/// From the line `totals: 2204193991`.
fn total(file: &Path) -> Result<u64> {
    let text = std::fs::read_to_string(file).map_err(Error::at(file))?;
    let line = text.lines().find_map(|line| line.strip_prefix("totals: "));
    line.and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| Error::Tool {
            command: PROGRAM.to_owned(),
            what: format!("no total in {}", file.display()),
        })
}
