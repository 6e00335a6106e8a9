//! `--rules`: the site's `_redirects` and `_headers`.
//!
//! They are read once the process is who it will be and has given up what it doesn't
//! need, as what they hold may be somebody else's; and anew on SIGHUP.

use crate::failure::Failure;
use clap::{Args, ValueEnum};
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use wasm_host_rules::{Dialect, Policy, RuleFile, Rules as Parsed, Sources};
use wasm_host_server::{RuleParts, RulesHandle};

/// The most bytes that are read of a file: more than may be in it.
const MOST: u64 = (1 << 20) + 1;

/// Whose rules the site has.
#[derive(Debug, Args)]
pub(super) struct Rules {
    /// Obey _redirects and _headers in the directory, in the dialect of Netlify or of
    /// Cloudflare's Workers, and don't serve them: host/RULES.md. A line that can't be
    /// obeyed is an error; on SIGHUP they are read anew, and bad ones change nothing
    /// [default: they are files].
    #[arg(long, value_enum, value_name = "DIALECT", conflicts_with = "component")]
    rules: Option<DialectArg>,
}

/// The dialects, as typed.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DialectArg {
    Netlify,
    Cloudflare,
}

impl From<DialectArg> for Dialect {
    fn from(typed: DialectArg) -> Self {
        match typed {
            DialectArg::Netlify => Self::Netlify,
            DialectArg::Cloudflare => Self::Cloudflare,
        }
    }
}

impl Rules {
    /// What the server is built with: parts that others take the place of.
    pub(super) fn begun(&self) -> Option<RuleParts> {
        self.rules.map(|_| RuleParts::default())
    }

    /// Where they are, if there are any.
    pub(super) fn source(&self, directory: &Path) -> Option<RuleSource> {
        self.rules.map(|dialect| RuleSource {
            dialect: dialect.into(),
            directory: directory.to_owned(),
        })
    }
}

/// The rules of a directory, which may be read again.
#[derive(Debug)]
pub(super) struct RuleSource {
    dialect: Dialect,
    directory: PathBuf,
}

impl RuleSource {
    /// Reads both files, of which none has to be there.
    ///
    /// # Errors
    ///
    /// One can't be read, or has lines that can't be obeyed.
    pub(super) fn read(&self) -> Result<RuleParts, Failure> {
        let [redirects, headers] = RuleFile::ALL.map(|file| {
            let path = self.directory.join(file.name());
            content(&path).map_err(|source| Failure::RuleFile { path, source })
        });
        let (redirects, headers) = (redirects?, headers?);
        let sources = Sources {
            redirects: &redirects,
            headers: &headers,
        };
        let rules = Parsed::parse(self.dialect, &Policy::owner(), sources);
        Ok(rules
            .map_err(Failure::Rules)?
            .compile()
            .into_iter()
            .collect())
    }

    /// Reads them again, and has the server obey what they say now, if that can be.
    pub(super) fn read_anew(&self, served: &RulesHandle) {
        match self.read() {
            Ok(parts) => {
                served.replace(parts);
                tracing::info!("rules read anew");
            }
            Err(Failure::Rules(problems)) => {
                for problem in problems {
                    tracing::error!("{problem}");
                }
                tracing::error!("rules not read anew, those before go on");
            }
            Err(error) => tracing::error!("rules not read anew, those before go on: {error}"),
        }
    }
}

/// A file's content; nothing, if there is no such file.
fn content(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(content),
        Err(error) => return Err(error),
        // To open a FIFO would be to wait for whoever writes to it.
        Ok(found) if !found.is_file() => {
            return Err(io::Error::other("it is no regular file"));
        }
        Ok(_) => {}
    }
    File::open(path)?.take(MOST).read_to_end(&mut content)?;
    Ok(content)
}
