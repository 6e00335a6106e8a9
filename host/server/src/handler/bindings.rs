//! The host's side of `wit/`: the only `bindgen!` of this crate.
#![allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    reason = "generated; the interfaces are documented in wit/"
)]

wasmtime::component::bindgen!({
    path: "wit",
    world: "wasm-host:http/handler",
    imports: {
        "wasm-host:http/process.spawn": async | trappable,
        "wasm-host:http/process.spawn-spooled": async | trappable,
        "wasm-host:http/process.[static]spool.open": async | trappable,
        "wasm-host:http/process.[method]spool.write": async | trappable,
        "wasm-host:http/process.[method]child.read": async | trappable,
        "wasm-host:http/process.[method]child.wait": async | trappable,
        "wasm-host:http/sites.find": async | trappable,
        "wasm-host:http/sites.earlier": async | trappable,
        "wasm-host:http/uploads.[static]upload.begin": async | trappable,
        "wasm-host:http/uploads.[method]upload.write": async | trappable,
        "wasm-host:http/uploads.[method]upload.receive": async | trappable,
        "wasm-host:http/uploads.finish": async | trappable,
        default: trappable,
    },
    exports: { default: async },
    with: {
        "wasm-host:http/process.child": crate::scripts::ScriptRun,
        "wasm-host:http/process.spool": crate::scripts::Spool,
        "wasm-host:http/places.place": crate::admission::LongPlace,
        "wasm-host:http/uploads.upload": crate::uploads::Upload,
        "wasi": wasmtime_wasi::p2::bindings,
        "wasi:io": wasmtime_wasi_io::bindings::wasi::io,
    },
    require_store_data_send: true,
});
