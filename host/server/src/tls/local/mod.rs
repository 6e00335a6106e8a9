//! HTTPS on a developer's machine: an authority that is this machine's own, and a
//! certificate for each local name that a client asks for.
//!
//! 1. [`store`] finds the authority's key and certificate in the user's folder, or has
//!    [`authority`] make them.
//! 2. A client asks for a name. If the authority may vouch for it, [`leaf`] signs a
//!    certificate, which is kept for the next client until it is half as old as it may
//!    get.
//!
//! # What the authority can do
//!
//! Browsers that trust it trust it for local names and loopback addresses, and for
//! nothing else: its certificate says so (name constraints, RFC 5280 section 4.2.1.10),
//! and Chromium, Firefox, OpenSSL, GnuTLS and Go hold it to that. Whoever steals its key
//! can't pretend to be a bank.

mod authority;
mod leaf;
mod store;

use super::error::TlsError;
use super::options::LocalAuthority;
use authority::Authority;
use leaf::Leaf;
use rcgen::KeyPair;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, SigningKey};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::SystemTime;

/// How many names' certificates are kept: clients may ask for any number of names. One
/// more takes some 100 microseconds to sign.
const MAX_LEAVES: usize = 256;

impl LocalAuthority {
    /// Makes the authority, if there is none. Returns its name, which no other has.
    ///
    /// # Errors
    ///
    /// It can't be made, or the one that is there can't be used.
    pub fn ensure(&self) -> Result<String, TlsError> {
        Ok(store::open(self, SystemTime::now())?.name())
    }
}

/// Makes certificates as they are asked for.
#[derive(Debug)]
pub(super) struct LocalCertificates {
    authority: Authority,
    /// One for all: it lives as long as this process.
    key: KeyPair,
    signing: Arc<dyn SigningKey>,
    /// By name; the empty name is for clients that ask for none.
    leaves: Mutex<HashMap<String, Leaf>>,
}

impl LocalCertificates {
    /// # Errors
    ///
    /// There is no authority, and none can be made; or it can't be used.
    pub(super) fn open(options: &LocalAuthority) -> Result<Self, TlsError> {
        let authority = store::open(options, SystemTime::now())?;
        let failed = |error: rcgen::Error| TlsError::Rustls(error.to_string());
        let key = KeyPair::generate().map_err(failed)?;
        Ok(Self {
            authority,
            signing: leaf::signing_key(&key)?,
            key,
            leaves: Mutex::default(),
        })
    }

    /// The certificate for a name. None: the authority may not vouch for it.
    fn find(&self, name: &str, now: SystemTime) -> Option<Arc<CertifiedKey>> {
        if !name.is_empty() && !self.authority.may_vouch_for(name) {
            return None;
        }
        let mut leaves = self.leaves.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(leaf) = leaves.get(name).filter(|leaf| leaf.is_fresh(now)) {
            return Some(Arc::clone(&leaf.key));
        }
        let signed = Leaf::sign(&self.authority, name, &self.key, &self.signing, now);
        let leaf = signed
            .inspect_err(|error| tracing::error!("cannot make a certificate: {error}"))
            .ok()?;
        let key = Arc::clone(&leaf.key);
        if leaves.len() >= MAX_LEAVES && !leaves.contains_key(name) {
            forget_oldest(&mut leaves);
        }
        leaves.insert(name.to_owned(), leaf);
        Some(key)
    }
}

fn forget_oldest(leaves: &mut HashMap<String, Leaf>) {
    let oldest = leaves.iter().min_by_key(|(_, leaf)| leaf.made);
    if let Some(name) = oldest.map(|(name, _)| name.clone()) {
        leaves.remove(&name);
    }
}

impl ResolvesServerCert for LocalCertificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let name = hello.server_name().unwrap_or_default();
        let name = name.trim_end_matches('.').to_ascii_lowercase();
        self.find(&name, SystemTime::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tls::facts::Facts;
    use std::time::Duration;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    fn opened(folder: &tempfile::TempDir) -> LocalCertificates {
        let folder = folder.path().join("new");
        LocalCertificates::open(&LocalAuthority { folder }).unwrap()
    }

    fn facts(key: &CertifiedKey) -> Facts {
        Facts::of(&key.cert[0]).unwrap()
    }

    #[test]
    fn each_local_name_has_a_certificate_and_no_other_has() {
        let folder = tempfile::tempdir().unwrap();
        let certificates = opened(&folder);
        let now = SystemTime::now();
        for name in ["localhost", "pr-7.localhost", "a.b.test", "test"] {
            let key = certificates.find(name, now).unwrap();
            key.keys_match().unwrap();
            assert_eq!(facts(&key).names, [name]);
        }
        let unnamed = certificates.find("", now).unwrap();
        assert_eq!(facts(&unnamed).names, ["localhost"]);
        for name in [
            "example.com",
            "localhost.example.com",
            "notlocalhost",
            "atest",
            "com",
            ".",
        ] {
            assert!(certificates.find(name, now).is_none(), "{name}");
        }
    }

    #[test]
    fn a_certificate_is_kept_and_made_anew_in_time() {
        let folder = tempfile::tempdir().unwrap();
        let certificates = opened(&folder);
        let now = SystemTime::now();
        let first = certificates.find("localhost", now).unwrap();
        let again = certificates.find("localhost", now + DAY).unwrap();
        assert!(Arc::ptr_eq(&first, &again));
        let Facts {
            not_before,
            not_after,
            ..
        } = facts(&first);
        assert!(not_before <= now && not_after.duration_since(not_before).unwrap() <= 30 * DAY);
        let later = now + 20 * DAY;
        let anew = certificates.find("localhost", later).unwrap();
        assert!(facts(&anew).not_after > not_after);
        // Also when the clock is put back to before it was made.
        let earlier = now - 60 * DAY;
        let back = certificates.find("localhost", earlier).unwrap();
        assert!(facts(&back).not_before <= earlier);
    }

    #[test]
    fn no_number_of_names_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let certificates = opened(&folder);
        let now = SystemTime::now();
        for number in 0..=MAX_LEAVES {
            certificates.find(&format!("n{number}.test"), now).unwrap();
        }
        assert_eq!(certificates.leaves.lock().unwrap().len(), MAX_LEAVES);
    }
}
