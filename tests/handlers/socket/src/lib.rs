//! A handler that connects to other machines. To call `std::net` is enough for
//! its component to import `wasi:sockets`.

use std::net::TcpStream;
use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, HttpStatus, Result};

struct Caller(Exchange);

impl BaseHttpRequestHandler for Caller {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn do_get(&mut self) -> Result<()> {
        TcpStream::connect("127.0.0.1:9")?;
        self.send_error(HttpStatus::OK, None, None)
    }
}

wasm_host_sdk::export!(Caller);
