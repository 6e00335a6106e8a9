//! The functions that a handler calls.

use super::bindings::wasi::keyvalue::{atomics, batch, store};
use super::bucket::{Bucket, KeyValues};
use super::operation::{Operation, Outcome};
use store::{Error, KeyResponse};
use wasmtime::component::{HasData, Linker, Resource, ResourceTable};

/// The one store that there is, by the name that others have for it, too.
const DEFAULT: &str = "default";

/// What the functions need of an instance's state.
pub(crate) struct KeyValueView<'a> {
    /// Its resources.
    pub(crate) table: &'a mut ResourceTable,
    /// What it was granted.
    pub(crate) granted: Option<&'a KeyValues>,
}

struct HasKeyValues;

impl HasData for HasKeyValues {
    type Data<'a> = KeyValueView<'a>;
}

/// Adds them to what a component can import.
pub(crate) fn add_to_linker<T: Send + 'static>(
    linker: &mut Linker<T>,
    view: fn(&mut T) -> KeyValueView<'_>,
) -> wasmtime::Result<()> {
    store::add_to_linker::<T, HasKeyValues>(linker, view)?;
    atomics::add_to_linker::<T, HasKeyValues>(linker, view)?;
    batch::add_to_linker::<T, HasKeyValues>(linker, view)
}

/// What a function gives: its outcome, or a trap.
type Answer<T> = wasmtime::Result<Result<T, Error>>;

impl KeyValueView<'_> {
    async fn perform(
        &mut self,
        bucket: &Resource<Bucket>,
        operation: Operation,
    ) -> Answer<Outcome> {
        let values = self.table.get(bucket)?.0.clone();
        Ok(values.perform(operation).await.map_err(Error::Other))
    }
}

/// The store answers otherwise than it was asked.
fn nonsense<T>() -> Result<T, Error> {
    Err(Error::Other(
        "whoever keeps the values answers nonsense".to_owned(),
    ))
}

impl store::Host for KeyValueView<'_> {
    async fn open(&mut self, name: String) -> Answer<Resource<Bucket>> {
        let Some(granted) = self.granted else {
            return Ok(Err(Error::AccessDenied));
        };
        if name != DEFAULT {
            return Ok(Err(Error::NoSuchStore));
        }
        let bucket = Bucket(granted.clone());
        Ok(Ok(self.table.push(bucket)?))
    }
}

impl store::HostBucket for KeyValueView<'_> {
    async fn get(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<Option<Vec<u8>>> {
        let outcome = self.perform(&bucket, Operation::Get(vec![key])).await?;
        Ok(outcome.and_then(|outcome| match outcome {
            Outcome::Values(mut values) if values.len() == 1 => Ok(values.swap_remove(0)),
            _ => nonsense(),
        }))
    }

    async fn set(&mut self, bucket: Resource<Bucket>, key: String, value: Vec<u8>) -> Answer<()> {
        let set = Operation::Set(vec![(key, value)]);
        Ok(self.perform(&bucket, set).await?.map(drop))
    }

    async fn delete(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<()> {
        let delete = Operation::Delete(vec![key]);
        Ok(self.perform(&bucket, delete).await?.map(drop))
    }

    async fn exists(&mut self, bucket: Resource<Bucket>, key: String) -> Answer<bool> {
        let outcome = self.perform(&bucket, Operation::Exist(vec![key])).await?;
        Ok(outcome.and_then(|outcome| match outcome {
            Outcome::Are(are) if are.len() == 1 => Ok(are[0]),
            _ => nonsense(),
        }))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<Bucket>,
        cursor: Option<u64>,
    ) -> Answer<KeyResponse> {
        let list = Operation::List(cursor.unwrap_or(0));
        let outcome = self.perform(&bucket, list).await?;
        Ok(outcome.and_then(|outcome| match outcome {
            Outcome::Keys(keys, cursor) => Ok(KeyResponse { keys, cursor }),
            _ => nonsense(),
        }))
    }

    async fn drop(&mut self, bucket: Resource<Bucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for KeyValueView<'_> {
    async fn increment(
        &mut self,
        bucket: Resource<Bucket>,
        key: String,
        delta: u64,
    ) -> Answer<u64> {
        let increment = Operation::Increment(key, delta);
        let outcome = self.perform(&bucket, increment).await?;
        Ok(outcome.and_then(|outcome| match outcome {
            Outcome::Sum(sum) => Ok(sum),
            _ => nonsense(),
        }))
    }
}

impl batch::Host for KeyValueView<'_> {
    async fn get_many(
        &mut self,
        bucket: Resource<Bucket>,
        keys: Vec<String>,
    ) -> Answer<Vec<Option<(String, Vec<u8>)>>> {
        let get = Operation::Get(keys.clone());
        let outcome = self.perform(&bucket, get).await?;
        Ok(outcome.and_then(|outcome| match outcome {
            Outcome::Values(values) => {
                let pairs = keys.into_iter().zip(values);
                Ok(pairs.map(|(key, value)| Some((key, value?))).collect())
            }
            _ => nonsense(),
        }))
    }

    async fn set_many(
        &mut self,
        bucket: Resource<Bucket>,
        pairs: Vec<(String, Vec<u8>)>,
    ) -> Answer<()> {
        Ok(self
            .perform(&bucket, Operation::Set(pairs))
            .await?
            .map(drop))
    }

    async fn delete_many(&mut self, bucket: Resource<Bucket>, keys: Vec<String>) -> Answer<()> {
        Ok(self
            .perform(&bucket, Operation::Delete(keys))
            .await?
            .map(drop))
    }
}
