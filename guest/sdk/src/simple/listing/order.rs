//! The order of a listing, as a target's query has it: `?sort=size&order=desc`. What a
//! query says beside that, or can't be read, changes nothing.

use super::Entry;
use std::cmp::Ordering;

/// What entries are sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum SortKey {
    /// Their names, as `list_directory` has it.
    #[default]
    Name,
    /// Their lengths: what has none comes before all that have.
    Size,
    /// When they were last changed.
    Time,
}

/// The order of a listing. Default: by name, as `list_directory` has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct SortOrder {
    /// What entries are sorted by. Those that are the same are in the order of their
    /// names.
    pub key: SortKey,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl SortKey {
    /// All, as a listing's head names them: in a query, and for people.
    pub(super) const ALL: [(Self, &str, &str); 3] = [
        (Self::Name, "name", "Name"),
        (Self::Size, "size", "Size"),
        (Self::Time, "time", "Modified"),
    ];
}

impl SortOrder {
    /// The order that a query asks for, without its question mark.
    ///
    /// ```
    /// use wasm_host_sdk::simple::listing::{SortKey, SortOrder};
    ///
    /// let order = SortOrder::of_query("sort=size&order=desc");
    /// assert_eq!((order.key, order.descending), (SortKey::Size, true));
    /// assert_eq!(SortOrder::of_query("sort=colour"), SortOrder::default());
    /// ```
    #[must_use]
    pub fn of_query(query: &str) -> Self {
        let value = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs
                .find(|(given, _)| *given == name)
                .map(|(_, value)| value)
        };
        let mut keys = SortKey::ALL.into_iter();
        let named = value("sort").and_then(|wanted| keys.find(|(_, name, _)| *name == wanted));
        let Some((key, ..)) = named else {
            return Self::default();
        };
        Self {
            key,
            descending: value("order") == Some("desc"),
        }
    }

    pub(super) fn compare(self, one: &Entry, other: &Entry) -> Ordering {
        let by_key = match self.key {
            SortKey::Name => one.cmp_name(other),
            SortKey::Size => one.size.cmp(&other.size),
            SortKey::Time => one.modified.cmp(&other.modified),
        };
        let by_key = if self.descending {
            by_key.reverse()
        } else {
            by_key
        };
        by_key.then_with(|| one.cmp_name(other))
    }

    /// What a click on a column's head asks for: the other way round if it is this one
    /// already; else what is looked for most, the largest and the latest.
    pub(super) fn after_click(self, key: SortKey) -> Self {
        let descending = if self.key == key {
            !self.descending
        } else {
            key != SortKey::Name
        };
        Self { key, descending }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{directory, file, listing};
    use super::*;

    #[test]
    fn a_query_says_the_order() {
        for (query, key, descending) in [
            ("", SortKey::Name, false),
            ("sort=name&order=desc", SortKey::Name, true),
            ("order=desc&sort=time", SortKey::Time, true),
            ("x&sort=size", SortKey::Size, false),
            ("sort=size&order=up&sort=name", SortKey::Size, false),
            ("order=desc", SortKey::Name, false),
            ("sort=%73ize", SortKey::Name, false),
        ] {
            let order = SortOrder { key, descending };
            assert_eq!(SortOrder::of_query(query), order, "{query}");
        }
    }

    #[test]
    fn entries_are_sorted_by_what_is_asked_for_and_then_by_name() {
        let sized = |name: &str, size, modified| Entry {
            size: Some(size),
            modified: Some(modified),
            ..file(name)
        };
        let entries = vec![
            sized("b", 2, 30),
            directory("d"),
            sized("c", 1, 20),
            sized("a", 2, 10),
        ];
        for (query, names) in [
            ("", ["a", "b", "c", "d"]),
            ("sort=name&order=desc", ["d", "c", "b", "a"]),
            ("sort=size", ["d", "c", "a", "b"]),
            ("sort=size&order=desc", ["a", "b", "c", "d"]),
            ("sort=time", ["d", "a", "c", "b"]),
            ("sort=time&order=desc", ["b", "c", "a", "d"]),
        ] {
            let mut listing = listing("/", entries.clone());
            listing.order = SortOrder::of_query(query);
            listing.sort();
            let sorted: Vec<_> = listing
                .entries
                .iter()
                .map(|entry| &entry.name[..])
                .collect();
            assert_eq!(sorted, names.map(str::as_bytes), "{query}");
        }
    }
}
