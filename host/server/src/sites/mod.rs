//! Several sites on one server: what a program gives it that hosts them.
//!
//! The embedded handler asks for the site that a request's authority names, for each
//! request anew, and gets its directory and its settings. It is our own code, which sees
//! no more of a site than it opens in answering that request; what tenants bring is data.

mod content;
mod site;

pub use content::BoxedError as OwnContentError;
pub(crate) use content::BoxedError;
pub use content::{OwnContent, OwnRequest, OwnResponse, own_content};
pub use site::Site;

use std::fmt;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

/// What is to come, in a box.
pub type Later<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// The sites of a server.
///
/// ```
/// use std::sync::Arc;
/// use wasm_host_server::{
///     Found, Later, NoSite, OwnRequest, OwnResponse, Site, Sites, own_content,
/// };
///
/// struct One(Arc<Site>);
///
/// impl Sites for One {
///     fn find(&self, authority: &[u8]) -> Found {
///         match authority {
///             b"one.localhost" => Found::Site(Arc::clone(&self.0)),
///             b"localhost" => Found::None(NoSite::Own),
///             _ => Found::None(NoSite::Unknown),
///         }
///     }
///
///     fn answer(&self, _: OwnRequest) -> Later<OwnResponse> {
///         Box::pin(async { OwnResponse::new(own_content("There is one site.\n")) })
///     }
/// }
/// ```
pub trait Sites: Send + Sync + 'static {
    /// Finds the site that an authority names: a host, in lower case and without a dot
    /// at its end, and without a port. It is what a client sent, and may be any bytes.
    ///
    /// This is called on a thread that serves others, too: what takes longer than a look
    /// at memory is to come [later](Found::Later).
    fn find(&self, authority: &[u8]) -> Found;

    /// Whether requests to an authority are the program's to answer. Default: whether
    /// [`find`](Self::find) says so; a program that counts what it is asked for there
    /// doesn't count here.
    fn is_the_programs(&self, authority: &[u8]) -> bool {
        matches!(self.find(authority), Found::None(why) if why.is_the_programs())
    }

    /// The content that a site had so many changes ago, from 1 on: for who loaded a page
    /// then. Default: none.
    fn earlier(&self, _site: &Arc<Site>, _changes: u32) -> Found {
        Found::None(NoSite::Unknown)
    }

    /// Answers a request that isn't for the embedded handler, for which [`find`](Self::find) said
    /// [`NoSite::Own`] or [`NoSite::Elsewhere`]: an API, or pages, or what is served by
    /// another process. It is in a sandbox of no kind. The limits on time that others
    /// have, these requests have, too. A connection that had one is served request by
    /// request from then on, whichever sites these are for.
    fn answer(&self, request: OwnRequest) -> Later<OwnResponse>;

    /// Something happened that is for a site's own log. The server's log has it as well.
    /// Default: that alone.
    fn note(&self, _site: &Arc<Site>, _event: SiteEvent<'_>) {}
}

impl fmt::Debug for dyn Sites {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Sites").finish_non_exhaustive()
    }
}

/// What happened on a site. Texts are what clients and handlers have sent.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum SiteEvent<'a> {
    /// A request was answered.
    Answered {
        /// Whose it was.
        client: IpAddr,
        /// Its first line, as it was received.
        request_line: &'a str,
        /// The status of the answer.
        status: u16,
        /// How many bytes of content were sent.
        size: u64,
        /// How long ago it began.
        age: Duration,
    },
    /// The handler has something to say.
    Line {
        /// How severe it is.
        level: tracing::Level,
        /// What it is.
        text: &'a str,
    },
}

/// What an authority names.
pub enum Found {
    /// This site.
    Site(Arc<Site>),
    /// None, for a reason.
    None(NoSite),
    /// What takes a moment to know.
    Later(Later<Result<Arc<Site>, NoSite>>),
}

impl Found {
    /// Waits for what comes later.
    ///
    /// # Errors
    ///
    /// There is no such site.
    pub(crate) async fn known(self) -> Result<Arc<Site>, NoSite> {
        match self {
            Self::Site(site) => Ok(site),
            Self::None(why) => Err(why),
            Self::Later(later) => later.await,
        }
    }
}

/// Why there is no site for the embedded handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoSite {
    /// Nobody has that name: 404.
    Unknown,
    /// It is the server's own host: [`Sites::answer`] is asked.
    Own,
    /// It is a site that the embedded handler doesn't serve: [`Sites::answer`] is asked.
    Elsewhere,
    /// It has had as many requests as it may for now: 429.
    Busy,
    /// It can't be opened, and the log says why: 503.
    Failed,
}

impl NoSite {
    /// Whether [`Sites::answer`] is asked.
    pub(crate) fn is_the_programs(self) -> bool {
        matches!(self, Self::Own | Self::Elsewhere)
    }
}

/// The host that an authority names, as [`Sites::find`] is given it: without a port (RFC
/// 3986 section 3.2), in lower case, without the dot of the root.
#[must_use]
pub fn host_of(authority: &[u8]) -> Vec<u8> {
    let port = authority.iter().rposition(|&byte| byte == b':');
    let host = match port {
        // A colon in brackets is the address's.
        Some(at) if authority[at + 1..].iter().all(u8::is_ascii_digit) => &authority[..at],
        _ => authority,
    };
    let host = host.strip_suffix(b".").unwrap_or(host);
    host.to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn the_host_is_found_however_it_is_written() {
        for (authority, host) in [
            ("a.localhost", "a.localhost"),
            ("A.LocalHost:8000", "a.localhost"),
            ("a.localhost.:8000", "a.localhost"),
            ("a.localhost.", "a.localhost"),
            ("a.localhost:", "a.localhost"),
            ("a.localhost:x", "a.localhost:x"),
            ("a.localhost..", "a.localhost."),
            ("[::1]:8000", "[::1]"),
            ("[::1]", "[::1]"),
            ("user@a.localhost", "user@a.localhost"),
            ("", ""),
        ] {
            let found = host_of(authority.as_bytes());
            assert_eq!(String::from_utf8(found).unwrap(), host, "{authority:?}");
        }
    }
}
