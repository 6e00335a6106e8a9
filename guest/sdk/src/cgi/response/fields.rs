//! A script's head as names and values, from lines that scripts write in more ways
//! than RFC 3875 section 6.3 has.

use super::{HeadError, Oddity};
use crate::headers::latin1;
use crate::request_line::is_token;

/// A field as it was printed: the name as it is, the value without what surrounds
/// it.
pub(super) struct Field {
    pub(super) name: String,
    pub(super) value: String,
}

/// What a head consists of.
pub(super) struct Lines {
    /// The first line, if it is a status line.
    pub(super) status: Option<String>,
    pub(super) fields: Vec<Field>,
}

/// Reads all lines until the empty one. What is unusual and clear is added to
/// `oddities`.
///
/// # Errors
///
/// A line is no field.
pub(super) fn read(head: &[u8], oddities: &mut Vec<Oddity>) -> Result<Lines, HeadError> {
    let mut lines = head
        .split(|&byte| byte == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line))
        .take_while(|line| !line.is_empty())
        .peekable();
    let status = lines.next_if(|line| line.starts_with(b"HTTP/"));
    let status = status.map(|line| value("Status", line)).transpose()?;
    let mut fields: Vec<Field> = Vec::new();
    for line in lines {
        if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            fields.push(field(line, oddities)?);
            continue;
        }
        // RFC 9112 section 5.2: a line that begins with white space goes on with the
        // value before, and the break is one space.
        let folded = fields.last_mut();
        let folded = folded.ok_or_else(|| HeadError::Line(shortened(line)))?;
        let more = value(&folded.name, line)?;
        folded.value.push(' ');
        folded.value.push_str(&more);
        oddities.push(Oddity::Folded(folded.name.clone()));
    }
    Ok(Lines { status, fields })
}

fn field(line: &[u8], oddities: &mut Vec<Oddity>) -> Result<Field, HeadError> {
    let bad = || HeadError::Line(shortened(line));
    let colon = memchr::memchr(b':', line).ok_or_else(bad)?;
    let blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let name_ends_at = line[..colon].iter().rposition(|byte| !blank(byte));
    let name = &line[..name_ends_at.map_or(0, |last| last + 1)];
    if name.is_empty() || !name.iter().copied().all(is_token) {
        return Err(bad());
    }
    let spaced = name.len() < colon;
    let name = latin1(name).into_owned();
    if spaced {
        oddities.push(Oddity::SpaceBeforeColon(name.clone()));
    }
    let value = value(&name, &line[colon + 1..])?;
    Ok(Field { name, value })
}

fn value(name: &str, bytes: &[u8]) -> Result<String, HeadError> {
    let bytes = bytes.trim_ascii();
    // Bytes from 0x80 on may be anything (RFC 9110 section 5.5), UTF-8 mostly.
    let control = |&byte: &u8| byte != b'\t' && byte.is_ascii_control();
    if bytes.iter().any(control) {
        return Err(HeadError::Value(name.to_owned()));
    }
    Ok(latin1(bytes).into_owned())
}

/// The start of a line, for the log.
fn shortened(line: &[u8]) -> String {
    const MOST: usize = 80;
    latin1(&line[..line.len().min(MOST)]).into_owned()
}
