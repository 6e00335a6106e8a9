//! Integration tests: each drives the real binary over real sockets.
//!
//! Every test starts its own server on a free port with its own directory, so
//! that they run in any order and all at once. Nothing sleeps in place of an
//! event and nothing asserts how long something took; all waits are bounded by
//! `support::PATIENCE`. What needs an absent program prints `skipped: …`, or fails
//! where nothing may be left out: see `support::skip`.
//!
//! The benchmark has tests of its own, `benchmark.rs`.
#![allow(
    clippy::unwrap_used,
    reason = "a test that can't go on may say so by panicking"
)]

mod support;

// Starting and stopping.
mod activation; // sockets that systemd hands over
mod admin; // `--admin`: what operators are told
mod arguments; // wrong ones, and what is said of each
mod cli; // arguments, the start-up line, errors and exit codes
mod completions; // `completions` and `man`: what bash completes, and what groff renders
mod components; // `--component`: what is taken for a handler, and what is refused
mod cors; // `--cors`: what scripts of other origins may read
mod grants; // what a handler is granted by name, and nothing beyond it
mod inspect; // `inspect`: what a component is, and what it would need
mod lifecycle; // signals, graceful stop, leaks over many connections
mod lockdown; // what the process gives up once all is open
mod log_backlog; // a log that is read slowly, not at all, or can't be written
mod log_budget; // what handlers and scripts can do to the log
mod logging; // log formats, and what a client can't write into a log
mod mistakes; // the likeliest ones, and every word of what is said
mod new; // `new`: projects that build, test and serve
mod options; // what each flag changes in the responses
mod precompiled; // `compile`, and serving what it makes
mod precompressed; // `--precompressed`: which encoding is chosen
mod preview; // `preview`, `deploy`, `previews`: many sites on one port
mod progress; // what a terminal shows while something takes long
mod proxy; // components of wasi:http, 0.2 and 0.3
mod proxy_protocol; // whose a connection is, as a proxy says
mod readme; // "Write a handler", word by word
mod settings; // `--config`, the environment, `--print-config`, `/config`
mod swap;
#[cfg(target_os = "linux")]
mod systemd; // what systemd is told, and the unit
mod tls; // HTTPS: certificates, and what clients see of them
mod types;
mod unix_sockets; // `--bind unix:PATH`
mod user; // `--user`: who the server is, and what that user can't reach // types, charsets and encodings, and the options that change them // a component takes another's place, while requests go on

// HTTP, whatever is served.
mod base; // versions, keep-alive, pipelining, Host
mod closing; // a response before the close says so
mod framing; // where a request body ends; smuggling
mod gateway; // `--gateway`: what of a handler's answers reaches a client
mod http2; // HTTP/2: clients, malformed requests, and attacks; the folder lists its parts
mod malformed; // a table of garbage, after each of which others are served
mod methods; // HEAD, OPTIONS, 501 for the others, Expect

// Files and directories.
mod archives; // `--archives`: directories as one file
mod conditional; // If-*, in their order of precedence
mod errors; // error pages
mod listing; // directory listings for people and programs
mod multipart; // several parts of a file at once
mod names; // file names that are hard to serve
mod range; // parts of a file
mod redirects; // from a directory to the same with its slash
mod replaced; // a served directory in whose place another is put
mod rules; // `--rules`: _redirects and _headers, beside Netlify's and Cloudflare's own
mod sandbox; // what lies outside of the root stays there
mod simple; // types, paths
mod together; // many responses at once
mod uploads; // `--upload`: files that clients leave; the folder lists its parts
mod validators; // entity tags and dates: no two contents have the same

// Login.
mod auth; // `--auth`: who sees anything at all

// CGI.
mod cgi; // scripts, and what serves them; the folder lists its parts

// Handlers of one's own.
mod events; // server-sent events, by every way that a response has
mod examples; // those of `guest/examples`, as their texts say
mod websocket; // connections that leave HTTP
mod worlds; // the same handlers in `wasi:http`, here and under wasmtime

// Under pressure.
mod bombs; // components that are made to take all time and memory of a compiler
mod crowds; // many clients that keep the server waiting
mod deep; // components that would take the stack of whoever reads them
mod failures; // handlers that trap, loop, hoard; whom that concerns
mod fairness; // who waits for whom, when handlers compute
mod held; // what a handler holds open, and what it can't: FIFOs and devices
mod hostile; // clients that reset, stall, vanish; files that shrink
mod isolation; // what a handler shares with others, and what it can reach
mod limits; // each limit, and the answer of the server that reaches it
mod limits_page; // host/LIMITS.md, and whether it is true
mod memory; // what an instance may have, with what the host keeps for it, and all together
mod misuse; // handlers that misuse their connection and the host's functions
mod random; // a handler that calls what it may import at random
mod renewal; // instances that are used again are as new
mod soak; // minutes of mixed load and faults; only when asked for

// The sources.
mod key_values; // what handlers keep, by wasi:keyvalue
mod layers; // which modules may use which, as CONTRIBUTING.md draws it

// Other programs.
mod browser; // Chromium
mod conformance; // the handlers of CPython's tests, and those tests themselves
mod curl; // downloads, ranges, resuming, revalidation, uploads
mod differences; // where we differ from http.server on purpose
mod monitoring; // Prometheus and Grafana, by what `--admin` tells
mod parity; // the same requests to `python3 -m http.server`
mod pdf; // PDF.js in Chromium
mod python; // http.client and urllib
