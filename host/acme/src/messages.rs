//! What the server and its agent say to each other: lines of JSON, on a socket that
//! nobody else has.

use crate::challenge::Challenge;
use crate::domain::Domain;
use crate::place::DirectoryUrl;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::path::PathBuf;

/// The longest line, in bytes.
pub const MAX_LINE: u64 = 1024 * 1024;

/// What the server has its agent do: the first line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assignment {
    /// For which names there are to be certificates, each of its own.
    pub domains: Vec<Domain>,
    /// Where the authority can write to about the account.
    pub email: Option<String>,
    /// The authority.
    pub directory: DirectoryUrl,
    /// What the authority's own certificate is issued by, in PEM. None: what browsers
    /// trust.
    pub roots: Option<String>,
    /// Where all of it is kept.
    pub store: PathBuf,
    /// Whether the server can show something at a path by plain HTTP.
    pub has_plain_port: bool,
    /// Whether the agent is to give up all that it doesn't need.
    pub is_locked_down: bool,
}

/// How much something matters in a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Importance {
    /// What goes on.
    Info,
    /// What may become a fault.
    Warning,
    /// A fault.
    Error,
}

/// What an agent says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// For the log.
    Log(Importance, String),
    /// A certificate is there, in PEM, with its key before it.
    Certificate(Domain, String),
    /// All certificates that were kept are handed on.
    Ready,
    /// Show this, and say so by [`Reply::Shown`].
    Show(Challenge),
    /// What was shown isn't needed any more.
    Hide,
}

/// What the server says to its agent, after the first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reply {
    /// What was to be shown is shown.
    Shown,
    /// Try now what has failed.
    TryNow,
}

const IMPORTANCES: [(&str, Importance); 3] = [
    ("info", Importance::Info),
    ("warning", Importance::Warning),
    ("error", Importance::Error),
];

impl Message {
    /// A line, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let value = match self {
            Self::Log(importance, text) => {
                let mut names = IMPORTANCES.iter().filter(|(_, it)| it == importance);
                let name = names.next().map_or("error", |(name, _)| *name);
                json!({ "log": name, "text": text })
            }
            Self::Certificate(domain, pem) => {
                json!({ "certificate": domain.as_str(), "pem": pem })
            }
            Self::Ready => json!({ "ready": true }),
            Self::Show(Challenge::Handshake { domain, digest }) => {
                json!({ "handshake": domain.as_str(), "digest": BASE64_STANDARD.encode(digest) })
            }
            Self::Show(Challenge::Path {
                token,
                authorization,
            }) => json!({ "path": token, "authorization": authorization }),
            Self::Hide => json!({ "hide": true }),
        };
        value.to_string() + "\n"
    }

    /// None: the line is no message.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let domain = |name: &str| text(name)?.parse::<Domain>().ok();
        if let Some(name) = text("log") {
            let (_, importance) = IMPORTANCES.iter().find(|(it, _)| *it == name)?;
            return Some(Self::Log(*importance, text("text")?));
        }
        if let Some(domain) = domain("certificate") {
            return Some(Self::Certificate(domain, text("pem")?));
        }
        if let Some(domain) = domain("handshake") {
            let digest = BASE64_STANDARD.decode(text("digest")?).ok()?;
            let digest = digest.try_into().ok()?;
            return Some(Self::Show(Challenge::Handshake { domain, digest }));
        }
        if let Some(token) = text("path") {
            let authorization = text("authorization")?;
            return Some(Self::Show(Challenge::Path {
                token,
                authorization,
            }));
        }
        match (value.get("ready"), value.get("hide")) {
            (Some(_), _) => Some(Self::Ready),
            (_, Some(_)) => Some(Self::Hide),
            _ => None,
        }
    }
}

impl Reply {
    /// A line, with its end.
    #[must_use]
    pub fn to_line(self) -> &'static str {
        match self {
            Self::Shown => "shown\n",
            Self::TryNow => "try\n",
        }
    }

    pub(crate) fn from_line(line: &str) -> Option<Self> {
        let all = [Self::Shown, Self::TryNow];
        all.into_iter().find(|it| it.to_line().trim_end() == line)
    }
}

impl Assignment {
    /// A line, with its end.
    #[must_use]
    pub fn to_line(&self) -> String {
        let domains: Vec<&str> = self.domains.iter().map(Domain::as_str).collect();
        // A path needn't be text.
        let store = self.store.as_os_str().as_encoded_bytes();
        let value = json!({
            "domains": domains,
            "email": self.email,
            "directory": self.directory.as_str(),
            "roots": self.roots,
            "store": BASE64_STANDARD.encode(store),
            "plain": self.has_plain_port,
            "locked": self.is_locked_down,
        });
        value.to_string() + "\n"
    }

    /// None: the line is none.
    #[must_use]
    pub fn from_line(line: &str) -> Option<Self> {
        use std::os::unix::ffi::OsStringExt;
        let value: Value = serde_json::from_str(line).ok()?;
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let domains = value.get("domains")?.as_array()?.iter();
        let domains = domains.map(|it| it.as_str()?.parse().ok());
        let store = BASE64_STANDARD.decode(text("store")?).ok()?;
        Some(Self {
            domains: domains.collect::<Option<_>>()?,
            email: text("email"),
            directory: text("directory")?.parse().ok()?,
            roots: text("roots"),
            store: std::ffi::OsString::from_vec(store).into(),
            has_plain_port: value.get("plain")?.as_bool()?,
            is_locked_down: value.get("locked")?.as_bool()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;

    #[test]
    fn what_is_said_arrives_as_it_was() {
        let domain: Domain = "a.example".parse().unwrap();
        for message in [
            Message::Log(Importance::Warning, "two\nlines \"quoted\"".to_owned()),
            Message::Certificate(domain.clone(), "-----BEGIN\n".to_owned()),
            Message::Ready,
            Message::Show(Challenge::Handshake {
                domain: domain.clone(),
                digest: [7; 32],
            }),
            Message::Show(Challenge::Path {
                token: "t".to_owned(),
                authorization: "t.p".to_owned(),
            }),
            Message::Hide,
        ] {
            let line = message.to_line();
            assert_eq!(line.find('\n'), Some(line.len() - 1), "{line}");
            assert_eq!(Message::from_line(&line), Some(message));
        }
        let assignment = Assignment {
            domains: vec![domain],
            email: None,
            directory: "https://ca.example/dir".parse().unwrap(),
            roots: Some("PEM\n".to_owned()),
            store: std::ffi::OsString::from_vec(b"/a/\xff".to_vec()).into(),
            has_plain_port: true,
            is_locked_down: false,
        };
        assert_eq!(
            Assignment::from_line(&assignment.to_line()),
            Some(assignment)
        );
        for reply in [Reply::Shown, Reply::TryNow] {
            assert_eq!(Reply::from_line(reply.to_line().trim_end()), Some(reply));
        }
    }

    #[test]
    fn what_is_none_is_no_message() {
        for line in [
            "",
            "{}",
            "[]",
            "{\"log\":\"x\",\"text\":\"\"}",
            "{\"handshake\":\"*\"}",
        ] {
            assert_eq!(Message::from_line(line), None, "{line}");
        }
        assert_eq!(Assignment::from_line("{}"), None);
    }
}
