//! The authority: its key, its certificate, and for which names that lets it vouch.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, CidrSubnet, DnType, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints,
};
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::NameConstraints as ReadConstraints;
use x509_cert::ext::pkix::name::GeneralName;

/// How long it is good for: browsers bound those of certificates that they trust of
/// themselves, and not of a user's own.
const LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// How far another machine's clock may be behind.
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(60 * 60);

/// Local by what they are (RFC 6761 section 6), each with all names beneath.
const LOCAL: [&str; 2] = ["localhost", "test"];

/// An authority that can sign.
#[derive(Debug)]
pub(super) struct Authority {
    pub(super) issuer: Issuer<'static, KeyPair>,
    /// Names for which it may vouch, with all beneath.
    permitted: Vec<String>,
}

impl Authority {
    /// Of an authority that was made here, with its certificate.
    ///
    /// # Errors
    ///
    /// It isn't one of ours.
    pub(super) fn read(key: KeyPair, certificate: &[u8]) -> Result<Self, String> {
        Ok(Self {
            permitted: permitted(certificate)?,
            issuer: Issuer::new(params(&key), key),
        })
    }

    /// What its certificate calls it.
    pub(super) fn name(&self) -> String {
        name(self.issuer.key())
    }

    /// Whether its certificate lets it. In lower case.
    pub(super) fn may_vouch_for(&self, name: &str) -> bool {
        let mut permitted = self.permitted.iter();
        permitted.any(|of| {
            name.strip_suffix(of.as_str())
                .is_some_and(|rest| rest.is_empty() || (rest.len() > 1 && rest.ends_with('.')))
        })
    }
}

/// A new key, and its certificate, both in PEM.
///
/// # Errors
///
/// The system has no randomness.
pub(super) fn make(now: SystemTime) -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = params(&key);
    params.not_before = OffsetDateTime::from(now - CLOCK_SKEW);
    params.not_after = OffsetDateTime::from(now + LIFETIME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    let host = rustix::system::uname();
    let names = names(&host.nodename().to_string_lossy());
    let names = names.into_iter().map(GeneralSubtree::DnsName);
    let loopback = [
        CidrSubnet::from_v4_prefix([127, 0, 0, 0], 8),
        CidrSubnet::from_v6_prefix(std::net::Ipv6Addr::LOCALHOST.octets(), 128),
    ];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: names
            .chain(loopback.map(GeneralSubtree::IpAddress))
            .collect(),
        excluded_subtrees: Vec::new(),
    });
    let issuer = CertifiedIssuer::self_signed(params, key)?;
    Ok((issuer.key().serialize_pem(), issuer.pem()))
}

/// Its key decides, so that two authorities are never taken for each other.
fn name(key: &KeyPair) -> String {
    let id = CertificateParams::default().key_identifier(key);
    let id = id.iter().take(4).map(|byte| format!("{byte:02x}"));
    format!("wasm-host local authority {}", id.collect::<String>())
}

/// What a certificate that it signs says of it.
fn params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params
        .distinguished_name
        .push(DnType::CommonName, name(key));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
}

/// Names that are this machine's alone. A constraint takes all beneath a name with it:
/// a machine that is called `dev` would make this an authority for a whole top-level
/// domain, so that a name without a dot counts in `.local` only (RFC 6762 section 3).
fn names(host: &str) -> Vec<String> {
    let host = host.to_ascii_lowercase();
    let is_name = |it: &str| {
        let good = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        !it.is_empty()
            && it
                .split('.')
                .all(|label| !label.is_empty() && label.bytes().all(good))
    };
    let first = host.split('.').next().unwrap_or_default();
    let own = [host.clone(), format!("{first}.local")];
    let own = own.into_iter().filter(|it| it.contains('.') && is_name(it));
    // Four numbers are an address.
    let own = own.filter(|it| it.parse::<std::net::IpAddr>().is_err());
    let mut names: Vec<String> = LOCAL.map(str::to_owned).into_iter().chain(own).collect();
    names.dedup();
    names
}

/// The names of a certificate's constraints.
fn permitted(certificate: &[u8]) -> Result<Vec<String>, String> {
    let certificate = Certificate::from_der(certificate).map_err(|error| error.to_string())?;
    let constraints = certificate
        .tbs_certificate()
        .get_extension::<ReadConstraints>()
        .map_err(|error| error.to_string())?;
    let permitted = constraints.and_then(|(_, it)| it.permitted_subtrees);
    let permitted = permitted.ok_or("it isn't one that wasm-host made")?;
    let names = permitted.into_iter().filter_map(|tree| match tree.base {
        GeneralName::DnsName(name) => Some(name.as_str().to_ascii_lowercase()),
        _ => None,
    });
    Ok(names.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machines_name_is_local_if_it_is_nobody_elses() {
        let local = |host: &str| names(host)[2..].to_vec();
        assert_eq!(local("Laptop"), ["laptop.local"]);
        assert_eq!(local("dev"), ["dev.local"]);
        assert_eq!(local("a.example.org"), ["a.example.org", "a.local"]);
        assert_eq!(local("laptop.local"), ["laptop.local"]);
        for none in ["", ".", "a_b", "(none)", "a..b"] {
            assert!(
                !local(none).iter().any(|it| it.contains(['_', '('])),
                "{none}"
            );
        }
        assert_eq!(local("10.0.0.1"), ["10.local"]);
    }
}
