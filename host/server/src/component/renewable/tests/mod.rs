//! What is made renewable, and each reason for which a component isn't.
//!
//! Random modules, and such as are written to break the rewriting, are called in
//! `tests/renewed-modules`.

mod obstacles;
mod operators;
mod plan;
mod renewed;
mod validity;
