//! The site that a request is for, where the server has several: each has a directory and
//! settings of its own, and its authority says which one it is (RFC 9110 section 4.3.1).

use crate::base::named_host;
use crate::file::Directory;
use crate::server::{Server, extra_fields};
use crate::simple::SimpleSettings;
use crate::status::HttpStatus;
use crate::{BaseHttpRequestHandler, Error, Exchange, Result};
use std::rc::Rc;

/// What the host says of a site.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) directory: Directory,
    pub(crate) settings: Vec<(String, String)>,
}

/// What was found.
#[derive(Debug)]
#[allow(dead_code, reason = "only a host has sites, and a test has none")]
pub(crate) enum Found {
    /// The site that was found last.
    Same,
    /// Another.
    Other(Site),
}

/// Why there is no site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(dead_code, reason = "only a host has sites, and a test has none")]
pub(crate) enum NoSite {
    /// Nobody has that name.
    Unknown,
    /// The host answers itself.
    Own,
    /// The site has had as many requests as it may for now.
    Busy,
    /// It can't be opened.
    Failed,
}

/// Has the request at hand answered from the site that it names, if the server has
/// several. Returns whether it is to be answered: else it has been, as there is none.
///
/// # Errors
///
/// The client has gone, or the host answers the request itself.
pub(crate) fn enter<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    match handler.exchange().house.clone() {
        None => Ok(true),
        Some(house) => find(handler, &house),
    }
}

#[inline(never)]
fn find<H: BaseHttpRequestHandler>(handler: &mut H, house: &Rc<Server>) -> Result<bool> {
    let exchange = handler.exchange();
    let authority = match named_host(&exchange.path, &exchange.headers) {
        Ok(authority) => authority,
        Err(refusal) => {
            exchange.server = Rc::clone(house);
            exchange.close_connection = true;
            let message = Some(refusal.message.as_str());
            handler.send_error(HttpStatus::new(refusal.status), message, None)?;
            return Ok(false);
        }
    };
    let found = exchange.link.borrow_mut().transport.find_site(&authority);
    let (status, explain) = match found {
        Ok(Found::Same) => return Ok(true),
        Ok(Found::Other(site)) => {
            exchange.settle_in(house, site);
            return Ok(true);
        }
        Err(NoSite::Own) => return Err(Error::Incomplete),
        Err(NoSite::Unknown) => (HttpStatus::NOT_FOUND, "There is no site of this name"),
        Err(NoSite::Busy) => (
            HttpStatus::TOO_MANY_REQUESTS,
            "This site has had as many requests as it may for now",
        ),
        Err(NoSite::Failed) => (
            HttpStatus::SERVICE_UNAVAILABLE,
            "This site can't be opened just now",
        ),
    };
    handler.exchange().server = Rc::clone(house);
    handler.send_error(status, None, Some(explain))?;
    Ok(false)
}

impl Exchange {
    /// Answers from a site from here on.
    fn settle_in(&mut self, house: &Rc<Server>, site: Site) {
        // Its directory is given back before another is used.
        self.server = Rc::clone(house);
        self.server = Rc::new(Server {
            name: house.name.clone(),
            port: house.port,
            software: Rc::clone(&house.software),
            utc_offset: house.utc_offset,
            log_level: house.log_level,
            access_entries: house.access_entries,
            directory: Some(site.directory),
            extra_fields: extra_fields(&site.settings),
            simple: SimpleSettings::new(&site.settings),
            settings: site.settings,
        });
    }
}
