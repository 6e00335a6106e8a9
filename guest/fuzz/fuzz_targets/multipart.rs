//! A form's parts are the same however its bytes arrive, hold nothing of what separates
//! them, and are what stands between two boundaries.

#![no_main]

use libfuzzer_sys::fuzz_target;
use std::io::{self, Read};
use wasm_host_sdk::multipart::{Multipart, MultipartError};

const BOUNDARY: &str = "b";
const DELIMITER: &[u8] = b"\r\n--b";

/// A source that gives so many bytes at once.
struct Drip<'a>(&'a [u8], usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.0.len().min(self.1).min(buffer.len());
        buffer[..length].copy_from_slice(&self.0[..length]);
        self.0 = &self.0[length..];
        Ok(length)
    }
}

type Parts = Vec<(Option<Vec<u8>>, Vec<u8>)>;

/// What was read, and whether that was to the end.
fn parts(form: &[u8], at_once: usize) -> (Parts, bool) {
    let mut multipart = Multipart::new(Drip(form, at_once), BOUNDARY);
    let mut parts = Vec::new();
    let read = (|| -> Result<(), MultipartError> {
        while let Some(part) = multipart.next_part()? {
            let mut content = Vec::new();
            while let Some(piece) = multipart.read()? {
                assert!(!piece.is_empty());
                content.extend_from_slice(piece);
            }
            parts.push((part.filename, content));
        }
        Ok(())
    })();
    (parts, read.is_ok())
}

fuzz_target!(|form: &[u8]| {
    let whole = parts(form, usize::MAX);
    for at_once in [1, 7] {
        assert_eq!(parts(form, at_once), whole);
    }
    let framed = [b"\r\n", form].concat();
    for (_, content) in whole.0 {
        assert!(!content.windows(DELIMITER.len()).any(|at| at == DELIMITER));
        let between = [b"\r\n\r\n", &content[..], DELIMITER].concat();
        assert!(framed.windows(between.len()).any(|at| at == between));
    }
});
