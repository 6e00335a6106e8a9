//! default
