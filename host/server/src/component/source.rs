//! Where a server's handler comes from.

use super::compiled::CompiledComponent;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where a server's handler comes from.
#[derive(Debug, Clone, Default)]
pub enum ComponentSource {
    /// The component in this binary, which serves files.
    #[default]
    Embedded,
    /// A component's file: binary, of the world `wasm-host:http/handler`,
    /// `wasi:http/proxy` or `wasi:http/service`.
    File(PathBuf),
    /// The same, or what `wasm-host compile` made of one: machine code, which
    /// no sandbox holds if it was tampered with. Its instances are used once.
    Trusted(PathBuf),
    /// What a [`ComponentCompiler`](crate::ComponentCompiler) has made of one, which has to
    /// be trusted as much.
    Compiled(CompiledComponent),
}

impl ComponentSource {
    /// Where it is, if it is a file.
    pub(crate) fn file(&self) -> Option<&Path> {
        match self {
            Self::Embedded | Self::Compiled(_) => None,
            Self::File(path) | Self::Trusted(path) => Some(path),
        }
    }

    /// The name that a handler finds before its arguments, as a program does:
    /// its file's, without the directory, which is none of its business.
    pub(crate) fn program(&self) -> String {
        if let Self::Compiled(compiled) = self {
            return compiled.name().to_owned();
        }
        let name = self.file().and_then(Path::file_name);
        name.map_or("wasm-host".into(), |name| name.to_string_lossy())
            .into_owned()
    }
}

/// As messages name it.
impl fmt::Display for ComponentSource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => formatter.write_str("the embedded component"),
            Self::File(path) | Self::Trusted(path) => write!(formatter, "{}", path.display()),
            Self::Compiled(compiled) => formatter.write_str(compiled.name()),
        }
    }
}
