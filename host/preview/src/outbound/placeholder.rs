//! What a site's code has in place of a secret, and how that becomes the secret.

use super::grant::HiddenSecret;
use http::{HeaderMap, HeaderValue};
use ring::rand::{SecureRandom, SystemRandom};
use std::io;

/// What every placeholder begins with, so that people know one when they see it.
const BEGINS: &str = "wasm-host-secret-";

/// So much of it is random, in bytes: it can't be guessed by who isn't told.
const RANDOM: usize = 16;

/// Makes one that no other runner has.
///
/// # Errors
///
/// The system has no random numbers.
pub(crate) fn placeholder() -> io::Result<String> {
    let mut random = [0; RANDOM];
    let filled = SystemRandom::new().fill(&mut random);
    filled.map_err(|_| io::Error::other("the system has no random numbers"))?;
    let digits = random.iter().map(|byte| format!("{byte:02x}"));
    Ok(digits.fold(BEGINS.to_owned(), |text, digits| text + &digits))
}

/// Puts secrets in the place of their placeholders, wherever these are in a value.
///
/// # Errors
///
/// The name of a field that a secret can't be put into, as it isn't a line of text.
pub(super) fn fill(fields: &mut HeaderMap, secrets: &[&HiddenSecret]) -> Result<(), String> {
    for (name, value) in fields.iter_mut() {
        for secret in secrets {
            let with = replaced(value.as_bytes(), &secret.placeholder, &secret.value);
            let Some(with) = with else { continue };
            let filled = HeaderValue::from_bytes(&with);
            *value = filled.map_err(|_| name.as_str().to_owned())?;
            value.set_sensitive(true);
        }
    }
    Ok(())
}

/// None: there is nothing to replace.
fn replaced(text: &[u8], placeholder: &str, value: &str) -> Option<Vec<u8>> {
    let placeholder = placeholder.as_bytes();
    let find = |text: &[u8]| {
        let mut windows = text.windows(placeholder.len());
        windows.position(|window| window == placeholder)
    };
    let mut at = find(text)?;
    let (mut rest, mut with) = (text, Vec::new());
    loop {
        with.extend_from_slice(&rest[..at]);
        with.extend_from_slice(value.as_bytes());
        rest = &rest[at + placeholder.len()..];
        match find(rest) {
            Some(next) => at = next,
            None => break,
        }
    }
    with.extend_from_slice(rest);
    Some(with)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(value: &str) -> HiddenSecret {
        HiddenSecret {
            placeholder: placeholder().expect("random numbers"),
            value: value.to_owned(),
            hosts: Vec::new(),
        }
    }

    #[test]
    fn placeholders_become_secrets_wherever_they_are() {
        let (one, two) = (secret("s3cret"), secret("other"));
        assert_ne!(one.placeholder, two.placeholder);
        let mut fields = HeaderMap::new();
        let text = format!(
            "Bearer {}, {}{}!",
            one.placeholder, two.placeholder, one.placeholder
        );
        fields.insert("authorization", text.parse().expect("a value"));
        fields.insert("x-plain", HeaderValue::from_static("wasm-host-secret-"));
        fill(&mut fields, &[&one, &two]).expect("lines of text");
        assert_eq!(fields["authorization"], "Bearer s3cret, others3cret!");
        assert_eq!(fields["x-plain"], "wasm-host-secret-");
    }

    #[test]
    fn no_field_is_smuggled_in() {
        let secret = secret("a\r\nX-Other: b");
        let mut fields = HeaderMap::new();
        fields.insert("x-key", secret.placeholder.parse().expect("a value"));
        let failed = fill(&mut fields, &[&secret]);
        assert_eq!(failed, Err("x-key".to_owned()));
    }
}
