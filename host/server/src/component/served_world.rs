//! Which world a component is served by. It is read from the binary, as the engine
//! that compiles it depends on it.

use super::recognise::damage;
use super::vetted::{Unreadable, Vetted};
use super::wit_package::{WIT_PACKAGE, is_wit_package};
use super::world::World;
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::fmt;
use wasmparser::{Parser, Payload};

/// A world whose components can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum ServedWorld {
    /// `wasm-host:http/handler`: it is given connections.
    Handler,
    /// `wasi:http/proxy@0.2.x`: it is given requests.
    Proxy,
    /// `wasi:http/service@0.3.x`: it is given requests.
    Service,
}

impl ServedWorld {
    /// Recognises the world of a component's binary.
    ///
    /// # Errors
    ///
    /// The binary is damaged, or exports none of the interfaces.
    pub(crate) fn recognise(name: &str, component: &Vetted) -> Result<Self, Error> {
        let refused = |reason| Error::NotAComponent {
            component: name.to_owned(),
            reason,
        };
        let unreadable = |error: Unreadable| refused(error.to_string());
        let exports = component.examine(exports).map_err(unreadable)?;
        let exports = exports.map_err(|error| refused(damage(&error.to_string())))?;
        match Self::of(name, &exports) {
            Err(_) if is_wit_package(component).map_err(unreadable)? => {
                Err(refused(WIT_PACKAGE.to_owned()))
            }
            served => served,
        }
    }

    /// The world of a component with these exports.
    ///
    /// # Errors
    ///
    /// None of them is one of the interfaces.
    pub(crate) fn of(name: &str, exports: &[String]) -> Result<Self, Error> {
        match World::of(exports) {
            Some(World::Handler(_)) => Ok(Self::Handler),
            Some(World::Proxy(_)) => Ok(Self::Proxy),
            Some(World::Service(_)) => Ok(Self::Service),
            Some(World::Command(_)) | None => Err(Error::WrongWorld {
                component: name.to_owned(),
                found: if exports.is_empty() {
                    "nothing".to_owned()
                } else {
                    exports.join(", ")
                },
            }),
        }
    }

    /// Whether it is one of `wasi:http`.
    pub(crate) fn is_http(self) -> bool {
        self != Self::Handler
    }
}

impl fmt::Display for ServedWorld {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Handler => "wasm-host:http/handler@0.1.0",
            Self::Proxy => "wasi:http/proxy@0.2",
            Self::Service => "wasi:http/service@0.3",
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
