//! The component inside `wasm-host`: the files of a directory, as
//! `python -m http.server` serves them, and with `--cgi` the scripts in it; with
//! `--auth` to those who have logged in.

#[cfg(target_os = "unknown")]
mod heap;

use wasm_host_sdk::login::Login;
use wasm_host_sdk::{
    BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler, cgi,
    cgi_methods,
};

struct FilesAndScripts {
    exchange: Exchange,
    login: Login,
}

impl FilesAndScripts {
    /// Whether the client may see anything: `--auth`.
    fn admits(&mut self) -> Result<bool> {
        Login::admits(self, |handler| &mut handler.login)
    }
}

impl BaseHttpRequestHandler for FilesAndScripts {
    fn new(exchange: Exchange) -> Self {
        Self {
            exchange,
            login: Login::default(),
        }
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.exchange
    }

    // Files have no use for content, and the host gathers a script's.
    fn gathers_content(&mut self) -> bool {
        false
    }

    cgi_methods!(except dispatch, handle_expect_100);

    fn dispatch(&mut self) -> Result<()> {
        if !self.admits()? {
            return Ok(());
        }
        cgi::dispatch(self)
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        Ok(self.admits()? && cgi::handle_expect_100(self)?)
    }
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
