//! Passwords and their hashes, as Apache's `htpasswd` makes them.

use super::same;
use base64::Engine;
use base64::alphabet::BCRYPT;
use base64::engine::{GeneralPurpose, general_purpose::NO_PAD};
use sha_crypt::password_hash::PasswordVerifier;
use sha_crypt::{PasswordHashRef, ShaCrypt};

/// How much of a password bcrypt looks at, with the NUL at its end.
const BCRYPT_LENGTH: usize = 72;

/// Whether a password has this hash. Compared in constant time.
pub(super) fn matches(password: &[u8], hash: &str) -> bool {
    if hash.starts_with("$2") {
        return matches_bcrypt(password, hash).unwrap_or(false);
    }
    let hash = PasswordHashRef::new(hash);
    hash.is_ok_and(|hash| ShaCrypt::default().verify_password(password, hash).is_ok())
}

/// `$2y$10$`, then 22 letters of salt and 31 of hash. None if it isn't so.
fn matches_bcrypt(password: &[u8], hash: &str) -> Option<bool> {
    let engine = GeneralPurpose::new(&BCRYPT, NO_PAD);
    let cost = hash.get(4..6)?.parse().ok()?;
    let mut salt = [0; 16];
    let mut expected = [0; 23];
    let read = engine.decode_slice(hash.get(7..29)?, &mut salt).ok()?;
    let read = read + engine.decode_slice(hash.get(29..)?, &mut expected).ok()?;
    if read != salt.len() + expected.len() || !(4..=31).contains(&cost) {
        return None;
    }
    let mut password = password.to_vec();
    password.push(0);
    password.truncate(BCRYPT_LENGTH);
    let made = bcrypt::bcrypt(cost, salt, &password);
    Some(same(&made[..expected.len()], &expected))
}
