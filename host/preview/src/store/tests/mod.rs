//! The store against a real folder.

mod deploys;
mod scene;
