//! Inside of a module's folder no arrows lead back to where they began.
//!
//! For every module with files below it there is a graph: the module's own file,
//! and each of those below with all that is inside of it. An arrow leads to where
//! a name is written: `super::Name` leads to the parent's own file if `Name` is
//! defined there, and to the sibling that has it if the parent only imports or
//! re-exports it. So a module that uses one of its children, which uses a type
//! that is defined beside the `mod` items, is a cycle, too: the type belongs into
//! a file of its own. A module that is written inside of a file belongs to that
//! file.
//!
//! The crate's root has no graph of its own, as the chart orders what is below it.

use super::Fault;
use super::tree::{Place, Tree};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;

/// An arrow's beginning in a file.
type Line = (PathBuf, usize);

/// The first arrow for each pair of places.
type Graph = BTreeMap<Place, BTreeMap<Place, Line>>;

/// A shortest cycle through each module that is on one, unless one that has been
/// told passes through it.
pub(crate) fn faults(tree: &Tree) -> Vec<Fault> {
    let mut faults = Vec::new();
    for folder in tree.modules.keys().filter(|place| !place.is_empty()) {
        let graph = graph(tree, folder);
        let mut told = BTreeSet::new();
        for start in graph.keys() {
            if told.contains(start) {
                continue;
            }
            if let Some(cycle) = shortest_cycle(&graph, start) {
                faults.push(fault(&graph, &cycle));
                told.extend(cycle);
            }
        }
    }
    faults
}

fn graph(tree: &Tree, folder: &[String]) -> Graph {
    let mut graph = Graph::new();
    for (place, module) in tree
        .modules
        .iter()
        .filter(|(place, _)| place.starts_with(folder))
    {
        let from = node(tree, folder, place);
        for reference in &module.references {
            let to = tree.module_of(&reference.place);
            if !to.starts_with(folder) {
                continue;
            }
            let to = node(tree, folder, &to);
            if to != from {
                let line = || (module.file.clone(), reference.line);
                let arrows = graph.entry(from.clone()).or_default();
                arrows.entry(to).or_insert_with(line);
            }
        }
    }
    graph
}

/// The part of `folder` that a module inside of it belongs to: its own file, or one
/// of the modules right below.
fn node(tree: &Tree, folder: &[String], place: &[String]) -> Place {
    let child = &place[..place.len().min(folder.len() + 1)];
    let own = tree.modules[child].inline;
    if own { folder.to_vec() } else { child.to_vec() }
}

/// The places from `start` until right before `start` comes again.
fn shortest_cycle(graph: &Graph, start: &Place) -> Option<Vec<Place>> {
    let mut reached_from: BTreeMap<&Place, &Place> = BTreeMap::new();
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for next in graph.get(at).into_iter().flat_map(BTreeMap::keys) {
            if next == start {
                let mut cycle = vec![at.clone()];
                let mut last = at;
                while last != start {
                    last = reached_from[last];
                    cycle.push(last.clone());
                }
                cycle.reverse();
                return Some(cycle);
            }
            if !reached_from.contains_key(next) {
                reached_from.insert(next, at);
                queue.push_back(next);
            }
        }
    }
    None
}

fn fault(graph: &Graph, cycle: &[Place]) -> Fault {
    let steps: Vec<(&Place, &Place, &Line)> = cycle
        .iter()
        .zip(cycle.iter().cycle().skip(1))
        .map(|(from, to)| (from, to, &graph[from][to]))
        .collect();
    let names: Vec<String> = steps
        .iter()
        .map(|(from, to, (file, line))| {
            let (from, to) = (from.join("::"), to.join("::"));
            format!("{from} uses {to} ({}:{line})", file.display())
        })
        .collect();
    let (_, _, (file, line)) = steps[0];
    Fault::new(file, *line, format!("a cycle: {}", names.join(", ")))
}
