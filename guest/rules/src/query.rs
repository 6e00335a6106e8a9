//! Conditions on the query (Netlify): `key=value`, or `key=:name`.

use crate::url_path::{decode, push_encoded};
use crate::wire::{Reader, put_bytes};

/// A parameter that a request must have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Condition {
    pub(crate) key: Vec<u8>,
    /// The value that it must have, decoded. None: any, which the rule's target can name.
    pub(crate) value: Option<Vec<u8>>,
}

impl Condition {
    pub(crate) fn encode(&self, out: &mut Vec<u8>) {
        put_bytes(out, &self.key);
        out.push(u8::from(self.value.is_some()));
        put_bytes(out, self.value.as_deref().unwrap_or_default());
    }
}

/// Reads a condition from a part, and asks whether a query meets it. None: the part is
/// damaged. Else whether it is met; a value that the target can name is added to
/// `captured`, encoded so that it stays one word of a path or query.
pub(crate) fn meets(
    reader: &mut Reader<'_>,
    query: &[u8],
    captured: &mut Vec<Vec<u8>>,
) -> Option<bool> {
    let key = reader.bytes()?;
    let must_equal = reader.byte()? == 1;
    let wanted = reader.bytes()?;
    let Some(value) = last_value(query, key) else {
        return Some(false);
    };
    if must_equal {
        return Some(value == wanted);
    }
    captured.push(encoded(&value));
    Some(true)
}

/// The last value of a parameter, decoded as forms are.
fn last_value(query: &[u8], key: &[u8]) -> Option<Vec<u8>> {
    query.rsplit(|&byte| byte == b'&').find_map(|pair| {
        let equals = memchr::memchr(b'=', pair)?;
        let (name, value) = (&pair[..equals], &pair[equals + 1..]);
        (form_decode(name) == key).then(|| form_decode(value))
    })
}

fn form_decode(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|&it| if it == b'+' { b' ' } else { it })
        .collect();
    decode(&spaced)
}

fn encoded(value: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(value.len());
    for &byte in value {
        match byte {
            b' ' => encoded.push(b'+'),
            _ if byte.is_ascii_alphanumeric() || b"-._~*".contains(&byte) => encoded.push(byte),
            _ => push_encoded(&mut encoded, byte),
        }
    }
    encoded
}
