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

/// A server that has several sites.
pub(crate) struct House {
    server: Rc<Server>,
    at_hand: Option<AtHand>,
}

/// The site that was found last.
struct AtHand {
    authority: Vec<u8>,
    server: Rc<Server>,
}

impl House {
    /// None: the server has no sites.
    pub(crate) fn of(server: &Rc<Server>) -> Option<Self> {
        let has_sites = server.setting("sites").is_some();
        has_sites.then(|| Self {
            server: Rc::clone(server),
            at_hand: None,
        })
    }

    /// A site, as the server that it is for whoever answers its requests.
    fn server_of(&self, site: Site) -> Rc<Server> {
        let house = &self.server;
        Rc::new(Server {
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
        })
    }
}

/// Has the request at hand answered from the site that it names, if the server has
/// several. Returns whether it is to be answered: else it has been, as there is none.
///
/// # Errors
///
/// The client has gone, or the host answers the request itself.
pub(crate) fn enter<H: BaseHttpRequestHandler>(handler: &mut H) -> Result<bool> {
    let exchange = handler.exchange();
    if exchange.house.is_none() {
        return Ok(true);
    }
    match named_host(&exchange.path, &exchange.headers) {
        Ok(authority) => match exchange.find_site(authority) {
            Ok(()) => Ok(true),
            Err(NoSite::Own) => Err(Error::Incomplete),
            Err(why) => refuse(handler, why),
        },
        Err(refusal) => {
            exchange.leave_site();
            exchange.close_connection = true;
            let message = Some(refusal.message.as_str());
            handler.send_error(HttpStatus::new(refusal.status), message, None)?;
            Ok(false)
        }
    }
}

#[cold]
fn refuse<H: BaseHttpRequestHandler>(handler: &mut H, why: NoSite) -> Result<bool> {
    let (status, explain) = match why {
        NoSite::Busy => (
            HttpStatus::TOO_MANY_REQUESTS,
            "This site has had as many requests as it may for now",
        ),
        NoSite::Failed => (
            HttpStatus::SERVICE_UNAVAILABLE,
            "This site can't be opened just now",
        ),
        NoSite::Unknown | NoSite::Own => (HttpStatus::NOT_FOUND, "There is no site of this name"),
    };
    handler.exchange().leave_site();
    handler.send_error(status, None, Some(explain))?;
    Ok(false)
}

impl Exchange {
    /// Answers from the site of this name from here on.
    #[inline(never)]
    fn find_site(&mut self, authority: Vec<u8>) -> Result<(), NoSite> {
        // What was found of an earlier content is given back first, and so is another
        // site.
        self.come_forward();
        let at_hand = self.house.as_ref().and_then(|house| house.at_hand.as_ref());
        if at_hand.is_some_and(|at_hand| at_hand.authority != authority) {
            self.leave_site();
        }
        let found = self.link.borrow_mut().transport.find_site(&authority)?;
        if let (Found::Other(site), Some(house)) = (found, &mut self.house) {
            let server = house.server_of(site);
            self.server = Rc::clone(&server);
            house.at_hand = Some(AtHand { authority, server });
        }
        Ok(())
    }

    /// Answers from no site.
    #[inline(never)]
    fn leave_site(&mut self) {
        if let Some(house) = &mut self.house {
            self.server = Rc::clone(&house.server);
            house.at_hand = None;
            self.link.borrow_mut().transport.leave_site();
        }
    }

    /// Answers from what the site at hand was so many changes ago, for this request.
    /// Returns whether there is such.
    #[inline(never)]
    pub(crate) fn go_back(&mut self, changes: u32) -> bool {
        self.come_forward();
        let Some(house) = &self.house else {
            return false;
        };
        let earlier = self.link.borrow_mut().transport.earlier_site(changes);
        let server = earlier.map(|site| house.server_of(site));
        let found = server.is_some();
        if let Some(server) = server {
            self.server = server;
        }
        found
    }

    /// Answers from the site at hand as it is.
    pub(crate) fn come_forward(&mut self) {
        let at_hand = self.house.as_ref().and_then(|house| house.at_hand.as_ref());
        if let Some(at_hand) = at_hand {
            self.server = Rc::clone(&at_hand.server);
        }
    }
}
