//! What a certificate says: when it is valid, and for which names (RFC 5280).

use std::time::{Duration, SystemTime, UNIX_EPOCH};
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// What matters of a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) not_before: SystemTime,
    pub(super) not_after: SystemTime,
    /// In lower case; the first label may be `*`. A common name isn't among them: no
    /// browser takes it for a host's (RFC 9525 section 2).
    pub(super) names: Vec<String>,
}

impl Facts {
    /// # Errors
    ///
    /// It isn't a certificate.
    pub(super) fn of(der: &[u8]) -> Result<Self, String> {
        let certificate = Certificate::from_der(der).map_err(|error| error.to_string())?;
        let certificate = certificate.tbs_certificate();
        let alternatives = certificate
            .get_extension::<SubjectAltName>()
            .map_err(|error| error.to_string())?;
        let alternatives = alternatives.map(|(_, names)| names.0).unwrap_or_default();
        let validity = certificate.validity();
        Ok(Self {
            not_before: UNIX_EPOCH + validity.not_before.to_unix_duration(),
            not_after: UNIX_EPOCH + validity.not_after.to_unix_duration(),
            names: alternatives.iter().filter_map(dns_name).collect(),
        })
    }

    /// The first moment of its time, for people.
    pub(super) fn from(&self) -> String {
        time(self.not_before)
    }

    /// The last moment of its time, for people.
    pub(super) fn until(&self) -> String {
        time(self.not_after)
    }
}

fn dns_name(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    }
}

fn time(at: SystemTime) -> String {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    let seconds = i64::try_from(seconds.as_secs()).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_second(seconds).unwrap_or(jiff::Timestamp::MAX);
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
