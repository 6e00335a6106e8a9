//! What is wrong with a folder, all at once: whoever has ten bad names wants to hear of
//! them before the tenth try.

use crate::client::text::plain;
use std::fmt::{self, Display, Formatter};

/// How many are told of.
const TOLD: usize = 10;

/// After how many nobody looks for more.
pub(super) const ENOUGH: usize = 100;

/// A file, folder or link that can't be deployed, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The path, relative to the folder.
    pub path: String,
    /// What is wrong with it, and what to do.
    pub what: String,
}

/// At least one fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Faults(pub Vec<Fault>);

impl Display for Faults {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (index, Fault { path, what }) in self.0.iter().take(TOLD).enumerate() {
            let begin = if index == 0 { "" } else { "\n" };
            write!(f, "{begin}{}: {}", plain(path), plain(what))?;
        }
        match self.0.len().saturating_sub(TOLD) {
            0 => Ok(()),
            more if self.0.len() >= ENOUGH => write!(f, "\nand {more} more, or yet more"),
            more => write!(f, "\nand {more} more"),
        }
    }
}
