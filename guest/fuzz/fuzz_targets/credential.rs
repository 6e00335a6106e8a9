//! A line of an htpasswd file is a user and a hash that can be checked in bounded time,
//! or is refused.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../../host/server/src/responses/credential.rs"]
#[allow(unreachable_pub, reason = "it is public where it is at home")]
mod credential;

use credential::Credential;

fuzz_target!(|line: &str| {
    let Ok(credential) = line.parse::<Credential>() else {
        return;
    };
    assert_eq!(credential.as_str(), line);
    let (user, hash) = line.split_once(':').expect("a user");
    assert_eq!(credential.user(), user);
    assert!(!user.is_empty() && !user.contains(char::is_control));
    assert!(user.contains(hash) || !format!("{credential:?}").contains(hash));
    assert!(hash.is_ascii());
    let number = |text: &str| text.parse::<u32>().expect("a cost");
    match hash.split('$').nth(1) {
        Some("5" | "6") => {
            let rounds = hash.split_once("rounds=");
            let rounds = rounds.and_then(|(_, rest)| rest.split('$').next());
            assert!(rounds.is_none_or(|rounds| number(rounds) <= 1_000_000));
        }
        _ => assert!(number(&hash[4..6]) <= 14),
    }
});
