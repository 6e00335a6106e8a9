//! What a project can be called: what cargo, npm and a file system all take.

/// Rust's keywords and the crates that come with it, whose names a crate can't
/// have, and those that this project's own folder takes.
const TAKEN: &[&str] = &[
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "let",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "priv",
    "proc-macro",
    "proc_macro",
    "pub",
    "ref",
    "return",
    "self",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "wasm-host-sdk",
    "wasm_host_sdk",
    "where",
    "while",
    "yield",
];

/// A package's name: `hello`, `my-handler`.
pub(super) fn package(text: &str) -> Result<String, String> {
    let letters = text
        .bytes()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte));
    if !letters || !text.starts_with(|first: char| first.is_ascii_lowercase()) || text.len() > 64 {
        return Err(
            "give a name of up to 64 small letters, digits, - and _, that begins with a letter"
                .to_owned(),
        );
    }
    if TAKEN.contains(&text) {
        return Err("this name means something else to Rust; give another".to_owned());
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_every_tool_takes() {
        for good in ["a", "hello", "my-handler_2"] {
            assert_eq!(package(good).as_deref(), Ok(good));
        }
        for bad in [
            "",
            "-a",
            "2a",
            "A",
            "a b",
            "a/b",
            "../a",
            ".",
            "é",
            "a.b",
            "a\0",
            "test",
            "fn",
            "wasm-host-sdk",
        ] {
            assert!(package(bad).is_err(), "{bad}");
        }
        assert!(package(&"a".repeat(65)).is_err());
    }
}
