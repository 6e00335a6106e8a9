//! What the deploy with a number consists of, so that both processes know it.

use bytes::Bytes;
use std::collections::BTreeMap;
use wasm_host_preview::digest::Digest;
use wasm_host_preview::manifest::{Entry, Manifest};
use wasm_host_preview::names::{ProjectName, SitePath};

/// The projects in which something happens.
pub(crate) const PROJECTS: [&str; 2] = ["one", "two"];

/// The aliases of each of them.
pub(crate) const ALIASES: [&str; 3] = ["main", "pr-1", "pr-2"];

/// Some of its files are its own, others those of many, and one is large.
pub(crate) fn files(number: u64) -> BTreeMap<String, Bytes> {
    let own = format!("deploy {number}\n");
    let large = own.repeat(200_000);
    let shared = |nth: u64| format!("shared content {}", (number + nth) % 5);
    BTreeMap::from([
        ("index.html".into(), own.into()),
        ("large.bin".into(), large.into()),
        ("assets/a.css".into(), shared(0).into()),
        ("assets/deep/b.js".into(), shared(1).into()),
        ("empty".into(), Bytes::new()),
    ])
}

pub(crate) fn manifest(project: &ProjectName, number: u64) -> Manifest {
    let entry = |(path, content): (String, Bytes)| {
        let sha256 = Digest::of(&content);
        let size = content.len() as u64;
        (SitePath::new(path).unwrap(), Entry { sha256, size })
    };
    Manifest {
        project: project.clone(),
        made: 4_000_000_000,
        message: Some(format!("number {number}")),
        ttl: None,
        password: None,
        files: files(number).into_iter().map(entry).collect(),
    }
}
