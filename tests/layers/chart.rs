//! The chart of layers in `CONTRIBUTING.md`, a line a package:
//!
//! ```text
//! host/server/src: server > worker | builder > connection > log
//! ```
//!
//! `>` comes between two layers, the upper one first; `|` between modules of the
//! same layer, which may not use each other.

use super::{Fault, read};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

pub(crate) const FILE: &str = "CONTRIBUTING.md";
const BEGIN: &str = "```layers";
const END: &str = "```";

/// The folder of whose packages none may be missing from the chart.
const PACKAGES: &str = "host";

#[derive(Debug)]
pub(crate) struct Chart {
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug)]
pub(crate) struct Package {
    /// Where its sources are, from the repository's root.
    pub(crate) source: PathBuf,
    /// The chart's line.
    pub(crate) line: usize,
    /// How far below the top each module is.
    pub(crate) depths: BTreeMap<String, usize>,
}

impl Chart {
    pub(crate) fn read(root: &Path) -> Result<Self, Fault> {
        let text = read(root, Path::new(FILE))?;
        let mut lines = (1..).zip(text.lines().map(str::trim));
        let missing = || Fault::new(FILE, 1, format!("there is no block {BEGIN}"));
        lines.find(|(_, line)| *line == BEGIN).ok_or_else(missing)?;
        let mut packages: Vec<Package> = Vec::new();
        for (number, line) in lines.take_while(|(_, line)| *line != END) {
            if line.is_empty() {
                continue;
            }
            let package = Package::parse(number, line)?;
            if packages.iter().any(|other| other.source == package.source) {
                let text = format!("{} has a second line", package.source.display());
                return Err(Fault::new(FILE, number, text));
            }
            packages.push(package);
        }
        if packages.is_empty() {
            return Err(Fault::new(FILE, 1, format!("the block {BEGIN} is empty")));
        }
        Ok(Self { packages })
    }

    /// Packages under `host/` with modules, but without a line.
    pub(crate) fn unlisted_packages(&self, root: &Path) -> Vec<Fault> {
        let host = Path::new(PACKAGES);
        let below = fs::read_dir(root.join(host))
            .into_iter()
            .flatten()
            .flatten();
        let mut sources: Vec<PathBuf> = below
            .map(|entry| host.join(entry.file_name()).join("src"))
            .chain([host.join("src")])
            .filter(|source| !self.packages.iter().any(|other| other.source == *source))
            .filter(|source| has_modules(&root.join(source)))
            .collect();
        sources.sort();
        let fault = |source: PathBuf| {
            let text = format!("the block {BEGIN} of {FILE} has no line for these modules");
            Fault::new(source, 1, text)
        };
        sources.into_iter().map(fault).collect()
    }
}

impl Package {
    fn parse(number: usize, line: &str) -> Result<Self, Fault> {
        let fault = |text: String| Fault::new(FILE, number, text);
        let (source, layers) = line
            .split_once(':')
            .ok_or_else(|| fault(format!("no `folder: layers`: {line}")))?;
        let mut depths = BTreeMap::new();
        for (depth, layer) in layers.split('>').enumerate() {
            for module in layer.split('|').map(str::trim) {
                if module.is_empty() || module.contains(char::is_whitespace) {
                    return Err(fault(format!("not the name of a module: {module:?}")));
                }
                if depths.insert(module.to_owned(), depth).is_some() {
                    return Err(fault(format!("{module} is listed twice")));
                }
            }
        }
        Ok(Self {
            source: PathBuf::from(source.trim()),
            line: number,
            depths,
        })
    }
}

/// Whether a folder of sources has more than the crate's root.
fn has_modules(source: &Path) -> bool {
    let entries = fs::read_dir(source).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name())
        .any(|name| name != "lib.rs" && name != "main.rs")
}
