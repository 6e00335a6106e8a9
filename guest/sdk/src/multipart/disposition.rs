//! What a part's head says: `Content-Disposition: form-data` (RFC 7578 section 4.2), as
//! browsers write it. They encode a quote, CR and LF in a name as a URL would, and nothing
//! else (HTML, "multipart/form-data encoding algorithm").

use super::Part;

/// The part that a head is of, without the empty line after it. None: it isn't a form's.
pub(super) fn of_head(head: &[u8]) -> Option<Part> {
    let mut part = None;
    for line in head.split(|&byte| byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let colon = line.iter().position(|&byte| byte == b':')?;
        if line
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t')
        {
            return None;
        }
        if line[..colon].eq_ignore_ascii_case(b"Content-Disposition") {
            let read = of_value(line[colon + 1..].trim_ascii())?;
            if part.replace(read).is_some() {
                return None;
            }
        }
    }
    part
}

fn of_value(value: &[u8]) -> Option<Part> {
    let kind = value.get(..9)?;
    if !kind.eq_ignore_ascii_case(b"form-data") {
        return None;
    }
    let (mut name, mut filename) = (None, None);
    let mut rest = value[9..].trim_ascii_start();
    while !rest.is_empty() {
        rest = rest.strip_prefix(b";")?.trim_ascii_start();
        let equals = rest.iter().position(|&byte| byte == b'=')?;
        let parameter = rest[..equals].trim_ascii_end();
        let (text, after) = quoted(&rest[equals + 1..])?;
        let known = match parameter {
            _ if parameter.eq_ignore_ascii_case(b"name") => name.replace(text),
            _ if parameter.eq_ignore_ascii_case(b"filename") => filename.replace(text),
            // `filename*` isn't a form's.
            _ => None,
        };
        if known.is_some() {
            return None;
        }
        rest = after.trim_ascii_start();
    }
    Some(Part {
        name: name?,
        filename,
    })
}

/// A quoted text, and what follows.
fn quoted(text: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let text = text.strip_prefix(b"\"")?;
    let end = text.iter().position(|&byte| byte == b'"')?;
    Some((decoded(&text[..end]), &text[end + 1..]))
}

fn decoded(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let (byte, after) = match rest.get(..3).map(<[u8]>::to_ascii_uppercase).as_deref() {
            Some(b"%22") => (b'"', &rest[3..]),
            Some(b"%0D") => (b'\r', &rest[3..]),
            Some(b"%0A") => (b'\n', &rest[3..]),
            _ => (*first, after),
        };
        decoded.push(byte);
        rest = after;
    }
    decoded
}
