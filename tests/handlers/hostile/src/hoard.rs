//! Time, memory and open files, taken without end.

use std::fs::File;
use std::hint::black_box;
use std::time::Duration;
use wasm_host_sdk::file::{self, Opened};
use wasm_host_sdk::key_values::KeyValues;
use wasm_host_sdk::{Error, Exchange, Result};

const HOUR: Duration = Duration::from_secs(60 * 60);
const BLOCK: usize = 1024 * 1024;

pub(crate) fn time() -> ! {
    loop {
        black_box(());
    }
}

/// Fills and copies memory, for GiBs, by instructions that are one each.
pub(crate) fn bulk() -> ! {
    let mut bytes = vec![0_u8; 2 * BLOCK];
    loop {
        black_box(&mut bytes).fill(1);
        black_box(&mut bytes).copy_within(..BLOCK, BLOCK);
    }
}

pub(crate) fn sleep() -> ! {
    loop {
        std::thread::sleep(HOUR);
    }
}

/// So much memory, in MiB.
pub(crate) fn block(mebibytes: usize) -> Vec<u8> {
    vec![1; mebibytes * BLOCK]
}

pub(crate) fn memory() -> ! {
    let mut blocks = Vec::new();
    loop {
        blocks.push(vec![1_u8; BLOCK]);
        black_box(&blocks);
    }
}

/// Goes deeper than any stack.
pub(crate) fn stack(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    if frame[0] == u64::MAX {
        return 0;
    }
    stack(depth + 1) + black_box(&frame)[1]
}

pub(crate) fn files_of_std() -> Result<()> {
    loop {
        std::mem::forget(File::open("/hello.txt")?);
    }
}

pub(crate) fn files_of_sdk(exchange: &mut Exchange) -> Result<()> {
    loop {
        std::mem::forget(open_hello(exchange)?);
    }
}

/// A file that is there, and its length.
pub(crate) fn open_hello(exchange: &mut Exchange) -> Result<(file::File, u64)> {
    let directory = exchange.server.directory.as_ref();
    match directory.map(|directory| directory.open(b"hello.txt")) {
        Some(Ok(Opened::File(file, status))) => Ok((file, status.size)),
        Some(Err(error)) => Err(error.into()),
        _ => Err(Error::File(file::FileError::NotFound)),
    }
}

/// Keeps values until it may keep no more, and says how many, and why.
pub(crate) fn values() -> String {
    let values = match KeyValues::open() {
        Ok(values) => values,
        Err(error) => return error.to_string(),
    };
    for number in 0.. {
        if let Err(error) = values.set(&format!("key-{number}"), &[b'x'; 100_000]) {
            return format!("{number}: {error}");
        }
    }
    String::new()
}

/// Opens the store again and again, and closes none.
pub(crate) fn stores() -> ! {
    loop {
        std::mem::forget(KeyValues::open());
    }
}

/// Asks the store for a value for ever.
pub(crate) fn answers() -> ! {
    loop {
        let _ = black_box(KeyValues::open().map(|values| values.get("key")));
    }
}
