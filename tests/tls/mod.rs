//! HTTPS: certificates, and what clients see of them.

mod certificates; // wrong ones, each of which is one line before anything listens
