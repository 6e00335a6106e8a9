//! The few responses that the host writes itself, when no handler can: there
//! was no instance to be had, or the instance failed before it answered.

use std::time::SystemTime;

use http::StatusCode;

/// What the host says in a handler's place, by why that didn't answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apology {
    /// 500: the handler trapped, or returned without a word.
    Trapped,
    /// 503: as many handlers run as may.
    Busy,
    /// 504: the handler took too long.
    TimedOut,
    /// 408: the request's head took too long. Only where the host reads it.
    HeadLate,
    /// 408: so did its content.
    ContentLate,
}

impl Apology {
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::Trapped => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            Self::HeadLate | Self::ContentLate => StatusCode::REQUEST_TIMEOUT,
        }
    }

    pub(crate) fn explanation(self) -> &'static str {
        match self {
            Self::Trapped => "The handler failed before it answered this request.\n",
            Self::Busy => "The server is handling as many requests as it may. Try again.\n",
            Self::TimedOut => "The handler took too long to answer this request.\n",
            Self::ContentLate => "The request's content took too long to arrive.\n",
            Self::HeadLate => "The request took too long to arrive.\n",
        }
    }
}

/// A whole response, after which the connection closes (RFC 9110 section 15.6).
pub(crate) fn response(apology: Apology) -> Vec<u8> {
    let body = apology.explanation();
    let retry = if apology == Apology::Busy {
        "Retry-After: 1\r\n"
    } else {
        ""
    };
    format!(
        "HTTP/1.1 {}\r\nDate: {}\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Length: {}\r\n{retry}Connection: close\r\n\r\n{body}",
        apology.status(),
        httpdate::fmt_http_date(SystemTime::now()),
        body.len(),
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn busy_says_when_to_come_back() {
        let response = String::from_utf8(response(Apology::Busy)).unwrap();
        assert!(response.starts_with("HTTP/1.1 503 Service Unavailable\r\n"));
        assert!(response.contains("\r\nRetry-After: 1\r\n"));
    }
}
