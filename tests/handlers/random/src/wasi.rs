//! The interfaces of WASI.

use crate::Held;
use crate::bindings::wasi::cli::{environment, stderr, stdin, stdout};
use crate::bindings::wasi::clocks::{monotonic_clock, wall_clock};
use crate::bindings::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorFlags, NewTimestamp, OpenFlags, PathFlags,
};
use crate::bindings::wasi::io::poll::poll;
use crate::bindings::wasi::random::{insecure, random};
use crate::dice::Dice;

/// The longest wait, in nanoseconds.
const MOMENT: usize = 1_000_000;

pub(crate) fn call(dice: &mut Dice, held: &mut Held) {
    match dice.below(20) {
        0..=2 => open(dice, held),
        3..=6 => use_descriptor(dice, held),
        7..=8 => change(dice, held),
        9..=11 => read(dice, held),
        12..=14 => write(dice, held),
        15..=16 => wait(dice, held),
        _ => ask(dice, held),
    }
}

fn descriptor<'h>(dice: &mut Dice, held: &'h Held) -> Option<&'h Descriptor> {
    held.descriptors.get(dice.below(held.descriptors.len()))
}

fn flags(dice: &mut Dice) -> PathFlags {
    PathFlags::from_bits_truncate(dice.next() as u8)
}

fn open(dice: &mut Dice, held: &mut Held) {
    let Some(directory) = descriptor(dice, held) else {
        return;
    };
    let create = OpenFlags::from_bits_truncate(dice.next() as u8);
    let rights = DescriptorFlags::from_bits_truncate(dice.next() as u8);
    let opened = directory.open_at(flags(dice), &dice.path(), create, rights);
    held.descriptors.extend(opened);
}

fn use_descriptor(dice: &mut Dice, held: &mut Held) {
    let Some(file) = descriptor(dice, held) else {
        return;
    };
    let number = dice.number();
    match dice.below(14) {
        0 => held.inputs.extend(file.read_via_stream(number)),
        1 => held.outputs.extend(file.write_via_stream(number)),
        2 => held.outputs.extend(file.append_via_stream()),
        3 => drop(file.advise(number, dice.number(), Advice::WillNeed)),
        4 => drop((file.sync_data(), file.sync())),
        5 => drop((file.get_flags(), file.get_type(), file.stat())),
        6 => drop(file.read(number, dice.number())),
        7 => drop(file.stat_at(flags(dice), &dice.path())),
        8 => drop(file.readlink_at(&dice.path())),
        9 => drop(file.metadata_hash()),
        10 => drop(file.metadata_hash_at(flags(dice), &dice.path())),
        11 => {
            if let Ok(entries) = file.read_directory() {
                for _ in 0..dice.below(5) {
                    let _ = entries.read_directory_entry();
                }
            }
        }
        12 => {
            if let Some(other) = held.descriptors.first() {
                let _ = file.is_same_object(other);
            }
        }
        _ => drop(file.write(&dice.bytes(), number % 100_000)),
    }
}

fn change(dice: &mut Dice, held: &mut Held) {
    let (Some(directory), Some(other)) = (descriptor(dice, held), held.descriptors.last()) else {
        return;
    };
    let (path, new) = (dice.path(), dice.path());
    match dice.below(9) {
        0 => drop(directory.create_directory_at(&path)),
        1 => drop(directory.link_at(flags(dice), &path, other, &new)),
        2 => drop(directory.rename_at(&path, other, &new)),
        3 => drop(directory.symlink_at(&path, &new)),
        4 => drop(directory.remove_directory_at(&path)),
        5 => drop(directory.unlink_file_at(&path)),
        6 => drop(directory.set_size(dice.number() % 100_000)),
        7 => drop(directory.set_times(NewTimestamp::Now, NewTimestamp::NoChange)),
        _ => drop(directory.set_times_at(flags(dice), &path, NewTimestamp::Now, NewTimestamp::Now)),
    }
}

fn read(dice: &mut Dice, held: &mut Held) {
    let Some(stream) = held.inputs.get(dice.below(held.inputs.len())) else {
        held.inputs.push(stdin::get_stdin());
        return;
    };
    let length = dice.number();
    match dice.below(5) {
        0 => drop(stream.read(length)),
        1 => drop(stream.blocking_read(length)),
        2 => drop(stream.skip(length)),
        3 => drop(stream.blocking_skip(length)),
        _ => held.pollables.push(stream.subscribe()),
    }
}

fn write(dice: &mut Dice, held: &mut Held) {
    let Some(stream) = held.outputs.get(dice.below(held.outputs.len())) else {
        held.outputs.push(if dice.flip() {
            stdout::get_stdout()
        } else {
            stderr::get_stderr()
        });
        return;
    };
    let length = dice.number();
    match dice.below(9) {
        0 => drop(stream.check_write()),
        // Without being told that it may, or more than that: a trap.
        1 if dice.below(10) == 0 => drop(stream.write(&dice.bytes())),
        2 => drop(stream.blocking_write_and_flush(&dice.bytes()[..])),
        3 => drop(stream.flush()),
        4 => drop(stream.blocking_flush()),
        5 if dice.below(10) == 0 => drop(stream.write_zeroes(length)),
        6 => drop(stream.blocking_write_zeroes_and_flush(length % 5000)),
        7 => {
            if let Some(from) = held.inputs.first() {
                let _ = stream.splice(from, length);
            }
        }
        _ => held.pollables.push(stream.subscribe()),
    }
}

fn wait(dice: &mut Dice, held: &mut Held) {
    match dice.below(4) {
        0 => held.pollables.push(monotonic_clock::subscribe_duration(
            dice.below(MOMENT) as u64
        )),
        1 => held
            .pollables
            .push(monotonic_clock::subscribe_instant(dice.number())),
        2 => drop(held.pollables.last().map(|pollable| pollable.ready())),
        _ => {
            // One that is ready soon is among them.
            held.pollables.push(monotonic_clock::subscribe_duration(
                dice.below(MOMENT) as u64
            ));
            drop(poll(&held.pollables.iter().collect::<Vec<_>>()));
        }
    }
}

fn ask(dice: &mut Dice, held: &mut Held) {
    let number = dice.number();
    match dice.below(8) {
        0 if dice.below(10) == 0 => drop(random::get_random_bytes(number)),
        1 => drop(random::get_random_bytes(number % 5000)),
        2 if dice.below(10) == 0 => drop(insecure::get_insecure_random_bytes(number)),
        3 => drop((
            random::get_random_u64(),
            insecure::get_insecure_random_u64(),
        )),
        4 => drop((environment::get_environment(), environment::get_arguments())),
        5 => drop((wall_clock::now(), wall_clock::resolution())),
        6 => drop((monotonic_clock::now(), monotonic_clock::resolution())),
        _ => {
            let directories = crate::get_directories();
            held.descriptors
                .extend(directories.into_iter().map(|(descriptor, _)| descriptor));
        }
    }
}
