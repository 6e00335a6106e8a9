//! Which world a component is served by, told by what it exports. It is read
//! from the binary, as the engine that compiles it depends on it.

use super::recognise::{WIT_PACKAGE, damage, is_wit_package};
use crate::{Error, inspect, proxy};
use std::fmt;
use wasmparser::{Parser, Payload};

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
        let refused = |reason| Error::NotAComponent {
            component: name.to_owned(),
            reason,
        };
        let exports = exports(bytes).map_err(|error| refused(damage(&error.to_string())))?;
        Self::of(name, &exports).map_err(|error| {
            if is_wit_package(bytes) {
                return refused(WIT_PACKAGE.to_owned());
            }
            error
        })
    }

    /// The world of a component with these exports.
    ///
    /// # Errors
    ///
    /// None of them is one of the interfaces.
    pub(crate) fn of(name: &str, exports: &[String]) -> Result<Self, Error> {
        match inspect::World::of(exports) {
            Some(inspect::World::Handler(_)) => Ok(Self::Handler),
            Some(inspect::World::Proxy(_)) => Ok(Self::Http(proxy::World::Proxy)),
            Some(inspect::World::Service(_)) => Ok(Self::Http(proxy::World::Service)),
            Some(inspect::World::Command(_)) | None => Err(Error::WrongWorld {
                component: name.to_owned(),
                found: if exports.is_empty() {
                    "nothing".to_owned()
                } else {
                    exports.join(", ")
                },
            }),
        }
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
