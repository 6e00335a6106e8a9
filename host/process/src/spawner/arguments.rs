//! What the spawner and its keepers are told when they are started: arguments after
//! those of the command that the server's owner gave.

use crate::bounds::Bounds;
use crate::user::ScriptUsers;
use std::ffi::{OsStr, OsString};

/// In place of users: scripts run as the server does, or as one user of their own.
const SERVERS_USER: &str = "-";
const ONE_USER: &str = "+";

/// The arguments.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arguments {
    pub(super) identity: Identity,
    pub(super) bounds: Bounds,
}

/// Whom scripts run as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// The server's own user.
    ServersUser,
    /// Another, which the spawner is already.
    OneUser,
    /// Each another, of this group. The spawner is root.
    Users { users: ScriptUsers, group: u32 },
}

impl Arguments {
    /// A command with these after it.
    pub(super) fn after(&self, command: &[OsString]) -> Vec<OsString> {
        let identity = match self.identity {
            Identity::ServersUser => SERVERS_USER.to_owned(),
            Identity::OneUser => ONE_USER.to_owned(),
            Identity::Users { users, group } => {
                format!("{},{},{group}", users.first, users.last)
            }
        };
        let own = [identity.into(), self.bounds.to_argument()];
        command.iter().cloned().chain(own).collect()
    }

    /// Takes these off the end. None if they aren't there.
    pub(super) fn take_from(arguments: &mut Vec<OsString>) -> Option<Self> {
        let bounds = Bounds::from_argument(&arguments.pop()?)?;
        let identity = identity(&arguments.pop()?)?;
        Some(Self { identity, bounds })
    }
}

fn identity(argument: &OsStr) -> Option<Identity> {
    match argument.to_str()? {
        SERVERS_USER => Some(Identity::ServersUser),
        ONE_USER => Some(Identity::OneUser),
        users => {
            let mut numbers = users.split(',').map(|number| number.parse::<u32>().ok());
            let mut next = || numbers.next()?;
            let (first, last, group) = (next()?, next()?, next()?);
            let users = ScriptUsers { first, last };
            (0 < first && first <= last).then_some(Identity::Users { users, group })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_survive_the_way() {
        let users = ScriptUsers { first: 7, last: 9 };
        let bounds = Bounds::default();
        for identity in [
            Identity::ServersUser,
            Identity::OneUser,
            Identity::Users { users, group: 5 },
        ] {
            let arguments = Arguments { identity, bounds };
            let mut command = arguments.after(&["program".into()]);
            assert_eq!(Arguments::take_from(&mut command), Some(arguments));
            assert_eq!(command, ["program"]);
        }
        for wrong in ["", "0,9,5", "9,7,5", "7,9", "x"] {
            assert_eq!(identity(OsStr::new(wrong)), None, "{wrong}");
        }
        assert_eq!(Arguments::take_from(&mut vec!["program".into()]), None);
    }
}
