//! A site's settings, read from its folder.

use super::config::{SiteConfig, SiteFiles};
use super::problem::Problems;
use super::{CONFIG_FILE, MAX_CONFIG};
use crate::limits::Limits;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use wasm_host_rules::{RuleFile, Sources};

/// Why a folder doesn't say how it is served.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// What it says is wrong.
    #[error("{0}")]
    Config(#[from] Problems),
    /// It can't be read.
    #[error("how it is served can't be read: {0}")]
    Read(#[from] io::Error),
}

impl SiteConfig {
    /// Reads what a site says that is in a folder. `limits`: the operator's.
    ///
    /// # Errors
    ///
    /// It is wrong, or can't be read.
    pub fn of_tree(tree: &Path, limits: &Limits) -> Result<Self, TreeError> {
        let config = content(tree, CONFIG_FILE)?;
        let [redirects, headers] = RuleFile::ALL.map(|file| content(tree, file.name()));
        let (redirects, headers) = (redirects?, headers?);
        let files = SiteFiles {
            config: &config,
            rules: Sources {
                redirects: &redirects,
                headers: &headers,
            },
        };
        Ok(Self::read(&files, limits)?)
    }
}

/// What is in a file that says how a site is served: nothing if it isn't there.
fn content(tree: &Path, name: &str) -> io::Result<Vec<u8>> {
    let file = match File::open(tree.join(name)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut content = Vec::new();
    file.take(MAX_CONFIG + 1).read_to_end(&mut content)?;
    Ok(content)
}
