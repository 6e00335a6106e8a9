//! The component inside `wasm-host`: the files of a directory, as
//! `python -m http.server` serves them.

use wasm_host_sdk::{BaseHttpRequestHandler, Exchange, SimpleHttpRequestHandler, simple_methods};

struct Files(Exchange);

impl BaseHttpRequestHandler for Files {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    simple_methods!();
}

impl SimpleHttpRequestHandler for Files {}

wasm_host_sdk::export!(Files);
