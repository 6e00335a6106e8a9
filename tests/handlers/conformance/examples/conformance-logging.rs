//! The component of [`conformance::Logging`].

use conformance::Logging;

wasm_host_sdk::export!(Logging);
