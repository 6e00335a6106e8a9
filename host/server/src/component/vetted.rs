//! A component's bytes, as everything else sees them: nothing reads a component
//! before its levels were counted, and nothing on a stack of unknown size.

use super::nesting::{self, MAX_LEVELS, Refused};
use super::recognise::damage;
use std::any::Any;
use std::borrow::Cow;
use std::io;
use std::thread;

/// The stack that a component is read and compiled on. What wasmparser needs for
/// [`MAX_LEVELS`] is a twentieth of it, in a build for tests.
const STACK_SIZE: usize = 16 * 1024 * 1024;

/// The name of the thread that components are read and compiled on. A panic there is
/// an error, which says the panic's message: nothing else needs to report it.
pub const READING_THREAD: &str = "component";

/// The bytes of a component, or of a module that is to become one, whose levels were
/// counted.
pub(crate) struct Vetted(Cow<'static, [u8]>);

/// Why a component isn't read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error(
        "its types and components are nested more than {MAX_LEVELS} levels deep; build it with fewer of them in each other"
    )]
    TooDeep,
    /// It ends, or goes wrong, within itself.
    #[error("{0}")]
    Damaged(String),
    /// What reads it has given up, as wasmparser does where types that refer to each
    /// other make a chain of more than 127.
    #[error("it can't be read ({0}); build it with fewer types that refer to each other")]
    GivenUp(String),
    #[error("there is no thread to read it on: {0}")]
    Thread(#[from] io::Error),
}

impl Vetted {
    /// Counts the levels of what is in each other.
    ///
    /// # Errors
    ///
    /// They are too many, or the bytes aren't well-formed.
    pub(crate) fn new(bytes: impl Into<Cow<'static, [u8]>>) -> Result<Self, Unreadable> {
        let bytes = bytes.into();
        nesting::check(&bytes).map_err(|refused| match refused {
            Refused::TooDeep => Unreadable::TooDeep,
            Refused::Damaged(error) => Unreadable::Damaged(damage(&error.to_string())),
        })?;
        Ok(Self(bytes))
    }

    /// The bytes, if they are part of this program.
    pub(super) fn embedded(&self) -> Option<&'static [u8]> {
        match self.0 {
            Cow::Borrowed(bytes) => Some(bytes),
            Cow::Owned(_) => None,
        }
    }

    /// Does what reads the bytes, on a thread with room for it. If that panics, it is
    /// an error like others.
    ///
    /// # Errors
    ///
    /// It has panicked, or there is no such thread.
    pub(crate) fn examine<T: Send>(
        &self,
        examine: impl FnOnce(&[u8]) -> T + Send,
    ) -> Result<T, Unreadable> {
        let examined = thread::scope(|scope| {
            let builder = thread::Builder::new().name(READING_THREAD.to_owned());
            let thread = builder
                .stack_size(STACK_SIZE)
                .spawn_scoped(scope, || examine(&self.0))?;
            io::Result::Ok(thread.join())
        });
        examined?.map_err(|panic| Unreadable::GivenUp(message(&*panic)))
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("a panic").to_owned()
}
