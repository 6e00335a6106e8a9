//! The authority's files: made once, whole or not at all, and for nobody else's eyes.
//!
//! Both files are written into a folder of their own, which then takes its place by one
//! rename(2). Of two servers that start at once, one finds the place taken, and uses what
//! the other made.

use super::authority::{self, Authority};
use crate::tls::error::TlsError;
use crate::tls::facts::Facts;
use crate::tls::options::LocalAuthority;
use crate::tls::pem_file;
use rcgen::KeyPair;
use rustix::io::Errno;
use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// What is left of its time at least: a certificate that it signs mustn't outlive it.
const LEAST_LEFT: Duration = Duration::from_secs(31 * 24 * 60 * 60);

/// Opens the authority of that folder, which is made if it isn't there.
///
/// # Errors
///
/// It can't be made, or the one that is there can't be used.
pub(super) fn open(options: &LocalAuthority, now: SystemTime) -> Result<Authority, TlsError> {
    if !options.made().exists() {
        make(options, now).map_err(|source| TlsError::MakeAuthority {
            folder: options.folder.clone(),
            source,
        })?;
    }
    read(options, now)
}

fn make(options: &LocalAuthority, now: SystemTime) -> io::Result<()> {
    let folder = &options.folder;
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    let (key, certificate) = authority::make(now).map_err(io::Error::other)?;
    let new = tempfile::Builder::new()
        .prefix(".ca-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir_in(folder)?;
    let place = |path: &Path| new.path().join(path.file_name().unwrap_or_default());
    write(&place(&options.key()), 0o600, &key)?;
    write(&place(&options.certificate()), 0o644, &certificate)?;
    File::open(new.path())?.sync_all()?;
    let renamed = fs::rename(new.path(), options.made());
    match renamed {
        Ok(()) => {
            // It has another name now, and stays.
            let _ = new.keep();
            File::open(folder)?.sync_all()
        }
        // Another was faster.
        Err(error) if is_taken(&error) => Ok(()),
        Err(error) => Err(error),
    }
}

fn is_taken(error: &io::Error) -> bool {
    let taken = [Some(Errno::NOTEMPTY), Some(Errno::EXIST)];
    taken.contains(&Errno::from_io_error(error))
}

fn write(path: &Path, mode: u32, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn read(options: &LocalAuthority, now: SystemTime) -> Result<Authority, TlsError> {
    let unusable = |reason: String| TlsError::Authority {
        folder: options.made(),
        reason,
    };
    check_secrecy(&options.made()).map_err(unusable)?;
    check_secrecy(&options.key()).map_err(unusable)?;
    let key = pem_file::read("local authority's key", &options.key())?;
    let key = KeyPair::from_pem(&String::from_utf8_lossy(&key));
    let key = key.map_err(|error| unusable(format!("its key is damaged: {error}")))?;
    let path = options.certificate();
    let sections = pem_file::sections("local authority's certificate", &path)?;
    let certificate = sections.first().map_or(&[][..], |it| it.contents());
    let facts = Facts::of(certificate)
        .map_err(|reason| unusable(format!("its certificate is damaged: {reason}")))?;
    if facts.not_after < now + LEAST_LEFT {
        return Err(unusable(format!("it ends at {}", facts.until())));
    }
    Authority::read(key, certificate).map_err(unusable)
}

/// Whether nobody else could have read the key, or put another in its place.
fn check_secrecy(path: &Path) -> Result<(), String> {
    let metadata = fs::metadata(path);
    let metadata = metadata.map_err(|error| format!("{}: {error}", path.display()))?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(format!(
            "others than its user may use {}, whose mode is {mode:o}, so that its key may be theirs, too",
            path.display()
        ));
    }
    let user = rustix::process::geteuid();
    if !user.is_root() && metadata.uid() != user.as_raw() {
        return Err(format!("{} is another user's", path.display()));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::thread;

    fn authority(folder: &tempfile::TempDir) -> LocalAuthority {
        let folder = folder.path().join("data/wasm-host");
        LocalAuthority { folder }
    }

    #[test]
    fn its_key_is_for_nobody_elses_eyes() {
        let folder = tempfile::tempdir().unwrap();
        let options = authority(&folder);
        options.ensure().unwrap();
        let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o777;
        assert_eq!(mode(&options.folder), 0o700);
        assert_eq!(mode(&options.made()), 0o700);
        assert_eq!(mode(&options.key()), 0o600);
        for path in [options.key(), options.made()] {
            let right = fs::metadata(&path).unwrap().permissions();
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
            let refused = options.ensure().unwrap_err().to_string();
            assert!(refused.contains("whose mode is 755"), "{refused}");
            fs::set_permissions(&path, right).unwrap();
        }
        options.ensure().unwrap();
    }

    /// Each thread is a server that starts; all serve with what one of them made.
    #[test]
    fn who_starts_at_once_has_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let options = authority(&folder);
        let made = thread::scope(|scope| {
            let read = || {
                (
                    options.ensure().unwrap(),
                    fs::read(options.certificate()).unwrap(),
                )
            };
            let threads: Vec<_> = (0..8).map(|_| scope.spawn(read)).collect();
            let made = threads.into_iter().map(|it| it.join().unwrap());
            made.collect::<BTreeSet<_>>()
        });
        assert_eq!(made.len(), 1);
        let left = fs::read_dir(&options.folder).unwrap().count();
        assert_eq!(left, 1, "nothing is left of the others");
    }

    #[test]
    fn what_cannot_be_used_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let options = authority(&folder);
        let now = SystemTime::now();
        open(&options, now - Duration::from_secs(10 * 365 * 24 * 60 * 60)).unwrap();
        let refused = options.ensure().unwrap_err().to_string();
        assert!(refused.contains("it ends at 20"), "{refused}");
        for path in [options.certificate(), options.key()] {
            fs::write(&path, "damaged").unwrap();
            let refused = options.ensure().unwrap_err().to_string();
            assert!(refused.contains("is damaged"), "{refused}");
        }
        fs::remove_file(options.key()).unwrap();
        let refused = options.ensure().unwrap_err().to_string();
        assert!(refused.contains("key.pem: No such file"), "{refused}");
    }

    #[test]
    fn where_none_can_be_made_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("data"), "a file").unwrap();
        let refused = authority(&folder).ensure().unwrap_err().to_string();
        assert!(refused.contains("Not a directory"), "{refused}");
    }
}
