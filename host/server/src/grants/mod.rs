//! What a server's owner grants to its handler, beside the directory that is
//! served: nothing unless it is named here.
//!
//! 1. Options as typed become values that are well-formed in themselves
//!    ([`DirectoryGrant`], [`OutboundTarget`]).
//! 2. [`Granted::open`] checks them against each other and the system, and
//!    opens the directories before the server listens.
//! 3. Every instance gets a share of that. No path is opened again, but that of
//!    the served directory, if another is there ([`served`]).

mod directory;
mod filesystem;
mod outbound;
mod replaceable;
mod served;

pub use directory::{Access, DirectoryGrant, DirectoryGrantError};
pub use outbound::{OutboundTarget, OutboundTargetError};
pub(crate) use replaceable::Replaceable;
pub(crate) use served::Directories;

use crate::logging::escape_controls;
use std::io;
use std::path::{Path, PathBuf};

/// What a handler is granted, beside the directory that is served. The default
/// is nothing.
///
/// ```
/// use wasm_host_server::{Access, DirectoryGrant, GrantOptions};
///
/// let mut grants = GrantOptions::default();
/// grants
///     .directories
///     .push(DirectoryGrant::new("/srv/data", "/data", Access::ReadWrite)?);
/// grants.environment.push(("GREETING".into(), "hello".into()));
/// let builder = wasm_host_server::ThreadingHttpServer::builder().grants(grants);
/// # Ok::<(), wasm_host_server::DirectoryGrantError>(())
/// ```
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct GrantOptions {
    /// Directories of this system, each at a path of its own.
    pub directories: Vec<DirectoryGrant>,
    /// The handler's whole environment. Of two variables with the same name,
    /// the last counts.
    pub environment: Vec<(String, String)>,
    /// The handler's arguments, after the component's name.
    pub arguments: Vec<String>,
    /// Where a handler of `wasi:http` may send requests to. One of
    /// `wasm-host:http/handler` has no way to send any.
    pub outbound: Vec<OutboundTarget>,
}

/// Why something can't be granted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GrantError {
    /// The directory can't be served.
    #[error("cannot serve {}: {source}; give a readable directory", path.display())]
    Served {
        /// The directory as given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The directory can't be opened.
    #[error("cannot grant {}: {source}; give a readable directory", path.display())]
    Directory {
        /// The directory as given.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Two directories would be at the same path.
    #[error(
        "cannot grant {} as {guest}: the handler has {} there; give another path",
        path.display(), other.display()
    )]
    SameGuestPath {
        /// The directory as given.
        path: PathBuf,
        /// Its path in the handler.
        guest: String,
        /// The directory that is there already.
        other: PathBuf,
    },
    /// The handler could write what runs outside of its sandbox.
    #[error(
        "cannot grant {}, read and write: the handler could leave its sandbox by {what}, {}; grant a directory apart from it, or this one read-only",
        path.display(), replaceable.display()
    )]
    Replaceable {
        /// The directory as given.
        path: PathBuf,
        /// What the server runs.
        what: &'static str,
        /// Where that is.
        replaceable: PathBuf,
    },
    /// No variable can have this name or value.
    #[error(
        "cannot grant the environment variable {0:?}: a name has no = and isn't empty, and neither it nor the value has a NUL"
    )]
    Variable(String),
    /// No argument can be this.
    #[error("cannot grant the argument {0:?}: an argument has no NUL")]
    Argument(String),
}

/// What a handler was granted: checked, and open.
pub(crate) struct Granted {
    /// The directory that is served and those granted.
    pub(crate) directories: Directories,
    pub(crate) environment: Vec<(String, String)>,
    /// The component's name first, as programs expect it.
    pub(crate) arguments: Vec<String>,
    pub(crate) outbound: Vec<OutboundTarget>,
}

impl Granted {
    /// Opens the directory that is served, as `/`, and what was granted. `follows`:
    /// as [`Directories::open`] has it.
    ///
    /// # Errors
    ///
    /// Something of it can't be granted.
    pub(crate) fn open(
        served: &Path,
        options: &GrantOptions,
        program: String,
        replaceable: &[Replaceable],
        follows: bool,
    ) -> Result<Self, GrantError> {
        for directory in &options.directories {
            replaceable::check(directory, replaceable)?;
        }
        let mut arguments = vec![program];
        for argument in &options.arguments {
            if argument.contains('\0') {
                return Err(GrantError::Argument(argument.clone()));
            }
            arguments.push(argument.clone());
        }
        Ok(Self {
            directories: Directories::open(served, &options.directories, follows)?,
            environment: environment(&options.environment)?,
            arguments,
            outbound: options.outbound.clone(),
        })
    }
}

fn environment(given: &[(String, String)]) -> Result<Vec<(String, String)>, GrantError> {
    let mut variables: Vec<(String, String)> = Vec::with_capacity(given.len());
    for (name, value) in given {
        if name.is_empty() || name.contains(['=', '\0']) || value.contains('\0') {
            return Err(GrantError::Variable(name.clone()));
        }
        variables.retain(|(other, _)| other != name);
        variables.push((name.clone(), value.clone()));
    }
    Ok(variables)
}

impl GrantOptions {
    /// Logs what was granted, a line each, and what of it is unwise. Not the
    /// variables' values: they are where secrets are.
    pub(crate) fn log(&self, component: Option<&Path>) {
        for directory in &self.directories {
            log_one(&directory.to_string());
        }
        for (name, _) in &self.environment {
            log_one(&format!("environment variable {name}"));
        }
        for argument in &self.arguments {
            log_one(&format!("argument {argument:?}"));
        }
        for target in &self.outbound {
            log_one(&format!("requests to {target}"));
        }
        if component.is_some_and(|file| replaceable::may_rewrite(&self.directories, file)) {
            tracing::warn!(
                "the handler may write to its own component; grant a directory apart from it"
            );
        }
    }
}

fn log_one(what: &str) {
    tracing::info!("granted: {}", escape_controls(what));
}

#[cfg(test)]
mod tests {
    use super::environment;

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn of_two_variables_with_a_name_the_last_counts() {
        let given = [pair("A", "1"), pair("B", "2"), pair("A", "3")];
        let variables = environment(&given).expect("well-formed");
        assert_eq!(variables, [pair("B", "2"), pair("A", "3")]);
    }

    #[test]
    fn a_variable_cannot_smuggle_another() {
        for (name, value) in [("", "x"), ("A=B", "x"), ("A\0", "x"), ("A", "x\0B=y")] {
            assert!(environment(&[pair(name, value)]).is_err(), "{name:?}");
        }
    }
}
