//! A handler that misbehaves as the path asks it to.
//!
//! | module | how |
//! |---|---|
//! | `response` | traps, ends, or stalls halfway; responses of the wrong length |
//! | `granted` | goes beyond what it was granted by name |
//! | `hoard` | takes time, memory, and open files without end |
//! | `reach` | reaches for what it wasn't granted |
//! | `run` | has scripts run something else than what they are |
//! | `speak` | writes what could steer a terminal or forge a log |

mod granted;
mod hoard;
mod reach;
mod response;
mod run;
mod speak;

use std::fs::File;
use std::io::Write;
use std::sync::atomic::{AtomicU32, Ordering};
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

/// How many requests this instance has counted.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

struct Hostile(Exchange);

impl BaseHttpRequestHandler for Hostile {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn protocol_version(&mut self) -> &'static str {
        "HTTP/1.1"
    }

    fn do_get(&mut self) -> Result<()> {
        let path = self.exchange().path.clone();
        match path.as_str() {
            "/ok" => self.answer("ok\n"),
            "/state" => self.answer(&count().to_string()),

            "/trap" => panic!("on purpose"),
            "/trap-midway" => self.trap_midway(),
            "/exit" => std::process::exit(3),
            "/exit-well" => std::process::exit(0),
            "/silent" => Ok(()),
            "/short" => self.short(),
            "/long" => self.long(),
            "/long-unnoticed" => self.long_unnoticed(),
            "/close-then-write" => self.close_then_write(),
            "/huge-head" => self.huge_head(),
            "/huge-head-of-file" => self.huge_head_of_file(),
            "/split-head" => self.split_head(),

            "/loop" => hoard::time(),
            "/loop-midway" => self.loop_midway(),
            "/bulk" => hoard::bulk(),
            "/sleep" => hoard::sleep(),
            "/hold" => self.hold(),
            "/allocate" => hoard::memory(),
            "/recurse" => self.answer(&hoard::stack(0).to_string()),
            "/resources" => hoard::files_of_std(),
            "/hold-files" => self.hold_files(),
            "/open-fifo" => self.answer(&format!("{:?}", File::open("/fifo").map(drop))),
            "/resources-of-sdk" => hoard::files_of_sdk(self.exchange()),

            "/keep" => self.answer(&hoard::values()),
            "/open-stores" => hoard::stores(),
            "/ask-store" => hoard::answers(),

            "/escape" => self.answer(&reach::escape()),
            "/escape-by-sdk" => {
                let report = reach::escape_by_sdk(self.exchange());
                self.answer(&report)
            }
            "/write" => self.answer(&reach::write()),
            "/environment" => self.answer(&reach::environment()),

            "/granted" => self.answer(&granted::all()),
            "/leave/data" => self.answer(&granted::leave("/data")),
            "/change/data" => self.answer(&granted::change("/data")),
            "/mix/data" => self.answer(&granted::mix("/", "/data")),

            path if path.starts_with("/run/") => self.run(),
            "/forge-log" => self.forge_log(),
            "/forge-entries" => self.forge_entries(),
            "/flood-log" => self.flood_log(),
            _ => self.send_error(HttpStatus::NOT_FOUND, None, None),
        }
    }
}

impl Hostile {
    /// A whole response, as it should be.
    fn answer(&mut self, body: &str) -> Result<()> {
        self.send_head(body.len())?;
        Ok(self.exchange().wfile.write_all(body.as_bytes())?)
    }

    /// Says when it has 4 MiB, which it keeps for long.
    fn hold(&mut self) -> Result<()> {
        let held = hoard::block(4);
        self.send_head(100)?;
        self.exchange().wfile.write_all(b"held\n")?;
        self.exchange().wfile.flush()?;
        std::hint::black_box(&held);
        hoard::sleep()
    }

    /// Says when it has 200 files open, which it keeps for long.
    fn hold_files(&mut self) -> Result<()> {
        let open = |_| File::open("/hello.txt");
        let held = (0..200).map(open).collect::<std::io::Result<Vec<_>>>()?;
        self.send_head(100)?;
        self.exchange().wfile.write_all(b"held\n")?;
        self.exchange().wfile.flush()?;
        std::hint::black_box(&held);
        hoard::sleep()
    }

    /// A head that announces this much content.
    fn send_head(&mut self, length: usize) -> Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("Content-Length", length)?;
        self.end_headers()
    }
}

fn count() -> u32 {
    REQUESTS.fetch_add(1, Ordering::Relaxed) + 1
}

wasm_host_sdk::export!(Hostile);
