//! `--rules`: what `_redirects` and `_headers` say of a request.
//!
//! 1. A rule that is for a path whether or not there is a file, is asked for first.
//! 2. Where there is no file, the others are.
//! 3. When a head ends, it gets the fields that are for its path.
//!
//! They are for GET and HEAD, and for files: scripts answer for themselves.

use wasm_host_rules::{Action, Decision, Dialect, Fields, Request, Site};
use wasm_host_sdk::simple::{self, Instead};
use wasm_host_sdk::{Exchange, HttpStatus, Result, SimpleHttpRequestHandler};

/// What is known of the rules for the request at hand.
#[derive(Debug)]
pub(crate) enum Rules {
    /// The server has none.
    None,
    /// The request has nothing to do with them.
    Aside,
    /// They are for this request.
    For(Site, Request),
}

impl Rules {
    /// Whether a server has any.
    pub(crate) fn of(exchange: &Exchange) -> Self {
        match exchange.server.setting("rules") {
            Some(_) => Self::Aside,
            None => Self::None,
        }
    }

    /// Ends what was known of a request.
    pub(crate) fn leave(&mut self) {
        if matches!(self, Self::For(..)) {
            *self = Self::Aside;
        }
    }

    /// Begins a request.
    pub(crate) fn begin(&mut self, exchange: &Exchange) {
        *self = match exchange.command.as_str() {
            "GET" | "HEAD" => {
                let site = Site::new(&|key| exchange.rule_part(key));
                let request = || Request::of(target(exchange).as_bytes());
                site.map_or(Self::Aside, |site| Self::For(site, request()))
            }
            _ => Self::Aside,
        };
    }

    /// What is answered whether or not there is a file.
    pub(crate) fn forced(&self, exchange: &Exchange) -> Option<Decision> {
        match self {
            Self::For(site, request) if site.may_force() => {
                decision(site, request, exchange).filter(|decision| decision.force)
            }
            _ => None,
        }
    }

    /// What is answered where there is no file.
    pub(crate) fn unforced(&self, exchange: &Exchange) -> Option<Decision> {
        match self {
            Self::For(site, request) => {
                decision(site, request, exchange).filter(|decision| !decision.force)
            }
            Self::None | Self::Aside => None,
        }
    }

    /// Gives the head that is being written its fields: each in place of those of the
    /// same name that are there, unless the server's owner has the last word on it.
    ///
    /// Netlify's redirects have none.
    pub(crate) fn add_fields<H: SimpleHttpRequestHandler>(&self, handler: &mut H) -> Result<()> {
        let Self::For(site, request) = self else {
            return Ok(());
        };
        let exchange: &Exchange = handler.exchange();
        let status = exchange.response_status().unwrap_or(HttpStatus::OK);
        let leads_elsewhere =
            (300..400).contains(&status.code()) && status != HttpStatus::NOT_MODIFIED;
        if status.is_informational() || (leads_elsewhere && site.dialect() == Dialect::Netlify) {
            return Ok(());
        }
        let Fields { removed, set } = site.fields(request, &|key| exchange.rule_part(key));
        for name in removed {
            handler.exchange().remove_header(&text(name));
        }
        let set: Vec<_> = set
            .into_iter()
            .map(|(name, value)| (text(name), text(value)))
            .collect();
        for (name, _) in &set {
            if !adds_up(name) {
                handler.exchange().remove_header(name);
            }
        }
        for (name, value) in set {
            if adds_up(&name) || !is_owners(handler.exchange(), &name) {
                handler.send_header(&name, value)?;
            }
        }
        Ok(())
    }
}

/// Sends what a rule has decided. What it leads to may be a file that isn't there.
pub(crate) fn answer<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    decision: Decision,
) -> Result<()> {
    match decision.action {
        Action::Redirect(location) => redirect(handler, decision.status, location),
        Action::Rewrite(path) => {
            let status = HttpStatus::new(decision.status);
            match simple::send_instead(handler, &text(path), status)? {
                Some(content) if handler.exchange().command != "HEAD" => handler.copyfile(content),
                _ => Ok(()),
            }
        }
    }
}

/// What a decision puts in place of a file that isn't there.
pub(crate) fn instead<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    decision: Decision,
) -> Result<Instead> {
    Ok(match decision.action {
        Action::Redirect(location) => {
            redirect(handler, decision.status, location)?;
            Instead::Answered
        }
        Action::Rewrite(path) => Instead::File {
            target: text(path),
            status: HttpStatus::new(decision.status),
        },
    })
}

fn redirect<H: SimpleHttpRequestHandler>(
    handler: &mut H,
    status: u16,
    location: Vec<u8>,
) -> Result<()> {
    handler.send_response(HttpStatus::new(status))?;
    handler.send_header("Location", text(location))?;
    handler.send_header("Content-Length", 0)?;
    handler.end_headers()
}

fn decision(site: &Site, request: &Request, exchange: &Exchange) -> Option<Decision> {
    site.redirect(request, &|key| exchange.rule_part(key))
}

/// The request's path and query: of a target in absolute form (RFC 9112 section 3.2.2),
/// too.
fn target(exchange: &Exchange) -> &str {
    simple::origin_form(&exchange.path)
}

/// Fields of which each one holds, so that one more can only add to what is said.
fn adds_up(name: &str) -> bool {
    ["Content-Security-Policy", "Set-Cookie", "Vary"]
        .iter()
        .any(|field| field.eq_ignore_ascii_case(name))
}

/// Whether every response has this field by the owner's `--header`.
fn is_owners(exchange: &Exchange, name: &str) -> bool {
    let mut settings = exchange.server.settings.iter();
    settings.any(|(option, field)| {
        let own = field.split(':').next().unwrap_or_default();
        option == "header" && own.eq_ignore_ascii_case(name)
    })
}

/// Rules are made of ASCII. What isn't was made by somebody else, and is as good as any.
fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_default()
}
