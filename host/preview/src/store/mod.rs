//! Where deploys and aliases are kept.
