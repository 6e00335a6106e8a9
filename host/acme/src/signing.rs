//! An account's key, and what it signs (RFC 7515, as RFC 8555 section 6.2 has it).

use crate::challenge::base64_url;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

/// The key by which an authority knows an account: ECDSA with P-256.
pub(crate) struct AccountKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    pkcs8: Vec<u8>,
}

impl AccountKey {
    /// A new one.
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub(crate) fn generate() -> Result<Self, String> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random);
        Self::read(pkcs8.map_err(|error| error.to_string())?.as_ref())
    }

    /// # Errors
    ///
    /// It is no such key.
    pub(crate) fn read(pkcs8: &[u8]) -> Result<Self, String> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random);
        Ok(Self {
            pair: pair.map_err(|error| error.to_string())?,
            random,
            pkcs8: pkcs8.to_vec(),
        })
    }

    /// PKCS#8.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The public half (RFC 7518 section 6.2.1).
    pub(crate) fn public(&self) -> Value {
        let [x, y] = self.coordinates();
        json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y })
    }

    /// Of the public half: its names in order, and no space (RFC 7638 section 3).
    pub(crate) fn thumbprint(&self) -> String {
        let [x, y] = self.coordinates();
        let text = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        base64_url(digest(&SHA256, text.as_bytes()))
    }

    /// The two halves of a point that isn't compressed (SEC 1 section 2.3.3).
    fn coordinates(&self) -> [String; 2] {
        let point = self.pair.public_key().as_ref();
        let (x, y) = point[1..].split_at((point.len() - 1) / 2);
        [base64_url(x), base64_url(y)]
    }

    /// A signed message. Without content it asks for what is there (POST-as-GET, RFC
    /// 8555 section 6.3).
    ///
    /// # Errors
    ///
    /// The system gives no random numbers.
    pub(crate) fn sign(
        &self,
        protected: &Value,
        content: Option<&Value>,
    ) -> Result<Vec<u8>, String> {
        let protected = base64_url(protected.to_string());
        let content = content.map(|it| base64_url(it.to_string()));
        let content = content.unwrap_or_default();
        let signed = format!("{protected}.{content}");
        let signature = self.pair.sign(&self.random, signed.as_bytes());
        let signature = signature.map_err(|error| error.to_string())?;
        let message = json!({
            "protected": protected,
            "payload": content,
            "signature": base64_url(signature),
        });
        Ok(message.to_string().into_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

    #[test]
    fn a_key_is_the_same_when_it_is_read_again() {
        let key = AccountKey::generate().unwrap();
        let again = AccountKey::read(key.bytes()).unwrap();
        assert_eq!(key.public(), again.public());
        assert_eq!(key.thumbprint(), again.thumbprint());
        assert_eq!(key.thumbprint().len(), 43);
        assert!(AccountKey::read(b"other").is_err());
    }

    #[test]
    fn what_is_signed_can_be_verified() {
        let key = AccountKey::generate().unwrap();
        let signed = key.sign(&json!({ "alg": "ES256" }), None).unwrap();
        let signed: Value = serde_json::from_slice(&signed).unwrap();
        assert_eq!(signed["payload"], "");
        let text = format!("{}.", signed["protected"].as_str().unwrap());
        let signature = signed["signature"].as_str().unwrap();
        let signature = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, signature);
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.pair.public_key())
            .verify(text.as_bytes(), &signature.unwrap())
            .unwrap();
    }
}
