//! The password that a deploy's visitors need: it leaves this machine as a hash only.

use super::failure::Failure;
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use rustls::crypto::ring;

/// How much work a guess is: each visitor's login is the same work for the server.
const COST: u32 = 10;

/// How much of a password bcrypt looks at, in bytes. A longer one would be accepted with
/// another end.
const LONGEST: usize = 71;

/// The password's hash, as `htpasswd -B` makes it: `$2y$10$…`.
///
/// # Errors
///
/// The password is empty, too long, or has a NUL in it, which ends it for bcrypt.
pub(super) fn hash(password: &str) -> Result<String, Failure> {
    let wrong = match password.len() {
        0 => Some("the password is empty".to_owned()),
        length if length > LONGEST => Some(format!(
            "the password has {length} bytes, {LONGEST} is the most that counts"
        )),
        _ if password.contains('\0') => Some("there is a NUL in the password".to_owned()),
        _ => None,
    };
    if let Some(wrong) = wrong {
        return Err(Failure::Usage(wrong + "; choose another"));
    }
    let mut salt = [0; 16];
    let random = ring::default_provider().secure_random;
    let no_random = |_| Failure::Usage("the system has no random numbers for a hash".to_owned());
    random.fill(&mut salt).map_err(no_random)?;
    Ok(salted(password, salt))
}

fn salted(password: &str, salt: [u8; 16]) -> String {
    let engine = GeneralPurpose::new(&BCRYPT, NO_PAD);
    let ended = [password.as_bytes(), &[0]].concat();
    let made = bcrypt::bcrypt(COST, salt, &ended);
    let (salt, made) = (engine.encode(salt), engine.encode(&made[..23]));
    format!("$2y${COST:02}${salt}{made}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_what_others_make() {
        // By libxcrypt: perl -e 'print crypt("secret", q($2y$10$KBCwKxOzLha2MUDgW0PjXe))'.
        let made = "$2y$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2";
        assert_eq!(salted("secret", *b"0123456789abcdef"), made);
    }

    #[test]
    fn a_salt_is_used_once() {
        assert_ne!(hash("secret").unwrap(), hash("secret").unwrap());
    }

    #[test]
    fn what_bcrypt_would_cut_is_refused() {
        for bad in [String::new(), "a".repeat(72), "a\0b".to_owned()] {
            assert!(hash(&bad).is_err(), "{bad:?}");
        }
        assert!(hash(&"a".repeat(71)).is_ok());
    }
}
