//! A handler that calls what it may import, at random: `/random/SEED` is what the seed
//! says. It expects each request to arrive in one piece.
//!
//! | module | calls |
//! |---|---|
//! | `contract` | the interfaces of `wasm-host:http` |
//! | `wasi` | those of WASI |

#[allow(warnings, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "wasm-host:http/handler",
        generate_all,
    });
    export!(Random);
    use super::Random;
}

mod contract;
mod dice;
mod wasi;

use bindings::exports::wasm_host::http::connection_handler::{Disposition, Guest};
use bindings::wasi::filesystem::preopens::get_directories;
use bindings::wasi::filesystem::types::Descriptor;
use bindings::wasi::io::poll::Pollable;
use bindings::wasi::io::streams::{InputStream, OutputStream};
use bindings::wasm_host::http::connection;
use bindings::wasm_host::http::process::{Child, Spool};
use dice::Dice;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";

/// How many calls a request makes at most.
const CALLS: usize = 80;

struct Random;

impl Guest for Random {
    fn handle() -> Disposition {
        let Ok(Some(request)) = connection::next_request(0, &[], None) else {
            return Disposition::KeepOpen;
        };
        let target = request.bytes.split(|&byte| byte == b' ').nth(1);
        let target = String::from_utf8_lossy(target.unwrap_or_default()).into_owned();
        match target.strip_prefix("/random/").map(str::parse) {
            Some(Ok(seed)) => act(&mut Dice::new(seed)),
            _ => {
                let _ = connection::end_request(request.bytes.len() as u64, OK, None);
                Disposition::KeepOpen
            }
        }
    }
}

/// What it has handles to, what belongs to others first: that has to go before them.
#[derive(Default)]
pub(crate) struct Held {
    pub(crate) pollables: Vec<Pollable>,
    pub(crate) inputs: Vec<InputStream>,
    pub(crate) outputs: Vec<OutputStream>,
    pub(crate) descriptors: Vec<Descriptor>,
    pub(crate) children: Vec<Child>,
    pub(crate) spools: Vec<Spool>,
}

fn act(dice: &mut Dice) -> Disposition {
    let mut held = Held::default();
    held.descriptors.extend(
        get_directories()
            .into_iter()
            .map(|(descriptor, _)| descriptor),
    );
    for _ in 0..=dice.below(CALLS) {
        if dice.below(3) == 0 {
            contract::call(dice, &mut held);
        } else {
            wasi::call(dice, &mut held);
        }
        forget_one(dice, &mut held);
    }
    match dice.below(4) {
        0 => std::process::abort(),
        1 => Disposition::Close,
        _ => {
            let _ = connection::write(OK);
            Disposition::KeepOpen
        }
    }
}

/// Gives a handle back, now and then.
fn forget_one(dice: &mut Dice, held: &mut Held) {
    fn one<T>(dice: &mut Dice, of: &mut Vec<T>) {
        if !of.is_empty() {
            drop(of.swap_remove(dice.below(of.len())));
        }
    }
    let kind = dice.below(30);
    // Once in a while, what belongs to another outlives it: a trap.
    if matches!(kind, 0..=2) && dice.below(20) > 0 {
        held.pollables.clear();
    }
    match kind {
        0 => one(dice, &mut held.descriptors),
        1 => one(dice, &mut held.inputs),
        2 => one(dice, &mut held.outputs),
        3 => one(dice, &mut held.pollables),
        4 => one(dice, &mut held.children),
        5 => one(dice, &mut held.spools),
        _ => {}
    }
}
