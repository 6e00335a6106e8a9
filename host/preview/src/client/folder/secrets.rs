//! What is left out of a deploy unless the folder's `.wasmhostignore` asks for it: what
//! version control keeps beside a site, and what looks like a secret.
//!
//! It goes by names alone, so it is a net for the common slip and no promise: what a
//! name doesn't tell is deployed.

/// Why something was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A line of `.wasmhostignore` says so.
    Ignored,
    /// It is version control's.
    VersionControl,
    /// Its name is one under which passwords and keys are kept.
    Secret,
}

impl Why {
    /// As the end of "left out: NAME, …".
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ignored => "by .wasmhostignore",
            Self::VersionControl => "version control",
            Self::Secret => "looks like a secret",
        }
    }
}

const VERSION_CONTROL: &[&str] = &[".git", ".hg", ".jj", ".svn"];

/// Folders and files that are secrets by their whole name, in lower case.
const SECRET_NAMES: &[&str] = &[
    ".aws",
    ".azure",
    ".bash_history",
    ".docker",
    ".dockercfg",
    ".envrc",
    ".git-credentials",
    ".gnupg",
    ".htpasswd",
    ".kube",
    ".my.cnf",
    ".netrc",
    ".npmrc",
    ".pgpass",
    ".pypirc",
    ".python_history",
    ".ssh",
    ".vault-token",
    ".yarnrc.yml",
    ".zsh_history",
    "_netrc",
    "id_dsa",
    "id_ecdsa",
    "id_ecdsa_sk",
    "id_ed25519",
    "id_ed25519_sk",
    "id_rsa",
    "id_xmss",
];

/// Ends of names of secret files, in lower case.
const SECRET_ENDS: &[&str] = &[
    ".env",
    ".jks",
    ".kdbx",
    ".key",
    ".keystore",
    ".p12",
    ".pem",
    ".pfx",
    ".ppk",
    ".tfstate",
    ".tfstate.backup",
];

/// What comes after `.env` where only the names of variables are told.
const HARMLESS_ENVIRONMENTS: &[&str] = &["example", "sample", "template", "dist"];

/// Whether a file or folder of that name is left out by default. Capitals don't matter,
/// as they don't to where many sites are made.
pub(super) fn left_out(name: &str) -> Option<Why> {
    let name = name.to_lowercase();
    if VERSION_CONTROL.contains(&name.as_str()) {
        return Some(Why::VersionControl);
    }
    let environment = |end: &str| !HARMLESS_ENVIRONMENTS.contains(&end);
    let secret = SECRET_NAMES.contains(&name.as_str())
        || SECRET_ENDS.iter().any(|end| name.ends_with(end))
        || name.strip_prefix(".env.").is_some_and(environment);
    secret.then_some(Why::Secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_a_secret_is_left_out() {
        for name in [
            ".env",
            ".env.local",
            ".ENV",
            "prod.env",
            "server.pem",
            "tls.key",
            "ID_RSA",
            "id_ed25519",
            ".npmrc",
            ".netrc",
            ".aws",
            ".ssh",
            "site.tfstate",
            "a.p12",
        ] {
            assert_eq!(left_out(name), Some(Why::Secret), "{name}");
        }
        for name in [".git", ".hg", ".svn"] {
            assert_eq!(left_out(name), Some(Why::VersionControl), "{name}");
        }
    }

    #[test]
    fn what_only_resembles_one_is_deployed() {
        for name in [
            ".env.example",
            ".env.sample",
            "id_card.png",
            "id_rsa.pub",
            ".well-known",
            ".gitignore",
            "environment.js",
            "key",
            "pem.html",
            "monkey",
            ".htaccess",
        ] {
            assert_eq!(left_out(name), None, "{name}");
        }
    }
}
