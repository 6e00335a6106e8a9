//! The user that scripts run as: `nobody`, if the server runs as root, as
//! `http.server` does it; else the server's own.

use rustix::process::{geteuid, getuid};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

/// The user, by name.
const NAME: &str = "nobody";

/// The users of this machine (passwd(5)).
const USERS: &str = "/etc/passwd";

/// Another user than the server's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ScriptUser {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl ScriptUser {
    /// Has a program started as this user. It isn't started at all if that
    /// fails.
    pub(super) fn put_on(self, command: &mut Command) {
        // The supplementary groups are dropped with them.
        command.gid(self.gid).uid(self.uid);
    }
}

/// The user to change to before a script runs. None: the server isn't root,
/// and its own user will do.
///
/// # Errors
///
/// The server is root, and there is no `nobody`; scripts never run as root.
pub(super) fn script_user() -> io::Result<Option<ScriptUser>> {
    if !geteuid().is_root() && !getuid().is_root() {
        return Ok(None);
    }
    // std drops the supplementary groups for real roots only.
    if geteuid() != getuid() {
        return Err(io::Error::other(
            "cannot run scripts: the server was started set-user-ID, which leaves them root's groups; start it as root, or as another user",
        ));
    }
    read_user(Path::new(USERS)).map(Some)
}

/// Users for scripts: one for each that runs at once, so that none can signal another,
/// or read its environment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ScriptUsers {
    /// The first, not 0.
    pub first: u32,
    /// The last, not before the first.
    pub last: u32,
}

impl ScriptUsers {
    /// How many there are.
    #[must_use]
    pub fn count(self) -> u32 {
        (self.last - self.first).saturating_add(1)
    }

    /// Checks that these are nobody's, and that a server can become them.
    ///
    /// # Errors
    ///
    /// They aren't, or it isn't root.
    pub(super) fn check(self) -> io::Result<()> {
        if !geteuid().is_root() {
            return Err(io::Error::other(
                "cannot run scripts as users of their own: the server isn't root",
            ));
        }
        let entries = std::fs::read(USERS).unwrap_or_default();
        self.check_among(&String::from_utf8_lossy(&entries))
    }

    fn check_among(self, entries: &str) -> io::Result<()> {
        let is_meant = |entry: &&str| {
            let uid = entry.split(':').nth(2).and_then(|uid| uid.parse().ok());
            uid.is_some_and(|uid: u32| (self.first..=self.last).contains(&uid))
        };
        match entries.lines().find(is_meant) {
            None => Ok(()),
            Some(entry) => Err(io::Error::other(format!(
                "cannot run scripts as users {} to {}: {} is one of them; name users that nobody is",
                self.first,
                self.last,
                entry.split(':').next().unwrap_or_default()
            ))),
        }
    }
}

fn read_user(users: &Path) -> io::Result<ScriptUser> {
    let refused = |reason: &str| {
        io::Error::other(format!(
            "cannot run scripts: the server is root, and {reason}; add the user {NAME}, or start the server as another user"
        ))
    };
    let entries = std::fs::read(users)
        .map_err(|error| refused(&format!("{} can't be read: {error}", users.display())))?;
    let user = find_user(&String::from_utf8_lossy(&entries)).ok_or_else(|| {
        refused(&format!(
            "{} has no usable entry for {NAME}",
            users.display()
        ))
    })?;
    if user.uid == 0 || user.gid == 0 {
        return Err(refused(&format!("{NAME} is root too")));
    }
    Ok(user)
}

/// An entry is `name:password:uid:gid:...`.
fn find_user(entries: &str) -> Option<ScriptUser> {
    entries.lines().find_map(|entry| {
        let mut fields = entry.split(':');
        if fields.next() != Some(NAME) {
            return None;
        }
        Some(ScriptUser {
            uid: fields.nth(1)?.parse().ok()?,
            gid: fields.next()?.parse().ok()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write as _;

    fn refusal(entries: &str) -> String {
        let mut users = tempfile::NamedTempFile::new().unwrap();
        users.write_all(entries.as_bytes()).unwrap();
        read_user(users.path()).unwrap_err().to_string()
    }

    #[test]
    fn the_user_is_found_by_its_whole_name() {
        let entries = "root:x:0:0::/:/bin/sh\nnobody2:x:7:8::/:\nnobody:x:65534:65533:n:/:\n";
        let user = ScriptUser {
            uid: 65534,
            gid: 65533,
        };
        assert_eq!(find_user(entries), Some(user));
    }

    #[test]
    fn without_the_user_or_with_a_strange_one_nothing_runs() {
        assert!(refusal("root:x:0:0::/:/bin/sh\n").contains("no usable entry"));
        assert!(refusal("nobody:x:-2:-2::/:\n").contains("no usable entry"));
        assert!(refusal("nobody:x:\n").contains("no usable entry"));
        assert!(refusal("nobody:x:0:65534::/:\n").contains("is root too"));
        let missing = read_user(Path::new("/nonexistent")).unwrap_err();
        assert!(missing.to_string().contains("can't be read"), "{missing}");
    }

    #[test]
    fn users_of_scripts_are_nobody_else() {
        let entries = "root:x:0:0::/:/bin/sh\nalice:x:1000:1000::/:\n";
        let check = |first, last| ScriptUsers { first, last }.check_among(entries);
        check(1001, 2000).unwrap();
        check(1, 999).unwrap();
        let refused = check(500, 1500).unwrap_err().to_string();
        assert!(refused.contains("alice"), "{refused}");
    }

    #[test]
    fn root_gives_way_to_another() {
        let user = script_user().unwrap();
        assert_eq!(user.is_some(), geteuid().is_root());
    }
}
