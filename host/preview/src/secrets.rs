//! Secrets of projects: what their sites' code needs to be known to others, and nobody
//! else is to read. They are in no deploy, and the API never gives them back.
//!
//! A project's are in a file that its user alone can read, which is replaced as a whole.

use crate::as_text;
use crate::names::{ProjectName, VariableName};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use wasm_host_server::OutboundTarget;

/// How many secrets a project has.
pub const MOST_SECRETS: usize = 64;

/// The longest value, in bytes.
pub const MAX_SECRET: usize = 8 * 1024;

/// The most hosts that one is for.
const MOST_HOSTS: usize = 16;

/// A secret.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secret {
    /// What nobody is to read.
    pub value: String,
    /// Which hosts it is for: to these alone it is sent, and the site's code doesn't see it
    /// itself. Empty: the code has it in its environment.
    #[serde(with = "as_text")]
    pub hosts: Vec<OutboundTarget>,
    /// When it was set, in seconds since 1970.
    pub set: u64,
}

/// Without its value.
impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Secret")
            .field("hosts", &self.hosts)
            .field("set", &self.set)
            .finish_non_exhaustive()
    }
}

/// Why a secret isn't set.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// It can't be one.
    #[error("{0}")]
    Value(String),
    /// The project, or the server, has as many as it may.
    #[error("{0}")]
    TooMany(String),
    /// The disk fails.
    #[error("cannot keep secrets in {}: {source}", path.display())]
    Io {
        /// Where they are kept.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The secrets of all projects.
#[derive(Debug)]
pub struct Secrets {
    folder: PathBuf,
    /// How many projects may have some.
    projects: u64,
    /// Held while a file is replaced.
    writing: Mutex<()>,
}

/// Those of a project.
type OfProject = BTreeMap<VariableName, Secret>;

impl Secrets {
    /// Those in a folder, which is made if it isn't there. `projects`: how many may have
    /// some.
    ///
    /// # Errors
    ///
    /// It can't be made.
    pub fn open(folder: &Path, projects: u64) -> Result<Self, SecretError> {
        let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
        made.map_err(|source| failed(folder, source))?;
        Ok(Self {
            folder: folder.to_owned(),
            projects,
            writing: Mutex::default(),
        })
    }

    /// Those of a project.
    ///
    /// # Errors
    ///
    /// They can't be read.
    pub fn of(&self, project: &ProjectName) -> Result<OfProject, SecretError> {
        let path = self.path(project);
        let text = match fs::read(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(OfProject::new()),
            text => text.map_err(|source| failed(&path, source))?,
        };
        serde_json::from_slice(&text).map_err(|error| failed(&path, error.into()))
    }

    /// Sets one, in place of one of the same name.
    ///
    /// # Errors
    ///
    /// It can't be one, there are too many, or the disk fails.
    pub fn set(
        &self,
        project: &ProjectName,
        name: VariableName,
        secret: Secret,
    ) -> Result<(), SecretError> {
        check(&secret)?;
        let _alone = self.alone();
        let mut secrets = self.of(project)?;
        if secrets.is_empty() && self.count()? >= self.projects {
            let projects = self.projects;
            return Err(SecretError::TooMany(format!(
                "{projects} projects have secrets, which is the most; remove those of another"
            )));
        }
        secrets.insert(name, secret);
        if secrets.len() > MOST_SECRETS {
            return Err(SecretError::TooMany(format!(
                "the project {project} has {MOST_SECRETS} secrets, which is the most; remove one"
            )));
        }
        self.write(project, &secrets)
    }

    /// Removes one. False: there is none.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn remove(&self, project: &ProjectName, name: &VariableName) -> Result<bool, SecretError> {
        let _alone = self.alone();
        let mut secrets = self.of(project)?;
        if secrets.remove(name).is_none() {
            return Ok(false);
        }
        if secrets.is_empty() {
            return self.remove_file(project);
        }
        self.write(project, &secrets)?;
        Ok(true)
    }

    /// Removes all of a project. False: there are none.
    ///
    /// # Errors
    ///
    /// The disk fails.
    pub fn remove_all(&self, project: &ProjectName) -> Result<bool, SecretError> {
        let _alone = self.alone();
        self.remove_file(project)
    }

    fn remove_file(&self, project: &ProjectName) -> Result<bool, SecretError> {
        let path = self.path(project);
        match fs::remove_file(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            removed => removed
                .map(|()| true)
                .map_err(|source| failed(&path, source)),
        }
    }

    fn write(&self, project: &ProjectName, secrets: &OfProject) -> Result<(), SecretError> {
        let path = self.path(project);
        let written = || {
            // For its user alone, as all such files are.
            let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
            file.write_all(&serde_json::to_vec(secrets)?)?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(|source| failed(&path, source))
    }

    /// How many projects have some.
    fn count(&self) -> Result<u64, SecretError> {
        let entries = fs::read_dir(&self.folder).map_err(|source| failed(&self.folder, source))?;
        Ok(entries.count() as u64)
    }

    fn path(&self, project: &ProjectName) -> PathBuf {
        self.folder.join(format!("{project}.json"))
    }

    fn alone(&self) -> MutexGuard<'_, ()> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn failed(path: &Path, source: io::Error) -> SecretError {
    SecretError::Io {
        path: path.to_owned(),
        source,
    }
}

fn check(secret: &Secret) -> Result<(), SecretError> {
    let Secret { value, hosts, .. } = secret;
    let refused = |what: &str| Err(SecretError::Value(what.to_owned()));
    match value.len() {
        0 => return refused("the secret is empty"),
        MAX_SECRET.. if value.len() > MAX_SECRET => {
            return Err(SecretError::Value(format!(
                "the secret has {} bytes, {MAX_SECRET} is the most",
                value.len()
            )));
        }
        _ => {}
    }
    if value.contains('\0') {
        return refused("there is a NUL in the secret, which no variable can have");
    }
    if hosts.len() > MOST_HOSTS {
        return Err(SecretError::Value(format!(
            "the secret is for {} hosts, {MOST_HOSTS} is the most",
            hosts.len()
        )));
    }
    let is_line = |text: &str| !text.chars().any(char::is_control);
    if !hosts.is_empty() && !is_line(value) {
        return refused(
            "there is a control character or a line's end in the secret, and a field of a request, by which it is sent to the hosts that it is for, can't have any",
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    fn secret(value: &str, hosts: &[&str]) -> Secret {
        Secret {
            value: value.to_owned(),
            hosts: hosts.iter().map(|host| host.parse().unwrap()).collect(),
            set: 7,
        }
    }

    fn name(name: &str) -> VariableName {
        name.parse().unwrap()
    }

    #[test]
    fn what_was_set_is_there_until_it_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(&folder.path().join("secrets"), 2).unwrap();
        let (shop, blog) = ("shop".parse().unwrap(), "blog".parse().unwrap());
        assert!(secrets.of(&shop).unwrap().is_empty());
        let one = secret("one", &["a.example:443"]);
        secrets.set(&shop, name("KEY"), one.clone()).unwrap();
        secrets
            .set(&shop, name("OTHER"), secret("two", &[]))
            .unwrap();
        let again = Secrets::open(&folder.path().join("secrets"), 2).unwrap();
        let found = again.of(&shop).unwrap();
        assert_eq!(
            found.keys().map(VariableName::as_str).collect::<Vec<_>>(),
            ["KEY", "OTHER"]
        );
        assert_eq!(found[&name("KEY")], one);
        assert!(again.of(&blog).unwrap().is_empty());
        let file = folder.path().join("secrets/shop.json");
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&file), mode(file.parent().unwrap())), (0o600, 0o700));
        assert!(secrets.remove(&shop, &name("KEY")).unwrap());
        assert!(!secrets.remove(&shop, &name("KEY")).unwrap());
        assert_eq!(secrets.of(&shop).unwrap().len(), 1);
        assert!(secrets.remove_all(&shop).unwrap() && !secrets.remove_all(&shop).unwrap());
    }

    #[test]
    fn there_is_an_end_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let secrets = Secrets::open(folder.path(), 1).unwrap();
        let shop = "shop".parse().unwrap();
        for number in 0..MOST_SECRETS {
            let name = name(&format!("N{number}"));
            secrets.set(&shop, name, secret("x", &[])).unwrap();
        }
        let more = secrets.set(&shop, name("MORE"), secret("x", &[]));
        assert!(matches!(more, Err(SecretError::TooMany(_))), "{more:?}");
        secrets.set(&shop, name("N0"), secret("y", &[])).unwrap();
        let other = secrets.set(&"blog".parse().unwrap(), name("A"), secret("x", &[]));
        assert!(matches!(other, Err(SecretError::TooMany(_))), "{other:?}");
    }

    #[test]
    fn what_can_be_none_is_refused_and_never_shown() {
        let many = vec!["a.example"; MOST_HOSTS + 1];
        for (value, hosts) in [
            ("", &[][..]),
            ("a\0b", &[]),
            ("a\nb", &["a.example"]),
            ("a", &many),
            (&"x".repeat(MAX_SECRET + 1), &[]),
        ] {
            assert!(check(&secret(value, hosts)).is_err(), "{value:?}");
        }
        check(&secret("-----BEGIN\nKEY-----\n", &[])).unwrap();
        let shown = format!("{:?}", secret("hidden", &["a.example"]));
        assert!(!shown.contains("hidden"), "{shown}");
    }
}
