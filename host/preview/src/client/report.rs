//! What came of a deploy, for people and for programs.

use super::deploy::Outcome;
use super::failure::Failure;
use super::text::{bytes, count, plain};
use crate::wire::{Checked, Deployed};

impl Outcome {
    /// For people: the URL that never changes, then the alias's.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Deployed(deployed) => text(deployed),
            Self::Checked(checked) => checked_text(checked),
        }
    }

    /// For programs: what the API answered.
    ///
    /// # Errors
    ///
    /// There are none that are known of.
    pub fn json(&self) -> Result<String, Failure> {
        let text = match self {
            Self::Deployed(deployed) => serde_json::to_string_pretty(deployed),
            Self::Checked(checked) => serde_json::to_string_pretty(checked),
        };
        text.map(|text| text + "\n")
            .map_err(|error| Failure::Usage(error.to_string()))
    }

    /// The URL to look at: the alias's if there is one.
    #[must_use]
    pub fn url(&self) -> Option<&str> {
        match self {
            Self::Deployed(deployed) => Some(deployed.alias_url.as_ref().unwrap_or(&deployed.url)),
            Self::Checked(_) => None,
        }
    }
}

fn text(deployed: &Deployed) -> String {
    let mut lines = vec![plain(&deployed.url)];
    lines.extend(deployed.alias_url.as_deref().map(plain));
    lines.extend(deployed.label_note.as_deref().map(plain));
    lines.join("\n") + "\n"
}

fn checked_text(checked: &Checked) -> String {
    let Checked {
        missing,
        files,
        bytes: all,
    } = checked;
    let new = count(missing.len() as u64, "content");
    let files = count(*files, "file");
    format!(
        "it could be deployed: {files} ({}), of which {new} would be sent\n",
        bytes(*all)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::DeployId;

    #[test]
    fn the_immutable_url_comes_first() {
        let id = DeployId::from_bytes([7; 16]);
        let deployed = Deployed {
            id,
            url: format!("http://{id}.localhost:8000/"),
            alias: Some("pr-42".parse().unwrap()),
            alias_url: Some("http://pr-42.localhost:8000/".to_owned()),
            label_note: None,
            files: 1,
            bytes: 1,
        };
        let outcome = Outcome::Deployed(deployed);
        let expected = format!("http://{id}.localhost:8000/\nhttp://pr-42.localhost:8000/\n");
        assert_eq!(outcome.text(), expected);
        assert_eq!(outcome.url(), Some("http://pr-42.localhost:8000/"));
        assert!(outcome.json().unwrap().starts_with("{\n  \"id\": \""));
    }
}
