//! Which world a component is of: told by what it exports.

use std::fmt;

/// A world that wasm-host knows, with its version.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum World {
    /// `wasm-host:http/handler`: our own; the handler reads and writes HTTP.
    Handler(String),
    /// `wasi:http/proxy@0.2.x`.
    Proxy(String),
    /// `wasi:http/service@0.3.x`.
    Service(String),
    /// `wasi:cli/command`: a program, which can be a CGI script.
    Command(String),
}

impl World {
    /// By its exports' names.
    pub(crate) fn of(exports: &[String]) -> Option<Self> {
        let exported = |interface: &str, compatible: &str| {
            exports.iter().find_map(|name| {
                let version = name.strip_prefix(interface)?.strip_prefix('@')?;
                is_compatible(version, compatible).then(|| version.to_owned())
            })
        };
        let handler = exported("wasm-host:http/connection-handler", "0.1").map(Self::Handler);
        let service = || exported("wasi:http/handler", "0.3").map(Self::Service);
        let proxy = || exported("wasi:http/incoming-handler", "0.2").map(Self::Proxy);
        let command = || exported("wasi:cli/run", "0.2").map(Self::Command);
        handler.or_else(service).or_else(proxy).or_else(command)
    }

    /// Whether a server can serve it.
    #[must_use]
    pub fn is_handler(&self) -> bool {
        !matches!(self, Self::Command(_))
    }
}

/// Whether `version` is a release of `0.x`; what came before a release differs
/// from it.
fn is_compatible(version: &str, minor: &str) -> bool {
    let rest = version
        .strip_prefix(minor)
        .and_then(|rest| rest.strip_prefix('.'));
    rest.is_some_and(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()))
}

impl fmt::Display for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, version) = match self {
            Self::Handler(version) => ("wasm-host:http/handler", version),
            Self::Proxy(version) => ("wasi:http/proxy", version),
            Self::Service(version) => ("wasi:http/service", version),
            Self::Command(version) => ("wasi:cli/command", version),
        };
        write!(f, "{name}@{version}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn world(exports: &[&str]) -> Option<String> {
        let exports: Vec<String> = exports.iter().map(|&name| name.to_owned()).collect();
        World::of(&exports).map(|world| world.to_string())
    }

    #[test]
    fn worlds_are_told_by_exports() {
        for (export, is) in [
            (
                "wasm-host:http/connection-handler@0.1.0",
                Some("wasm-host:http/handler@0.1.0"),
            ),
            (
                "wasi:http/incoming-handler@0.2.10",
                Some("wasi:http/proxy@0.2.10"),
            ),
            ("wasi:http/handler@0.3.0", Some("wasi:http/service@0.3.0")),
            ("wasi:cli/run@0.2.12", Some("wasi:cli/command@0.2.12")),
            ("wasi:http/handler@0.3.0-rc-2025-09-16", None),
            ("wasi:http/incoming-handler@0.20.0", None),
            ("wasm-host:http/connection-handler@0.2.0", None),
            ("wasi:http/incoming-handler", None),
            ("handle", None),
        ] {
            assert_eq!(world(&["memory", export]).as_deref(), is, "{export}");
        }
        assert_eq!(world(&[]), None);
    }
}
