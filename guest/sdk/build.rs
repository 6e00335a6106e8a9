//! Writes the types that the crate `mime_guess` knows to `$OUT_DIR/listed.txt`,
//! in the form that `src/simple/content_type/listed.rs` searches.
//!
//! A line is a type and its extensions, each after a space. A capital letter at
//! a type's start stands for one of [`BEGINNINGS`].

#[path = "src/simple/content_type/beginnings.rs"]
mod beginnings;

use beginnings::{BEGINNINGS, LONGEST};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/simple/content_type/beginnings.rs");
    let folder = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&folder).join("listed.txt"), table()?)?;
    Ok(())
}

/// All types, in order, each with its extensions.
fn table() -> Result<String, Box<dyn Error>> {
    let extensions = mime_guess::get_mime_extensions_str("*/*").ok_or("mime_guess has no table")?;
    let mut types: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for extension in extensions {
        if extension.len() > LONGEST {
            return Err(format!("{extension:?} is longer than LONGEST allows").into());
        }
        let first = mime_guess::from_ext(extension).first_raw();
        let listed = first.ok_or_else(|| format!("{extension:?} has no type"))?;
        let of_type = types.entry(listed).or_default();
        of_type.insert(extension.to_ascii_lowercase());
    }
    let mut table = String::new();
    for (listed, extensions) in types {
        push_short(&mut table, listed);
        for extension in extensions {
            table.push(' ');
            table.push_str(&extension);
        }
        table.push('\n');
    }
    Ok(table)
}

/// Appends a type as it is written in the table.
fn push_short(table: &mut String, listed: &str) {
    for (letter, beginning) in BEGINNINGS {
        if let Some(rest) = listed.strip_prefix(beginning) {
            table.push(char::from(letter));
            table.push_str(rest);
            return;
        }
    }
    table.push_str(listed);
}
