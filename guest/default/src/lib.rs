//! The component inside `wasm-host`: the files of a directory, as
//! `python -m http.server` serves them, and with `--cgi` the scripts in it.

#[cfg(target_os = "unknown")]
mod heap;

use wasm_host_sdk::{
    BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, SimpleHttpRequestHandler, cgi,
    cgi_methods,
};

struct FilesAndScripts(Exchange);

impl BaseHttpRequestHandler for FilesAndScripts {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    cgi_methods!();
}

impl SimpleHttpRequestHandler for FilesAndScripts {}

impl CgiHttpRequestHandler for FilesAndScripts {
    fn cgi_directories(&mut self) -> Vec<String> {
        match self.exchange().server.setting("cgi") {
            Some(_) => cgi::cgi_directories(self),
            None => Vec::new(),
        }
    }
}

wasm_host_sdk::export!(FilesAndScripts);
