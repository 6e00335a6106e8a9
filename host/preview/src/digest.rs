//! SHA-256, by which content is known.
