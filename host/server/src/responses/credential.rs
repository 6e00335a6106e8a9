//! Who may log in, and by which password: a line of an htpasswd file.

use std::ops::RangeInclusive;
use std::str::FromStr;

/// What a hash of bcrypt may cost: as `htpasswd` has it, up to about a second in the
/// sandbox.
const BCRYPT_COSTS: RangeInclusive<u32> = 4..=14;

/// How many rounds a hash of SHA-crypt may have, with the same bound.
const SHA_ROUNDS: RangeInclusive<u32> = 1000..=1_000_000;

/// A user and the hash of a password, as `htpasswd` writes them: bcrypt (`-B`), or
/// SHA-crypt (`-2`, `-5`).
#[derive(Clone, PartialEq, Eq)]
pub struct Credential(String);

/// Why a text isn't a user and a hash. It never has the text itself, which may be a
/// password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CredentialError {
    /// There is no colon, nothing before it, or a character that no user's name has.
    #[error("give it as USER:HASH, as `htpasswd -nB USER` prints it")]
    User,
    /// It isn't a hash of a kind that is known.
    #[error("this isn't a bcrypt or SHA-crypt hash; make one by `htpasswd -nB USER`")]
    Hash,
    /// It would take too long to check, or hardly any time to guess.
    #[error("its cost is {0}, where {1} to {2} are allowed; make one by `htpasswd -nB USER`")]
    Cost(u32, u32, u32),
}

impl FromStr for Credential {
    type Err = CredentialError;

    fn from_str(text: &str) -> Result<Self, CredentialError> {
        let (user, hash) = text.split_once(':').ok_or(CredentialError::User)?;
        // It stands in a variable and in the log.
        if user.is_empty() || user.chars().any(char::is_control) {
            return Err(CredentialError::User);
        }
        match hash.get(..4) {
            Some("$2a$" | "$2b$" | "$2y$") => check_bcrypt(hash),
            Some(start) if start.starts_with("$5$") => check_sha(&hash[3..], 43),
            Some(start) if start.starts_with("$6$") => check_sha(&hash[3..], 86),
            _ => Err(CredentialError::Hash),
        }?;
        Ok(Self(text.to_owned()))
    }
}

impl Credential {
    /// `user:hash`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user's name.
    #[must_use]
    pub fn user(&self) -> &str {
        self.0.split_once(':').map_or("", |(user, _)| user)
    }
}

/// Without the hash, which is nobody's to read.
impl std::fmt::Debug for Credential {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_tuple("Credential")
            .field(&self.user())
            .finish()
    }
}

/// `$2y$10$`, 22 letters of salt and 31 of hash.
fn check_bcrypt(hash: &str) -> Result<(), CredentialError> {
    let (cost, rest) = hash[4..].split_once('$').ok_or(CredentialError::Hash)?;
    let digits = cost.len() == 2 && cost.bytes().all(|byte| byte.is_ascii_digit());
    if !digits || rest.len() != 53 || !rest.bytes().all(is_letter) {
        return Err(CredentialError::Hash);
    }
    check_cost(cost, &BCRYPT_COSTS)
}

/// `rounds=5000$`, which may be absent, a salt, and so many letters of hash.
fn check_sha(rest: &str, length: usize) -> Result<(), CredentialError> {
    let mut parts: Vec<_> = rest.split('$').collect();
    let rounds = parts[0].strip_prefix("rounds=");
    if rounds.is_some() {
        parts.remove(0);
    }
    let &[salt, hash] = parts.as_slice() else {
        return Err(CredentialError::Hash);
    };
    let letters = salt.bytes().chain(hash.bytes()).all(is_letter);
    if hash.len() != length || !(1..=16).contains(&salt.len()) || !letters {
        return Err(CredentialError::Hash);
    }
    rounds.map_or(Ok(()), |rounds| check_cost(rounds, &SHA_ROUNDS))
}

fn check_cost(text: &str, allowed: &RangeInclusive<u32>) -> Result<(), CredentialError> {
    let cost = text.parse().map_err(|_| CredentialError::Hash)?;
    if allowed.contains(&cost) {
        return Ok(());
    }
    Err(CredentialError::Cost(
        cost,
        *allowed.start(),
        *allowed.end(),
    ))
}

/// Of the alphabet of both.
fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    const BCRYPT: &str = "$2y$05$tbChas9hWpmN.5ySKLJdFu9u89bxPtgbA8.VzbkrtF2y0WfLuLlSy";
    const SHA_256: &str = "$5$SjCndLc4g9mvXkC1$yQIowj4Yy7G8pmyaNmDSbHrCe4VEIep9MyBeNyvpX/0";
    const SHA_512: &str = "$6$CXN.t63rxjYDz1uA$voAIB63D4zWCViKJdA5GdPP1oPUKpBqjHQaOvgoPbC/91kv9DZTNNN7jrKi1jf6kE3qpfHRkJC0T3ene7qr7p0";

    fn parse(text: &str) -> Result<Credential, CredentialError> {
        text.parse()
    }

    #[test]
    fn what_htpasswd_makes_is_taken() {
        let rounds = SHA_256.replace("$5$", "$5$rounds=100000$");
        for hash in [BCRYPT, SHA_256, SHA_512, &rounds] {
            let credential = parse(&format!("j\u{fc}rgen:{hash}")).expect(hash);
            assert_eq!(credential.user(), "j\u{fc}rgen");
            assert!(!format!("{credential:?}").contains(&hash[8..]));
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for text in ["", "user", ":", "a\nb:x", &format!(":{BCRYPT}")] {
            assert_eq!(parse(text), Err(CredentialError::User), "{text:?}");
        }
        let apache = "$apr1$hu7CpAga$vUdlJJ0bPT9E3/CidvZS21";
        let sha_1 = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=";
        for hash in [
            "secret",
            "",
            "$2y$",
            "$5$",
            "$6$x",
            "$2y$05$\u{e4}",
            apache,
            sha_1,
        ] {
            assert_eq!(
                parse(&format!("user:{hash}")),
                Err(CredentialError::Hash),
                "{hash:?}"
            );
        }
        for hash in [BCRYPT, SHA_256, SHA_512] {
            for cut in 0..hash.len() {
                assert!(
                    parse(&format!("user:{}", &hash[..cut])).is_err(),
                    "{hash} {cut}"
                );
            }
            assert!(parse(&format!("user:{hash}x")).is_err());
            assert!(parse(&format!("user:{hash}:x")).is_err());
        }
    }

    #[test]
    fn a_hash_that_takes_too_long_is_refused() {
        for cost in ["03", "15", "31", "99"] {
            let hash = BCRYPT.replace("$05$", &format!("${cost}$"));
            let refused = parse(&format!("user:{hash}"));
            assert!(matches!(refused, Err(CredentialError::Cost(..))), "{cost}");
        }
        for rounds in ["0", "999", "1000001", "999999999"] {
            let hash = SHA_512.replace("$6$", &format!("$6$rounds={rounds}$"));
            let refused = parse(&format!("user:{hash}"));
            assert!(
                matches!(refused, Err(CredentialError::Cost(..))),
                "{rounds}"
            );
        }
    }
}
