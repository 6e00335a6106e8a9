//! What can be a header field's value: text, numbers, dates, tags.

use crate::ascii::is_plain;
use crate::conditional::EntityTag;
use crate::date::HttpDate;
use std::borrow::Cow;
use std::fmt;
use std::rc::Rc;

/// A value for [`send_header`](crate::BaseHttpRequestHandler::send_header).
///
/// Text, integers, HTTP dates and entity tags are; anything else that can be
/// shown is with `format_args!("{value}")`.
///
/// ```
/// use wasm_host_sdk::FieldValue;
///
/// let mut head = Vec::new();
/// assert!("text/plain".write_to(&mut head));
/// assert!(1024_u64.write_to(&mut head));
/// assert!(format_args!("; q={}", 0.5).write_to(&mut head));
/// assert_eq!(head, b"text/plain1024; q=0.5");
/// assert!(!"a\r\nb".write_to(&mut head));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a header field's value",
    note = "use text, an integer, or `format_args!(\"{{value}}\")`"
)]
pub trait FieldValue {
    /// Appends the value, in Latin-1 (as `http.server` encodes it). False if it
    /// has a character that a value can't have; then what was appended is of no
    /// use.
    fn write_to(&self, head: &mut Vec<u8>) -> bool;

    /// The value as a number, where it is one from the start: so that a length
    /// needn't be read from what was written.
    #[inline]
    fn as_number(&self) -> Option<u64> {
        None
    }
}

impl FieldValue for str {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        if is_plain(self.as_bytes()) {
            head.extend_from_slice(self.as_bytes());
            return true;
        }
        self.chars().all(|character| {
            // 0x80 to 0x9F are controls in Latin-1, but parts of characters
            // where the bytes were UTF-8 all along.
            let byte = u8::try_from(u32::from(character)).ok();
            let byte = byte.filter(|&byte| byte == b'\t' || !byte.is_ascii_control());
            head.extend(byte);
            byte.is_some()
        })
    }
}

impl FieldValue for String {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        self.as_str().write_to(head)
    }
}

impl FieldValue for Rc<str> {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        self.as_ref().write_to(head)
    }
}

impl FieldValue for Cow<'_, str> {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        self.as_ref().write_to(head)
    }
}

impl<T: FieldValue + ?Sized> FieldValue for &T {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        T::write_to(self, head)
    }

    #[inline]
    fn as_number(&self) -> Option<u64> {
        T::as_number(self)
    }
}

impl FieldValue for HttpDate {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        head.extend_from_slice(self.as_bytes());
        true
    }
}

impl FieldValue for EntityTag<'_> {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        head.extend_from_slice(if self.is_weak() { b"W/\"" } else { b"\"" });
        let whole = self.opaque().write_to(head);
        head.push(b'"');
        whole
    }
}

impl FieldValue for fmt::Arguments<'_> {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        self.to_string().write_to(head)
    }
}

impl FieldValue for u64 {
    fn write_to(&self, head: &mut Vec<u8>) -> bool {
        let mut digits = itoa::Buffer::new();
        head.extend_from_slice(digits.format(*self).as_bytes());
        true
    }

    #[inline]
    fn as_number(&self) -> Option<u64> {
        Some(*self)
    }
}

/// Integers that are a `u64` where they aren't negative.
macro_rules! integers {
    ($($integer:ty)*) => {$(
        impl FieldValue for $integer {
            fn write_to(&self, head: &mut Vec<u8>) -> bool {
                match u64::try_from(*self) {
                    Ok(number) => number.write_to(head),
                    Err(_) => self.to_string().write_to(head),
                }
            }

            #[inline]
            fn as_number(&self) -> Option<u64> {
                u64::try_from(*self).ok()
            }
        }
    )*};
}

integers!(u8 u16 u32 u128 usize i8 i16 i32 i64 i128 isize);

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: impl FieldValue) -> Option<Vec<u8>> {
        let mut head = Vec::new();
        value.write_to(&mut head).then_some(head)
    }

    #[test]
    fn numbers() {
        assert_eq!(written(0_u64).unwrap(), b"0");
        assert_eq!(written(u64::MAX).unwrap(), b"18446744073709551615");
        assert_eq!(written(-7_i32).unwrap(), b"-7");
        assert_eq!(
            written(u128::MAX).unwrap(),
            u128::MAX.to_string().as_bytes()
        );
    }

    /// A length that is taken from the value has to be the one that is written.
    #[test]
    fn a_number_is_what_its_text_says() {
        fn check(value: impl FieldValue) {
            let number = value.as_number();
            let text = written(value).unwrap();
            assert_eq!(number, crate::decimal::parse(&text), "{text:?}");
        }
        check(0_u8);
        check(1024_u64);
        check(u64::MAX);
        check(usize::MAX);
        check(-1_i32);
        check(i64::MAX);
        check(u128::from(u64::MAX));
        check(u128::from(u64::MAX) + 1);
        assert_eq!(<&u64>::as_number(&&7), Some(7));
        assert_eq!("7".as_number(), None);
    }

    #[test]
    fn text_is_latin_1_without_controls() {
        assert_eq!(written("a\tb").unwrap(), b"a\tb");
        assert_eq!(written("Dängerous").unwrap(), b"D\xe4ngerous");
        for bad in ["a\rb", "a\nb", "a\0b", "\x7f", "€"] {
            assert_eq!(written(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn tags_have_their_quotes() {
        let weak = EntityTag::weak("x").unwrap();
        assert_eq!(written(weak).unwrap(), b"W/\"x\"");
    }
}
