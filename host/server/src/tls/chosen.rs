//! Which of several certificates a client is shown: by the name that it asks for (SNI,
//! RFC 6066 section 3).

use super::files::Loaded;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use std::collections::HashMap;
use std::sync::Arc;

/// Certificates by their names.
#[derive(Debug)]
pub(super) struct ByName {
    /// For clients that ask for no name, or for another.
    first: Arc<CertifiedKey>,
    /// In the order of the options: there may be several of different kinds of keys.
    by_name: HashMap<String, Vec<Arc<CertifiedKey>>>,
}

impl ByName {
    pub(super) fn new(first: Loaded, others: Vec<Loaded>) -> Self {
        let default = Arc::clone(&first.key);
        let mut by_name: HashMap<String, Vec<_>> = HashMap::new();
        for Loaded { key, names } in std::iter::once(first).chain(others) {
            for name in names {
                by_name.entry(name).or_default().push(Arc::clone(&key));
            }
        }
        Self {
            first: default,
            by_name,
        }
    }

    /// Those for a name, if there are any. A wildcard stands for one label (RFC 9525
    /// section 6.3), and a certificate of the very name comes before it.
    fn named(&self, name: &str) -> Option<&[Arc<CertifiedKey>]> {
        let name = name.to_ascii_lowercase();
        let exact = self.by_name.get(&name);
        let wildcard = || self.by_name.get(&format!("*.{}", name.split_once('.')?.1));
        exact.or_else(wildcard).map(Vec::as_slice)
    }
}

impl ResolvesServerCert for ByName {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let candidates = hello.server_name().and_then(|name| self.named(name));
        let candidates = candidates.unwrap_or(std::slice::from_ref(&self.first));
        let schemes = hello.signature_schemes();
        let understood = candidates
            .iter()
            .find(|it| it.key.choose_scheme(schemes).is_some());
        Some(Arc::clone(understood.or(candidates.first())?))
    }
}
