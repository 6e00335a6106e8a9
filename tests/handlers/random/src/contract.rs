//! The interfaces of `wasm-host:http`.

use crate::Held;
use crate::bindings::wasm_host::http::connection::{self, FileRange, MessagePart};
use crate::bindings::wasm_host::http::logging::{self, AccessEntry, Level};
use crate::bindings::wasm_host::http::process::{self, Input, Spool};
use crate::bindings::wasm_host::http::{files, rules, server};
use crate::dice::Dice;

pub(crate) fn call(dice: &mut Dice, held: &mut Held) {
    match dice.below(20) {
        0..=6 => speak(dice, held),
        7..=9 => open(dice, held),
        10..=12 => log(dice),
        13 => {
            let _ = (
                server::info(),
                connection::client_address(),
                connection::server_address(),
                rules::look_up(&dice.bytes()),
            );
        }
        _ => run(dice, held),
    }
}

fn speak(dice: &mut Dice, held: &mut Held) {
    let (number, bytes) = (dice.number(), dice.bytes());
    match dice.below(9) {
        0 => drop(connection::next_request(number, &bytes, file(dice, held))),
        1 => drop(connection::end_request(number, &bytes, file(dice, held))),
        2 => drop(connection::fill(MessagePart::Head)),
        3 => drop(connection::fill(MessagePart::Content)),
        4 => connection::consume(number),
        5 => connection::delay(dice.below(20) as u32),
        6 => drop(connection::write(&bytes)),
        7 => {
            if let Some(file) = held.descriptors.first() {
                let _ = connection::send_file(&bytes, file, number, dice.number());
            }
        }
        _ => drop(connection::write(crate::OK)),
    }
}

/// A file to leave to the host, which takes the descriptor.
fn file(dice: &mut Dice, held: &mut Held) -> Option<FileRange> {
    if held.descriptors.is_empty() || dice.flip() {
        return None;
    }
    let file = held
        .descriptors
        .swap_remove(dice.below(held.descriptors.len()));
    Some(FileRange {
        file,
        offset: dice.number(),
        length: dice.number(),
    })
}

fn open(dice: &mut Dice, held: &mut Held) {
    let Some(descriptor) = held.descriptors.get(dice.below(held.descriptors.len())) else {
        return;
    };
    let number = dice.number();
    match dice.below(3) {
        0 => drop(files::read_at(descriptor, number, dice.number() as u32)),
        1 => drop(files::read_directory(descriptor, number as u32)),
        _ => {
            if let Ok((opened, _, _)) = files::open(descriptor, dice.path().as_bytes()) {
                held.descriptors.push(opened);
            }
        }
    }
}

fn log(dice: &mut Dice) {
    let text = String::from_utf8_lossy(&dice.bytes()).into_owned();
    if dice.flip() {
        return logging::log(
            [Level::Debug, Level::Info, Level::Error][dice.below(3)],
            &text,
        );
    }
    logging::log_access(&AccessEntry {
        request_line: text.clone(),
        status: dice.number() as u16,
        size: dice.number(),
        user: dice.flip().then(|| text.clone()),
        referer: dice.flip().then(|| text.clone()),
        user_agent: dice.flip().then_some(text),
    });
}

fn run(dice: &mut Dice, held: &mut Held) {
    let path = match dice.below(3) {
        0 => dice.path(),
        _ => "cgi-bin/hello".to_owned(),
    };
    let path = path.as_bytes();
    let variable = |dice: &mut Dice| (dice.bytes(), dice.bytes());
    let environment: Vec<_> = (0..dice.below(4)).map(|_| variable(dice)).collect();
    match dice.below(8) {
        0 => drop(process::look_up(path)),
        1 => {
            let input = match dice.below(3) {
                0 => Input::None,
                1 => Input::Bytes(dice.bytes()),
                _ => Input::Content(dice.number()),
            };
            held.children
                .extend(process::spawn(path, &environment, &input));
        }
        2 => held.spools.extend(Spool::open()),
        3 => {
            if let Some(spool) = held.spools.pop() {
                held.children
                    .extend(process::spawn_spooled(path, &environment, spool));
            }
        }
        4 => drop(held.spools.last().map(|spool| spool.write(&dice.bytes()))),
        5 => drop(held.children.last().map(|child| child.read())),
        6 => drop(held.children.last().map(|child| child.is_over())),
        _ => drop(held.children.last().map(|child| child.wait())),
    }
}
