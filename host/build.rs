//! Copies the SDK's source, for `wasm-host new`: a project that it makes has a copy of
//! its own, which builds anywhere and fits this host.
//!
//! It is the source as it is, with three changes: the manifest doesn't inherit
//! from the workspace and has nothing that is for a registry alone, the WIT package is
//! in it, and its own tests are left out.
//!
//! In a package for a registry these sources are in `packaged`, where `.ci/release` puts
//! them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Keys of a manifest that only a registry reads.
const REGISTRY: [&str; 4] = ["readme", "categories", "keywords", "include"];

fn main() {
    let package = PathBuf::from(variable("CARGO_MANIFEST_DIR"));
    let parent = package.parent().unwrap_or(&package);
    let root = if parent.join("guest/sdk/Cargo.toml").exists() {
        parent.to_owned()
    } else {
        package.join("packaged")
    };
    println!("cargo::rerun-if-changed=build.rs");
    for input in ["guest/sdk", "wit", "Cargo.toml"] {
        println!("cargo::rerun-if-changed={}", root.join(input).display());
    }
    embed(&root, &PathBuf::from(variable("OUT_DIR")));
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("cargo sets {name}"))
}

/// Writes the files to `$OUT_DIR/sdk`, and a list of them, as a Rust expression,
/// to `$OUT_DIR/sdk.rs`.
fn embed(root: &Path, out: &Path) {
    let sdk = root.join("guest/sdk");
    let mut files = vec![
        ("Cargo.toml".to_owned(), manifest(root)),
        ("build.rs".to_owned(), read(&sdk.join("build.rs"))),
    ];
    for path in sources(&sdk.join("src")) {
        files.push((name(&path, &sdk), read(&path)));
    }
    for path in sources(&root.join("wit")) {
        files.push((name(&path, root), read(&path)));
    }
    let mut list = "&[".to_owned();
    for (name, text) in files {
        let path = out.join("sdk").join(&name);
        fs::create_dir_all(path.parent().expect("it is beneath OUT_DIR")).expect("OUT_DIR is ours");
        fs::write(path, text).expect("OUT_DIR is ours");
        writeln!(list, "({name:?}, include_str!(\"sdk/{name}\")),").expect("a String has room");
    }
    list.push(']');
    fs::write(out.join("sdk.rs"), list).expect("OUT_DIR is ours");
}

/// The SDK's manifest, with what it inherits from the workspace's written out.
fn manifest(root: &Path) -> String {
    let workspace = read_manifest(root);
    let text = read_manifest(&root.join("guest/sdk"));
    let (text, _) = text
        .split_once("[dev-dependencies]")
        .expect("they are the last section");
    let text = replaced(text, "[lints]\nworkspace = true\n\n", "");
    let mut resolved = String::new();
    for line in text.lines() {
        if REGISTRY.iter().any(|key| line.starts_with(key)) {
            continue;
        }
        let inherited = line
            .strip_suffix(".workspace = true")
            .map(|key| inherited(&workspace, key));
        resolved.push_str(inherited.unwrap_or(line));
        resolved.push('\n');
    }
    assert!(!resolved.contains("workspace"), "what is this?\n{resolved}");
    resolved
}

/// A folder's manifest. In a package it has another name: cargo leaves out a folder of a
/// package that has a `Cargo.toml`.
fn read_manifest(folder: &Path) -> String {
    let packaged = folder.join("Cargo.toml.in");
    if packaged.exists() {
        read(&packaged)
    } else {
        read(&folder.join("Cargo.toml"))
    }
}

/// The line of the workspace's manifest that sets `key`.
fn inherited<'a>(workspace: &'a str, key: &str) -> &'a str {
    let prefix = format!("{key} = ");
    let line = workspace.lines().find(|line| line.starts_with(&prefix));
    line.unwrap_or_else(|| panic!("the workspace doesn't set {key}"))
}

/// All files beneath a directory that aren't tests.
fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).expect("the checkout is whole") {
        let path = entry.expect("the checkout is readable").path();
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests");
        if path.is_dir() && !is_test {
            found.extend(sources(&path));
        } else if !is_test {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn name(path: &Path, base: &Path) -> String {
    let name = path.strip_prefix(base).expect("it was found there");
    name.to_str()
        .expect("our files have plain names")
        .to_owned()
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn replaced(text: &str, from: &str, to: &str) -> String {
    assert!(text.contains(from), "{from:?} is gone");
    text.replace(from, to)
}
