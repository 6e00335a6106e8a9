//! What a file is that was given as a component, by its first bytes; and, if it
//! is something else, what to do about it.

use wasmtime::{Engine, Precompiled};

/// The first bytes of every WebAssembly binary.
const WASM_MAGIC: &[u8] = b"\0asm";

/// The version and the layer of a component, which follow (the component
/// model's `Binary.md`).
const COMPONENT_VERSION: &[u8] = &[0x0d, 0, 1, 0];

/// The first bytes of machine code, of ours and of any program's.
const ELF_MAGIC: &[u8] = b"\x7fELF";

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// A component, if the rest is well-formed.
    Component,
    /// What `wasm-host compile` makes of one.
    Precompiled,
    /// Something else: what, and what to do.
    Other(&'static str),
}

impl Format {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match Engine::detect_precompiled(bytes) {
            Some(Precompiled::Component) => return Self::Precompiled,
            Some(Precompiled::Module) => {
                return Self::Other(
                    "it is a precompiled core module; build it for wasm32-wasip2, and compile that",
                );
            }
            None => {}
        }
        match bytes.strip_prefix(WASM_MAGIC) {
            Some(rest) => binary(rest),
            None => Self::Other(text(bytes)),
        }
    }
}

/// Whether a file that begins so may be WebAssembly or machine code.
pub(crate) fn may_be_code(beginning: &[u8]) -> bool {
    beginning.starts_with(WASM_MAGIC) || beginning.starts_with(ELF_MAGIC)
}

/// By the layer field of a binary's header: 0 is a core module, 1 a component.
pub(crate) fn is_core_module(bytes: &[u8]) -> bool {
    bytes.starts_with(WASM_MAGIC) && bytes.get(6..8) == Some(&[0, 0])
}

/// What a file is told that ends, or goes wrong, within the component.
pub(crate) fn damage(detail: &str) -> String {
    let advice = if detail.contains("unexpected end") {
        "the file is truncated; build or copy it anew, for wasm32-wasip2"
    } else {
        "build it anew for wasm32-wasip2"
    };
    format!("{detail}; {advice}")
}

/// `rest`: what follows the first four bytes.
fn binary(rest: &[u8]) -> Format {
    Format::Other(match rest {
        [_, _, 0, 0, ..] => {
            "it is a core module; build it for wasm32-wasip2, or wrap it with `wasm-tools component new`"
        }
        _ if rest.starts_with(COMPONENT_VERSION) => return Format::Component,
        [_, _, 1, 0, ..] => {
            "it is a component of another version of the format; build it anew with today's tools"
        }
        [_, _, _, _, ..] => {
            "it is a WebAssembly binary of an unknown kind; build it anew for wasm32-wasip2"
        }
        _ => "the file is truncated; build or copy it anew",
    })
}

fn text(bytes: &[u8]) -> &'static str {
    if bytes.starts_with(ELF_MAGIC) {
        return "it is machine code that isn't wasm-host's, or is truncated; give a component, or compile it anew";
    }
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]);
    let code = text
        .lines()
        .map(str::trim_start)
        .find(|line| !line.is_empty() && !line.starts_with("//") && !line.starts_with(";;"));
    match code.unwrap_or_default() {
        "" => "it is empty; build a component for wasm32-wasip2",
        code if code.starts_with("(component") || code.starts_with("(module") => {
            "it is WebAssembly as text; make a binary of it with `wasm-tools parse`"
        }
        code if code.starts_with("package ") => {
            "it is WIT, which has no code; give the component that is built with it"
        }
        _ => "it isn't a WebAssembly binary; build one for wasm32-wasip2",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_first_bytes() {
        assert_eq!(Format::of(b"\0asm\x0d\0\x01\0anything"), Format::Component);
        for (bytes, is) in [
            (&b"\0asm\x01\0\0\0"[..], "core module"),
            (b"\0asm\x0a\0\x01\0", "another version"),
            (b"\0asm\x01\0\x07\0", "unknown kind"),
            (b"\0asm\x0d\0", "truncated"),
            (b"\0asm", "truncated"),
            (b"", "empty"),
            (b"\n// A comment\n(component)", "as text"),
            (b"(module)", "as text"),
            (b"package a:b;\n", "WIT"),
            (b"\x7fELF\x02\x01", "machine code"),
            (b"#!/bin/sh\n", "isn't a WebAssembly binary"),
            (b"\x1f\x8b\x08", "isn't a WebAssembly binary"),
        ] {
            let Format::Other(said) = Format::of(bytes) else {
                panic!("{bytes:?} was taken");
            };
            assert!(said.contains(is), "{bytes:?}: {said}");
        }
    }
}
