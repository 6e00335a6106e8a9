//! The request handlers that CPython's `test_httpservers.py` tests `http.server`
//! with, written with the SDK, to show that it means the same.
//!
//! Where our base class does more than Python's, they switch it off: `Host` isn't
//! required, any version below HTTP/2.0 will do, a request line that can't be read is
//! answered as the default version, and a response without a length ends with the
//! connection.

/// What all of them say of themselves, with the version of a request line that
/// names none.
macro_rules! as_in_cpython {
    ($default_request_version:literal) => {
        fn new(exchange: Exchange) -> Self {
            Self(exchange)
        }

        fn exchange(&mut self) -> &mut Exchange {
            &mut self.0
        }

        fn protocol_version(&mut self) -> &'static str {
            "HTTP/1.1"
        }

        fn default_request_version(&mut self) -> &'static str {
            $default_request_version
        }

        fn malformed_request_version(&mut self) -> &'static str {
            self.default_request_version()
        }

        fn requires_host(&mut self) -> bool {
            false
        }

        fn requires_http_1(&mut self) -> bool {
            false
        }

        fn frames_responses(&mut self) -> bool {
            false
        }
    };
}

mod base;
mod logging;
mod rejecting;
mod socketless;

pub use base::Base;
pub use logging::Logging;
pub use rejecting::Rejecting;
pub use socketless::Socketless;
