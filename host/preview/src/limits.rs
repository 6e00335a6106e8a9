//! How much a deploy, a site and a project may have.
//!
//! What a site may have is said thrice: [`Limits::usual`] is for a site that asks for
//! nothing, [`Limits::most`] is the operator's, and between nothing and that a site asks
//! for what it needs ([`Asked`], in its `wasm-host.toml`). What a project may have is
//! the operator's alone.

use serde::{Deserialize, Serialize};
use std::fmt::{self, Display, Formatter};

/// What one site, and each deploy of it, may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SiteLimits {
    /// Files of a deploy, and folders that they are in.
    pub files: u64,
    /// Bytes of one file.
    pub file_size: u64,
    /// Bytes of all files of a deploy, each counted where it occurs.
    pub total_size: u64,
    /// Rules in `_redirects` and `_headers` together.
    pub rules: u64,
    /// Requests in a second.
    pub requests: u64,
}

/// What a site asks for. What it doesn't name is as is usual.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Asked {
    /// As [`SiteLimits::files`].
    pub files: Option<u64>,
    /// As [`SiteLimits::file_size`].
    pub file_size: Option<u64>,
    /// As [`SiteLimits::total_size`].
    pub total_size: Option<u64>,
    /// As [`SiteLimits::rules`].
    pub rules: Option<u64>,
    /// As [`SiteLimits::requests`].
    pub requests: Option<u64>,
}

/// What the operator lets sites and projects have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// What a site has that asks for nothing.
    pub usual: SiteLimits,
    /// What a site may ask for.
    pub most: SiteLimits,
    /// Bytes of all content that a project has, each content counted once and with 4 KiB
    /// for its place on the disk, and with what is being uploaded.
    pub project_size: u64,
    /// Projects of the store.
    pub projects: u64,
    /// Deploys of a project.
    pub deploys: u64,
    /// Aliases of a project. Of those that were removed it may have nine times as many more.
    pub aliases: u64,
}

/// What a limit is about, by the name that a site gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// [`SiteLimits::files`].
    Files,
    /// [`SiteLimits::file_size`].
    FileSize,
    /// [`SiteLimits::total_size`].
    TotalSize,
    /// [`SiteLimits::rules`].
    Rules,
    /// [`SiteLimits::requests`].
    Requests,
}

impl Display for Limit {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Files => "files",
            Self::FileSize => "file-size",
            Self::TotalSize => "total-size",
            Self::Rules => "rules",
            Self::Requests => "requests",
        })
    }
}

/// A limit isn't what it may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// A site asks for more than the operator lets it have.
    #[error("{limit} = {asked} is more than this server lets a site have: {most} is the most")]
    More {
        /// Which one.
        limit: Limit,
        /// What the site asks for.
        asked: u64,
        /// What it may have.
        most: u64,
    },
    /// Nothing would be left of the site.
    #[error("{0} = 0 would leave nothing of the site; 1 is the least")]
    Nothing(Limit),
    /// What is usual is more than the most.
    #[error("what is usual for {limit}, {usual}, is more than the most, which is {most}")]
    Usual {
        /// Which one.
        limit: Limit,
        /// What is usual.
        usual: u64,
        /// What is the most.
        most: u64,
    },
}

impl Limits {
    /// No limits: for what was held to some before.
    #[must_use]
    pub fn boundless() -> Self {
        let site = SiteLimits {
            files: u64::MAX,
            file_size: u64::MAX,
            total_size: u64::MAX,
            rules: u64::MAX,
            requests: u64::MAX,
        };
        Self {
            usual: site,
            most: site,
            project_size: u64::MAX,
            projects: u64::MAX,
            deploys: u64::MAX,
            aliases: u64::MAX,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        const MB: u64 = 1_000_000;
        Self {
            usual: SiteLimits {
                files: 20_000,
                file_size: 100 * MB,
                total_size: 1_000 * MB,
                rules: 2_000,
                requests: 1_000,
            },
            most: SiteLimits {
                files: 100_000,
                file_size: 2_000 * MB,
                total_size: 10_000 * MB,
                rules: 10_000,
                requests: 100_000,
            },
            project_size: 20_000 * MB,
            projects: 10_000,
            deploys: 1_000,
            aliases: 1_000,
        }
    }
}

impl Limits {
    /// Checks that no limit is 0, and what is usual no more than the most.
    ///
    /// # Errors
    ///
    /// Names the first one that is wrong.
    pub fn check(&self) -> Result<(), LimitError> {
        for ((limit, usual), (_, most)) in self.usual.each().into_iter().zip(self.most.each()) {
            if usual == 0 {
                return Err(LimitError::Nothing(limit));
            }
            if usual > most {
                return Err(LimitError::Usual { limit, usual, most });
            }
        }
        Ok(())
    }

    /// What a site has that asks for this.
    ///
    /// # Errors
    ///
    /// It asks for more than the operator lets it have, or for nothing of something.
    pub fn of_site(&self, asked: &Asked) -> Result<SiteLimits, LimitError> {
        let of = |limit, asked: Option<u64>, usual, most| match asked {
            None => Ok(usual),
            Some(0) => Err(LimitError::Nothing(limit)),
            Some(asked) if asked > most => Err(LimitError::More { limit, asked, most }),
            Some(asked) => Ok(asked),
        };
        let Self { usual, most, .. } = self;
        Ok(SiteLimits {
            files: of(Limit::Files, asked.files, usual.files, most.files)?,
            file_size: of(
                Limit::FileSize,
                asked.file_size,
                usual.file_size,
                most.file_size,
            )?,
            total_size: of(
                Limit::TotalSize,
                asked.total_size,
                usual.total_size,
                most.total_size,
            )?,
            rules: of(Limit::Rules, asked.rules, usual.rules, most.rules)?,
            requests: of(
                Limit::Requests,
                asked.requests,
                usual.requests,
                most.requests,
            )?,
        })
    }
}

impl SiteLimits {
    fn each(&self) -> [(Limit, u64); 5] {
        [
            (Limit::Files, self.files),
            (Limit::FileSize, self.file_size),
            (Limit::TotalSize, self.total_size),
            (Limit::Rules, self.rules),
            (Limit::Requests, self.requests),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_site_has_what_is_usual_or_what_it_asks_for_up_to_the_most() {
        let limits = Limits::default();
        limits.check().unwrap();
        assert_eq!(limits.of_site(&Asked::default()), Ok(limits.usual));
        let asked = Asked {
            files: Some(7),
            file_size: Some(limits.most.file_size),
            rules: Some(1),
            ..Asked::default()
        };
        let has = limits.of_site(&asked).unwrap();
        assert_eq!((has.files, has.rules), (7, 1));
        assert_eq!(has.file_size, limits.most.file_size);
        assert_eq!(has.total_size, limits.usual.total_size);
    }

    #[test]
    fn neither_more_than_the_most_nor_nothing() {
        let limits = Limits::default();
        let requests = Some(u64::MAX);
        let error = limits.of_site(&Asked {
            requests,
            ..Asked::default()
        });
        assert_eq!(
            error.unwrap_err().to_string(),
            "requests = 18446744073709551615 is more than this server lets a site have: 100000 is the most"
        );
        let files = Some(0);
        let error = limits.of_site(&Asked {
            files,
            ..Asked::default()
        });
        assert_eq!(error, Err(LimitError::Nothing(Limit::Files)));
    }

    #[test]
    fn the_operator_is_told_what_contradicts_itself() {
        let mut limits = Limits::default();
        limits.most.rules = 1;
        let error = limits.check().unwrap_err().to_string();
        assert_eq!(
            error,
            "what is usual for rules, 2000, is more than the most, which is 1"
        );
        limits.usual.rules = 0;
        assert_eq!(limits.check(), Err(LimitError::Nothing(Limit::Rules)));
    }
}
