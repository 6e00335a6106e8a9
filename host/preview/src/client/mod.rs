//! The other end of the API: `wasm-host deploy` and `wasm-host previews`.
