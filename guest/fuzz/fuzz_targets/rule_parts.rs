//! Whatever a host gives as parts of rules: reading them ends.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_rules::{Request, Site};

fuzz_target!(|bytes: &[u8]| {
    // A target, a summary after its version, and a part that all other keys have.
    let mut texts = bytes.splitn(3, |&byte| byte == 0xff);
    let request = Request::of(texts.next().unwrap_or_default());
    let summary = [&[1], texts.next().unwrap_or_default()].concat();
    let part = texts.next().unwrap_or_default();
    let look_up = |key: &[u8]| match key {
        b"" => Some(summary.clone()),
        _ => Some(part.to_vec()),
    };
    if let Some(site) = Site::new(&look_up) {
        let _ = site.redirect(&request, &look_up);
        let _ = site.fields(&request, &look_up);
    }
});
