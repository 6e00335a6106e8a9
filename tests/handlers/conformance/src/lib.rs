//! The request handlers that CPython's `test_httpservers.py` tests `http.server`
//! with, written with the SDK, to show that it means the same.
//!
//! Where our base class does more than Python's, they switch it off: `Host` isn't
//! required, and a request line that can't be read is answered as the default
//! version.

mod base;
mod logging;
mod rejecting;
mod socketless;

pub use base::Base;
pub use logging::Logging;
pub use rejecting::Rejecting;
pub use socketless::Socketless;
