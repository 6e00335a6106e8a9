//! A component's answer as one of HTTP/2: hyper sees to the same for HTTP/1.1.

use super::answer::Event;
use super::request::is_for_one_connection;
use bytes::Bytes;
use http::header::{CONTENT_LENGTH, DATE, HeaderMap, HeaderValue, TE};
use http::response::Parts;
use http::{Response, StatusCode};
use std::time::SystemTime;

/// What is known of an answer whose content is still to come.
pub(super) struct Outline {
    head: Response<()>,
    /// How much content its head announces that hasn't come.
    left: Option<u64>,
    /// Whether there is none.
    pub(super) is_all: bool,
}

impl Outline {
    /// `length`: how long the content is, if that is known.
    pub(super) fn new(parts: Parts, length: Option<u64>, to_head: bool) -> Self {
        let mut head = Response::from_parts(parts, ());
        let none = matches!(
            head.status(),
            StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
        );
        let fields = head.headers_mut();
        for name in [
            "connection",
            "keep-alive",
            "proxy-connection",
            "transfer-encoding",
            "upgrade",
        ] {
            fields.remove(name);
        }
        fields.remove(TE);
        if !fields.contains_key(DATE) {
            let now = httpdate::fmt_http_date(SystemTime::now());
            fields.extend(HeaderValue::from_str(&now).ok().map(|now| (DATE, now)));
        }
        if let (Some(length), false) = (length, to_head || none) {
            let length = HeaderValue::from(length);
            fields.entry(CONTENT_LENGTH).or_insert(length);
        }
        let left = fields.get(CONTENT_LENGTH);
        let left = left.and_then(|length| length.to_str().ok()?.parse().ok());
        *head.version_mut() = http::Version::HTTP_2;
        Self {
            head,
            left,
            is_all: to_head || none || length == Some(0),
        }
    }

    /// Its head. Once.
    pub(super) fn take_head(&mut self) -> Response<()> {
        std::mem::take(&mut self.head)
    }

    /// Some content. None: it is more than was announced.
    pub(super) fn content(&mut self, bytes: Bytes) -> Option<Event> {
        if let Some(left) = &mut self.left {
            *left = left.checked_sub(bytes.len() as u64)?;
        }
        // Trailers may follow.
        let is_last = false;
        Some(Event::Content { bytes, is_last })
    }

    /// The content's end. None: it is less than was announced.
    pub(super) fn end(&self, trailers: Option<HeaderMap>) -> Option<Event> {
        let mut trailers = trailers;
        if let Some(fields) = &mut trailers {
            let forbidden: Vec<_> = fields
                .keys()
                .filter(|name| is_for_one_connection(name))
                .cloned()
                .collect();
            for name in forbidden {
                fields.remove(name);
            }
        }
        matches!(self.left, None | Some(0)).then_some(Event::End(trailers))
    }
}
