//! Components that are WIT packages: interfaces, and no code.

use super::vetted::{Unreadable, Vetted};
use wit_parser::decoding::{DecodedWasm, decode};

/// What a WIT package is told.
pub(crate) const WIT_PACKAGE: &str =
    "it is a WIT package, which has no code; give the component that is built with it";

/// Whether a well-formed component is one.
///
/// # Errors
///
/// It can't be read.
pub(crate) fn is_wit_package(component: &Vetted) -> Result<bool, Unreadable> {
    component.examine(|bytes| matches!(decode(bytes), Ok(DecodedWasm::WitPackage(..))))
}
