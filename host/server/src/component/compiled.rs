//! What was made of a component, to be kept and served elsewhere.

use super::compiler::{Job, Product};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;

/// A component that was compiled: machine code for this machine and this version of
/// wasm-host, and what it is that was compiled.
#[derive(Clone)]
pub struct CompiledComponent {
    name: Arc<str>,
    job: Job,
    product: Bytes,
}

impl CompiledComponent {
    pub(super) fn new(name: &str, product: &Product) -> Self {
        Self {
            name: name.into(),
            job: product.job,
            product: product.encoded().clone(),
        }
    }

    /// What messages name it, and what its handler finds as its own name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn product(&self) -> Option<Product> {
        Product::decode(self.job, self.product.clone())
    }

    /// All of it but its name, to be kept.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let job = self.job.to_string();
        [job.as_bytes(), b"\n", &self.product].concat()
    }

    /// Undoes [`to_bytes`](Self::to_bytes). None for what it didn't make. It is the
    /// caller's to know that nobody has changed the bytes since: their machine code is run.
    #[must_use]
    pub fn from_bytes(name: &str, bytes: impl Into<Bytes>) -> Option<Self> {
        let bytes = bytes.into();
        let end = bytes.iter().position(|&byte| byte == b'\n')?;
        let job = Job::parse(std::str::from_utf8(&bytes[..end]).ok()?)?;
        let compiled = Self {
            name: name.into(),
            job,
            product: bytes.slice(end + 1..),
        };
        compiled.product().is_some().then_some(compiled)
    }
}

impl fmt::Debug for CompiledComponent {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = formatter.debug_struct("CompiledComponent");
        shown.field("name", &self.name).finish_non_exhaustive()
    }
}
