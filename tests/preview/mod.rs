//! `wasm-host preview`, `deploy` and `previews`: many sites on one port.

mod bad_input; // what can't be deployed, and what is said of it
mod browser; // Chromium: each site is an origin of its own
mod code; // sites with code: a process each, and what becomes of it
mod code_hostile; // code that means harm, beside a bystander
mod code_refused; // code that fails its deploy
mod dashboard; // the operator's pages, in Chromium
mod hosts; // every spelling of a host, and what it leads to
mod https; // HTTPS and HTTP/2 in front
mod kept; // what sites' code keeps
mod lifetime; // what stays when servers end, and what two of them do
mod outbound; // what sites' code sends to others
mod secrets; // what sites' code needs to be known to others
mod settings; // wasm-host.toml, and what a site can't have
mod skew; // pages that were loaded before an alias moved
mod story; // deploys and aliases, as their users see them
