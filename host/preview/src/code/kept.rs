//! What was compiled, kept in a folder: a file for each component, by the component's
//! digest, with a seal in front (HMAC-SHA-256, RFC 2104).
//!
//! The seal is over the version that has compiled it, the component's digest and the
//! code, by a key that only this server's user can read. So a store that was copied,
//! restored or damaged brings no machine code with it.

use super::component::NAME;
use crate::digest::Digest;
use bytes::Bytes;
use ring::hmac::{Context, HMAC_SHA256, Key, Tag};
use ring::rand::{SecureRandom, SystemRandom};
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::SystemTime;
use subtle::ConstantTimeEq;
use tempfile::NamedTempFile;
use wasm_host_server::CompiledComponent;

/// How long the seal in front is, in bytes.
const SEAL: usize = 32;

/// The most that is kept, in bytes: what wasn't used for longest goes first.
const MOST: u64 = 4 * 1024 * 1024 * 1024;

/// The file of the key.
const KEY: &str = "key";

/// What was compiled.
#[derive(Debug)]
pub(super) struct Kept {
    folder: PathBuf,
    key: Key,
}

impl Kept {
    /// In a folder, which is made if it isn't there, and so is the key.
    pub(super) fn open(folder: &Path) -> io::Result<Self> {
        match fs::DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let key = key(&folder.join(KEY))?;
        Ok(Self {
            folder: folder.to_owned(),
            key: Key::new(HMAC_SHA256, &key),
        })
    }

    /// What a component was compiled to. None: it isn't kept, or isn't this server's.
    pub(super) fn find(&self, digest: Digest) -> Option<CompiledComponent> {
        let mut file = File::open(self.path(digest)).ok()?;
        let mut sealed = Vec::new();
        file.read_to_end(&mut sealed).ok()?;
        if sealed.len() < SEAL {
            return None;
        }
        let mut seal = Bytes::from(sealed);
        let code = seal.split_off(SEAL);
        let is_ours: bool = self.seal(digest, &code).as_ref().ct_eq(&seal).into();
        if !is_ours {
            return None;
        }
        // An error: it goes sooner than it should.
        let _ = file.set_modified(SystemTime::now());
        CompiledComponent::from_bytes(NAME, code)
    }

    /// Keeps what a component was compiled to.
    pub(super) fn keep(&self, digest: Digest, compiled: &CompiledComponent) -> io::Result<()> {
        let code = compiled.to_bytes();
        let seal = self.seal(digest, &code);
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(seal.as_ref())?;
        file.write_all(&code)?;
        file.persist(self.path(digest))?;
        self.make_room(digest)
    }

    fn seal(&self, digest: Digest, code: &[u8]) -> Tag {
        let mut said = Context::with_key(&self.key);
        said.update(format!("{} {digest}\n", env!("CARGO_PKG_VERSION")).as_bytes());
        said.update(code);
        said.sign()
    }

    fn path(&self, digest: Digest) -> PathBuf {
        self.folder.join(digest.to_string())
    }

    /// Removes what wasn't used for longest, but for the newest and the key.
    fn make_room(&self, newest: Digest) -> io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            let metadata = entry.metadata()?;
            files.push((metadata.modified()?, metadata.len(), entry.path()));
        }
        files.sort_unstable();
        let mut all: u64 = files.iter().map(|(_, length, _)| length).sum();
        let stays = [self.path(newest), self.folder.join(KEY)];
        for (_, length, path) in files {
            if all <= MOST {
                break;
            }
            if !stays.contains(&path) {
                fs::remove_file(path)?;
                all -= length;
            }
        }
        Ok(())
    }
}

/// The key in a file, which is made if it isn't there.
fn key(path: &Path) -> io::Result<[u8; SEAL]> {
    let mut key = [0; SEAL];
    match File::open(path) {
        Ok(mut file) => {
            file.read_exact(&mut key)?;
            return Ok(key);
        }
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Err(_) => {}
    }
    let random = SystemRandom::new().fill(&mut key);
    random.map_err(|_| io::Error::other("the system has no random numbers"))?;
    // Whole or not at all, also if this is killed here. For this user alone.
    let mut made = NamedTempFile::new_in(path.parent().unwrap_or(path))?;
    made.write_all(&key)?;
    made.as_file().sync_all()?;
    made.persist_noclobber(path)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compiled() -> CompiledComponent {
        let made: &[u8] = br#"{"NotAComponent":"so"}"#;
        let length = u32::try_from(made.len()).expect("short").to_le_bytes();
        let bytes = [b"once pooled\n", &length[..], made, b"code"].concat();
        CompiledComponent::from_bytes(NAME, bytes).expect("whole")
    }

    #[test]
    fn what_is_kept_is_found_by_its_component_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::open(folder.path()).expect("it opens");
        let (one, other) = (Digest::of(b"one"), Digest::of(b"other"));
        assert!(kept.find(one).is_none());
        kept.keep(one, &compiled()).expect("there is room");
        let again = Kept::open(folder.path()).expect("it opens");
        let found = again.find(one).expect("it is kept");
        assert_eq!(found.to_bytes(), compiled().to_bytes());
        // Nor is it another's, whatever the file's name is.
        fs::copy(kept.path(one), kept.path(other)).expect("a copy");
        assert!(kept.find(other).is_none());
    }

    #[test]
    fn code_that_was_changed_or_is_anothers_is_not_run() {
        let folder = tempfile::tempdir().expect("a folder");
        let kept = Kept::open(folder.path()).expect("it opens");
        let one = Digest::of(b"one");
        kept.keep(one, &compiled()).expect("there is room");
        let path = kept.path(one);
        let whole = fs::read(&path).expect("it is there");
        for at in [0, SEAL, whole.len() - 1] {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            fs::write(&path, changed).expect("it is written");
            assert!(kept.find(one).is_none(), "{at}");
        }
        fs::write(&path, &whole[..SEAL / 2]).expect("it is written");
        assert!(kept.find(one).is_none());
        fs::write(&path, &whole).expect("it is written");
        assert!(kept.find(one).is_some());
        // A store that was copied has no key, or another.
        fs::write(folder.path().join(KEY), [7; SEAL]).expect("it is written");
        let other = Kept::open(folder.path()).expect("it opens");
        assert!(other.find(one).is_none());
    }
}
