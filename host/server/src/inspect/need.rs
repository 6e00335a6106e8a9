//! What a component's imports need in order to reach anything.

use crate::component::World;
use std::fmt;

/// What a server's owner may grant to a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// The directory that is served, read-only.
    Directory,
    /// Other directories: [`GrantOptions::directories`](crate::GrantOptions::directories).
    Files,
    /// Variables and arguments: [`GrantOptions::environment`](crate::GrantOptions::environment)
    /// and [`GrantOptions::arguments`](crate::GrantOptions::arguments).
    Environment,
    /// Requests to other servers: [`GrantOptions::outbound`](crate::GrantOptions::outbound).
    Outbound,
    /// Values by keys that stay:
    /// [`GrantOptions::key_values`](crate::GrantOptions::key_values).
    KeyValues,
    /// Starting scripts: [`HttpServerBuilder::cgi`](crate::HttpServerBuilder::cgi).
    Scripts,
    /// Files that clients leave: [`HttpServerBuilder::uploads`](crate::HttpServerBuilder::uploads).
    Uploads,
}

/// Interfaces that need no grant, as they reach nothing but the handler's own
/// connection, the clocks and the log.
const GIVEN: &[&str] = &[
    "wasi:cli/exit",
    "wasi:cli/stderr",
    "wasi:cli/stdin",
    "wasi:cli/stdout",
    "wasi:cli/terminal-input",
    "wasi:cli/terminal-output",
    "wasi:cli/terminal-stderr",
    "wasi:cli/terminal-stdin",
    "wasi:cli/terminal-stdout",
    "wasi:cli/types",
    "wasi:clocks/",
    "wasi:io/",
    "wasi:random/",
];

impl Need {
    /// What an import needs, by its name.
    pub(super) fn for_import(name: &str) -> Option<Self> {
        match interface(name) {
            "wasm-host:http/files" => Some(Self::Directory),
            "wasm-host:http/process" => Some(Self::Scripts),
            "wasm-host:http/uploads" => Some(Self::Uploads),
            "wasi:cli/environment" => Some(Self::Environment),
            "wasi:http/outgoing-handler" | "wasi:http/client" => Some(Self::Outbound),
            "wasi:keyvalue/store" | "wasi:keyvalue/atomics" | "wasi:keyvalue/batch" => {
                Some(Self::KeyValues)
            }
            interface if interface.starts_with("wasi:filesystem/") => Some(Self::Files),
            _ => None,
        }
    }
}

impl fmt::Display for Need {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Directory => "the served directory",
            Self::Files => "other directories",
            Self::Environment => "variables and arguments",
            Self::Outbound => "requests to other servers",
            Self::KeyValues => "values by keys that stay",
            Self::Scripts => "scripts",
            Self::Uploads => "uploads",
        })
    }
}

/// Whether a component of a world can have an import, perhaps with a grant.
pub(super) fn is_given(name: &str, world: Option<&World>) -> bool {
    let interface = interface(name);
    let version = name.rsplit_once('@').map_or("", |(_, version)| version);
    if interface.starts_with("wasm-host:http/") {
        return matches!(world, Some(World::Handler(_))) && version.starts_with("0.1.");
    }
    if Need::for_import(name) == Some(Need::KeyValues) {
        return version == "0.2.0-draft";
    }
    let http = match world {
        Some(World::Proxy(_) | World::Service(_)) => {
            matches!(
                interface,
                "wasi:http/types" | "wasi:http/outgoing-handler" | "wasi:http/client"
            )
        }
        _ => false,
    };
    let known_version = version.starts_with("0.2.")
        || matches!(world, Some(World::Service(_))) && version.starts_with("0.3.");
    let standard = GIVEN
        .iter()
        .any(|given| interface == *given || given.ends_with('/') && interface.starts_with(given));
    let granted = Need::for_import(name).is_some_and(|need| need != Need::Outbound);
    known_version && (standard || granted || http)
}

/// A name without its version.
fn interface(name: &str) -> &str {
    name.split_once('@')
        .map_or(name, |(interface, _)| interface)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_need_their_grants() {
        for (import, need) in [
            ("wasi:filesystem/preopens@0.2.12", Some(Need::Files)),
            ("wasi:cli/environment@0.2.0", Some(Need::Environment)),
            ("wasi:http/outgoing-handler@0.2.4", Some(Need::Outbound)),
            ("wasi:http/client@0.3.0", Some(Need::Outbound)),
            ("wasi:keyvalue/store@0.2.0-draft", Some(Need::KeyValues)),
            ("wasm-host:http/process@0.1.0", Some(Need::Scripts)),
            ("wasm-host:http/files@0.1.0", Some(Need::Directory)),
            ("wasi:clocks/wall-clock@0.2.12", None),
            ("wasi:sockets/tcp@0.2.12", None),
        ] {
            assert_eq!(Need::for_import(import), need, "{import}");
        }
    }

    #[test]
    fn what_is_given_depends_on_the_world() {
        let handler = World::Handler("0.1.0".to_owned());
        let proxy = World::Proxy("0.2.12".to_owned());
        let service = World::Service("0.3.0".to_owned());
        for (import, worlds) in [
            ("wasi:clocks/wall-clock@0.2.12", [true, true, true]),
            ("wasi:clocks/system-clock@0.3.0", [false, false, true]),
            ("wasi:filesystem/types@0.2.12", [true, true, true]),
            ("wasi:http/types@0.2.12", [false, true, true]),
            ("wasi:http/outgoing-handler@0.2.12", [false, true, true]),
            ("wasm-host:http/connection@0.1.0", [true, false, false]),
            ("wasm-host:http/connection@0.2.0", [false, false, false]),
            ("wasi:sockets/tcp@0.2.12", [false, false, false]),
            ("wasi:keyvalue/store@0.2.0-draft", [true, true, true]),
            ("wasi:keyvalue/store@0.2.0-draft2", [false, false, false]),
            ("log", [false, false, false]),
        ] {
            let given = [&handler, &proxy, &service].map(|world| is_given(import, Some(world)));
            assert_eq!(given, worlds, "{import}");
        }
    }
}
