//! `multipart/form-data` (RFC 7578, RFC 2046 section 5.1), as browsers send a form with
//! files: read piece by piece, so that parts may be of any length.
//!
//! 1. [`boundary`] takes from `Content-Type` what parts are separated by.
//! 2. [`Multipart::next_part`] reads on to the next part, and its head.
//! 3. [`Multipart::read`] gives its content, a piece at a time.
//!
//! It is stricter than RFC 2046: nothing comes before the first part, nothing but the
//! line's end stands behind a boundary, and a head is of plain fields. Who sends anything
//! else isn't a browser's form.

mod disposition;
#[cfg(test)]
mod tests;

use memchr::memmem;
use std::io::{self, Read};

/// The longest boundary (RFC 2046 section 5.1.1).
const MAX_BOUNDARY: usize = 70;

/// The most bytes of a part's head.
const MAX_HEAD: usize = 16 * 1024;

/// How much is read at once.
const PIECE: usize = 64 * 1024;

/// A part of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// The form's field.
    pub name: Vec<u8>,
    /// What the file is called at its sender's, if the part is one: perhaps with
    /// directories before it. Empty, if none was chosen.
    pub filename: Option<Vec<u8>>,
}

/// Why content can't be read as a form.
#[derive(Debug, thiserror::Error)]
pub enum MultipartError {
    /// It isn't `multipart/form-data`.
    #[error("the form's content is broken: {0}")]
    Broken(&'static str),
    /// It can't be read at all.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Where a reader is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Before the first boundary.
    Start,
    /// In a part's content.
    Content,
    /// Behind a boundary.
    Boundary,
    /// Behind the last one.
    End,
}

/// A form's content.
pub struct Multipart<R> {
    source: R,
    /// What was read and isn't used.
    buffer: Vec<u8>,
    used: usize,
    /// What ends a part's content.
    delimiter: Vec<u8>,
    state: State,
}

/// The boundary that a `Content-Type` names, if that is `multipart/form-data`.
///
/// ```
/// use wasm_host_sdk::multipart::boundary;
///
/// let named = boundary("multipart/form-data; boundary=\"a b\"");
/// assert_eq!(named.as_deref(), Some("a b"));
/// assert_eq!(boundary("multipart/mixed; boundary=a"), None);
/// ```
#[must_use]
pub fn boundary(content_type: &str) -> Option<String> {
    let (kind, parameters) = content_type.split_once(';')?;
    if !kind.trim().eq_ignore_ascii_case("multipart/form-data") {
        return None;
    }
    let named = parameters.split(';').find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        name.trim()
            .eq_ignore_ascii_case("boundary")
            .then(|| value.trim())
    })?;
    let plain = named
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(named);
    // RFC 2046 section 5.1.1, `bchars`.
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"'()+_,-./:=? ".contains(&byte);
    let is_boundary = (1..=MAX_BOUNDARY).contains(&plain.len())
        && plain.bytes().all(is_allowed)
        && !plain.ends_with(' ');
    is_boundary.then(|| plain.to_owned())
}

impl<R: Read> Multipart<R> {
    /// Reads a form whose parts are separated by a [`boundary`].
    pub fn new(source: R, boundary: &str) -> Self {
        Self {
            source,
            // As if a line had ended before the first boundary.
            buffer: b"\r\n".to_vec(),
            used: 0,
            delimiter: [b"\r\n--", boundary.as_bytes()].concat(),
            state: State::Start,
        }
    }

    /// Gives the source back, behind what was read of it.
    pub fn into_source(self) -> R {
        self.source
    }

    /// The next part: what is left of the one before is passed over. None: there is no
    /// other.
    ///
    /// # Errors
    ///
    /// See [`MultipartError`].
    pub fn next_part(&mut self) -> Result<Option<Part>, MultipartError> {
        if self.state == State::Start {
            let length = self.delimiter.len();
            if !self.have(length)? || !self.rest().starts_with(&self.delimiter) {
                return Err(MultipartError::Broken("it doesn't begin with its boundary"));
            }
            self.used += length;
            self.state = State::Boundary;
        }
        while self.read()?.is_some() {}
        if self.state == State::End || !self.passes_boundary()? {
            return Ok(None);
        }
        let part = self.read_head()?;
        self.state = State::Content;
        Ok(Some(part))
    }

    /// A piece of the part's content; none at its end.
    ///
    /// # Errors
    ///
    /// See [`MultipartError`].
    pub fn read(&mut self) -> Result<Option<&[u8]>, MultipartError> {
        if self.state != State::Content {
            return Ok(None);
        }
        loop {
            let start = self.used;
            if let Some(length) = memmem::find(self.rest(), &self.delimiter) {
                self.used += length;
                if length > 0 {
                    return Ok(Some(&self.buffer[start..start + length]));
                }
                self.used += self.delimiter.len();
                self.state = State::Boundary;
                return Ok(None);
            }
            // The last bytes may be a delimiter's first.
            let sure = self.rest().len().saturating_sub(self.delimiter.len() - 1);
            if sure > 0 {
                self.used += sure;
                return Ok(Some(&self.buffer[start..start + sure]));
            }
            if !self.fill()? {
                return Err(MultipartError::Broken("it ends early"));
            }
        }
    }

    /// Reads what follows a boundary. Returns whether a part does.
    fn passes_boundary(&mut self) -> Result<bool, MultipartError> {
        if !self.have(2)? {
            return Err(MultipartError::Broken("it ends early"));
        }
        let is_last = match &self.rest()[..2] {
            b"--" => true,
            b"\r\n" => false,
            _ => return Err(MultipartError::Broken("a boundary doesn't end its line")),
        };
        self.used += 2;
        if is_last {
            self.state = State::End;
        }
        Ok(!is_last)
    }

    fn read_head(&mut self) -> Result<Part, MultipartError> {
        loop {
            if let Some(end) = memmem::find(self.rest(), b"\r\n\r\n") {
                let part = disposition::of_head(&self.rest()[..end]);
                self.used += end + 4;
                return part.ok_or(MultipartError::Broken("a part's head isn't a form's"));
            }
            if self.rest().len() > MAX_HEAD {
                return Err(MultipartError::Broken("a part's head is too long"));
            }
            if !self.fill()? {
                return Err(MultipartError::Broken("it ends early"));
            }
        }
    }

    fn rest(&self) -> &[u8] {
        &self.buffer[self.used..]
    }

    /// Reads on until so many bytes are there, or the source ends.
    fn have(&mut self, length: usize) -> Result<bool, MultipartError> {
        while self.rest().len() < length {
            if !self.fill()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads more. Returns whether there was any.
    fn fill(&mut self) -> Result<bool, MultipartError> {
        self.buffer.drain(..self.used);
        self.used = 0;
        let before = self.buffer.len();
        self.buffer.resize(before + PIECE, 0);
        let read = self.source.read(&mut self.buffer[before..]);
        self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
        Ok(read? > 0)
    }
}
