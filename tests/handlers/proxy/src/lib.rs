//! A standard component, of `wasi:http/proxy@0.2`, that does what the path asks
//! it to.
//!
//! | module | what |
//! |---|---|
//! | `answer` | whole answers, streamed ones, trailers |
//! | `misbehave` | traps, stalls, hoards, and answers of the wrong length |
//! | `reach` | reaches for files, variables, sockets and other servers |

mod answer;
mod misbehave;
mod reach;

use std::sync::atomic::{AtomicU32, Ordering};
use wasip2::http::types::{IncomingRequest, ResponseOutparam};

/// How many requests this instance has counted.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

struct Handler;

impl wasip2::exports::http::incoming_handler::Guest for Handler {
    fn handle(request: IncomingRequest, out: ResponseOutparam) {
        let target = request.path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let requests = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        match path {
            "/ok" => answer::text(out, 200, "ok\n"),
            "/count" => answer::text(out, 200, &requests.to_string()),
            "/describe" => answer::describe(&request, out),
            "/echo" => answer::echo(&request, out),
            "/trailers" => answer::trailers(&request, out),
            "/drip" => answer::drip(out),
            "/status" => answer::text(out, query.parse().unwrap_or(500), "as asked\n"),
            "/print" => {
                for _ in 0..query.parse().unwrap_or(1) {
                    println!("a line of output");
                }
                eprintln!("an error\u{1b}[2Jforged");
                answer::text(out, 200, "printed\n");
            }
            "/trap" => panic!("trapped as asked"),
            "/trap-late" => misbehave::trap_late(out),
            "/silent" => drop(out),
            "/never" => misbehave::sleep_for_ever(),
            "/dropped" => misbehave::leave_unfinished(out, misbehave::Leave::Drop),
            "/forgotten" => misbehave::leave_unfinished(out, misbehave::Leave::Forget),
            "/field" => answer::with_field(out, query),
            "/never-ends" => misbehave::stall(out),
            "/loop" => misbehave::compute_for_ever(),
            "/hoard" => misbehave::hoard_memory(),
            "/hoard-fields" => misbehave::hoard_fields(),
            "/long-list" => misbehave::pass_long_list(out),
            "/hoard-requests" => misbehave::hoard_requests(),
            "/short" => misbehave::announce(out, 100),
            "/long" => misbehave::announce(out, 1),
            "/work-on" => misbehave::work_on(out),
            "/file" => answer::text(out, 200, &reach::read(query)),
            "/write" => answer::text(out, 200, &reach::write(query)),
            "/environment" => answer::text(out, 200, &reach::environment()),
            "/socket" => answer::text(out, 200, &reach::connect(query)),
            "/fetch-often" => {
                for _ in 0..2000 {
                    reach::fetch(query);
                }
                answer::text(out, 200, "fetched\n");
            }
            "/fetch" => answer::text(out, 200, &reach::fetch(query)),
            _ => answer::text(out, 404, "no such path\n"),
        }
    }
}

wasip2::http::proxy::export!(Handler);
