//! The component's side of `wit/`: the only `generate!`s of this crate, one for
//! each world that a handler can be built for, and one for what both can import.
#![allow(
    missing_docs,
    unsafe_code,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::allow_attributes_without_reason,
    reason = "generated; the interfaces are documented in wit/"
)]

#[cfg(not(feature = "wasi-http"))]
wit_bindgen::generate!({
    path: "wit",
    world: "wasm-host:http/handler",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "wasm_host_sdk::bindings",
    export_macro_name: "export_world",
});

// What `wasi:http/proxy` has, without outgoing requests, which the SDK doesn't
// make; and files, which come from `wasi:filesystem` there.
#[cfg(feature = "wasi-http")]
wit_bindgen::generate!({
    inline: "
        package wasm-host:sdk;

        world proxy {
            import wasi:filesystem/preopens@0.2.12;
            import wasi:filesystem/types@0.2.12;
            import wasi:http/types@0.2.12;
            export wasi:http/incoming-handler@0.2.12;
        }
    ",
    path: "wit",
    world: "wasm-host:sdk/proxy",
    generate_all,
    pub_export_macro: true,
    default_bindings_module: "wasm_host_sdk::bindings",
    export_macro_name: "export_world",
});

/// What a handler of either world may import beside that.
pub(crate) mod key_values {
    wit_bindgen::generate!({
        path: "wit",
        world: "wasi:keyvalue/imports@0.2.0-draft",
        generate_all,
    });
}
