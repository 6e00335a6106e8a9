//! What one of the processes is that this program is started as: a guard, a spawner or
//! a keeper.

use crate::user::ScriptUser;
use std::ffi::{OsStr, OsString};

/// What `ps` shows of all of them.
pub(super) const NAME: &str = "wasm-host";

/// This very program, whatever is at its path now.
pub(super) const PROGRAM: &str = "/proc/self/exe";

const GUARD: &str = "guard";
const KEEPER: &str = "keeper";

/// What a process is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// One that starts spawners, as this user if it isn't its own.
    Guard(Option<ScriptUser>),
    /// One that starts keepers.
    Spawner,
    /// One that starts scripts.
    Keeper,
}

impl Role {
    /// A command with this after it.
    pub(super) fn after(self, command: &[OsString]) -> Vec<OsString> {
        let own = match self {
            Self::Guard(None) => Some(GUARD.to_owned()),
            Self::Guard(Some(user)) => Some(format!("{GUARD},{},{}", user.uid, user.gid)),
            Self::Spawner => None,
            Self::Keeper => Some(KEEPER.to_owned()),
        };
        let own = own.map(OsString::from);
        command.iter().cloned().chain(own).collect()
    }

    /// Takes this off the end.
    pub(super) fn take_from(arguments: &mut Vec<OsString>) -> Self {
        match arguments.last().and_then(|last| Self::read(last)) {
            Some(role) => {
                arguments.pop();
                role
            }
            None => Self::Spawner,
        }
    }

    fn read(argument: &OsStr) -> Option<Self> {
        match argument.to_str()? {
            KEEPER => Some(Self::Keeper),
            GUARD => Some(Self::Guard(None)),
            guard => {
                let numbers = guard.strip_prefix(GUARD)?.strip_prefix(',')?;
                let (uid, gid) = numbers.split_once(',')?;
                let (uid, gid) = (uid.parse().ok()?, gid.parse().ok()?);
                Some(Self::Guard(Some(ScriptUser { uid, gid })))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_survive_the_way() {
        let user = ScriptUser { uid: 7, gid: 8 };
        for role in [
            Role::Guard(None),
            Role::Guard(Some(user)),
            Role::Spawner,
            Role::Keeper,
        ] {
            let mut command = role.after(&["program".into()]);
            assert_eq!(Role::take_from(&mut command), role);
            assert_eq!(command, ["program"]);
        }
    }
}
