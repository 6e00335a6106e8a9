//! What a project can be called: what cargo, npm and a file system all take.

use super::language::Language;

/// What a crate can't be called: Rust's keywords, the crates that come with it,
/// and what this project's own folder takes.
const TAKEN_IN_RUST: &[&str] = &[
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

/// npm's own folder, which is in the project's, too.
const TAKEN_IN_JS: &[&str] = &["node_modules"];

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
    Ok(text.to_owned())
}

/// Whether a package can have this name in a language.
pub(super) fn is_free(name: &str, language: Language) -> bool {
    let taken = match language {
        Language::Rust => TAKEN_IN_RUST,
        Language::Js => TAKEN_IN_JS,
        // A project in Python is no package: its module is app.
        Language::Python => &[],
    };
    !taken.contains(&name)
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
            "", "-a", "2a", "A", "a b", "a/b", "../a", ".", "é", "a.b", "a\0",
        ] {
            assert!(package(bad).is_err(), "{bad}");
        }
        assert!(package(&"a".repeat(65)).is_err());
    }

    #[test]
    fn a_name_is_taken_in_the_language_where_it_means_something_else() {
        use Language::{Js, Python, Rust};
        for name in ["test", "fn", "wasm-host-sdk"] {
            assert!(!is_free(name, Rust), "{name}");
            assert!(is_free(name, Js) && is_free(name, Python), "{name}");
        }
        assert!(is_free("node_modules", Rust) && !is_free("node_modules", Js));
    }
}
