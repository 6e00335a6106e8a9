//! What reaches the log, as `tracing` events: whoever embeds this library
//! chooses where they go.
//!
//! | target | what | fields |
//! |---|---|---|
//! | `wasm_host::handler` | a line that a handler wrote | `client` |
//! | `wasm_host::access` | an answered request | `client`, `request`, `status`, `size`, `micros`, `user`, `referer`, `user_agent` |
//! | `wasm_host_server…` and `wasm_host_process…` | what the server itself has to say | `client`, where there is one |

mod budget;
mod guest_output;

pub(crate) use budget::{GuestLog, LogBudget};
pub(crate) use guest_output::{GuestOutput, Source};

use std::borrow::Cow;
use std::fmt::Write as _;
use std::net::IpAddr;
use std::time::Duration;

/// The target of lines that handlers write.
pub const HANDLER_TARGET: &str = "wasm_host::handler";
/// The target of answered requests.
pub const ACCESS_TARGET: &str = "wasm_host::access";

/// A request that has been answered.
pub(crate) struct Answered<'a> {
    pub(crate) client: IpAddr,
    pub(crate) request_line: &'a str,
    pub(crate) status: u16,
    /// Bytes of content that were sent.
    pub(crate) size: u64,
    /// How long ago the request began.
    pub(crate) age: Duration,
    /// Who the client said it is, and was believed to be.
    pub(crate) user: Option<&'a str>,
    pub(crate) referer: Option<&'a str>,
    pub(crate) user_agent: Option<&'a str>,
}

/// Logs an answered request, as the host knows it.
pub(crate) fn access(answered: &Answered<'_>) {
    tracing::info!(
        target: ACCESS_TARGET,
        client = %answered.client,
        request = &*escape_controls(answered.request_line),
        status = answered.status,
        size = answered.size,
        micros = u64::try_from(answered.age.as_micros()).unwrap_or(u64::MAX),
        user = answered.user.map(escape_controls).as_deref(),
        referer = answered.referer.map(escape_controls).as_deref(),
        user_agent = answered.user_agent.map(escape_controls).as_deref(),
    );
}

/// A guest's line is cut to this many bytes before anything is done with it. Whoever
/// writes the log cuts further, but it may be a request line of 64 KiB that is cut there.
const MAX_GIVEN: usize = 128 * 1024;

/// Logs a line that a guest wrote, and that its budget allows.
fn guest_line(client: Option<IpAddr>, level: tracing::Level, line: &str) {
    let line = escape_controls(&line[..line.floor_char_boundary(MAX_GIVEN)]);
    let client = client.map(tracing::field::display);
    match level {
        tracing::Level::ERROR => tracing::error!(target: HANDLER_TARGET, client, "{line}"),
        tracing::Level::WARN => tracing::warn!(target: HANDLER_TARGET, client, "{line}"),
        tracing::Level::INFO => tracing::info!(target: HANDLER_TARGET, client, "{line}"),
        _ => tracing::debug!(target: HANDLER_TARGET, client, "{line}"),
    }
}

/// Control characters as `\xHH`, as `http.server` logs them: a client or a
/// guest can then neither forge a line nor steer a terminal.
pub(crate) fn escape_controls(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if character.is_control() {
            // Writing to a String can't fail.
            let _ = write!(escaped, "\\x{:02x}", u32::from(character));
        } else {
            escaped.push(character);
        }
    }
    Cow::Owned(escaped)
}

/// Text of several lines, such as a backtrace: names in it are the guest's. The
/// lines after the first are indented, so that none can pass for another entry.
pub(crate) fn escape_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(escape_controls).collect();
    lines.join("\n    ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!(escape_controls("plain é"), "plain é");
        assert_eq!(escape_controls("a\nb\x1b[2J\u{9b}"), "a\\x0ab\\x1b[2J\\x9b");
        assert_eq!(escape_lines("a\n\x1bb"), "a\n    \\x1bb");
    }
}
