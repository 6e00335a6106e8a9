//! What sites' code keeps: values by keys, a file a project.
//!
//! A runner writes to no file. What its code keeps by `wasi:keyvalue`, another process
//! keeps for it, the *keeper*, which the server starts before it gives up starting any
//! (`handle`), and which opens nothing but these files (`agent`). All runners of a project
//! have the same values, so that a new deploy finds what the one before has kept.

mod agent;
mod handle;

pub use agent::run_keeper;
pub use handle::Keeper;
