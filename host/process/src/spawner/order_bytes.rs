//! An order as bytes, on its way to the spawner.

use crate::order::Order;
use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

impl<'a> Order<'a> {
    /// As bytes: each string after its length. The two paths, then names and
    /// values in turn.
    pub(crate) fn encode_into(&self, bytes: &mut Vec<u8>) {
        let mut push = |string: &OsStr| {
            // What can be started at all is far shorter.
            let length = u32::try_from(string.len()).unwrap_or(u32::MAX);
            bytes.extend(length.to_ne_bytes());
            bytes.extend(string.as_bytes());
        };
        push(self.path.as_os_str());
        push(self.directory.as_os_str());
        for (name, value) in &self.environment {
            push(name);
            push(value);
        }
    }

    /// Undoes [`Order::encode_into`]. None for what it didn't make.
    pub(crate) fn decode(mut bytes: &'a [u8]) -> Option<Self> {
        let mut order = Self {
            path: Path::new(take(&mut bytes)?),
            directory: Path::new(take(&mut bytes)?),
            environment: Vec::new(),
        };
        while !bytes.is_empty() {
            let name = take(&mut bytes)?;
            order.environment.push((name, take(&mut bytes)?));
        }
        Some(order)
    }
}

/// Takes a string off the front.
fn take<'a>(bytes: &mut &'a [u8]) -> Option<&'a OsStr> {
    let (length, rest) = bytes.split_first_chunk()?;
    let length = usize::try_from(u32::from_ne_bytes(*length)).ok()?;
    let (string, rest) = rest.split_at_checked(length)?;
    *bytes = rest;
    Some(OsStr::from_bytes(string))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order() -> Order<'static> {
        let not_utf8 = OsStr::from_bytes(b"\xff\n=");
        Order {
            path: Path::new("/srv/cgi-bin/run"),
            directory: Path::new(not_utf8),
            environment: vec![
                (OsStr::new("EMPTY"), OsStr::new("")),
                (OsStr::new("HTTP_X"), not_utf8),
            ],
        }
    }

    fn encoded() -> Vec<u8> {
        let mut bytes = Vec::new();
        order().encode_into(&mut bytes);
        bytes
    }

    #[test]
    fn an_order_survives_the_way() {
        assert_eq!(Order::decode(&encoded()), Some(order()));
    }

    #[test]
    fn what_is_cut_short_is_no_order() {
        let bytes = encoded();
        let whole = |length: &usize| Order::decode(&bytes[..*length]).is_some();
        // The paths alone, and with each variable, are orders too.
        assert_eq!((0..=bytes.len()).filter(whole).count(), 3);
        let too_long = [u32::MAX.to_ne_bytes().as_slice(), b"abc"].concat();
        assert_eq!(Order::decode(&too_long), None);
    }
}
