//! The other end of the API: `wasm-host deploy` and `wasm-host previews`.
//!
//! All of it returns what there is to say; the command line prints it.

mod browser;
mod deploy;
mod failure;
mod folder;
mod password;
pub mod previews;
mod progress;
mod qr;
mod report;
mod server;
mod target;
#[cfg(test)]
mod tests;
mod text;
mod upload;

pub use browser::open;
pub use deploy::{Order, Outcome, deploy};
pub use failure::{Failure, Problems};
pub use folder::{Fault, Faults, FolderError, IGNORE_FILE, LeftOut, Why};
pub use progress::{Event, Lines, Progress, Silent, describe};
pub use qr::qr;
pub use server::{AddressError, DEFAULT_SERVER, Server, ServerAddress};
pub use target::{Given, SERVER_VARIABLE, TOKEN_VARIABLE, project, warning};
pub use text::{ago, bytes, count, duration, plain};
