//! How people refer to a deploy or an alias: by its id, its name, or its URL.

use super::aliases::aliases;
use crate::client::failure::Failure;
use crate::client::server::Server;
use crate::names::{DeployId, Label, ProjectName};
use crate::wire::Alias;
use std::str::FromStr;

/// What was typed: a deploy's id, the first label of a site's host, or a URL with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference(Label);

/// What it refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// A deploy, by its id; nobody has asked whether it is there.
    Deploy(DeployId),
    /// An alias that is there.
    Alias(Alias),
}

impl FromStr for Reference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let url = text
            .strip_prefix("http://")
            .or_else(|| text.strip_prefix("https://"));
        let label = match url {
            Some(rest) => rest
                .split(['/', ':', '?', '#'])
                .next()
                .and_then(|host| host.split('.').next()),
            None => Some(text),
        };
        let label = label.unwrap_or_default().to_ascii_lowercase();
        let label = Label::new(&label)
            .map_err(|error| format!("{error}; give a deploy's id, an alias, or the URL of one"))?;
        Ok(Self(label))
    }
}

impl Reference {
    /// Finds out what it refers to. With a project, an alias is looked for among those
    /// of that project, whatever their labels.
    ///
    /// # Errors
    ///
    /// There is no such alias.
    pub async fn find(
        &self,
        server: &Server,
        project: Option<&ProjectName>,
    ) -> Result<Found, Failure> {
        let label = self.0.as_str();
        if let Ok(id) = label.parse() {
            return Ok(Found::Deploy(id));
        }
        let list = aliases(server, project).await?.aliases;
        let named = |alias: &Alias| match project {
            Some(_) => alias.alias.as_str() == label || alias.label == self.0,
            None => alias.label == self.0,
        };
        let found = list.into_iter().find(named).map(Found::Alias);
        found.ok_or_else(|| {
            let place = project
                .map(|name| format!(" in the project {name}"))
                .unwrap_or_default();
            Failure::NotThere(format!(
                "there is no alias {label}{place}; `wasm-host previews list` shows all"
            ))
        })
    }

    /// The alias that it refers to.
    ///
    /// # Errors
    ///
    /// There is none, or it is a deploy's id.
    pub async fn alias(
        &self,
        server: &Server,
        project: Option<&ProjectName>,
    ) -> Result<Alias, Failure> {
        match self.find(server, project).await? {
            Found::Alias(alias) => Ok(alias),
            Found::Deploy(id) => Err(Failure::NotThere(format!(
                "{id} is a deploy, which never changes; give an alias"
            ))),
        }
    }

    /// The deploy that it refers to, or that the alias leads to.
    ///
    /// # Errors
    ///
    /// There is no such alias.
    pub async fn deploy(
        &self,
        server: &Server,
        project: Option<&ProjectName>,
    ) -> Result<DeployId, Failure> {
        Ok(match self.find(server, project).await? {
            Found::Alias(alias) => alias.deploy,
            Found::Deploy(id) => id,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_is_as_good_as_a_name() {
        let read = |text: &str| {
            text.parse::<Reference>()
                .map(|reference| reference.0.to_string())
        };
        let id = DeployId::from_bytes([7; 16]);
        for (text, label) in [
            ("pr-42", "pr-42"),
            ("http://pr-42.localhost:8000/", "pr-42"),
            ("https://PR-42--shop.previews.example/a?b", "pr-42--shop"),
            (&*format!("http://{id}.localhost:8000"), id.as_str()),
        ] {
            assert_eq!(read(text).as_deref(), Ok(label), "{text}");
        }
        for bad in ["", "a b", "http://", "../x", "a\u{1b}[2J"] {
            let error = read(bad).unwrap_err();
            assert!(!error.contains('\u{1b}'), "{error}");
        }
    }
}
