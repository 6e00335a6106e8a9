//! A handler's answer, made one that may be sent: what a response of HTTP/1.1 can't
//! be isn't, whatever the handler says.

use http::header::{CONNECTION, CONTENT_LENGTH, DATE, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};

/// Why an answer can't be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum NoAnswer {
    /// An interim response, after which another would have to come (RFC 9110 section
    /// 15.2). 101 would hand over a connection that nobody has asked to be.
    #[error("the handler answered with the interim status {0}, which can't be the last")]
    Interim(StatusCode),
}

/// Whether an answer has content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HasContent {
    /// What the handler gives.
    Yes,
    /// None, whatever the handler gives.
    No,
}

/// Checks an answer's head, and mends what is the server's to say.
///
/// # Errors
///
/// It can't be the answer to a request.
pub(super) fn check<B>(answer: &mut Response<B>) -> Result<HasContent, NoAnswer> {
    let status = answer.status();
    if status.is_informational() {
        return Err(NoAnswer::Interim(status));
    }
    let fields = answer.headers_mut();
    remove_named_by_connection(fields);
    check_date(fields);
    if status == StatusCode::RESET_CONTENT {
        // RFC 9110 section 15.3.6
        fields.insert(CONTENT_LENGTH, HeaderValue::from_static("0"));
        return Ok(HasContent::No);
    }
    Ok(HasContent::Yes)
}

/// Removes the fields of a request or an answer that its Connection field says are for
/// one connection only (RFC 9110 section 7.6.1). That field itself stays: it is hyper's
/// to obey.
pub(super) fn remove_named_by_connection(fields: &mut HeaderMap) {
    let mut named = Vec::new();
    for value in fields.get_all(CONNECTION) {
        let names = value.as_bytes().split(|&byte| byte == b',');
        named.extend(names.filter_map(|name| HeaderName::from_bytes(name.trim_ascii()).ok()));
    }
    for name in named {
        // What frames the message isn't a client's to take away.
        if name != CONTENT_LENGTH && name != http::header::TRANSFER_ENCODING {
            fields.remove(name);
        }
    }
}

/// One date that can be read, or none: then the server says its own (RFC 9110 section
/// 6.6.1).
fn check_date(fields: &mut HeaderMap) {
    let mut dates = fields.get_all(DATE).iter();
    let readable = match (dates.next(), dates.next()) {
        (Some(date), None) => date
            .to_str()
            .is_ok_and(|date| httpdate::parse_http_date(date).is_ok()),
        _ => false,
    };
    if !readable {
        fields.remove(DATE);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, fields: &[(&'static str, &'static str)]) -> Response<()> {
        let mut answer = Response::builder().status(status);
        for (name, value) in fields {
            answer = answer.header(*name, *value);
        }
        answer.body(()).unwrap()
    }

    #[test]
    fn an_interim_status_is_no_answer() {
        for status in [100, 101, 103, 199] {
            let refused = check(&mut answer(status, &[])).unwrap_err();
            assert!(refused.to_string().contains(&status.to_string()));
        }
        assert_eq!(check(&mut answer(200, &[])), Ok(HasContent::Yes));
    }

    #[test]
    fn a_reset_has_no_content() {
        let mut reset = answer(205, &[("content-length", "5")]);
        assert_eq!(check(&mut reset), Ok(HasContent::No));
        assert_eq!(reset.headers()[CONTENT_LENGTH], "0");
    }

    #[test]
    fn a_date_that_is_none_is_not_passed_on() {
        let date = "Sun, 06 Nov 1994 08:49:37 GMT";
        for (dates, kept) in [
            (&["x"][..], false),
            (&[""], false),
            (&[date], true),
            (&[date, date], false),
        ] {
            let fields: Vec<_> = dates.iter().map(|date| ("date", *date)).collect();
            let mut answer = answer(200, &fields);
            check(&mut answer).unwrap();
            assert_eq!(answer.headers().contains_key(DATE), kept, "{dates:?}");
        }
    }

    #[test]
    fn what_is_for_one_connection_is_not_forwarded() {
        let named = ("connection", "close, X-Private ,Content-Length, bad name");
        let fields = [
            named,
            ("x-private", "1"),
            ("x-other", "2"),
            ("content-length", "3"),
        ];
        let mut answer = answer(200, &fields);
        remove_named_by_connection(answer.headers_mut());
        assert!(!answer.headers().contains_key("x-private"));
        assert!(answer.headers().contains_key("x-other"));
        assert!(answer.headers().contains_key(CONTENT_LENGTH));
    }
}
