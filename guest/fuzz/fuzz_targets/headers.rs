//! A header section has the fields that httparse sees with room for all of them, and
//! that a reader of single lines sees. A value that a handler sends is what it was.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_sdk::FieldValue;
use wasm_host_sdk::headers::{HeaderError, Headers, MAX_FIELDS};

type Field = (Vec<u8>, Vec<u8>);

fuzz_target!(|section: &[u8]| {
    let ours = Headers::parse(section);
    let mut room = vec![httparse::EMPTY_HEADER; MAX_FIELDS];
    match httparse::parse_headers(section, &mut room) {
        Ok(httparse::Status::Complete((length, fields))) => {
            let ours = ours.expect("httparse takes it");
            let theirs = fields.iter().map(|field| {
                let name = field.name.as_bytes().to_vec();
                (name, field.value.to_vec())
            });
            let theirs: Vec<Field> = theirs.collect();
            assert_eq!(fields_of(&ours), theirs);
            assert_eq!(line_by_line(&section[..length]), Some(theirs));
            find_each(&ours);
        }
        Err(httparse::Error::TooManyHeaders) => {
            assert!(matches!(ours, Err(HeaderError::TooMany)));
        }
        _ => assert!(ours.is_err()),
    }
    if let Ok(text) = std::str::from_utf8(section) {
        check_value(text);
    }
});

fn fields_of(headers: &Headers) -> Vec<Field> {
    // Latin-1, so that each byte is a character.
    let bytes = |value: &str| value.chars().map(|character| character as u8).collect();
    let items = headers.items();
    items
        .map(|(name, value)| (name.as_bytes().to_vec(), bytes(&value)))
        .collect()
}

/// The fields of a section, by RFC 9112 section 5. None for one that is wrong.
fn line_by_line(section: &[u8]) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    for line in section.split_inclusive(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\n")?;
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            return Some(fields);
        }
        let colon = line.iter().position(|&byte| byte == b':')?;
        let (name, value) = (&line[..colon], &line[colon + 1..]);
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
        let start = value.iter().position(|byte| !is_blank(byte));
        let end = value.iter().rposition(|byte| !is_blank(byte));
        let value = match (start, end) {
            (Some(start), Some(end)) => &value[start..=end],
            _ => &[],
        };
        fields.push((name.to_vec(), value.to_vec()));
    }
    None
}

/// A field is found by its name, in any case.
fn find_each(headers: &Headers) {
    for (name, _) in headers.items() {
        let of_name = |(other, _): &(&str, _)| name.eq_ignore_ascii_case(other);
        let values: Vec<_> = headers
            .items()
            .filter(of_name)
            .map(|(_, value)| value)
            .collect();
        let upper = name.to_ascii_uppercase();
        assert_eq!(headers.get(&upper), values.first().cloned());
        assert_eq!(
            headers.get_joined(&upper).as_deref(),
            Some(&*values.join(", "))
        );
        assert_eq!(headers.get_all(&upper).collect::<Vec<_>>(), values);
    }
}

/// Text is written in Latin-1, or refused for a character that can't stand in a
/// field.
fn check_value(text: &str) {
    let may_stand = |character: char| {
        character as u32 <= 0xff && (character == '\t' || !character.is_ascii_control())
    };
    let mut head = Vec::new();
    assert_eq!(text.write_to(&mut head), text.chars().all(may_stand));
    if text.chars().all(may_stand) {
        let expected: Vec<u8> = text.chars().map(|character| character as u8).collect();
        assert_eq!(head, expected);
    }
}
