//! What a client or a handler says is one line of the log, of bounded length, and
//! stays within its quotes.

#![no_main]

use libfuzzer_sys::fuzz_target;

#[allow(dead_code, reason = "not all of it is used here")]
#[path = "../../../host/src/log_text.rs"]
mod log_text;

fuzz_target!(|input: (u16, u16, &str)| {
    let (times, most, part) = input;
    let text = part.repeat(usize::from(times) % 64 + 1);
    let most = usize::from(most) % 8192 + log_text::USER;

    let bytes = log_text::as_bytes(&text, most);
    assert!(
        bytes.bytes().all(|byte| (b' '..=b'~').contains(&byte)),
        "{bytes:?}"
    );
    within_quotes(&bytes, most + 6);
    within_quotes(&log_text::quoted(&text, most), most + 2);

    let user = log_text::user(&text);
    assert!(
        user.bytes()
            .all(|byte| byte.is_ascii_graphic() && !b"[]".contains(&byte))
    );
    assert!(user == "\"\"" || !user.contains('"'));
    assert!((1..=4 * log_text::USER).contains(&user.len()));

    assert!(log_text::plain(&text, most).len() <= most);
    let json = serde_json::to_string(&log_text::for_json(&text, most)).expect("text");
    assert!(json.len() <= most + 2);
    if text.len() * 6 <= log_text::MESSAGE {
        assert_eq!(log_text::plain(&text, log_text::MESSAGE), text);
    }
});

#[track_caller]
fn within_quotes(quoted: &str, most: usize) {
    assert!(quoted.len() <= most, "{} of {most}", quoted.len());
    let inner = quoted
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let mut characters = inner.expect("quotes").chars();
    while let Some(character) = characters.next() {
        assert_ne!(character, '"', "{quoted:?}");
        if character == '\\' {
            characters.next().expect("what is escaped");
        }
    }
}
