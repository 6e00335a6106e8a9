//! Whatever two files of rules and a request say: checking them ends, by the compiled parts
//! the same is decided as by all rules one after the other, and what comes of it names no
//! host that no rule has, leaves no root and ends no field.

#![no_main]

use libfuzzer_sys::fuzz_target;
use wasm_host_rules::{Action, Dialect, Fields, Policy, Request, Rules, Site, Sources};

fuzz_target!(|bytes: &[u8]| {
    let mut texts = bytes.split(|&byte| byte == 0);
    let dialect = match texts.next() {
        Some(b"c") => Dialect::Cloudflare,
        _ => Dialect::Netlify,
    };
    let sources = Sources {
        redirects: texts.next().unwrap_or_default(),
        headers: texts.next().unwrap_or_default(),
    };
    let rules = match Rules::parse(dialect, &Policy::previews(), sources) {
        Ok(rules) => rules,
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(!problem.to_string().contains(char::is_control));
            }
            return;
        }
    };
    let parts = rules.compile();
    let look_up = |key: &[u8]| parts.get(key).cloned();
    let site = Site::new(&look_up).expect("there is a summary");
    let names_a_host = memmem(sources.redirects, b"://");
    for target in texts {
        let request = Request::of(target);
        let decision = site.redirect(&request, &look_up);
        assert_eq!(decision, rules.redirect(&request));
        match decision.map(|decision| decision.action) {
            Some(Action::Redirect(location)) => check_location(&location, names_a_host),
            Some(Action::Rewrite(path)) => check_path(&path),
            None => {}
        }
        let fields = site.fields(&request, &look_up);
        assert_eq!(fields, rules.fields(&request));
        check_fields(&fields);
    }
});

fn check_location(location: &[u8], names_a_host: bool) {
    assert!(location.iter().all(u8::is_ascii_graphic));
    if !names_a_host {
        assert!(location.starts_with(b"/") && !location.starts_with(b"//"));
        let path = location.split(|&byte| byte == b'?' || byte == b'#').next();
        assert!(!path.is_some_and(|path| path.contains(&b'\\')));
    }
}

fn check_path(path: &[u8]) {
    assert!(path.starts_with(b"/") && !path.starts_with(b"//"));
    for segment in path.split(|&byte| byte == b'/') {
        let decoded = segment.to_ascii_lowercase();
        let decoded = String::from_utf8(decoded)
            .expect("ASCII")
            .replace("%2e", ".");
        assert!(decoded != "." && decoded != "..", "{path:?}");
    }
}

fn check_fields(fields: &Fields) {
    for (name, value) in &fields.set {
        let is_visible = |byte: &u8| byte.is_ascii_graphic() || matches!(byte, b' ' | b'\t');
        assert!(!name.is_empty() && name.iter().all(u8::is_ascii_graphic));
        assert!(value.iter().all(is_visible));
        for own in [
            "content-length",
            "transfer-encoding",
            "connection",
            "x-robots-tag",
        ] {
            assert!(!name.eq_ignore_ascii_case(own.as_bytes()));
        }
    }
}

fn memmem(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
