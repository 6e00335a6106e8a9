//! An HTTP server whose handlers run inside a WebAssembly sandbox: `wasm-host`, to
//! be embedded in other programs.
//!
//! # Architecture
//!
//! Two halves, with the WIT package in `wit/` between them:
//!
//! * **This crate, the host**, owns the sockets, the limits and the
//!   components' lifetime. It neither reads nor writes HTTP: a connection is
//!   bytes to it, but for the short responses when no handler can answer. A
//!   standard component takes requests instead: for these alone, `proxy` has
//!   hyper read and write HTTP.
//! * **A component, the handler**, reads requests from its connection and
//!   writes responses to it. It sees one directory, read-only, a clock, a log,
//!   and what it is granted by name ([`GrantOptions`]); it can't open a socket. The
//!   one that serves files is embedded here, and built from the same SDK as anyone
//!   else's.
//!
//! # A request's way
//!
//! 1. A `worker`, one of a thread a core, accepts the connection from its
//!    `listener`, and waits until bytes arrive.
//! 2. `handler` takes an instance of the component: a fresh one, or one that it has
//!    put back as it was when it was made. If as many are in use as may be, the
//!    request waits a moment for its place (`admission`), or gets 503.
//! 3. The handler reads and writes through the functions in `handler/imports`:
//!    `connection` moves its bytes. To send a file it names a descriptor and a
//!    range, and the host moves the file's bytes.
//! 4. When it has answered, the instance is dropped, or put back, and the connection
//!    goes back to waiting. With [`Isolation::Connection`], as the embedded component
//!    has it, that is when the client has been quiet for a moment. Two connections never
//!    share an instance's memory with anything in it, and two requests to another
//!    component don't, unless that is asked for: by
//!    [`isolation`](HttpServerBuilder::isolation), or for those of `wasi:http` by
//!    [`instance_reuse`](HttpServerBuilder::instance_reuse).
//!
//! A trap, a time limit or a memory limit ends that instance and its
//! connection, and nothing else.
//!
//! # Embedding
//!
//! Two servers in one program, each with a handler of its own: the embedded one, which
//! serves files, and a component in a file.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{SocketAddr, TcpStream};
//! use wasm_host_server::{ComponentSource, Missing, ResponseOptions, ThreadingHttpServer};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let site = tempfile::tempdir()?;
//! std::fs::write(site.path().join("index.html"), "A site.\n")?;
//! let files = ThreadingHttpServer::builder()
//!     .bind("127.0.0.1")
//!     .port(0)
//!     .directory(site.path())
//!     .build()?;
//!
//! let app = tempfile::tempdir()?;
//! std::fs::write(app.path().join("index.html"), "An application.\n")?;
//! let component = app.path().join("handler.wasm");
//! # std::fs::copy(concat!(env!("OUT_DIR"), "/default.wasm"), &component)?;
//! let mut responses = ResponseOptions::default();
//! responses.missing = Missing::SinglePage;
//! let own = ThreadingHttpServer::builder()
//!     .bind("127.0.0.1")
//!     .port(0)
//!     .directory(app.path())
//!     .component(ComponentSource::File(component))
//!     .responses(responses)
//!     .build()?;
//!
//! let (files_at, own_at) = (files.server_address(), own.server_address());
//! let stops = [files.shutdown_handle(), own.shutdown_handle()];
//! let threads = [files, own].map(|server| std::thread::spawn(|| server.serve_forever()));
//! assert!(get(files_at, "/")?.contains("A site."));
//! assert!(get(own_at, "/users/7")?.contains("An application."));
//! for stop in stops {
//!     stop.shutdown();
//! }
//! for thread in threads {
//!     thread.join().expect("a server doesn't panic")?;
//! }
//! # Ok(())
//! # }
//! # fn get(address: SocketAddr, path: &str) -> std::io::Result<String> {
//! #     let mut client = TcpStream::connect(address)?;
//! #     write!(client, "GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n")?;
//! #     client.write_all(b"Connection: close\r\n\r\n")?;
//! #     let mut response = String::new();
//! #     client.read_to_string(&mut response)?;
//! #     Ok(response)
//! # }
//! ```
// Not `forbid`: code that was compiled ahead of time can only be trusted, which
// `component::precompiled` does.
#![deny(unsafe_code)]

mod admission;
mod apology;
mod arrival;
mod budget;
mod compiler_process;
mod component;
mod connection;
mod error;
mod gateway;
mod grants;
mod handler;
mod heartbeat;
mod inspect;
mod keyvalue;
mod limits;
mod listener;
mod lockdown;
mod logging;
mod machine_memory;
mod metrics;
mod outbound_sender;
mod own_host;
mod presence;
mod proxy;
mod proxy_protocol;
mod recall;
mod reload;
mod responses;
mod rule_parts;
mod scripts;
mod server;
mod server_info;
mod service;
mod sites;
mod stream;
mod tls;
mod to_https;
mod uploads;
mod worker;

pub use compiler_process::run_compiler;
pub use component::{
    CompiledComponent, ComponentSource, InstanceUse, READING_THREAD, World, write_embedded,
};
pub use error::Error;
pub use grants::{
    Access, DirectoryGrant, DirectoryGrantError, GrantError, GrantOptions, OutboundTarget,
    OutboundTargetError,
};
pub use heartbeat::Heartbeat;
pub use inspect::{Inspection, Need, inspect};
pub use keyvalue::{KeyValueFile, KeyValueFileError, KeyValues, RemoteKeyValues, serve_key_values};
pub use limits::{Isolation, Limits};
pub use listener::{
    ConnectionSource, ListenAddress, ListenOn, UnixSocket, UnixSocketError, UnixSocketFile,
    run_socket_keeper, sockets_are_handed_over,
};
pub use lockdown::{Kept, KeptPath};
pub use logging::{ACCESS_TARGET, HANDLER_TARGET};
pub use metrics::{Bucket, LimitHits, Metrics, Phase, Snapshot};
pub use outbound_sender::{OutboundSender, SendFailure};
pub use proxy_protocol::{TrustedProxy, TrustedProxyError};
pub use reload::ReloadHandle;
pub use responses::{
    Charset, Credential, CredentialError, FileName, MediaType, Missing, Protocol, RelativePath,
    ResponseField, ResponseOptionError, ResponseOptions, TypedPath,
};
pub use rule_parts::{RuleParts, RulesHandle};
pub use server::{
    CgiOptions, HttpServer, HttpServerBuilder, OpenServer, ShutdownHandle, ThreadingHttpServer,
    begin_attendant, lock_down_attendant, lock_down_sender, run_acme_agent,
};
pub use service::{ComponentCompiler, precompile};
pub use sites::{
    Found, Later, NoSite, OwnContent, OwnContentError, OwnRequest, OwnResponse, Site, SiteEvent,
    Sites, host_of, own_content,
};
pub use tls::{
    AcmeOptions, CertificateFiles, CertificateSource, LocalAuthority, TlsError, TlsOptions,
};
pub use uploads::UploadOptions;
pub use wasm_host_acme::{DirectoryUrl, DirectoryUrlError, Domain, DomainError};
#[cfg(target_os = "linux")]
pub use wasm_host_process::run_cgi_spawner;
pub use wasm_host_process::{
    Account, AccountError, Bounds as ScriptBounds, Owner, Runner, RunnerBounds, RunnerSpawner,
    ScriptUsers, run_runner_spawner,
};
