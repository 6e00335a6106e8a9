//! Which world a component is of, by what it exports. It is read from the
//! binary, as the engine that compiles it depends on it.

use crate::Error;
use crate::proxy;
use std::fmt;
use wasmparser::{Parser, Payload};

/// The interface by which a handler is known, in any version with which this
/// one is compatible.
const HANDLER_INTERFACE: &str = "wasm-host:http/connection-handler@0.1";

/// A world whose components can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum World {
    /// `wasm-host:http/handler`: it is given connections.
    Handler,
    /// One of `wasi:http`: it is given requests.
    Http(proxy::World),
}

impl World {
    /// Recognises the world of a component's binary.
    ///
    /// # Errors
    ///
    /// The binary is damaged, or exports none of the interfaces.
    pub(crate) fn recognise(name: &str, bytes: &[u8]) -> Result<Self, Error> {
        let exports = exports(bytes).map_err(|error| Error::NotAComponent {
            component: name.to_owned(),
            reason: format!("{}; build it anew for wasm32-wasip2", error.message()),
        })?;
        // Our own first: it is the faster one.
        let handler = exports
            .iter()
            .any(|export| export.starts_with(HANDLER_INTERFACE))
            .then_some(Self::Handler);
        let http = || exports.iter().find_map(|export| proxy::World::of(export));
        handler
            .or_else(|| http().map(Self::Http))
            .ok_or_else(|| Error::WrongWorld {
                component: name.to_owned(),
                found: if exports.is_empty() {
                    "nothing".to_owned()
                } else {
                    exports.join(", ")
                },
            })
    }
}

impl fmt::Display for World {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Handler => "wasm-host:http/handler@0.1.0",
            Self::Http(proxy::World::Proxy) => "wasi:http/proxy@0.2",
            Self::Http(proxy::World::Service) => "wasi:http/service@0.3",
        })
    }
}

/// What the outermost component of a binary exports.
fn exports(bytes: &[u8]) -> wasmparser::Result<Vec<String>> {
    let mut exports = Vec::new();
    let mut depth = 0_usize;
    for payload in Parser::new(0).parse_all(bytes) {
        match payload? {
            Payload::ModuleSection { .. } | Payload::ComponentSection { .. } => depth += 1,
            Payload::End(_) => depth = depth.saturating_sub(1),
            Payload::ComponentExportSection(section) if depth == 0 => {
                for export in section {
                    exports.push(export?.name.name.to_owned());
                }
            }
            _ => {}
        }
    }
    Ok(exports)
}
