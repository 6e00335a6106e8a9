//! Each arrow between two modules of a package points to a lower layer.

use super::Fault;
use super::chart::{self, Package};
use super::tree::{Module, Place, Tree};
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What the sources of one package do that its line of the chart doesn't allow.
pub(crate) fn faults(package: &Package, trees: &[Tree]) -> Vec<Fault> {
    let mut faults = listing(package, trees);
    for tree in trees {
        for (place, module) in &tree.modules {
            if let Some(from) = place.first() {
                faults.extend(arrows(package, tree, from, module));
            }
        }
    }
    faults
}

/// The chart has every module, and no other.
fn listing(package: &Package, trees: &[Tree]) -> Vec<Fault> {
    let top = |(place, module): (&Place, &Module)| match place.as_slice() {
        [name] => Some((name.clone(), module.file.clone())),
        _ => None,
    };
    let there: BTreeSet<_> = trees
        .iter()
        .flat_map(|tree| tree.modules.iter().filter_map(top))
        .collect();
    let unlisted = there
        .iter()
        .filter(|(name, _)| !package.depths.contains_key(name))
        .map(|(name, file)| {
            let text = format!(
                "{name} has no place in {}, line {}",
                chart::FILE,
                package.line
            );
            Fault::new(file, 1, text)
        });
    let absent = package
        .depths
        .keys()
        .filter(|listed| !there.iter().any(|(name, _)| name == *listed))
        .map(|name| {
            let text = format!("{} has no module {name}", package.source.display());
            Fault::new(chart::FILE, package.line, text)
        });
    unlisted.chain(absent).collect()
}

/// The arrows of one module, or of one inside of it, that don't point down.
fn arrows(package: &Package, tree: &Tree, from: &str, module: &Module) -> Vec<Fault> {
    // Of several names from one line, the first stands for all.
    let mut told = BTreeSet::new();
    let mut faults = Vec::new();
    for reference in &module.references {
        let target = target(tree, &reference.place);
        if let Some(wrong) = objection(package, from, target.as_deref())
            && told.insert((reference.line, target))
        {
            let written = reference.place.join("::");
            let text = format!("{from} uses crate::{written}, but {wrong}");
            faults.push(Fault::new(&module.file, reference.line, text));
        }
    }
    faults
}

/// Why a module can't use what `to` has; without a name, `to` is the crate's root.
fn objection(package: &Package, from: &str, to: Option<&str>) -> Option<String> {
    let Some(to) = to else {
        return Some(format!("the crate's root, which has it, is above {from}"));
    };
    // A module without a place has had its fault.
    let depth = |module| package.depths.get(module);
    match depth(from)?.cmp(depth(to)?) {
        Ordering::Less => None,
        Ordering::Equal if from == to => None,
        Ordering::Equal => Some(format!("{to} is beside {from}")),
        Ordering::Greater => Some(format!("{to} is above {from}")),
    }
}

/// The top-level module that a path leads to. What the crate's root re-exports
/// is looked for where it comes from.
fn target(tree: &Tree, place: &[String]) -> Option<String> {
    match place.get(..1) {
        Some(top) if tree.modules.contains_key(top) => Some(top[0].clone()),
        _ => tree.module_of(place).into_iter().next(),
    }
}
