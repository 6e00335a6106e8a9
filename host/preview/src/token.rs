//! The operator's token, which lets its bearer deploy.
//!
//! It is made once, from 256 bits of the system's generator of secrets, and kept in a
//! file that its user alone can read, so that a client of the same user finds it there.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use rustix::process::geteuid;
use rustls::crypto::ring;
use std::fmt::{self, Formatter};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use subtle::ConstantTimeEq;

/// The random bytes of a token.
const BYTES: usize = 32;

/// The fewest characters of a token that somebody chose, rather than had made.
const FEWEST: usize = 16;

/// The most characters of a token.
const MOST: usize = 512;

/// Lets its bearer deploy, move aliases and remove what is there.
#[derive(Clone)]
pub struct Token(String);

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// The file can't be made or read.
    #[error("cannot keep the token in {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Others could have read it.
    #[error(
        "others than its user may read {}, whose mode is {mode:o}; remove it to have another made, or take it from them by `chmod go=`",
        path.display()
    )]
    Open {
        /// The file.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// Somebody else wrote it, and so knows it.
    #[error("{} is another user's, who knows the token in it; remove it to have another made", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// What is in the file is no token.
    #[error(
        "there is no token in {}: it has to be one line of {FEWEST} to {MOST} letters, digits and signs of ASCII; remove the file to have one made",
        path.display()
    )]
    Malformed {
        /// The file.
        path: PathBuf,
    },
    /// The system's generator of secrets fails.
    #[error("the system has no random numbers for a token")]
    Random,
}

impl Token {
    /// Makes a token.
    ///
    /// # Errors
    ///
    /// The system's generator of secrets fails.
    pub fn generate() -> Result<Self, TokenError> {
        let mut bytes = [0; BYTES];
        let random = ring::default_provider().secure_random;
        random.fill(&mut bytes).map_err(|_| TokenError::Random)?;
        Ok(Self(BASE64_URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A token as somebody typed it, without space around it. None: it is none.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim_ascii();
        let fits = (FEWEST..=MOST).contains(&text.len());
        let printable = text.bytes().all(|byte| byte.is_ascii_graphic());
        (fits && printable).then(|| Self(text.to_owned()))
    }

    /// Reads the token from a file, and makes file and token if there is none.
    ///
    /// # Errors
    ///
    /// The file can't be read or made, is another user's or may be read by others, or has
    /// no token in it.
    pub fn open(path: &Path) -> Result<Self, TokenError> {
        match Self::read_own(path) {
            Err(TokenError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {}
            other => return other,
        }
        match Self::generate()?.keep(path) {
            Ok(()) => {}
            // Somebody else was faster, whose token it is then.
            Err(source) if source.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(failed(path, source)),
        }
        Self::read_own(path)
    }

    fn read_own(path: &Path) -> Result<Self, TokenError> {
        let token = Self::read(path)?;
        let about = fs::metadata(path).map_err(|source| failed(path, source))?;
        let path = path.to_path_buf();
        match about.uid() == geteuid().as_raw() {
            true => Ok(token),
            false => Err(TokenError::Foreign { path }),
        }
    }

    /// Reads the token from a file.
    ///
    /// # Errors
    ///
    /// The file can't be read, may be read by others, or has no token in it.
    pub fn read(path: &Path) -> Result<Self, TokenError> {
        let file = File::open(path).map_err(|source| failed(path, source))?;
        let about = file.metadata().map_err(|source| failed(path, source))?;
        let path_buf = || path.to_path_buf();
        if about.mode() & 0o077 != 0 {
            let mode = about.mode() & 0o7777;
            let path = path_buf();
            return Err(TokenError::Open { path, mode });
        }
        let mut text = String::new();
        let most = MOST as u64 + 2;
        match io::Read::read_to_string(&mut io::Read::take(file, most), &mut text) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => {}
            Err(source) => return Err(failed(path, source)),
        }
        Self::new(&text).ok_or_else(|| TokenError::Malformed { path: path_buf() })
    }

    /// Whether somebody who says `text` has the token. It takes as long for a wrong one
    /// as for a nearly right one.
    #[must_use]
    pub fn is(&self, text: &[u8]) -> bool {
        self.0.as_bytes().ct_eq(text).into()
    }

    /// The token as text, for whoever is to send it.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.0
    }

    /// Writes it beside and links it, so that nobody reads half a token and no two are
    /// made.
    fn keep(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let beside = tempfile::Builder::new()
            .prefix(".token")
            .make_in(folder, |path| {
                let mut new = OpenOptions::new();
                new.write(true).create_new(true).mode(0o600).open(path)
            })?;
        let (mut file, beside) = beside.into_parts();
        file.write_all(self.0.as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::hard_link(&beside, path)?;
        File::open(folder)?.sync_all()
    }
}

fn failed(path: &Path, source: io::Error) -> TokenError {
    TokenError::Io {
        path: path.to_path_buf(),
        source,
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn it_is_made_once_and_for_its_user_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("data/token");
        let token = Token::open(&path).unwrap();
        assert_eq!(token.secret().len(), 43);
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, 0o600);
        let again = Token::open(&path).unwrap();
        assert!(again.is(token.secret().as_bytes()));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
        assert!(!Token::generate().unwrap().is(token.secret().as_bytes()));
    }

    #[test]
    fn only_all_of_it_is_it() {
        let token = Token::generate().unwrap();
        let secret = token.secret().as_bytes();
        assert!(token.is(secret));
        assert!(!token.is(b""));
        assert!(!token.is(&secret[1..]));
        assert!(!token.is(&[secret, b"a"].concat()));
        assert!(!token.is(&secret.to_ascii_uppercase()));
        assert!(!format!("{token:?}").contains(token.secret()));
    }

    #[test]
    fn many_who_begin_at_once_have_one_token() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        let tokens: Vec<String> = std::thread::scope(|scope| {
            let open = || scope.spawn(|| Token::open(&path).unwrap().0);
            let threads: Vec<_> = (0..8).map(|_| open()).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        assert!(tokens.iter().all(|token| *token == tokens[0]));
    }

    #[test]
    fn a_file_that_others_read_or_without_a_token_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("token");
        fs::write(&path, "a-token-that-is-long-enough\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let error = Token::open(&path).unwrap_err().to_string();
        assert!(error.contains("whose mode is 640"), "{error}");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert!(Token::open(&path).is_ok());
        if geteuid().is_root() {
            std::os::unix::fs::chown(&path, Some(1), None).unwrap();
            assert!(Token::read(&path).is_ok());
            assert!(matches!(
                Token::open(&path),
                Err(TokenError::Foreign { .. })
            ));
            std::os::unix::fs::chown(&path, Some(0), None).unwrap();
        }
        for bad in [
            "",
            "short",
            "two\nlines of some length",
            "a".repeat(600).as_str(),
        ] {
            fs::write(&path, bad).unwrap();
            assert!(
                matches!(Token::open(&path), Err(TokenError::Malformed { .. })),
                "{bad}"
            );
        }
        fs::write(&path, [0xff; 40]).unwrap();
        assert!(matches!(
            Token::open(&path),
            Err(TokenError::Malformed { .. })
        ));
    }
}
