//! HTTPS: certificates, and what clients see of them.

mod acme; // `--tls-acme`: certificates of an authority
mod certificates; // wrong ones, each of which is one line before anything listens
mod handshake; // clients that speak something else, or slowly, and what they get
mod http2; // by ALPN, in curl and Chromium
mod local; // `--tls-local`: each local name, in Chromium and elsewhere
mod redirect; // requests in clear, and `--http-redirect`
mod reload; // other certificates take over, while connections go on
mod suites; // those of HTTP once more, by TLS
mod trust; // `trust`: who accepts the local authority, and who doesn't any more
