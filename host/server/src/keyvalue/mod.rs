//! What a handler keeps beyond its instances: values by keys, by `wasi:keyvalue`.
//!
//! 1. A handler opens a bucket by the name `default`, and does something with a key of it
//!    (`imports`). That is an [`Operation`], whichever function it was.
//! 2. It is done in a file of this process's (`file`), or by another process that has the
//!    file (`remote`): a server that holds code of strangers has none itself.
//! 3. How much there may be is bounded in bytes, and how long a key and a value may be.

mod bindings;
mod bucket;
mod file;
mod imports;
mod operation;
mod remote;
mod serving;

pub use bucket::KeyValues;
pub use file::{KeyValueFile, KeyValueFileError};
pub(crate) use imports::{KeyValueView, add_to_linker};
pub use remote::RemoteKeyValues;
pub use serving::serve_key_values;
