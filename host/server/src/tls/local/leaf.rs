//! A certificate for a local name.

use super::authority::{Authority, CLOCK_SKEW};
use rcgen::{
    CertificateParams, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::crypto::ring::sign::any_ecdsa_type;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SigningKey};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use time::OffsetDateTime;

/// How long it is good for, from a little before it was made on.
const LIFETIME: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// A certificate, and when it was made.
#[derive(Debug)]
pub(super) struct Leaf {
    pub(super) key: Arc<CertifiedKey>,
    pub(super) made: SystemTime,
}

impl Leaf {
    /// Whether it has half of its time left. Not if it is from the future: the clock was
    /// put right.
    pub(super) fn is_fresh(&self, now: SystemTime) -> bool {
        let age = now.duration_since(self.made);
        age.is_ok_and(|age| age < LIFETIME / 2)
    }

    /// Makes one for a name; for the empty one, of this machine's loopback addresses.
    ///
    /// # Errors
    ///
    /// It can't be signed.
    pub(super) fn sign(
        authority: &Authority,
        name: &str,
        key: &KeyPair,
        signing: &Arc<dyn SigningKey>,
        now: SystemTime,
    ) -> Result<Self, rcgen::Error> {
        let mut params = CertificateParams::default();
        params.not_before = OffsetDateTime::from(now - CLOCK_SKEW);
        params.not_after = OffsetDateTime::from(now - CLOCK_SKEW + LIFETIME);
        params.distinguished_name = rcgen::DistinguishedName::new();
        let subject = "wasm-host on this machine";
        params
            .distinguished_name
            .push(DnType::OrganizationName, subject);
        params.subject_alt_names = alternatives(name)?;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(key, &authority.issuer)?;
        let key = CertifiedKey::new(vec![certificate.into()], Arc::clone(signing));
        Ok(Self {
            key: Arc::new(key),
            made: now,
        })
    }
}

/// For whom a certificate is (RFC 5280 section 4.2.1.6). Who asks for no name goes to an
/// address: names are no addresses (RFC 6066 section 3).
fn alternatives(name: &str) -> Result<Vec<SanType>, rcgen::Error> {
    if !name.is_empty() {
        return Ok(vec![SanType::DnsName(name.try_into()?)]);
    }
    Ok(vec![
        SanType::DnsName("localhost".try_into()?),
        SanType::IpAddress(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        SanType::IpAddress(IpAddr::V6(Ipv6Addr::LOCALHOST)),
    ])
}

/// The same key, as rustls signs with it.
///
/// # Errors
///
/// None that could happen.
pub(super) fn signing_key(key: &KeyPair) -> Result<Arc<dyn SigningKey>, rustls::Error> {
    let der = PrivatePkcs8KeyDer::from(key.serialize_der());
    any_ecdsa_type(&PrivateKeyDer::Pkcs8(der))
}
