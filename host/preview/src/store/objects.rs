//! Small objects of JSON under their keys, in whatever keeps objects.

use super::error::StoreError;
use object_store::path::Path as Key;
use object_store::{Error, ObjectStore, ObjectStoreExt, PutMode, PutOptions};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::io;
use std::sync::Arc;

/// The largest object that is read: a manifest of 100,000 files with long paths.
const MOST: u64 = 256 * 1024 * 1024;

/// What keeps objects.
#[derive(Debug, Clone)]
pub(super) struct Objects(Arc<dyn ObjectStore>);

/// What became of a put that makes an object anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Created {
    /// It is there, and stays.
    Made,
    /// Another one was there before.
    Existed,
}

/// An object as it is read.
#[derive(Debug)]
pub(super) enum Read<T> {
    /// It is there.
    Here(T),
    /// There is none.
    Absent,
    /// It can't be understood. The text says why.
    Damaged(String),
}

/// What is right below a key.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// The last segments of what has keys below.
    pub(super) folders: Vec<String>,
    /// The last segments of objects, and when each was put, in seconds since 1970.
    pub(super) objects: Vec<(String, u64)>,
}

impl Objects {
    pub(super) fn new(store: impl ObjectStore) -> Self {
        Self(Arc::new(store))
    }

    /// Puts an object, unless there is one.
    pub(super) async fn create(
        &self,
        key: &Key,
        object: &impl Serialize,
    ) -> Result<Created, StoreError> {
        match self.put(key, object, PutMode::Create).await {
            Ok(()) => Ok(Created::Made),
            Err(Error::AlreadyExists { .. }) => Ok(Created::Existed),
            Err(error) => Err(failed("write", key, error)),
        }
    }

    /// Puts an object in the place of what is there.
    pub(super) async fn overwrite(
        &self,
        key: &Key,
        object: &impl Serialize,
    ) -> Result<(), StoreError> {
        let put = self.put(key, object, PutMode::Overwrite).await;
        put.map_err(|error| failed("write", key, error))
    }

    async fn put(&self, key: &Key, object: &impl Serialize, mode: PutMode) -> Result<(), Error> {
        let json = serde_json::to_vec(object).map_err(|error| Error::Generic {
            store: "json",
            source: error.into(),
        })?;
        let how = PutOptions::from(mode);
        self.0.put_opts(key, json.into(), how).await.map(drop)
    }

    pub(super) async fn read<T: DeserializeOwned>(&self, key: &Key) -> Result<Read<T>, StoreError> {
        let read = |error| failed("read", key, error);
        let object = match self.0.get(key).await {
            Ok(object) => object,
            Err(Error::NotFound { .. }) => return Ok(Read::Absent),
            Err(error) => return Err(read(error)),
        };
        if object.meta.size > MOST {
            let size = object.meta.size;
            return Ok(Read::Damaged(format!("{key} has {size} bytes")));
        }
        let json = object.bytes().await.map_err(read)?;
        Ok(match serde_json::from_slice(&json) {
            Ok(object) => Read::Here(object),
            Err(error) => Read::Damaged(format!("{key} can't be understood: {error}")),
        })
    }

    pub(super) async fn list(&self, prefix: &Key) -> Result<Listing, StoreError> {
        let listed = self.0.list_with_delimiter(Some(prefix)).await;
        let listed = listed.map_err(|error| failed("list", prefix, error))?;
        let name = |key: &Key| key.filename().unwrap_or_default().to_owned();
        let put = |at: i64| u64::try_from(at).unwrap_or(0);
        let object = |object: &object_store::ObjectMeta| {
            (
                name(&object.location),
                put(object.last_modified.timestamp()),
            )
        };
        Ok(Listing {
            folders: listed.common_prefixes.iter().map(name).collect(),
            objects: listed.objects.iter().map(object).collect(),
        })
    }

    /// Removes an object. False: there was none.
    pub(super) async fn remove(&self, key: &Key) -> Result<bool, StoreError> {
        match self.0.delete(key).await {
            Ok(()) => Ok(true),
            Err(Error::NotFound { .. }) => Ok(false),
            Err(error) => Err(failed("remove", key, error)),
        }
    }
}

/// The system's own error, where there is one, says best what happened.
fn failed(what: &str, key: &Key, error: Error) -> StoreError {
    let doing = format!("{what} {key}");
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            let source = match error.raw_os_error() {
                Some(number) => io::Error::from_raw_os_error(number),
                None => io::Error::new(error.kind(), error.to_string()),
            };
            return StoreError::io(doing, source);
        }
        cause = error.source();
    }
    StoreError::io(doing, io::Error::other(error))
}
