//! The order of the host's modules, as `CONTRIBUTING.md` draws it.
//!
//! 1. [`chart`] reads the layers from the block ` ```layers ` there.
//! 2. [`tree`] reads the sources of each package that the chart names, from its
//!    `lib.rs` and `main.rs` along their `mod` items, without what is only built
//!    for tests.
//! 3. [`paths`] finds the arrows: each path in code that leads to a module of the
//!    same package, in a `use` item or in place.
//! 4. [`order`] has each arrow point to a lower layer, and [`cycles`] has none of
//!    them lead back to where it began inside of a module's folder.
//!
//! A fault names the file and the line.

mod chart;
mod cycles;
mod order;
mod paths;
mod tests;
mod tree;

use chart::Chart;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::{Path, PathBuf};
use tree::Tree;

/// What is wrong, and where.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fault {
    file: PathBuf,
    line: usize,
    text: String,
}

impl Fault {
    fn new(file: impl Into<PathBuf>, line: usize, text: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            line,
            text: text.into(),
        }
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { file, line, text } = self;
        write!(f, "{}:{line}: {text}", file.display())
    }
}

/// What is wrong with the order of the layers in the repository at `root`.
pub(crate) fn layer_faults(root: &Path) -> Vec<Fault> {
    let chart = match Chart::read(root) {
        Ok(chart) => chart,
        Err(fault) => return vec![fault],
    };
    let mut faults = chart.unlisted_packages(root);
    for package in &chart.packages {
        match Tree::read_all(root, &package.source) {
            Ok(trees) => faults.extend(order::faults(package, &trees)),
            Err(fault) => faults.push(fault),
        }
    }
    faults
}

/// The cycles inside of the modules' folders, in all packages that the chart lists.
pub(crate) fn cycle_faults(root: &Path) -> Vec<Fault> {
    let chart = match Chart::read(root) {
        Ok(chart) => chart,
        Err(fault) => return vec![fault],
    };
    let mut faults = Vec::new();
    for package in &chart.packages {
        match Tree::read_all(root, &package.source) {
            Ok(trees) => faults.extend(trees.iter().flat_map(cycles::faults)),
            Err(fault) => faults.push(fault),
        }
    }
    faults
}

fn read(root: &Path, file: &Path) -> Result<String, Fault> {
    fs::read_to_string(root.join(file)).map_err(|error| Fault::new(file, 1, error.to_string()))
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

#[track_caller]
fn assert_none(faults: &[Fault]) {
    let lines: Vec<String> = faults.iter().map(Fault::to_string).collect();
    assert!(lines.is_empty(), "\n{}", lines.join("\n"));
}

#[test]
fn arrows_point_down() {
    assert_none(&layer_faults(repository()));
}

#[test]
fn nothing_inside_a_folder_goes_in_circles() {
    assert_none(&cycle_faults(repository()));
}
