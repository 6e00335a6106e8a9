//! The head of a response of HTTP/1.1 (RFC 9112 sections 4 and 5).

use super::content::Framing;
use super::no_answer::{MAX_HEAD, NoAnswer};
use crate::gateway::request::is_for_one_connection;
use bytes::{Bytes, BytesMut};
use http::header::{
    CONNECTION, CONTENT_LENGTH, HeaderMap, HeaderName, HeaderValue, TE, TRANSFER_ENCODING,
};
use http::{Response, StatusCode};
use httparse::Status;

/// The most fields of a response.
const MAX_FIELDS: usize = 128;

/// A response's head, without what concerns one connection only.
#[derive(Debug)]
pub(in crate::gateway) struct Head {
    pub(in crate::gateway) response: Response<()>,
    /// Whether its connection is to be used again (RFC 9112 section 9.3).
    pub(super) keeps_open: bool,
    length: Option<u64>,
    coding: Coding,
}

/// What a response's Transfer-Encoding says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    None,
    Chunked,
}

impl Head {
    /// How long the content is that follows (RFC 9112 section 6.3).
    ///
    /// # Errors
    ///
    /// It says two things.
    pub(super) fn framing(&self, to_head: bool) -> Result<Framing, NoAnswer> {
        let none = matches!(
            self.response.status(),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
        match (self.coding, self.length) {
            (Coding::Chunked, Some(_)) => Err(NoAnswer::Length),
            _ if to_head || none => Ok(Framing::Length(0)),
            (Coding::Chunked, None) => Ok(Framing::Chunked),
            (Coding::None, Some(length)) => Ok(Framing::Length(length)),
            (Coding::None, None) => Ok(Framing::UntilClose),
        }
    }
}

/// Takes a head from the front of what was received. None: it hasn't come whole.
///
/// # Errors
///
/// It is none.
pub(super) fn parse(received: &mut BytesMut) -> Result<Option<Head>, NoAnswer> {
    if received.is_empty() {
        return Ok(None);
    }
    // httparse skips empty lines before it.
    if received[0] != b'H' {
        return Err(NoAnswer::Head);
    }
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    let length = match parsed.parse(received) {
        Ok(Status::Complete(length)) => length,
        Ok(Status::Partial) if received.len() >= MAX_HEAD => return Err(NoAnswer::LongHead),
        Ok(Status::Partial) => return Ok(None),
        Err(_) => return Err(NoAnswer::Head),
    };
    let (code, version) = (parsed.code, parsed.version);
    // They are parsed anew, out of bytes that the fields then share.
    let bytes = received.split_to(length).freeze();
    check_line_ends(&bytes)?;
    let status = code.and_then(|code| StatusCode::from_u16(code).ok());
    let status = status.ok_or(NoAnswer::Head)?;
    let fields = shared_fields(&bytes)?;
    build(status, fields, version == Some(1)).map(Some)
}

/// RFC 9112 section 2.2 lets a recipient take LF alone, which others don't.
fn check_line_ends(head: &[u8]) -> Result<(), NoAnswer> {
    let mut last = 0;
    for &byte in head {
        if byte == b'\n' && last != b'\r' {
            return Err(NoAnswer::LineEnd);
        }
        last = byte;
    }
    Ok(())
}

fn shared_fields(head: &Bytes) -> Result<HeaderMap, NoAnswer> {
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut parsed = httparse::Response::new(&mut fields);
    parsed.parse(head).map_err(|_| NoAnswer::Head)?;
    let mut shared = HeaderMap::with_capacity(parsed.headers.len());
    for field in &*parsed.headers {
        let name = HeaderName::from_bytes(field.name.as_bytes()).map_err(|_| NoAnswer::Head)?;
        let value = HeaderValue::from_maybe_shared(head.slice_ref(field.value));
        shared.append(name, value.map_err(|_| NoAnswer::Head)?);
    }
    Ok(shared)
}

fn build(status: StatusCode, fields: HeaderMap, is_1_1: bool) -> Result<Head, NoAnswer> {
    let length = length(&fields)?;
    let coding = coding(&fields, is_1_1)?;
    let keeps_open = is_1_1 && !says_close(&fields);
    let mut response = Response::new(());
    *response.status_mut() = status;
    *response.headers_mut() = without_what_is_for_one_connection(fields);
    Ok(Head {
        response,
        keeps_open,
        length,
        coding,
    })
}

fn length(fields: &HeaderMap) -> Result<Option<u64>, NoAnswer> {
    let mut lengths = fields.get_all(CONTENT_LENGTH).iter();
    let Some(length) = lengths.next() else {
        return Ok(None);
    };
    let digits = length.as_bytes();
    let number = std::str::from_utf8(digits)
        .ok()
        .and_then(|text| text.parse().ok());
    match number {
        // A sign is a number's to Rust.
        Some(number) if lengths.next().is_none() && digits[0].is_ascii_digit() => Ok(Some(number)),
        _ => Err(NoAnswer::Length),
    }
}

fn coding(fields: &HeaderMap, is_1_1: bool) -> Result<Coding, NoAnswer> {
    let mut codings = fields.get_all(TRANSFER_ENCODING).iter();
    match codings.next() {
        None => Ok(Coding::None),
        Some(coding)
            if is_1_1
                && codings.next().is_none()
                && coding.as_bytes().eq_ignore_ascii_case(b"chunked") =>
        {
            Ok(Coding::Chunked)
        }
        Some(_) => Err(NoAnswer::Coding),
    }
}

fn says_close(fields: &HeaderMap) -> bool {
    let options = fields.get_all(CONNECTION).iter();
    options
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .any(|option| option.trim_ascii().eq_ignore_ascii_case(b"close"))
}

/// Leaves out what is for this connection only, and what its Connection field says is
/// (RFC 9110 section 7.6.1).
fn without_what_is_for_one_connection(fields: HeaderMap) -> HeaderMap {
    let mut named = Vec::new();
    for value in fields.get_all(CONNECTION) {
        let names = value.as_bytes().split(|&byte| byte == b',');
        named.extend(names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()));
    }
    // What frames the message isn't a handler's to take away.
    let leaves = |name: &HeaderName| {
        is_for_one_connection(name) || *name == TE || named.contains(name) && name != CONTENT_LENGTH
    };
    if !fields.keys().any(leaves) {
        return fields;
    }
    // Removing them would change the order of the others.
    let stay = fields.iter().filter(|(name, _)| !leaves(name));
    stay.map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
