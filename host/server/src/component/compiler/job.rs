//! What a worker is to make of a component's bytes, as it is told.

use std::fmt;

/// What is to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Job {
    pub(crate) purpose: Purpose,
    pub(crate) memories: Memories,
}

/// What the component is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// To be served. Its instances are used again, if that is possible.
    Renewed,
    /// To be served. Its instances are used once.
    Once,
    /// A script, which may still be a module.
    Script,
}

/// Where the memories of its instances are to be, which its code depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memories {
    /// In a pool.
    Pooled,
    /// Where the system has room, which takes no more address space than this, in bytes.
    OnDemand(usize),
}

impl Job {
    /// Undoes [`Job::to_string`]. None for what it didn't make.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (purpose, memories) = text.split_once(' ')?;
        Some(Self {
            purpose: match purpose {
                "renewed" => Purpose::Renewed,
                "once" => Purpose::Once,
                "script" => Purpose::Script,
                _ => return None,
            },
            memories: match memories {
                "pooled" => Memories::Pooled,
                bytes => Memories::OnDemand(bytes.parse().ok()?),
            },
        })
    }
}

impl fmt::Display for Job {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self.purpose {
            Purpose::Renewed => "renewed ",
            Purpose::Once => "once ",
            Purpose::Script => "script ",
        })?;
        match self.memories {
            Memories::Pooled => formatter.write_str("pooled"),
            Memories::OnDemand(bytes) => write!(formatter, "{bytes}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_survive_the_way() {
        for purpose in [Purpose::Renewed, Purpose::Once, Purpose::Script] {
            for memories in [Memories::Pooled, Memories::OnDemand(7)] {
                let job = Job { purpose, memories };
                assert_eq!(Job::parse(&job.to_string()), Some(job));
            }
        }
        for wrong in ["", "once", "once x", "twice pooled"] {
            assert_eq!(Job::parse(wrong), None, "{wrong}");
        }
    }
}
