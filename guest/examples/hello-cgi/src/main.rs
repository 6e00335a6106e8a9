//! A CGI script that runs in a sandbox of its own: no files, no network, only
//! the request's variables, its content, and what it prints.
//!
//! ```text
//! cargo build --release -p hello-cgi --target wasm32-wasip2
//! mkdir -p cgi-bin
//! cp target/wasm32-wasip2/release/hello-cgi.wasm cgi-bin/hello.wasm
//! wasm-host serve --cgi 8000          # http://localhost:8000/cgi-bin/hello.wasm
//! ```

use std::env::var;

fn main() {
    let method = var("REQUEST_METHOD").unwrap_or_default();
    let query = var("QUERY_STRING").unwrap_or_default();
    print!("Content-Type: text/plain; charset=utf-8\n\n");
    println!("Hello from a sandbox: {method} ?{query}");
}
