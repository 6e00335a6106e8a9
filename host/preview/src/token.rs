//! The operator's token.
