//! Tests that only apply under some user, or on some machines.

use std::io::Write;
use std::net::{Ipv6Addr, TcpListener};

/// What no installation brings. Where it isn't given a test has nothing to say,
/// which isn't a test skipped; `.ci/run` makes sure that both are given on CI.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Only {
    /// Only root becomes another user, gives up capabilities, and looks into
    /// another user's process.
    AsRoot,
    /// Containers often have no IPv6, not even `::1`.
    WithIpv6,
}

impl Only {
    /// Whether the test applies; prints `not applicable: …` if not.
    pub(crate) fn applies(self) -> bool {
        let applies = match self {
            Self::AsRoot => rustix::process::geteuid().is_root(),
            Self::WithIpv6 => TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).is_ok(),
        };
        if !applies {
            let _ = writeln!(std::io::stderr(), "not applicable: {self:?}");
        }
        applies
    }
}
