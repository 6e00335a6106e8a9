//! By which hosts operators may ask. A web page that its visitor's browser is shown can
//! have a name of its own lead to this machine after it was loaded (DNS rebinding), and
//! read what is answered there: so that no name is taken which nobody has allowed.

use http::uri::Authority;
use http::{Request, StatusCode, header::HOST};
use std::net::IpAddr;
use std::str::FromStr;

/// A host name that is allowed.
#[derive(Debug, Clone)]
pub(super) struct HostName(String);

impl FromStr for HostName {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
        if text.is_empty() || !text.bytes().all(is_name) {
            return Err("give a host name without a port, such as metrics.example.com");
        }
        Ok(Self(text.to_ascii_lowercase()))
    }
}

/// Which hosts may be asked.
#[derive(Debug)]
pub(super) struct Hosts(Vec<String>);

/// Why a request isn't answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// RFC 9112 section 3.2: it has no host, or several, or none that can be read.
    Unclear,
    /// It names one that nobody has allowed: RFC 9110 section 15.5.20.
    Foreign,
}

impl Refused {
    pub(super) fn status(self) -> StatusCode {
        match self {
            Self::Unclear => StatusCode::BAD_REQUEST,
            Self::Foreign => StatusCode::MISDIRECTED_REQUEST,
        }
    }

    pub(super) fn explanation(self) -> &'static str {
        match self {
            Self::Unclear => "A request has one Host field, with a host that can be read.\n",
            Self::Foreign => {
                "This is asked by its address or as localhost; start the server with --admin-host NAME for another name.\n"
            }
        }
    }
}

impl Hosts {
    pub(super) fn new(allowed: &[HostName]) -> Self {
        Self(allowed.iter().map(|HostName(name)| name.clone()).collect())
    }

    /// Whether a request is for a host that may be asked.
    ///
    /// # Errors
    ///
    /// It isn't.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Refused> {
        let mut fields = request.headers().get_all(HOST).iter();
        let (Some(field), None) = (fields.next(), fields.next()) else {
            return Err(Refused::Unclear);
        };
        let field = Authority::try_from(field.as_bytes()).map_err(|_| Refused::Unclear)?;
        // A target in absolute form has one, too, and that counts for its client.
        let target = request.uri().authority();
        if target
            .into_iter()
            .chain([&field])
            .all(|host| self.allows(host.host()))
        {
            Ok(())
        } else {
            Err(Refused::Foreign)
        }
    }

    fn allows(&self, host: &str) -> bool {
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        bare.unwrap_or(host).parse::<IpAddr>().is_ok()
            || host.eq_ignore_ascii_case("localhost")
            || self.0.iter().any(|name| host.eq_ignore_ascii_case(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(target: &str, hosts: &[&str]) -> Result<(), Refused> {
        let mut request = Request::builder().uri(target);
        for host in hosts {
            request = request.header(HOST, *host);
        }
        let allowed = Hosts::new(&["Metrics.Example".parse().unwrap()]);
        allowed.check(&request.body(()).unwrap())
    }

    #[test]
    fn addresses_and_what_is_allowed_may_be_asked() {
        for host in [
            "127.0.0.1",
            "127.0.0.1:9100",
            "[::1]:9100",
            "10.0.0.7:80",
            "LOCALHOST:1",
            "metrics.example:9100",
        ] {
            assert_eq!(check("/metrics", &[host]), Ok(()), "{host}");
        }
    }

    #[test]
    fn other_names_may_not() {
        for host in [
            "evil.example",
            "127.0.0.1.evil.example",
            "localhost.evil.example:9100",
            "localhost.",
            "2130706433",
            "0x7f.1",
            "a.metrics.example",
        ] {
            assert_eq!(check("/metrics", &[host]), Err(Refused::Foreign), "{host}");
        }
        let by_target = check("http://evil.example/metrics", &["127.0.0.1"]);
        assert_eq!(by_target, Err(Refused::Foreign));
        for unclear in [&[][..], &["127.0.0.1", "127.0.0.1"], &[""], &["a b"]] {
            assert_eq!(check("/", unclear), Err(Refused::Unclear), "{unclear:?}");
        }
    }
}
