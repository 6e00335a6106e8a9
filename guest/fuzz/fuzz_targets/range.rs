//! A Range field asks for the bytes that a list of all bytes says, and what is sent is
//! these, in parts that neither overlap nor touch.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::range::{MAX_RANGES, RangeRequest, resolve};

/// Files are small enough to list their bytes.
const MOST: u64 = 300;

fuzz_target!(|input: (u64, &str)| {
    let (size, value) = input;
    check(size, value, false);
    check(size % MOST, value, true);
});

fn check(size: u64, value: &str, listed: bool) {
    let resolved = resolve(value, size);
    if let RangeRequest::Partial(parts) = &resolved {
        assert!(!parts.is_empty() && parts.len() <= MAX_RANGES);
        for (index, part) in parts.iter().enumerate() {
            assert!(part.start <= part.end && part.end < size);
            for other in &parts[index + 1..] {
                let apart = |first: u64, next: u64| first < next && next - first > 1;
                assert!(apart(part.end, other.start) || apart(other.end, part.start));
            }
        }
    }
    if listed {
        agree(size, value, &resolved);
    }
}

fn agree(size: u64, value: &str, resolved: &RangeRequest) {
    let Some(specs) = specs(value) else {
        assert_eq!(*resolved, RangeRequest::Whole);
        return;
    };
    let asked = |position: u64| specs.iter().any(|spec| spec.has(position, size));
    let wanted: Vec<bool> = (0..size).map(asked).collect();
    let count = wanted.iter().filter(|wanted| **wanted).count() as u64;
    let last_of_none = size == 0 && specs.iter().any(|spec| matches!(spec, Spec::Last(1..)));
    match resolved {
        RangeRequest::Whole => assert!(last_of_none || specs.len() > 1 && count == size),
        RangeRequest::Unsatisfiable => assert!(count == 0 && !last_of_none),
        RangeRequest::Partial(parts) => {
            let sent = |position: u64| {
                let has = |part: &wasm_host_sdk::range::ByteRange| {
                    (part.start..=part.end).contains(&position)
                };
                parts.iter().any(has)
            };
            assert_eq!((0..size).map(sent).collect::<Vec<_>>(), wanted);
        }
    }
}

/// A range-spec of RFC 9110 section 14.1.2.
enum Spec {
    Between(u128, Option<u128>),
    Last(u128),
}

impl Spec {
    fn has(&self, position: u64, size: u64) -> bool {
        let (position, size) = (u128::from(position), u128::from(size));
        match *self {
            Self::Between(first, last) => {
                first <= position && last.is_none_or(|last| position <= last)
            }
            Self::Last(length) => position + length >= size && length > 0,
        }
    }
}

/// None: it isn't for us, or is to be ignored.
fn specs(value: &str) -> Option<Vec<Spec>> {
    let blank = |character| matches!(character, ' ' | '\t');
    let (unit, list) = value.split_at(value.find('=')?);
    if !unit.trim_matches(blank).eq_ignore_ascii_case("bytes") {
        return None;
    }
    let elements = list[1..]
        .split(',')
        .map(|element| element.trim_matches(blank));
    let elements = elements.filter(|element| !element.is_empty());
    let specs: Vec<_> = elements.map(spec).collect::<Option<_>>()?;
    (1..=MAX_RANGES).contains(&specs.len()).then_some(specs)
}

fn spec(element: &str) -> Option<Spec> {
    let dash = element.find('-')?;
    let (first, last) = (&element[..dash], &element[dash + 1..]);
    match (first, last) {
        ("", last) => Some(Spec::Last(number(last)?)),
        (first, "") => Some(Spec::Between(number(first)?, None)),
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            (first <= last).then_some(Spec::Between(first, Some(last)))
        }
    }
}

/// What is beyond any file is as good as the largest number.
fn number(digits: &str) -> Option<u128> {
    let mut number = 0_u128;
    for digit in digits.chars() {
        let digit = digit.to_digit(10)?;
        number = (number * 10 + u128::from(digit)).min(u128::from(u64::MAX));
    }
    (!digits.is_empty()).then_some(number)
}
