//! A handler that tries to leave something behind for its next call, as the path
//! asks it to. It answers what it has found of the calls before: the size of its
//! memory, a sum of every byte of it, what is in a few places, and the numbers of
//! its handles. In a fresh instance that is always the same.

#[allow(warnings, clippy::all, reason = "generated")]
mod bindings {
    wit_bindgen::generate!({
        path: "../../../wit",
        world: "wasm-host:http/handler",
        generate_all,
    });
    export!(Remember);
    use super::Remember;
}

use bindings::exports::wasm_host::http::connection_handler::{Disposition, Guest};
use bindings::wasi::filesystem::preopens::get_directories;
use bindings::wasi::filesystem::types::Descriptor;
use bindings::wasm_host::http::logging::{Level, log};
use bindings::wasm_host::http::{connection, files};
use core::arch::wasm32::{memory_grow, memory_size, unreachable};
use core::hint::black_box;
use core::sync::atomic::{AtomicU32, Ordering};

/// The first address that is read: zero is no address to Rust.
const FIRST: usize = 16;

/// Changed data, data that begins as zero, and data that isn't meant to change.
static WRITTEN: AtomicU32 = AtomicU32::new(7);
static ZERO: AtomicU32 = AtomicU32::new(0);
static CONSTANT: [u8; 8] = *b"constant";

struct Remember;

impl Guest for Remember {
    fn handle() -> Disposition {
        let found = found();
        let Ok(Some(request)) = connection::next_request(0, &[], None) else {
            return Disposition::KeepOpen;
        };
        let path = path(&request.bytes);
        log(Level::Info, &format!("called {}", path.escape_ascii()));
        if path == b"/trap" {
            unreachable();
        }
        answer(&found);
        match path {
            b"/write" => write(),
            b"/leak" => drop(black_box(vec![b'x'; 10_000].leak())),
            b"/grow" => drop(memory_grow::<0>(1)),
            b"/keep" => core::mem::forget(root()),
            b"/disorder" => disorder(),
            b"/stream" => drop(hello(&root()).read_via_stream(0)),
            b"/close" => return Disposition::Close,
            b"/smash" => {
                // Nothing of it can be given back after that.
                core::mem::forget((found, request));
                smash();
            }
            _ => {}
        }
        Disposition::KeepOpen
    }
}

fn memory_end() -> usize {
    memory_size::<0>() * 64 * 1024
}

/// What this instance's calls before may have left.
fn found() -> String {
    // First, as everything else changes memory.
    let mut sum = 0_u32;
    for address in FIRST..memory_end() {
        let byte = unsafe { core::ptr::read_volatile(address as *const u8) };
        sum = sum.rotate_left(5) ^ u32::from(byte);
    }
    let root = root();
    let (one, two) = (hello(&root), hello(&root));
    let handles = [root.handle(), one.handle(), two.handle()];
    drop(two);
    drop(one);
    drop(root);
    format!(
        "{} pages, sum {sum:08x}, {} {} {:?}, handles {handles:?}\n",
        memory_size::<0>(),
        WRITTEN.load(Ordering::Relaxed),
        ZERO.load(Ordering::Relaxed),
        str::from_utf8(black_box(&CONSTANT)),
    )
}

fn write() {
    WRITTEN.fetch_add(1, Ordering::Relaxed);
    ZERO.fetch_add(1, Ordering::Relaxed);
    let constant = black_box(CONSTANT.as_ptr() as usize) as *mut u8;
    unsafe { core::ptr::write_volatile(constant, b'C') };
}

/// Overwrites all memory. Nothing can be done after that but to return.
fn smash() {
    for address in FIRST..memory_end() {
        unsafe { core::ptr::write_volatile(address as *mut u8, 0xAA) };
    }
}

/// Gives handles back in the order in which it got them.
fn disorder() {
    let root = root();
    let (one, two) = (hello(&root), hello(&root));
    drop(one);
    drop(two);
    drop(root);
}

fn root() -> Descriptor {
    get_directories().pop().expect("a directory is served").0
}

fn hello(root: &Descriptor) -> Descriptor {
    files::open(root, b"hello.txt").expect("it is there").0
}

fn path(request: &[u8]) -> &[u8] {
    let mut words = request.split(|&byte| byte == b' ');
    words.nth(1).unwrap_or_default()
}

fn answer(body: &str) {
    let length = body.len();
    let response = format!("HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n{body}");
    let _ = connection::end_request(u64::MAX, response.as_bytes(), None);
}
