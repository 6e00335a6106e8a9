//! Gives the handler a stack of 64 KiB, where Rust's own is 1 MiB: wasm-host uses an
//! instance again only if its memory is small, and a new one takes several times as
//! long as most requests. A handler that needs more, as for deep recursion, traps;
//! then raise it here.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_FAMILY").as_deref() == Ok("wasm") {
        println!("cargo::rustc-link-arg-cdylib=-zstack-size=65536");
    }
}
