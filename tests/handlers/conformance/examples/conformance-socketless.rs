//! The component of [`conformance::Socketless`].

use conformance::Socketless;

wasm_host_sdk::export!(Socketless);
