//! The component of [`conformance::Base`].

use conformance::Base;

wasm_host_sdk::export!(Base);
