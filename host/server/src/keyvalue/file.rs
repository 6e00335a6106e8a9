//! A store in a file of this process's: a database of redb's, which is whole after a crash
//! and a power cut.

use super::operation::{LISTED, MAX_MESSAGE, Operation, Outcome};
use redb::backends::FileBackend;
use redb::{
    Builder, Database, ReadableDatabase, ReadableTable, ReadableTableMetadata, Table,
    TableDefinition,
};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The values by their keys.
const VALUES: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("values");

/// How much there is, under the one key that this table has.
const SIZE: TableDefinition<'_, (), u64> = TableDefinition::new("size");

/// What a key takes besides itself and its value, in bytes, so that many small ones are not
/// for nothing.
const PER_KEY: u64 = 64;

/// How much of the file is kept in memory, in bytes.
const CACHE: usize = 1024 * 1024;

/// A store of values by keys in a file. Clones share it.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let folder = tempfile::tempdir()?;
/// let store = wasm_host_server::KeyValueFile::open(&folder.path().join("kept.redb"), 1 << 20)?;
/// let mut grants = wasm_host_server::GrantOptions::default();
/// grants.key_values = Some(store.into());
/// let builder = wasm_host_server::ThreadingHttpServer::builder().grants(grants);
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct KeyValueFile(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    database: Database,
    /// The file, for who asks whether it is still there.
    number: (u64, u64),
    /// The most that there may be, in bytes.
    most: u64,
}

/// The same file, opened once.
impl PartialEq for KeyValueFile {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for KeyValueFile {}

/// Why a file isn't a store.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep a handler's values in {}: {reason}", path.display())]
pub struct KeyValueFileError {
    /// The file.
    pub path: PathBuf,
    /// Why not.
    pub reason: String,
}

/// What fails within.
type Failed = redb::Error;

impl KeyValueFile {
    /// Opens a store, or makes one if there is no file, for this process alone. `most`: how
    /// many bytes there may be in it, of keys and values, and 64 for each pair.
    ///
    /// # Errors
    ///
    /// The file can't be opened, is no store, or another process has it.
    pub fn open(path: &Path, most: u64) -> Result<Self, KeyValueFileError> {
        let failed = |reason: String| KeyValueFileError {
            path: path.to_owned(),
            reason,
        };
        let opened = || {
            let mut options = OpenOptions::new();
            let options = options.read(true).write(true).create(true).truncate(false);
            let file = options.mode(0o600).open(path)?;
            let number = number(&file.metadata()?);
            io::Result::Ok((file, number))
        };
        let (file, number) = opened().map_err(|error| failed(error.to_string()))?;
        let database = database(file).map_err(|error| failed(error.to_string()))?;
        Ok(Self(Arc::new(Inner {
            database,
            number,
            most,
        })))
    }

    /// Whether the file is still at its path.
    #[must_use]
    pub fn is_at(&self, path: &Path) -> bool {
        fs::metadata(path).is_ok_and(|there| number(&there) == self.0.number)
    }

    /// Does something, and waits until it is on the disk.
    pub(super) fn perform(&self, operation: &Operation) -> Outcome {
        if let Err(refusal) = operation.check() {
            return Outcome::Refused(refusal);
        }
        let done = match operation {
            Operation::Get(keys) => self.get(keys),
            Operation::Exist(keys) => self.exist(keys),
            Operation::List(from) => self.list(*from),
            Operation::Set(pairs) => self.change(|values| set(values, pairs)),
            Operation::Delete(keys) => self.change(|values| delete(values, keys)),
            Operation::Increment(key, delta) => {
                self.change(|values| increment(values, key, *delta))
            }
        };
        done.unwrap_or_else(|error| Outcome::Refused(error.to_string()))
    }

    fn get(&self, keys: &[String]) -> Result<Outcome, Failed> {
        let table = self.0.database.begin_read()?.open_table(VALUES)?;
        let (mut values, mut size) = (Vec::with_capacity(keys.len()), 0);
        for key in keys {
            let value = table.get(&**key)?.map(|value| value.value().to_vec());
            size += value.as_ref().map_or(0, Vec::len);
            if size > MAX_MESSAGE / 2 {
                let most = MAX_MESSAGE / 2;
                let refusal = format!("the values have more than {most} bytes together, the most");
                return Ok(Outcome::Refused(refusal));
            }
            values.push(value);
        }
        Ok(Outcome::Values(values))
    }

    fn exist(&self, keys: &[String]) -> Result<Outcome, Failed> {
        let table = self.0.database.begin_read()?.open_table(VALUES)?;
        let are = keys.iter().map(|key| Ok(table.get(&**key)?.is_some()));
        Ok(Outcome::Are(are.collect::<Result<_, Failed>>()?))
    }

    fn list(&self, from: u64) -> Result<Outcome, Failed> {
        let table = self.0.database.begin_read()?.open_table(VALUES)?;
        let first = usize::try_from(from).unwrap_or(usize::MAX);
        let mut keys = Vec::new();
        for pair in table.iter()?.skip(first).take(LISTED) {
            keys.push(pair?.0.value().to_owned());
        }
        let next = from.saturating_add(keys.len() as u64);
        let more = keys.len() == LISTED && table.len()? > next;
        Ok(Outcome::Keys(keys, more.then_some(next)))
    }

    /// Changes something, unless there would be too much then.
    fn change(
        &self,
        change: impl FnOnce(&mut Values<'_>) -> Result<Outcome, Failed>,
    ) -> Result<Outcome, Failed> {
        let writing = self.0.database.begin_write()?;
        let outcome = {
            let mut sizes = writing.open_table(SIZE)?;
            let before = sizes.get(())?.map_or(0, |size| size.value());
            let mut values = Values {
                table: writing.open_table(VALUES)?,
                size: before,
            };
            let outcome = change(&mut values)?;
            let most = self.0.most;
            // Whoever has too much already may have less.
            if values.size > most && values.size > before {
                let refusal = format!("there would be more than {most} bytes, which is the most");
                return Ok(Outcome::Refused(refusal));
            }
            if matches!(outcome, Outcome::Refused(_)) {
                return Ok(outcome);
            }
            sizes.insert((), values.size)?;
            outcome
        };
        writing.commit()?;
        Ok(outcome)
    }
}

/// The values, and how much they are.
struct Values<'a> {
    table: Table<'a, &'static str, &'static [u8]>,
    size: u64,
}

impl Values<'_> {
    fn insert(&mut self, key: &str, value: &[u8]) -> Result<(), Failed> {
        let old = self.table.insert(key, value)?;
        let old = old.map_or(0, |old| size(key, old.value()));
        self.size = self.size + size(key, value) - old.min(self.size);
        Ok(())
    }
}

fn size(key: &str, value: &[u8]) -> u64 {
    PER_KEY + (key.len() + value.len()) as u64
}

fn set(values: &mut Values<'_>, pairs: &[(String, Vec<u8>)]) -> Result<Outcome, Failed> {
    for (key, value) in pairs {
        values.insert(key, value)?;
    }
    Ok(Outcome::Done)
}

fn delete(values: &mut Values<'_>, keys: &[String]) -> Result<Outcome, Failed> {
    for key in keys {
        let old = values.table.remove(&**key)?;
        let old = old.map_or(0, |old| size(key, old.value()));
        values.size -= old.min(values.size);
    }
    Ok(Outcome::Done)
}

fn increment(values: &mut Values<'_>, key: &str, delta: u64) -> Result<Outcome, Failed> {
    let number = match values.table.get(key)? {
        None => Some(0),
        Some(value) => std::str::from_utf8(value.value())
            .ok()
            .and_then(|text| text.parse::<u64>().ok()),
    };
    let Some(number) = number else {
        let refusal = "the key's value is no number in decimal digits";
        return Ok(Outcome::Refused(refusal.to_owned()));
    };
    let Some(sum) = number.checked_add(delta) else {
        let refusal = format!("the sum would be more than {}", u64::MAX);
        return Ok(Outcome::Refused(refusal));
    };
    values.insert(key, sum.to_string().as_bytes())?;
    Ok(Outcome::Sum(sum))
}

fn database(file: File) -> Result<Database, Failed> {
    let database = Builder::new()
        .set_cache_size(CACHE)
        .create_with_backend(FileBackend::new(file)?)?;
    // So that whoever reads finds tables.
    let writing = database.begin_write()?;
    writing.open_table(VALUES)?;
    writing.open_table(SIZE)?;
    writing.commit()?;
    Ok(database)
}

/// What tells a file from all others that there are.
fn number(metadata: &fs::Metadata) -> (u64, u64) {
    (metadata.dev(), metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> String {
        text.to_owned()
    }

    fn pair(key: &str, value: &str) -> (String, Vec<u8>) {
        (text(key), value.as_bytes().to_vec())
    }

    #[test]
    fn what_was_set_is_there_until_it_is_removed_and_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let store = KeyValueFile::open(&path, 10_000).unwrap();
        let set = Operation::Set(vec![pair("a", "1"), pair("b", "two")]);
        assert_eq!(store.perform(&set), Outcome::Done);
        let get = Operation::Get(vec![text("b"), text("c")]);
        let values = Outcome::Values(vec![Some(b"two".to_vec()), None]);
        assert_eq!(store.perform(&get), values);
        assert!(KeyValueFile::open(&path, 1).is_err(), "it is taken");
        drop(store);
        let store = KeyValueFile::open(&path, 10_000).unwrap();
        assert_eq!(store.perform(&get), values);
        assert_eq!(
            store.perform(&Operation::Delete(vec![text("b"), text("b")])),
            Outcome::Done
        );
        let exist = Operation::Exist(vec![text("a"), text("b")]);
        assert_eq!(store.perform(&exist), Outcome::Are(vec![true, false]));
        assert_eq!(
            store.perform(&Operation::List(0)),
            Outcome::Keys(vec![text("a")], None)
        );
        assert!(store.is_at(&path));
        fs::remove_file(&path).unwrap();
        fs::write(&path, "").unwrap();
        assert!(!store.is_at(&path), "that is another file");
    }

    #[test]
    fn numbers_grow() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyValueFile::open(&folder.path().join("kept"), 10_000).unwrap();
        let grow = |key: &str, delta| store.perform(&Operation::Increment(text(key), delta));
        assert_eq!(grow("n", 2), Outcome::Sum(2));
        assert_eq!(grow("n", 40), Outcome::Sum(42));
        assert!(matches!(grow("n", u64::MAX), Outcome::Refused(_)));
        store.perform(&Operation::Set(vec![pair("word", "x")]));
        assert!(matches!(grow("word", 1), Outcome::Refused(_)));
        assert_eq!(grow("n", 0), Outcome::Sum(42));
    }

    #[test]
    fn there_is_an_end_to_what_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("kept");
        let store = KeyValueFile::open(&path, 3 * PER_KEY).unwrap();
        let set = |key: &str, value: &str| store.perform(&Operation::Set(vec![pair(key, value)]));
        assert_eq!(set("a", &"x".repeat(60)), Outcome::Done);
        for _ in 0..100 {
            assert_eq!(set("a", &"y".repeat(60)), Outcome::Done);
        }
        assert!(matches!(set("b", &"x".repeat(60)), Outcome::Refused(_)));
        assert_eq!(
            store.perform(&Operation::List(0)),
            Outcome::Keys(vec![text("a")], None)
        );
        assert_eq!(set("a", ""), Outcome::Done);
        assert_eq!(set("b", &"x".repeat(60)), Outcome::Done);
        drop(store);
        // Whoever may have less than there is can remove some.
        let store = KeyValueFile::open(&path, 1).unwrap();
        assert_eq!(
            store.perform(&Operation::Set(vec![pair("b", "x")])),
            Outcome::Done
        );
        assert_eq!(
            store.perform(&Operation::Delete(vec![text("b")])),
            Outcome::Done
        );
    }

    #[test]
    fn many_keys_are_told_in_pieces() {
        let folder = tempfile::tempdir().unwrap();
        let store = KeyValueFile::open(&folder.path().join("kept"), 1 << 20).unwrap();
        let pairs = (0..2 * LISTED).map(|number| pair(&format!("{number:05}"), ""));
        assert_eq!(
            store.perform(&Operation::Set(pairs.collect())),
            Outcome::Done
        );
        let (mut from, mut told) = (Some(0), Vec::new());
        while let Some(next) = from {
            let Outcome::Keys(keys, more) = store.perform(&Operation::List(next)) else {
                panic!("they are told");
            };
            told.extend(keys);
            from = more;
        }
        assert_eq!(told.len(), 2 * LISTED);
        let beyond = store.perform(&Operation::List(u64::MAX));
        assert_eq!(beyond, Outcome::Keys(Vec::new(), None));
    }
}
