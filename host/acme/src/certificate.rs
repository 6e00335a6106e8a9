//! A certificate with its key, as it is kept and handed on: in one text, so that nobody
//! ever has one without the other.

use crate::domain::Domain;
use rustls::crypto::ring::sign::any_supported_type;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// How far another machine's clock may be ahead.
const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);

/// A certificate and its key.
#[derive(Debug, Clone)]
pub struct Issued {
    pem: String,
    key: Arc<CertifiedKey>,
    not_before: SystemTime,
    not_after: SystemTime,
}

impl Issued {
    /// Reads both from PEM: the key, the certificate for that name, and those that it
    /// was issued by.
    ///
    /// # Errors
    ///
    /// One of them is missing or damaged, is for other names, or the two don't belong
    /// together.
    pub fn read(pem: &str, domain: &Domain) -> Result<Self, String> {
        let key = PrivateKeyDer::from_pem_slice(pem.as_bytes())
            .map_err(|error| format!("there is no key: {error}"))?;
        let chain = CertificateDer::pem_slice_iter(pem.as_bytes()).collect::<Result<Vec<_>, _>>();
        let chain = chain.map_err(|error| format!("the certificate is damaged: {error}"))?;
        let first = chain.first().ok_or("there is no certificate")?;
        let first = Certificate::from_der(first)
            .map_err(|error| format!("the certificate is damaged: {error}"))?;
        let first = first.tbs_certificate();
        if !names(first).iter().any(|name| name == domain.as_str()) {
            return Err(format!("it isn't for {domain}"));
        }
        let validity = first.validity();
        let (not_before, not_after) = (
            UNIX_EPOCH + validity.not_before.to_unix_duration(),
            UNIX_EPOCH + validity.not_after.to_unix_duration(),
        );
        let key = any_supported_type(&key).map_err(|error| error.to_string())?;
        let key = CertifiedKey::new(chain, key);
        key.keys_match().map_err(|error| error.to_string())?;
        Ok(Self {
            pem: pem.to_owned(),
            key: Arc::new(key),
            not_before,
            not_after,
        })
    }

    /// # Errors
    ///
    /// Its time is over, or hasn't come.
    pub(crate) fn check_time(&self, now: SystemTime) -> Result<(), String> {
        if now > self.not_after {
            return Err(format!("it was valid until {}", time(self.not_after)));
        }
        if now + CLOCK_SKEW < self.not_before {
            return Err(format!(
                "it will be valid from {}; is this machine's clock right?",
                time(self.not_before)
            ));
        }
        Ok(())
    }

    /// The text that it was read from.
    pub(crate) fn pem(&self) -> &str {
        &self.pem
    }

    /// As a handshake takes it.
    #[must_use]
    pub fn certified_key(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.key)
    }

    /// The first moment of its time, and the last.
    pub(crate) fn validity(&self) -> (SystemTime, SystemTime) {
        (self.not_before, self.not_after)
    }

    /// The last moment of its time, for people.
    pub(crate) fn until(&self) -> String {
        time(self.not_after)
    }
}

fn names(certificate: &x509_cert::TbsCertificate) -> Vec<String> {
    let names = certificate.get_extension::<SubjectAltName>();
    let names = names.ok().flatten().map(|(_, names)| names.0);
    let names = names.unwrap_or_default();
    let names = names.iter().filter_map(|name| match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    });
    names.collect()
}

/// A moment, for people.
pub(crate) fn time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rcgen::{CertificateParams, KeyPair};

    fn pem(name: &str, key: &KeyPair, shown: &KeyPair) -> String {
        let params = CertificateParams::new([name.to_owned()]).unwrap();
        let certificate = params.self_signed(key).unwrap();
        format!("{}{}", shown.serialize_pem(), certificate.pem())
    }

    #[test]
    fn only_what_can_be_served_for_the_name_is_read() {
        let domain: Domain = "a.example".parse().unwrap();
        let [key, other] = [(); 2].map(|()| KeyPair::generate().unwrap());
        let right = pem("A.example", &key, &key);
        Issued::read(&right, &domain).unwrap();
        for (text, reason) in [
            (pem("b.example", &key, &key), "isn't for a.example"),
            (pem("a.example", &key, &other), "KeyMismatch"),
            (String::new(), "no key"),
            (key.serialize_pem(), "no certificate"),
            (right.replace("MII", "M!I"), "is damaged"),
            (right[..right.len() - 40].to_owned(), "certificate"),
        ] {
            let refused = Issued::read(&text, &domain).unwrap_err();
            assert!(refused.contains(reason), "{reason}: {refused}");
        }
    }
}
