//! The component's side of `wit/`: the only `generate!` of this crate.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated; the interfaces are documented in wit/"
)]

wit_bindgen::generate!({
    path: "../../wit",
    world: "wasm-host:http/handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "wasm_host_sdk::bindings",
    export_macro_name: "export_world",
});
