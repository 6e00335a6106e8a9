//! The bytes of a part: numbers and texts, one after the other.
//!
//! Whoever reads a part doesn't trust it: a number that doesn't end, or a length beyond
//! the part's end, is the end of what can be read, and nothing else.

/// Appends a number, seven bits a byte, the lowest first.
pub(crate) fn put_number(out: &mut Vec<u8>, mut number: usize) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends a text and, before it, its length.
pub(crate) fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    put_number(out, bytes.len());
    out.extend_from_slice(bytes);
}

/// Reads a part from its start.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        let (&first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(first)
    }

    /// A number below 2^28, in four bytes at most.
    pub(crate) fn number(&mut self) -> Option<usize> {
        let mut number = 0;
        for shift in [0, 7, 14, 21] {
            let byte = self.byte()?;
            number |= usize::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = self.number()?;
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// A text that is read by itself.
    pub(crate) fn nested(&mut self) -> Option<Reader<'a>> {
        self.bytes().map(Reader)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_put_is_read() {
        let mut out = Vec::new();
        for number in [0, 1, 127, 128, 16_383, 16_384, (1 << 28) - 1] {
            out.clear();
            put_number(&mut out, number);
            put_bytes(&mut out, b"text");
            let mut reader = Reader::new(&out);
            assert_eq!(reader.number(), Some(number));
            assert_eq!(reader.bytes(), Some(&b"text"[..]));
            assert!(reader.is_empty());
        }
    }

    #[test]
    fn what_is_cut_or_endless_is_not_read() {
        assert_eq!(Reader::new(&[0xff; 9]).number(), None);
        assert_eq!(Reader::new(&[0x80]).number(), None);
        assert_eq!(Reader::new(&[5, b'a']).bytes(), None);
    }
}
