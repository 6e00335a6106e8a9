//! Instructions that our server executes for a request, and how often it finds
//! code or data not in the processor's first caches, by callgrind: numbers that a
//! busy machine doesn't move. What runs in the sandbox counts; what the kernel
//! does, doesn't.
//!
//! valgrind 3.19 doesn't know openat2(2), so that files are opened the long way.

use super::client::Client;
use super::error::{Error, Result};
use super::lab::{Lab, output_folder};
use super::peers::{Contender, Isolation, Launch, OURS, on_path};
use super::server::Server;
use std::collections::HashMap;
use std::ffi::OsString;
use std::fmt;
use std::path::Path;

const PROGRAM: &str = "valgrind";

/// Before the first measured one: the server compiles and fills its caches.
const WARM_UP: u64 = 200;
/// The requests that are counted.
const COUNTED: u64 = 1000;

/// The sandboxes that there is room for in the addresses that valgrind has. With
/// more, our server would make do without the reserved ones, and the code in them
/// would be another: with a check of each address.
const CONNECTIONS: u32 = 4;

/// What most processors have as first caches.
const CACHES: [&str; 3] = ["--cache-sim=yes", "--I1=32768,8,64", "--D1=32768,8,64"];

/// What was counted, a request.
pub(crate) struct Instructions {
    pub(crate) requests: u64,
    pub(crate) a_request: u64,
    pub(crate) code_misses: u64,
    pub(crate) data_misses: u64,
}

impl fmt::Display for Instructions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "wasm-host executes {} instructions for a request of 1 KB, and misses its first caches {} times for code and {} times for data ({} requests on one connection, by callgrind, outside the kernel).",
            self.a_request, self.code_misses, self.data_misses, self.requests
        )
    }
}

/// The difference of two runs, so that starting and stopping cancel out. None
/// if it can't be counted here, and the reason is printed.
pub(crate) fn a_request(lab: &Lab) -> Result<Option<Instructions>> {
    let Some(valgrind) = on_path(PROGRAM) else {
        eprintln!("left out: {PROGRAM} isn't installed");
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
    let each = |event: fn(&Totals) -> u64| {
        let (few, many) = (event(&few), event(&many));
        let difference = many.checked_sub(few).ok_or_else(|| Error::Tool {
            command: PROGRAM.to_owned(),
            what: format!("counted {few} for few requests and {many} for many"),
        })?;
        Ok(difference / COUNTED)
    };
    Ok(Some(Instructions {
        requests: COUNTED,
        a_request: each(|totals| totals.instructions)?,
        code_misses: each(|totals| totals.code_misses)?,
        data_misses: each(|totals| totals.data_misses)?,
    }))
}

/// What a whole run came to.
#[derive(Debug, PartialEq, Eq)]
struct Totals {
    instructions: u64,
    code_misses: u64,
    data_misses: u64,
}

/// What a server that answers so many requests comes to, from its start to its
/// end.
fn count(lab: &Lab, ours: &Contender, valgrind: &Path, requests: u64) -> Result<Totals> {
    let file = output_folder().join("callgrind.out");
    let mut runner = vec![valgrind.into()];
    // Code that is made while it runs has to be noticed.
    runner.extend(["--tool=callgrind", "--smc-check=all-non-file"].map(OsString::from));
    runner.extend(CACHES.map(OsString::from));
    runner.push(format!("--callgrind-out-file={}", file.display()).into());
    let contender = Contender {
        runner,
        ..ours.clone()
    };
    let launch = Launch {
        root: lab.files.root(),
        workers: 1,
        isolation: Isolation::Usual,
        connections: Some(CONNECTIONS),
    };
    let server = Server::start(&contender, &launch)?;
    let failed = |error| server.failed(format!("failed under {PROGRAM}: {error}"));
    let mut client = Client::connect(server.address).map_err(failed)?;
    for _ in 0..requests {
        client.get("/small.bin", &[]).map_err(failed)?;
    }
    drop(client);
    server.stop()?;
    let text = std::fs::read_to_string(&file).map_err(Error::at(&file))?;
    totals(&text).ok_or_else(|| Error::Tool {
        command: PROGRAM.to_owned(),
        what: format!("no totals in {}", file.display()),
    })
}

/// From the lines `events: Ir Dr Dw I1mr D1mr D1mw` and `totals: 22 7 3 1 0 0`.
fn totals(text: &str) -> Option<Totals> {
    let line = |name| text.lines().find_map(|line| line.strip_prefix(name));
    let events = line("events: ")?.split_whitespace();
    let counts = line("totals: ")?.split_whitespace();
    let counted: HashMap<&str, &str> = events.zip(counts).collect();
    let count = |event| counted.get(event)?.parse::<u64>().ok();
    Some(Totals {
        instructions: count("Ir")?,
        code_misses: count("I1mr")?,
        data_misses: count("D1mr")? + count("D1mw")?,
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn totals_are_read_by_their_names() {
        let text = "version: 1\nevents: Ir Dr Dw I1mr D1mr D1mw ILmr\n\nfn=(1) main\n0 1 2 3\ntotals: 22 7 3 5 6 8 9\n";
        let totals = super::totals(text).unwrap();
        assert_eq!(totals.instructions, 22);
        assert_eq!((totals.code_misses, totals.data_misses), (5, 14));
        assert_eq!(super::totals("events: Ir\ntotals: 22\n"), None);
    }
}
