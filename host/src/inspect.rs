//! `wasm-host inspect`.

use crate::compiler::{self, CompileLimits};
use crate::failure::Failure;
use clap::Args;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use wasm_host_server::{Inspection, InstanceUse, Limits, Need, World};

/// Show what a component is, what it imports, and what it would need to be
/// granted.
///
/// Nothing of it is compiled or run. A file that isn't a component is an error
/// that says what it is.
#[derive(Debug, Args)]
pub(super) struct Inspect {
    /// Component to look into.
    file: PathBuf,

    /// Print a JSON object: file, size (bytes), world (null if unknown),
    /// handler (whether serve takes it), exports, imports, grants (objects of
    /// options and imports), not-granted, debug-names, instances-used-again (null if
    /// the component isn't of wasm-host:http/handler), instances-used-once-because
    /// (null if they are used again).
    #[arg(long)]
    json: bool,

    #[command(flatten)]
    limits: CompileLimits,
}

impl Inspect {
    pub(super) fn run(self) -> Result<(), Failure> {
        let mut limits = Limits::default();
        self.limits.put_into(&mut limits);
        let compiler = compiler::command();
        let inspection = wasm_host_server::inspect(&self.file, &limits, &compiler)?;
        let text = if self.json {
            format!("{:#}\n", as_json(&self.file, &inspection))
        } else {
            as_text(&self.file, &inspection)
        };
        std::io::stdout()
            .write_all(text.as_bytes())
            .map_err(Failure::Output)
    }
}

/// The shape that `--help` documents: fields may be added, none changes.
fn as_json(file: &Path, inspection: &Inspection) -> Value {
    let grants: Vec<Value> = inspection
        .needs()
        .iter()
        .map(|(need, imports)| json!({ "options": options(*need), "imports": imports }))
        .collect();
    json!({
        "file": file.to_string_lossy(),
        "size": inspection.size,
        "world": inspection.world.as_ref().map(World::to_string),
        "handler": inspection.world.as_ref().is_some_and(World::is_handler),
        "exports": inspection.exports,
        "imports": inspection.imports,
        "grants": grants,
        "not-granted": inspection.not_granted(),
        "debug-names": inspection.debug_names,
        "instances-used-again": inspection.instance_use.as_ref().map(|it| *it == InstanceUse::Again),
        "instances-used-once-because": used_once_because(inspection),
    })
}

fn as_text(file: &Path, inspection: &Inspection) -> String {
    let mut text = format!("{}: {}\n", file.display(), kind(inspection));
    let names = if inspection.debug_names {
        "with"
    } else {
        "without"
    };
    let size = inspection.size;
    // Writing to a String can't fail, here and below.
    let _ = writeln!(text, "{size} bytes, {names} debug names");
    if let Some(instances) = &inspection.instance_use {
        let again = match instances {
            InstanceUse::Once(reason) => format!("no, {reason}"),
            _ => "yes".to_owned(),
        };
        let _ = writeln!(text, "instances are used again: {again}");
    }
    list(&mut text, "exports", &inspection.exports);
    list(&mut text, "imports", &inspection.imports);
    let needs = inspection.needs();
    let lines = needs.iter().map(|(need, imports)| {
        let options = options(*need).join(", ");
        format!("{options}  for {}", imports.join(", "))
    });
    list(&mut text, "may need", &lines.collect::<Vec<_>>());
    list(&mut text, "never granted", &inspection.not_granted());
    text
}

fn used_once_because(inspection: &Inspection) -> Option<&str> {
    match &inspection.instance_use {
        Some(InstanceUse::Once(reason)) => Some(reason),
        _ => None,
    }
}

/// The options by which something is granted, as typed.
fn options(need: Need) -> &'static [&'static str] {
    match need {
        Need::Directory => &["--directory DIR"],
        Need::Files => &["--dir HOST[::GUEST][:rw]"],
        Need::Environment => &["--env NAME[=VALUE]", "--arg ARG"],
        Need::Outbound => &["--allow-outbound HOST[:PORT]"],
        Need::KeyValues => &["--keyvalue FILE"],
        Need::Scripts => &["--cgi"],
        Need::Uploads => &["--upload"],
        _ => &[],
    }
}

fn kind(inspection: &Inspection) -> String {
    match &inspection.world {
        Some(World::Command(version)) => format!(
            "wasi:cli/command@{version}, a program; put it among the scripts of `wasm-host serve --cgi`"
        ),
        Some(world) => format!("{world}, for `wasm-host serve --component`"),
        None => "a component of an unknown world; a handler exports wasm-host:http/connection-handler@0.1.0, wasi:http/incoming-handler@0.2.x or wasi:http/handler@0.3.x".to_owned(),
    }
}

fn list(text: &mut String, title: &str, lines: &[impl AsRef<str>]) {
    if lines.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}:");
    for line in lines {
        let _ = writeln!(text, "  {}", line.as_ref());
    }
}
