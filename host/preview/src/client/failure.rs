//! Why a command failed: each is a sentence that says what happened and what to do.

use super::folder::FolderError;
use super::text::plain;
use crate::wire::{self, Problem};
use http::StatusCode;
use std::fmt::{self, Display, Formatter};
use std::path::PathBuf;

/// How many problems of a site are told of.
const TOLD: usize = 20;

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// What was typed, or is set in the environment, makes no sense.
    #[error("{0}")]
    Usage(String),
    /// The folder can't be deployed.
    #[error(transparent)]
    Folder(#[from] FolderError),
    /// A file isn't what it was when it was hashed.
    #[error("{}: {reason}", plain(path))]
    File {
        /// In the site.
        path: String,
        /// What happened.
        reason: String,
    },
    /// What was being sent can't be read any more.
    #[error("{0}")]
    Unreadable(String),
    /// A file of this machine that the command needs.
    #[error("cannot read {}: {reason}", plain(&path.to_string_lossy()))]
    Local {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// No connection to the server was made.
    #[error(
        "cannot reach {server}: {reason}; start it there by `wasm-host preview`, or say where it is by --server or WASM_HOST_SERVER"
    )]
    Unreachable {
        /// Its address.
        server: String,
        /// What the system says.
        reason: String,
    },
    /// A connection broke, and so did those that were made after it.
    #[error(
        "the connection to {server} broke: {reason}; deploy again, which goes on where this ended"
    )]
    Broken {
        /// Its address.
        server: String,
        /// What happened.
        reason: String,
    },
    /// The server doesn't take the token.
    #[error("{server} doesn't take the token{hint}")]
    Token {
        /// Its address.
        server: String,
        /// How to give the right one.
        hint: &'static str,
    },
    /// The server says no.
    #[error("{}", plain(.0))]
    Refused(String, StatusCode),
    /// The site's own settings or rules are wrong.
    #[error("{0}")]
    Problems(Problems),
    /// The answer isn't one of this API's.
    #[error(
        "{server} doesn't answer as a wasm-host preview server does: {what}; look at --server or WASM_HOST_SERVER"
    )]
    Strange {
        /// Its address.
        server: String,
        /// What it answers.
        what: String,
    },
    /// There is no such deploy, alias or project.
    #[error("{0}")]
    NotThere(String),
}

/// What is wrong with a site's settings and rules.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(pub Vec<Problem>);

impl Display for Problems {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().take(TOLD).enumerate() {
            let begin = if index == 0 { "" } else { "\n" };
            write!(f, "{begin}{}", plain(&problem.to_string()))?;
        }
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more => write!(f, "\nand {more} more"),
        }
    }
}

/// What to do about an answer, beyond what the server says of it.
fn advice(status: StatusCode) -> &'static str {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => "; deploy less, or ask the server's operator for more",
        StatusCode::TOO_MANY_REQUESTS => "; try again later",
        StatusCode::INSUFFICIENT_STORAGE => {
            "; remove deploys by `wasm-host previews rm` and `wasm-host previews gc`"
        }
        _ if status.is_server_error() => "; the server's log says more",
        _ => "",
    }
}

impl Failure {
    /// What the server said, in one line; the problems of a site in one line each.
    pub(super) fn of_answer(status: StatusCode, said: wire::Failure) -> Self {
        if !said.problems.is_empty() {
            return Self::Problems(Problems(said.problems));
        }
        let text = format!("the server refuses it: {}{}", said.error, advice(status));
        Self::Refused(text, status)
    }
}
