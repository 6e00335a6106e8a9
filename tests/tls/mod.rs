//! HTTPS: certificates, and what clients see of them.

mod certificates; // wrong ones, each of which is one line before anything listens
mod trust; // `trust`: who accepts the local authority, and who doesn't any more
