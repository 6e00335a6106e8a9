//! Where certificates, their keys, and accounts are kept: for nobody else's eyes, and
//! each file whole or not at all.
//!
//! The folder is the user's, with the mode 0700. In it is one for each authority, and in
//! that:
//!
//! * `account.json`: the account's key, and its address.
//! * `DOMAIN.pem`: a certificate for that name, after its key.
//! * `lock`: held by who orders, so that two servers don't both do.

use crate::certificate::Issued;
use crate::domain::Domain;
use crate::place::DirectoryUrl;
use crate::signing::AccountKey;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// The longest file that is read, in bytes.
const MAX_SIZE: u64 = 1024 * 1024;

const ACCOUNT: &str = "account.json";

/// What is kept of one authority.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Why nothing can be kept.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The folder, or a file in it, can't be made or read.
    #[error("cannot keep certificates in {}: {source}", path.display())]
    Io {
        /// What can't be.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others could have come by the keys.
    #[error(
        "others than its user may use {}, whose mode is {mode:o}, so that the keys in it may be theirs, too; remove it, or take it from them by `chmod go=`",
        path.display()
    )]
    Open {
        /// The folder or file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It is somebody else's.
    #[error(
        "{} is another user's: its owner has number {owner}, and this process has {user}; give a folder of its own",
        path.display()
    )]
    Foreign {
        /// The folder or file.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Who asks.
        user: u32,
    },
}

/// An account, as it is kept.
pub(crate) struct Account {
    pub(crate) key: AccountKey,
    /// None: the authority hasn't made it yet.
    pub(crate) url: Option<String>,
}

/// Held while a certificate is ordered.
#[derive(Debug)]
pub(crate) struct Lock(File);

impl Drop for Lock {
    /// To close it isn't enough: a process that is being started has a copy of the file
    /// until it runs its program, and would hold the lock as long.
    fn drop(&mut self) {
        let _ = self.0.unlock();
    }
}

impl Store {
    /// Opens the part of a folder that is an authority's, and makes what isn't there.
    ///
    /// # Errors
    ///
    /// It can't be made, or is not for its user's eyes alone.
    pub fn open(folder: &Path, directory: &DirectoryUrl) -> Result<Self, StoreError> {
        let own = folder.join(directory.folder());
        for path in [folder, &own] {
            let made = DirBuilder::new().recursive(true).mode(0o700).create(path);
            made.map_err(|source| failed(path, source))?;
            check_secrecy(path)?;
        }
        let entries = fs::read_dir(&own).map_err(|source| failed(&own, source))?;
        for entry in entries {
            let entry = entry.map_err(|source| failed(&own, source))?;
            check_secrecy(&entry.path())?;
        }
        Ok(Self { folder: own })
    }

    /// The account's key, which is made if there is none.
    ///
    /// # Errors
    ///
    /// It can't be read or made.
    pub(crate) fn account(&self) -> Result<Account, String> {
        let path = self.folder.join(ACCOUNT);
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let key = AccountKey::generate()?;
                self.keep_account(&key, None)?;
                return Ok(Account { key, url: None });
            }
            Err(error) => return Err(failed(&path, error).to_string()),
        };
        let damaged = || {
            format!(
                "{} is damaged; remove it to have another made",
                path.display()
            )
        };
        let kept: Value = serde_json::from_str(&text).map_err(|_| damaged())?;
        let key = BASE64_STANDARD.decode(kept["key"].as_str().unwrap_or_default());
        Ok(Account {
            key: AccountKey::read(&key.map_err(|_| damaged())?).map_err(|_| damaged())?,
            url: kept["url"].as_str().map(str::to_owned),
        })
    }

    /// # Errors
    ///
    /// It can't be written.
    pub(crate) fn keep_account(&self, key: &AccountKey, url: Option<&str>) -> Result<(), String> {
        let key = BASE64_STANDARD.encode(key.bytes());
        let text = json!({ "key": key, "url": url }).to_string();
        self.write(ACCOUNT, &text)
            .map_err(|error| error.to_string())
    }

    /// The certificate that is kept for a name. None: there is none.
    ///
    /// # Errors
    ///
    /// It can't be read, or is no such certificate.
    pub(crate) fn certificate(&self, domain: &Domain) -> Result<Option<Issued>, String> {
        let path = self.folder.join(certificate_file(domain));
        let text = match read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(&path, error).to_string()),
        };
        let issued = Issued::read(&text, domain);
        issued
            .map(Some)
            .map_err(|reason| format!("{} can't be used: {reason}", path.display()))
    }

    /// # Errors
    ///
    /// It can't be written.
    pub(crate) fn keep(&self, domain: &Domain, issued: &Issued) -> Result<(), StoreError> {
        self.write(&certificate_file(domain), issued.pem())
    }

    /// Takes the lock. None: another process has it.
    ///
    /// # Errors
    ///
    /// It can't be made.
    pub(crate) fn lock(&self) -> Result<Option<Lock>, StoreError> {
        let path = self.folder.join("lock");
        let file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .mode(0o600)
            .open(&path);
        let file = file.map_err(|source| failed(&path, source))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock(file))),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(failed(&path, error)),
        }
    }

    /// Writes a file beside, and then puts it in its place.
    fn write(&self, name: &str, text: &str) -> Result<(), StoreError> {
        let path = self.folder.join(name);
        let written = || -> io::Result<()> {
            let mut file = tempfile::Builder::new()
                .prefix(".new-")
                .permissions(Permissions::from_mode(0o600))
                .tempfile_in(&self.folder)?;
            file.write_all(text.as_bytes())?;
            file.as_file().sync_all()?;
            file.persist(&path)?;
            File::open(&self.folder)?.sync_all()
        };
        written().map_err(|source| failed(&path, source))
    }
}

/// A name of a host has no `/`, and no dot at its beginning.
fn certificate_file(domain: &Domain) -> String {
    format!("{domain}.pem")
}

fn failed(path: &Path, source: io::Error) -> StoreError {
    StoreError::Io {
        path: path.to_owned(),
        source,
    }
}

fn read(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(MAX_SIZE).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether nobody else can read what is there, or put another in its place.
fn check_secrecy(path: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(path).map_err(|source| failed(path, source))?;
    if metadata.is_symlink() {
        let link = io::Error::other("it is a link; give what it leads to");
        return Err(failed(path, link));
    }
    let mode = metadata.mode() & 0o777;
    let path = path.to_owned();
    let (owner, user) = (metadata.uid(), rustix::process::geteuid().as_raw());
    if owner != user {
        return Err(StoreError::Foreign { path, owner, user });
    }
    if mode & 0o077 != 0 {
        return Err(StoreError::Open { path, mode });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
