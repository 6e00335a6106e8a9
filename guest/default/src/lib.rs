//! The component inside `wasm-host`: the files of a directory, as
//! `python -m http.server` serves them, and with `--cgi` the scripts in it; with
//! `--auth` to those who have logged in.

#[cfg(target_os = "unknown")]
mod heap;
mod rules;

use rules::Rules;
use wasm_host_rules::Decision;
use wasm_host_sdk::login::Login;
use wasm_host_sdk::simple::{self, Instead};
use wasm_host_sdk::{
    BaseHttpRequestHandler, CgiHttpRequestHandler, Exchange, Result, SimpleHttpRequestHandler,
    base, cgi, cgi_methods,
};

struct FilesAndScripts {
    exchange: Exchange,
    login: Login,
    rules: Rules,
}

impl FilesAndScripts {
    /// Begins a request that rules may be for, and says what is answered whether or not
    /// there is a file.
    fn forced(&mut self) -> Option<Decision> {
        match self.is_cgi() {
            Some(_) => self.rules.leave(),
            None => self.rules.begin(&self.exchange),
        }
        self.rules.forced(&self.exchange)
    }

    /// Gives the head that is being written the fields that rules have for it.
    #[inline(never)]
    fn add_fields(&mut self) -> Result<()> {
        let rules = std::mem::replace(&mut self.rules, Rules::Aside);
        let added = rules.add_fields(self);
        self.rules = rules;
        added
    }

    /// Whether the client may see anything: `--auth`.
    fn admits(&mut self) -> Result<bool> {
        Login::admits(self, |handler| &mut handler.login)
    }
}

impl BaseHttpRequestHandler for FilesAndScripts {
    fn new(exchange: Exchange) -> Self {
        Self {
            rules: Rules::of(&exchange),
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

    cgi_methods!(except dispatch, end_headers, handle_expect_100);

    fn handle_one_request(&mut self) -> Result<()> {
        // What is answered before it is understood has nothing of the request before.
        self.rules.leave();
        base::handle_one_request(self)
    }

    fn dispatch(&mut self) -> Result<()> {
        if !self.admits()? {
            return Ok(());
        }
        if matches!(self.rules, Rules::None) {
            return cgi::dispatch(self);
        }
        match self.forced() {
            Some(decision) => rules::answer(self, decision),
            None => cgi::dispatch(self),
        }
    }

    fn end_headers(&mut self) -> Result<()> {
        if matches!(self.rules, Rules::For(..)) {
            self.add_fields()?;
        }
        simple::end_headers(self)
    }

    fn do_put(&mut self) -> Result<()> {
        simple::do_put(self)
    }

    fn handle_expect_100(&mut self) -> Result<bool> {
        Ok(self.admits()? && cgi::handle_expect_100(self)?)
    }
}

impl SimpleHttpRequestHandler for FilesAndScripts {
    fn instead(&mut self) -> Result<Instead> {
        match self.rules.unforced(&self.exchange) {
            Some(decision) => rules::instead(self, decision),
            None => Ok(Instead::Nothing),
        }
    }
}

impl CgiHttpRequestHandler for FilesAndScripts {
    fn cgi_directories(&mut self) -> Vec<String> {
        match self.exchange().server.setting("cgi") {
            Some(_) => cgi::cgi_directories(self),
            None => Vec::new(),
        }
    }
}

wasm_host_sdk::export!(FilesAndScripts);
