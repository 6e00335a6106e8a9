//! What the spawner says of a script.

use crate::group::GroupEnd;
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;

/// A report: eight bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    /// It runs.
    Started,
    /// It can't be started: the system's number for why, or 0.
    Refused(i32),
    /// It has ended.
    Ended(GroupEnd),
}

impl Report {
    pub(super) const LENGTH: usize = 8;

    const STARTED: u8 = 1;
    const REFUSED: u8 = 2;
    const ENDED: u8 = 3;
    /// A part of [`Report::ENDED`]: the status is known.
    const KNOWN: u8 = 1;
    /// A part of [`Report::ENDED`]: nothing is left.
    const GONE: u8 = 2;
    /// A part of [`Report::ENDED`]: it was too many processes.
    const CROWDED: u8 = 4;

    pub(super) fn encode(self) -> [u8; Self::LENGTH] {
        let (kind, flags, number) = match self {
            Self::Started => (Self::STARTED, 0, 0),
            Self::Refused(number) => (Self::REFUSED, 0, number),
            Self::Ended(end) => {
                let known = end.status.map_or(0, |_| Self::KNOWN);
                let gone = if end.gone { Self::GONE } else { 0 };
                let crowded = if end.crowded { Self::CROWDED } else { 0 };
                (
                    Self::ENDED,
                    known | gone | crowded,
                    end.status.map_or(0, ExitStatusExt::into_raw),
                )
            }
        };
        let [a, b, c, d] = number.to_ne_bytes();
        [kind, flags, 0, 0, a, b, c, d]
    }

    /// Undoes [`Report::encode`]. None for what it didn't make.
    pub(super) fn decode(bytes: [u8; Self::LENGTH]) -> Option<Self> {
        let [kind, flags, _, _, a, b, c, d] = bytes;
        let number = i32::from_ne_bytes([a, b, c, d]);
        match kind {
            Self::STARTED => Some(Self::Started),
            Self::REFUSED => Some(Self::Refused(number)),
            Self::ENDED => Some(Self::Ended(GroupEnd {
                status: (flags & Self::KNOWN != 0).then(|| ExitStatus::from_raw(number)),
                gone: flags & Self::GONE != 0,
                crowded: flags & Self::CROWDED != 0,
            })),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::io::Errno;

    #[test]
    fn reports_survive_the_way() {
        let ended = |status, gone| {
            Report::Ended(GroupEnd {
                status,
                gone,
                crowded: !gone,
            })
        };
        for report in [
            Report::Started,
            Report::Refused(Errno::TOOBIG.raw_os_error()),
            ended(None, false),
            ended(Some(ExitStatus::from_raw(0x300)), true),
            ended(Some(ExitStatus::from_raw(9)), false),
        ] {
            assert_eq!(Report::decode(report.encode()), Some(report));
        }
        assert_eq!(Report::decode([9; 8]), None);
    }
}
