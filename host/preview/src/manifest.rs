//! What a deploy consists of.
