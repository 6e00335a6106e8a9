//! The same handler in another world: `wasi:http/proxy`, which wasmtime, Spin
//! and wasmCloud run.
//!
//! ```text
//! cargo build --release --target wasm32-wasip2 --features wasm-host-sdk/wasi-http
//! wasmtime serve -S cli target/wasm32-wasip2/release/hello.wasm
//! ```
//!
//! Nothing in the handler changes, and nothing in its `Cargo.toml`. (`-S cli`
//! grants what Rust's standard library imports; add `--dir .` for the files of a
//! [`SimpleHttpRequestHandler`](crate::SimpleHttpRequestHandler), which serves
//! the directory that is granted as `/` or as `.`.)
//!
//! There the host speaks HTTP, and hands over requests one by one. Here each
//! becomes the bytes of an HTTP/1.1 request, which the handler reads as ever; the
//! bytes that it writes become a response again. So whatever a handler
//! overrides means the same in both worlds, and both directions are streamed.
//! What the host keeps to itself is missing:
//!
//! - the client's address: [`Exchange::client_address`] is `-`, port 0;
//! - the server's name and port: they are those that the client addressed;
//! - the connection: `Connection`, `Transfer-Encoding` and the like are left out
//!   in both directions, `request_version` is always `HTTP/1.1`, and what a
//!   handler says after `Connection: keep-alive` is up to the host;
//! - reason phrases, interim responses (the host sends `100 Continue` when
//!   content is read) and trailers;
//! - scripts: [`Exchange::spawn`] is never permitted, so CGI answers 403;
//! - the log: lines go to standard error, in UTC, but for those of
//!   `log_request`, which are the host's to write;
//! - the options of `wasm-host serve`: all have their defaults;
//! - files whose names aren't UTF-8.
//!
//! [`Exchange::client_address`]: crate::Exchange::client_address
//! [`Exchange::spawn`]: crate::Exchange::spawn

#[cfg(any(test, all(target_family = "wasm", feature = "wasi-http")))]
mod decode;
#[cfg(any(test, all(target_family = "wasm", feature = "wasi-http")))]
mod request_head;

#[cfg(all(target_family = "wasm", feature = "wasi-http"))]
#[doc(hidden)]
pub mod component;
#[cfg(all(target_family = "wasm", feature = "wasi-http"))]
mod response;
