//! What a worker has made of a component, as it says it: what the component is, in JSON
//! behind that text's length in four bytes, and then the machine code.

use super::job::Job;
use crate::component::served_world::ServedWorld;
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use std::io::{self, Write};
use wasm_host_process::WorkFailure;

/// What a component is that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Made {
    /// One that is served.
    Component {
        world: ServedWorld,
        instances: Instances,
    },
    Script,
    /// It is none, and why.
    NotAComponent(String),
    /// It exports this, which isn't what is served.
    WrongWorld(String),
}

/// What becomes of its instances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Instances {
    UsedAgain,
    UsedOnce,
    /// They can't be used again, and why.
    NeverAgain(String),
}

/// All of it.
pub(crate) struct Product {
    pub(crate) job: Job,
    pub(crate) made: Made,
    encoded: Bytes,
    code_at: usize,
}

impl Made {
    /// What is no component.
    ///
    /// # Errors
    ///
    /// It may be one, and what reads or compiles it has run out of memory.
    pub(crate) fn refused(reason: String) -> io::Result<Self> {
        if WorkFailure::is_want_of_memory(&reason) {
            return Err(io::Error::other(reason));
        }
        Ok(Self::NotAComponent(reason))
    }

    /// As a worker's whole answer. `code`: nothing if there is none.
    ///
    /// # Errors
    ///
    /// It can't be written.
    pub(crate) fn write(&self, code: &[u8], mut answer: impl Write) -> io::Result<()> {
        let text = serde_json::to_vec(self)?;
        let length = u32::try_from(text.len()).map_err(io::Error::other)?;
        answer.write_all(&length.to_le_bytes())?;
        answer.write_all(&text)?;
        answer.write_all(code)
    }
}

impl Product {
    /// None for what [`Made::write`] didn't write.
    pub(crate) fn decode(job: Job, encoded: impl Into<Bytes>) -> Option<Self> {
        let encoded: Bytes = encoded.into();
        let (length, rest) = encoded.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let made = serde_json::from_slice(rest.get(..length)?).ok()?;
        Some(Self {
            job,
            made,
            code_at: encoded.len() - rest.len() + length,
            encoded: encoded.clone(),
        })
    }

    pub(crate) fn code(&self) -> &[u8] {
        &self.encoded[self.code_at..]
    }

    /// Whether there is machine code.
    pub(super) fn is_code(&self) -> bool {
        self.code_at < self.encoded.len()
    }

    pub(crate) fn encoded(&self) -> &Bytes {
        &self.encoded
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::compiler::{Memories, Purpose};

    const JOB: Job = Job {
        purpose: Purpose::Once,
        memories: Memories::Pooled,
    };

    #[test]
    fn products_survive_the_way() {
        for made in [
            Made::Script,
            Made::NotAComponent("it is \"text\"".to_owned()),
            Made::Component {
                world: ServedWorld::Proxy,
                instances: Instances::NeverAgain("so".to_owned()),
            },
        ] {
            let mut encoded = Vec::new();
            made.write(b"code", &mut encoded).unwrap();
            let product = Product::decode(JOB, encoded.clone()).unwrap();
            assert_eq!((&product.made, product.code()), (&made, &b"code"[..]));
            encoded.truncate(encoded.len() - "code".len());
            assert!(!Product::decode(JOB, encoded.clone()).unwrap().is_code());
            encoded.pop();
            assert!(Product::decode(JOB, encoded).is_none());
        }
        for wrong in [&b""[..], b"\xff\xff\xff\xff{}", b"\x02\0\0\0{}"] {
            assert!(Product::decode(JOB, wrong.to_vec()).is_none(), "{wrong:?}");
        }
    }
}
