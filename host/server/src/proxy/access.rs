//! What the log says of an answered request. In our own world the handler says
//! it; here the host has the request's head.

use crate::logging::{Answered, access};
use crate::metrics;
use http::header::{HeaderName, REFERER, USER_AGENT};
use http::{HeaderMap, Request};
use std::net::IpAddr;
use std::time::Instant;

/// A request, as the log names it.
#[derive(Debug)]
pub(crate) struct Access {
    client: IpAddr,
    began: Instant,
    request_line: String,
    referer: Option<String>,
    user_agent: Option<String>,
}

impl Access {
    pub(crate) fn begin<B>(client: IpAddr, request: &Request<B>) -> Self {
        Self {
            client,
            began: Instant::now(),
            request_line: format!(
                "{} {} {:?}",
                request.method(),
                request.uri(),
                request.version()
            ),
            referer: field(request.headers(), &REFERER),
            user_agent: field(request.headers(), &USER_AGENT),
        }
    }

    pub(super) fn client(&self) -> IpAddr {
        self.client
    }

    /// Logs the answer: its status, and how many bytes of content were sent.
    pub(crate) fn end(&self, status: u16, size: u64) {
        let age = self.began.elapsed();
        metrics::answered(status, age);
        access(&Answered {
            client: self.client,
            request_line: &self.request_line,
            status,
            size,
            age,
            user: None,
            referer: self.referer.as_deref(),
            user_agent: self.user_agent.as_deref(),
        });
    }
}

fn field(fields: &HeaderMap, name: &HeaderName) -> Option<String> {
    let value = fields.get(name)?;
    // A character for each byte, as in Latin-1 and as handlers of the SDK have it.
    Some(
        value
            .as_bytes()
            .iter()
            .map(|&byte| char::from(byte))
            .collect(),
    )
}
