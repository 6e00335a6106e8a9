//! The host's side of `wit/deps/keyvalue.wit`.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated; the interfaces are documented in wit/"
)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "wasi:keyvalue/imports@0.2.0-draft",
    imports: { default: async | trappable },
    with: {
        "wasi:keyvalue/store.bucket": super::bucket::Bucket,
    },
    require_store_data_send: true,
});
