//! The component of [`conformance::Rejecting`].

use conformance::Rejecting;

wasm_host_sdk::export!(Rejecting);
