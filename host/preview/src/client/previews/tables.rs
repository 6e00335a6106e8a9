//! What the API says, as people read it.

use crate::client::text::{ago, bytes, count, plain, table};
use crate::names::AliasName;
use crate::wire::{
    Alias, AliasDetails, AliasList, Collected, Deploy, DeployDetails, DeployList, Removed, Secret,
    SecretList,
};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How much of a message a table has, in characters.
const MESSAGE: usize = 50;

/// What can be printed for people. Text of others has its control characters escaped.
pub trait Table {
    /// Lines, each with its end; `now` is for ages.
    fn table(&self, now: SystemTime) -> String;
}

impl Table for DeployList {
    fn table(&self, now: SystemTime) -> String {
        let head = [
            "deploy", "project", "made", "files", "size", "aliases", "message",
        ];
        let row = |deploy: &Deploy| {
            let aliases: Vec<&str> = deploy.aliases.iter().map(AliasName::as_str).collect();
            vec![
                deploy.id.to_string(),
                deploy.project.to_string(),
                age(deploy.made, now),
                deploy.files.to_string(),
                bytes(deploy.bytes),
                aliases.join(", "),
                short(deploy.message.as_deref()),
            ]
        };
        let rows: Vec<Vec<String>> = self.deploys.iter().map(row).collect();
        if rows.is_empty() {
            return "there are no deploys; make one by `wasm-host deploy FOLDER`\n".to_owned();
        }
        table(&head, &rows)
    }
}

impl Table for AliasList {
    fn table(&self, _: SystemTime) -> String {
        let row = |alias: &Alias| {
            let url = plain(&alias.url).into_owned();
            vec![
                alias.alias.to_string(),
                alias.project.to_string(),
                alias.deploy.to_string(),
                url,
            ]
        };
        let rows: Vec<Vec<String>> = self.aliases.iter().map(row).collect();
        if rows.is_empty() {
            return "there are no aliases; make one by `wasm-host deploy FOLDER --alias NAME`\n"
                .to_owned();
        }
        table(&["alias", "project", "deploy", "url"], &rows)
    }
}

impl Table for DeployDetails {
    fn table(&self, now: SystemTime) -> String {
        let Self { deploy, contents } = self;
        let mut text = format!("{}\n", plain(&deploy.url));
        let made = age(deploy.made, now);
        let (files, size) = (count(deploy.files, "file"), bytes(deploy.bytes));
        text += &format!("of {}, made {made}, {files}, {size}\n", deploy.project);
        if let Some(message) = &deploy.message {
            text += &format!("{}\n", plain(message));
        }
        for alias in &deploy.aliases {
            text += &format!("alias {alias}\n");
        }
        if deploy.password {
            text += "visitors need a password\n";
        }
        let row = |(path, file): (&crate::names::SitePath, &crate::wire::NewFile)| {
            vec![bytes(file.size), plain(path.as_str()).into_owned()]
        };
        let rows: Vec<Vec<String>> = contents.iter().map(row).collect();
        text + &table(&["size", "file"], &rows)
    }
}

impl Table for AliasDetails {
    fn table(&self, now: SystemTime) -> String {
        let rows: Vec<Vec<String>> = self
            .history
            .iter()
            .map(|step| {
                let deploy = step
                    .deploy
                    .map_or_else(|| "removed".to_owned(), |id| id.to_string());
                vec![age(step.at, now), deploy, short(step.message.as_deref())]
            })
            .collect();
        self.alias.table(now) + &table(&["when", "deploy", "message"], &rows)
    }
}

impl Table for Alias {
    fn table(&self, _: SystemTime) -> String {
        let note = self
            .label_note
            .as_deref()
            .map(|note| format!("{}\n", plain(note)));
        let (url, deploy) = (plain(&self.url), self.deploy);
        format!("{url} leads to {deploy}\n{}", note.unwrap_or_default())
    }
}

impl Table for SecretList {
    fn table(&self, now: SystemTime) -> String {
        let row = |secret: &Secret| {
            let hosts = match secret.hosts.is_empty() {
                true => "the sites' code".to_owned(),
                false => plain(&secret.hosts.join(", ")).into_owned(),
            };
            vec![secret.name.to_string(), hosts, age(secret.set, now)]
        };
        let rows: Vec<Vec<String>> = self.secrets.iter().map(row).collect();
        if rows.is_empty() {
            return "there are no secrets; set one by `wasm-host previews secret set PROJECT NAME`\n"
                .to_owned();
        }
        table(&["name", "for", "set"], &rows)
    }
}

impl Table for Secret {
    fn table(&self, _: SystemTime) -> String {
        let name = &self.name;
        match self.hosts.is_empty() {
            true => format!("{name} is set, for code of sites whose wasm-host.toml names it\n"),
            false => {
                let hosts = plain(&self.hosts.join(", ")).into_owned();
                format!("{name} is set, and is sent to {hosts} alone\n")
            }
        }
    }
}

impl Table for Removed {
    fn table(&self, _: SystemTime) -> String {
        format!("removed {}\n", plain(&self.removed))
    }
}

impl Table for Collected {
    fn table(&self, _: SystemTime) -> String {
        let (deploys, blobs) = (count(self.deploys, "deploy"), count(self.blobs, "content"));
        let damage = self.damage.iter();
        let damage: String = damage
            .map(|line| format!("damaged: {}\n", plain(line)))
            .collect();
        format!(
            "removed {deploys} and {blobs} ({})\n{damage}",
            bytes(self.bytes)
        )
    }
}

fn age(at: u64, now: SystemTime) -> String {
    let now = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    ago(now.saturating_sub(Duration::from_secs(at)))
}

fn short(message: Option<&str>) -> String {
    let message = plain(message.unwrap_or_default());
    match message.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message.into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::names::DeployId;

    #[test]
    fn a_hostile_message_stays_in_its_cell() {
        let deploy = Deploy {
            id: DeployId::from_bytes([0; 16]),
            project: "shop".parse().unwrap(),
            url: String::new(),
            made: 100,
            message: Some("\u{1b}]0;title\u{7}\nforged row".to_owned()),
            ttl: None,
            password: false,
            files: 2,
            bytes: 1500,
            aliases: vec!["a".parse().unwrap(), "b".parse().unwrap()],
        };
        let deploys = vec![deploy];
        let text = DeployList { deploys }.table(UNIX_EPOCH + Duration::from_secs(160));
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
        assert!(
            lines[1].contains("shop     1 min ago  2      1.5 KB  a, b"),
            "{text}"
        );
    }
}
