//! A deploy is made.
//!
//! 1. What is said about it is checked.
//! 2. Its settings and rules are read: what is wrong with them, and how much they ask for.
//! 3. Its files are checked against that.
//! 4. Its code is compiled, if it has some, and it is found out whether that can be served.
//! 5. The store makes it. From here on it is there.
//! 6. Its alias moves. If that can't be, there is no deploy either.

use super::hooks::Candidate;
use super::refusal::Refusal;
use super::state::State;
use super::views::{alias_url, label_note};
use crate::code::MAX_COMPONENT;
use crate::manifest::{MAX_MESSAGE, Manifest, ManifestError};
use crate::names::{AliasName, Label};
use crate::wire::{CODE, Deployed, Problem, SETTINGS};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use tokio::task::spawn_blocking;

/// The most bytes of each file of settings.
pub(super) const MAX_SETTINGS: u64 = 1024 * 1024;

/// The most work that a password's hash makes of each login: 2 to the power of this.
const MAX_COST: u32 = 12;

/// The settings' contents by their names.
pub(super) type Settings = BTreeMap<&'static str, Bytes>;

/// Checks all of a deploy but whether its contents are there, and gives it back.
pub(super) async fn check(
    state: &State,
    manifest: Manifest,
    settings: Settings,
) -> Result<Manifest, Refusal> {
    check_words(&manifest)?;
    check_code(state, &manifest)?;
    let checker = Arc::clone(&state.setup.checker);
    let checked = spawn_blocking(move || {
        let candidate = Candidate {
            manifest: &manifest,
            settings: &settings,
        };
        let asked = checker.check(&candidate);
        (manifest, asked)
    });
    let (manifest, asked) = checked.await.map_err(Refusal::fault)?;
    let asked = asked.map_err(Refusal::problems)?;
    let limits = state.limits().of_site(&asked);
    let limits = limits
        .map_err(|error| Refusal::problems(vec![whole_file(SETTINGS[0], &error.to_string())]))?;
    manifest.check(&limits)?;
    prepare_code(state, &manifest).await?;
    Ok(manifest)
}

fn whole_file(file: &str, what: &str) -> Problem {
    Problem {
        file: file.to_owned(),
        line: None,
        column: None,
        what: what.to_owned(),
    }
}

/// What a deploy or a move has to say. It is shown on terminals.
pub(super) fn check_message(message: Option<&String>) -> Result<(), Refusal> {
    let Some(message) = message else {
        return Ok(());
    };
    if message
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\t'))
    {
        let error = "there is a control character in the message; write it without";
        return Err(Refusal::unprocessable(error));
    }
    match message.len() {
        length if length > MAX_MESSAGE => Err(ManifestError::Message(length).into()),
        _ => Ok(()),
    }
}

/// The manifest itself is checked for the rest. A hash is work for the server at each
/// login.
fn check_words(manifest: &Manifest) -> Result<(), Refusal> {
    check_message(manifest.message.as_ref())?;
    match &manifest.password {
        Some(hash) if !is_hash(hash) => Err(Refusal::unprocessable(format!(
            "the password has to be a hash of bcrypt with a cost of 4 to {MAX_COST}, as `htpasswd -nB USER` prints it behind the colon"
        ))),
        _ => Ok(()),
    }
}

/// `$2y$10$`, then 53 letters of bcrypt's own base64.
fn is_hash(hash: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/');
    if !hash.is_ascii() || hash.len() != 60 {
        return false;
    }
    let (begin, rest) = hash.split_at(7);
    let version = ["$2a$", "$2b$", "$2y$"].contains(&&begin[..4]);
    let digits = begin[4..6].bytes().all(|byte| byte.is_ascii_digit());
    let cost = begin[4..6].parse();
    let cost = digits && cost.is_ok_and(|cost| (4..=MAX_COST).contains(&cost));
    version && cost && begin.ends_with('$') && rest.bytes().all(letter)
}

fn check_code(state: &State, manifest: &Manifest) -> Result<(), Refusal> {
    if manifest.code().is_none() {
        return Ok(());
    }
    let what = if state.setup.coder.is_none() {
        "this server doesn't run code of sites; deploy without it, or start the server with --code"
    } else if manifest.password.is_some() {
        "a site with code can't have a password of the server's; have the code ask for one, or deploy without it"
    } else {
        return Ok(());
    };
    Err(wrong_code(what))
}

fn wrong_code(what: &str) -> Refusal {
    Refusal::problems(vec![whole_file(CODE, what)]).of_entry(CODE)
}

/// Has the code compiled. What a dry run lacks, it can't say anything of.
async fn prepare_code(state: &State, manifest: &Manifest) -> Result<(), Refusal> {
    let (Some(coder), Some(digest)) = (&state.setup.coder, manifest.code()) else {
        return Ok(());
    };
    let permit = Arc::clone(&state.compiling).acquire_owned().await;
    let permit = permit.map_err(Refusal::fault)?;
    let component = state
        .store()
        .content(&manifest.project, digest, MAX_COMPONENT);
    let Some(component) = component.await? else {
        return Ok(());
    };
    let coder = Arc::clone(coder);
    let prepared = spawn_blocking(move || {
        // It goes on when whoever deploys has gone, and so does this.
        let _permit = permit;
        coder.prepare(digest, component)
    });
    let prepared = prepared.await.map_err(Refusal::fault)?;
    prepared.map_err(|why| wrong_code(&why))
}

/// Makes a deploy that was checked, and moves its alias.
pub(super) async fn make(
    state: &State,
    manifest: Manifest,
    alias: Option<AliasName>,
) -> Result<Deployed, Refusal> {
    let (files, bytes) = (manifest.files.len() as u64, manifest.size());
    let (project, message) = (manifest.project.clone(), manifest.message.clone());
    let store = state.store();
    let id = store.commit(manifest).await?;
    let mut deployed = Deployed {
        id,
        url: state.setup.urls.url(&Label::of_deploy(&id)),
        alias: None,
        alias_url: None,
        label_note: None,
        files,
        bytes,
    };
    if let Some(alias) = alias {
        let moved = match store.move_alias(&project, &alias, &id, message).await {
            Ok(moved) => moved,
            Err(error) => {
                // Who asked for both has neither.
                if let Err(error) = store.remove_deploy(&id).await {
                    tracing::warn!("the deploy {id} without its alias can't be removed: {error}");
                }
                return Err(error.into());
            }
        };
        deployed.alias_url = Some(alias_url(state, &moved.label));
        deployed.label_note = label_note(&alias, &moved.label);
        deployed.alias = Some(alias);
    }
    Ok(deployed)
}

/// Seconds since 1970.
pub(super) fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_bcrypts_and_little_work() {
        let hash = "$2y$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2";
        assert!(is_hash(hash));
        assert!(is_hash(&hash.replace("$10$", "$12$")));
        for bad in [
            "",
            "secret",
            "$2y$10$",
            &hash[..59],
            &hash.replace("$10$", "$31$"),
            &hash.replace("$10$", "$13$"),
            &hash.replace("$10$", "$+9$"),
            &hash.replace("$2y$", "$2x$"),
            &hash.replace("KBC", "K\nC"),
            &hash.replace("KBCw", "KBé"),
            "$6$rounds=5000$abc$def",
        ] {
            assert!(!is_hash(bad), "{bad}");
        }
    }
}
