//! The options of a login.

use clap::{Args, ValueHint};
use std::collections::HashSet;
use wasm_host_server::Credential;

/// The most bytes of all users and hashes: each instance is told of them.
const MAX_BYTES: usize = 32 * 1024;

/// Who may log in.
#[derive(Debug, Args)]
pub(super) struct Auth {
    /// User that may see files and run scripts, and the hash of a password as
    /// `htpasswd -nB USER` prints it (bcrypt or SHA-crypt); repeatable. Everybody
    /// else gets 401. Passwords are sent in the clear without --tls-cert, or TLS
    /// in front [default: no login].
    #[arg(long, value_name = "USER:HASH", conflicts_with = "component")]
    auth: Vec<Credential>,

    /// File of such lines, as `htpasswd -cB FILE USER` makes it; read at the start.
    #[arg(long, value_name = "FILE", conflicts_with = "component", value_parser = Users::read,
          value_hint = ValueHint::FilePath)]
    auth_file: Option<Users>,
}

/// What a file has.
#[derive(Debug, Clone)]
struct Users(Vec<Credential>);

impl Users {
    fn read(path: &str) -> Result<Self, String> {
        let text = std::fs::read_to_string(path).map_err(|error| {
            format!("it can't be read: {error}; make one by `htpasswd -cB FILE USER`")
        })?;
        let users = Self::parse(&text)?;
        let bytes: usize = users.0.iter().map(|user| user.as_str().len()).sum();
        if bytes > MAX_BYTES {
            return Err(format!(
                "it has more than {MAX_BYTES} bytes of users and hashes"
            ));
        }
        Ok(users)
    }

    /// Empty lines and those that begin with `#` are comments.
    fn parse(text: &str) -> Result<Self, String> {
        let mut users = Vec::new();
        let mut names = HashSet::new();
        for (index, line) in text.lines().map(str::trim).enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let at = |error: &dyn std::fmt::Display| format!("line {}: {error}", index + 1);
            let user: Credential = line.parse().map_err(|error| at(&error))?;
            if !names.insert(user.user().to_owned()) {
                return Err(at(&"this user is there already"));
            }
            users.push(user);
        }
        if users.is_empty() {
            return Err("it has no user; add one by `htpasswd -B FILE USER`".to_owned());
        }
        Ok(Self(users))
    }
}

impl Auth {
    pub(super) fn credentials(&self) -> Vec<Credential> {
        let file = self.auth_file.iter().flat_map(|users| &users.0);
        self.auth.iter().chain(file).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";

    #[test]
    fn a_file_has_a_user_a_line() {
        let text = format!("# people\n\na:{HASH}\r\n  b:{HASH}\n");
        let users = Users::parse(&text).unwrap().0;
        let names: Vec<_> = users.iter().map(Credential::user).collect();
        assert_eq!(names, ["a", "b"]);
        for (bad, said) in [
            (String::new(), "no user"),
            ("# nobody\n".to_owned(), "no user"),
            (format!("a:{HASH}\nb:secret\n"), "line 2"),
            (format!("a:{HASH}\na:{HASH}\n"), "line 2"),
        ] {
            let message = Users::parse(&bad).unwrap_err();
            assert!(
                message.contains(said) && !message.contains("secret"),
                "{message}"
            );
        }
        assert!(
            Users::read("/nonexistent")
                .unwrap_err()
                .contains("htpasswd")
        );
    }
}
