//! A user of this machine, whom a whole process becomes for ever.

use rustix::fs::{AtFlags, CWD, chownat};
use rustix::process::{Gid, Uid, geteuid, getgid, getuid};
#[cfg(target_os = "linux")]
use rustix::thread::{set_thread_groups, set_thread_res_gid, set_thread_res_uid};
use std::fmt;
use std::io;
use std::path::Path;
use std::str::FromStr;

/// The users of this machine (passwd(5)), and its groups (group(5)).
const USERS: &str = "/etc/passwd";
const GROUPS: &str = "/etc/group";

/// A user of this machine, with its groups.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    name: String,
    uid: u32,
    gid: u32,
    /// Those that it is a member of besides.
    groups: Vec<u32>,
}

/// Why a text names no [`Account`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AccountError {
    /// There is no such user.
    #[error("{USERS} has no user {0:?}; give the name of one that it has, as NAME or NAME:GROUP")]
    User(String),
    /// There is no such group.
    #[error("{GROUPS} has no group {0:?}; give the name of one that it has")]
    Group(String),
    /// A file can't be read.
    #[error("{file} can't be read: {reason}")]
    Unreadable {
        /// The file.
        file: &'static str,
        /// Why not.
        reason: String,
    },
}

impl FromStr for Account {
    type Err = AccountError;

    /// From `NAME` or `NAME:GROUP`, as `/etc/passwd` and `/etc/group` have them. Without
    /// a group it is the user's own.
    fn from_str(text: &str) -> Result<Self, AccountError> {
        Self::find(text, &read(USERS)?, &read(GROUPS)?)
    }
}

impl Account {
    fn find(text: &str, users: &str, groups: &str) -> Result<Self, AccountError> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        // name:password:uid:gid:...
        let user = entry(users, name).ok_or_else(|| AccountError::User(name.to_owned()));
        let [_, _, uid, own_gid] = user?;
        let number = |text: &str, error: AccountError| text.parse().map_err(|_| error);
        let gid = match group {
            None => own_gid,
            // name:password:gid:members
            Some(group) => {
                let found: Option<[&str; 3]> = entry(groups, group);
                found.ok_or_else(|| AccountError::Group(group.to_owned()))?[2]
            }
        };
        Ok(Self {
            name: name.to_owned(),
            uid: number(uid, AccountError::User(name.to_owned()))?,
            gid: number(gid, AccountError::Group(group.unwrap_or(name).to_owned()))?,
            groups: memberships(groups, name),
        })
    }

    /// Has this process be that user, for ever: its groups, its group, and then it.
    ///
    /// # Errors
    ///
    /// This process isn't root, and not that user already; or it has other threads,
    /// which would stay who they are; or the system refuses.
    pub fn become_it(&self) -> io::Result<()> {
        if !geteuid().is_root() {
            return self.is_it_already();
        }
        if threads() > 1 {
            return Err(io::Error::other("other threads run already"));
        }
        self.change_to()?;
        // Capabilities could have been made to outlast it (capabilities(7)).
        if self.uid != 0 && setuid_to_root().is_ok() {
            return Err(io::Error::other("it could become root again"));
        }
        Ok(())
    }

    /// By this thread's own system calls: there is no other thread.
    #[cfg(target_os = "linux")]
    fn change_to(&self) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let groups: Vec<Gid> = self.groups.iter().copied().map(Gid::from_raw).collect();
        set_thread_groups(&groups)?;
        set_thread_res_gid(gid, gid, gid)?;
        set_thread_res_uid(uid, uid, uid)?;
        Ok(())
    }

    #[cfg(not(target_os = "linux"))]
    fn change_to(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn is_it_already(&self) -> io::Result<()> {
        let is_it = getuid().as_raw() == self.uid && getgid().as_raw() == self.gid;
        if is_it {
            return Ok(());
        }
        Err(io::Error::other("only root can become another user"))
    }

    /// Makes a file or folder that user's, and its group's: not what a link leads to.
    ///
    /// # Errors
    ///
    /// This process isn't root, or the system refuses.
    pub fn give(&self, path: &Path) -> io::Result<()> {
        let (uid, gid) = (Uid::from_raw(self.uid), Gid::from_raw(self.gid));
        let flags = AtFlags::SYMLINK_NOFOLLOW;
        Ok(chownat(CWD, path, Some(uid), Some(gid), flags)?)
    }

    /// Whether it is root, whatever its name is.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.uid == 0
    }
}

/// `www-data (uid 33, gid 33)`.
impl fmt::Display for Account {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} (uid {}, gid {})",
            self.name, self.uid, self.gid
        )
    }
}

/// Whose a file is to be: a user, a group, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owner {
    text: String,
    user: Option<u32>,
    group: Option<u32>,
}

impl Owner {
    fn find(text: &str, users: &str, groups: &str) -> Result<Self, AccountError> {
        let (name, group) = match text.split_once(':') {
            Some((name, group)) => (name, Some(group)),
            None => (text, None),
        };
        let user = if name.is_empty() && group.is_some() {
            None
        } else {
            Some(Account::find(name, users, "")?.uid)
        };
        let group = match group {
            None => None,
            Some(group) => {
                let unknown = || AccountError::Group(group.to_owned());
                // name:password:gid:members
                let [_, _, gid] = entry(groups, group).ok_or_else(unknown)?;
                Some(gid.parse().map_err(|_| unknown())?)
            }
        };
        Ok(Self {
            text: text.to_owned(),
            user,
            group,
        })
    }

    /// The user's number. None: the one who makes the file.
    #[must_use]
    pub fn user(&self) -> Option<u32> {
        self.user
    }

    /// The group's number. None: that of the one who makes the file.
    #[must_use]
    pub fn group(&self) -> Option<u32> {
        self.group
    }
}

impl FromStr for Owner {
    type Err = AccountError;

    /// From `USER`, `USER:GROUP` or `:GROUP`, as `/etc/passwd` and `/etc/group` have them.
    fn from_str(text: &str) -> Result<Self, AccountError> {
        Self::find(text, &read(USERS)?, &read(GROUPS)?)
    }
}

/// As it was given.
impl fmt::Display for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.text)
    }
}

fn read(file: &'static str) -> Result<String, AccountError> {
    let bytes = std::fs::read(file).map_err(|error| AccountError::Unreadable {
        file,
        reason: error.to_string(),
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The first fields of the entry with a name.
fn entry<'a, const N: usize>(entries: &'a str, name: &str) -> Option<[&'a str; N]> {
    entries.lines().find_map(|entry| {
        let fields: Vec<&str> = entry.split(':').take(N).collect();
        let fields: [&str; N] = fields.try_into().ok()?;
        (fields[0] == name && !name.is_empty()).then_some(fields)
    })
}

/// The groups that list a user as a member.
fn memberships(groups: &str, name: &str) -> Vec<u32> {
    let lists = |members: &str| members.split(',').any(|member| member == name);
    let number = |entry: &str| {
        let mut fields = entry.split(':').skip(2);
        let gid = fields.next()?.parse().ok()?;
        lists(fields.next()?).then_some(gid)
    };
    groups.lines().filter_map(number).collect()
}

#[cfg(target_os = "linux")]
fn setuid_to_root() -> io::Result<()> {
    Ok(set_thread_res_uid(Uid::ROOT, Uid::ROOT, Uid::ROOT)?)
}

#[cfg(not(target_os = "linux"))]
fn setuid_to_root() -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// How many this process has, where that can be told.
fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").map_or(1, Iterator::count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME_USERS: &str = "root:x:0:0::/:/bin/sh\nwww2:x:7:8::/:\nwww:x:33:34::/:/bin/false\n+::::::\nbad:x:-2:1::/:\n";
    const SOME_GROUPS: &str =
        "root:x:0:\nweb:x:50:www,www2\nwww:x:34:\nlogs:x:51:www2\nmail:x:52:a,www\n";

    fn find(text: &str) -> Result<Account, AccountError> {
        Account::find(text, SOME_USERS, SOME_GROUPS)
    }

    #[test]
    fn a_user_is_found_with_its_groups() {
        let www = Account {
            name: "www".to_owned(),
            uid: 33,
            gid: 34,
            groups: vec![50, 52],
        };
        assert_eq!(find("www"), Ok(www.clone()));
        assert_eq!(find("www:web"), Ok(Account { gid: 50, ..www }));
        assert!(find("root").unwrap().is_root());
    }

    #[test]
    fn a_file_is_a_users_or_a_groups() {
        let owner = |text| {
            let owner = Owner::find(text, SOME_USERS, SOME_GROUPS);
            owner.map(|owner| (owner.user(), owner.group()))
        };
        assert_eq!(owner("www"), Ok((Some(33), None)));
        assert_eq!(owner("www:web"), Ok((Some(33), Some(50))));
        assert_eq!(owner(":web"), Ok((None, Some(50))));
        for bad in ["", ":", "www:", "nemo", "www:nemo", ":nemo"] {
            assert!(owner(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn who_is_not_there_is_named() {
        for name in ["", "ww", "33", "+", "bad", "www\nroot", "root:x"] {
            assert!(find(name).is_err(), "{name:?}");
        }
        let error = find("nemo").unwrap_err().to_string();
        assert!(error.contains("no user \"nemo\""), "{error}");
        let error = find("www:nemo").unwrap_err().to_string();
        assert!(error.contains("no group \"nemo\""), "{error}");
        assert!(find("www:").is_err());
    }
}
