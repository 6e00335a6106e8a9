//! Why a component can't have an import, in words for who built it.

/// wasmtime's error about an import, and what to do about it where that is known.
pub(super) fn explained(error: String) -> String {
    match error.split('`').nth(1).and_then(advice) {
        Some(advice) => format!("{error}: {advice}"),
        None => error,
    }
}

/// `import`: its name, with its version.
fn advice(import: &str) -> Option<&'static str> {
    let (interface, version) = import.split_once('@')?;
    if interface.starts_with("wasi:sockets/") {
        Some("a handler has no sockets; leave out what uses them, such as std::net")
    } else if interface.starts_with("wasm-host:http/") {
        Some("it is of another version of wasm-host; build it with this one's SDK")
    } else if interface.starts_with("wasi:http/") {
        Some("in this world the handler itself speaks HTTP; build it for wasi:http/proxy")
    } else if interface.starts_with("wasi:") && !version.starts_with("0.2.") {
        Some("this world has WASI 0.2; build it for wasm32-wasip2")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_imports_come_with_advice() {
        let error =
            |import: &str| format!("component imports instance `{import}`, but there is none");
        for (import, words) in [
            ("wasi:sockets/tcp@0.2.6", "no sockets"),
            ("wasi:sockets/types@0.3.0", "no sockets"),
            ("wasi:http/outgoing-handler@0.2.12", "wasi:http/proxy"),
            ("wasi:cli/environment@0.3.0", "WASI 0.2"),
            ("wasm-host:http/connection@0.2.0", "another version"),
        ] {
            let said = explained(error(import));
            assert!(said.starts_with(&error(import)), "{said}");
            assert!(said.contains(words), "{said}");
        }
        for import in ["log", "wasi:keyvalue/store@0.2.0-draft", "a:b/c@1.0.0"] {
            assert_eq!(explained(error(import)), error(import));
        }
        assert_eq!(explained("odd".to_owned()), "odd");
    }
}
