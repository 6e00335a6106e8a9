//! The sites of a store, as a server serves them: which deploy a host leads to, and what is
//! open of it.
//!
//! 1. `host` reads the site's label out of a host.
//! 2. The store's index says which deploy that leads to, and whose it is.
//! 3. `opened` has its folder open, or opens it.
//! 4. `pace` bounds its requests, and its journal has what happens.
//!
//! A site with code isn't opened: `coded` has its requests answered by its runner.

mod coded;
mod host;
mod opened;
mod pace;
mod seat;

pub use host::{Domain, DomainError};

use crate::journal::Journals;
use crate::limits::Limits;
use crate::runners::Runners;
use crate::store::Store;
use coded::CodedSites;
use host::Place;
use http::header::{HOST, HeaderValue};
use http::uri::Authority;
use opened::OpenedSites;
use seat::Seat;
use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;
use wasm_host_server::{
    Found, Later, NoSite, OwnRequest, OwnResponse, Site, SiteEvent, Sites, host_of,
};

/// What answers requests to the server's own host.
pub type OwnHost = dyn Fn(OwnRequest) -> Later<OwnResponse> + Send + Sync;

/// The sites of a store.
pub struct PreviewSites {
    store: Store,
    domains: Vec<Domain>,
    opened: OpenedSites,
    coded: CodedSites,
    skew: Duration,
    own_host: Box<OwnHost>,
}

/// What sites are served by.
pub struct SitesOptions {
    /// The domains whose subdomains are sites, at least one.
    pub domains: Vec<Domain>,
    /// What a site may have.
    pub limits: Limits,
    /// How long after an alias has moved the files of its deploys before are found by
    /// those who had loaded a page of them.
    pub skew: Duration,
    /// Where what happens on each site is kept.
    pub journals: Arc<Journals>,
    /// What runs sites' code. None: nothing does.
    pub runners: Option<Arc<Runners>>,
}

impl PreviewSites {
    /// The sites of a store, beside a host of the server's own.
    pub fn new(store: Store, options: SitesOptions, own_host: Box<OwnHost>) -> Self {
        let SitesOptions {
            domains,
            limits,
            skew,
            journals,
            runners,
        } = options;
        let known = Arc::clone(&journals);
        Self {
            coded: CodedSites::new(store.clone(), runners, known, limits),
            opened: OpenedSites::new(store.clone(), limits, journals),
            store,
            domains,
            skew,
            own_host,
        }
    }
}

impl Sites for PreviewSites {
    fn find(&self, authority: &[u8]) -> Found {
        let label = match host::place(&self.domains, authority) {
            Place::Own => return Found::None(NoSite::Own),
            Place::Nowhere => return Found::None(NoSite::Unknown),
            Place::Site(label) => label,
        };
        let index = self.store.index();
        let Some(named) = index.site(label.as_str()) else {
            return Found::None(NoSite::Unknown);
        };
        if named.deploy.code.is_some() {
            return Found::None(NoSite::Elsewhere);
        }
        match self.opened.get(&label, named) {
            Found::Site(site) => {
                let seat = site.context::<Seat>();
                if seat.is_some_and(Seat::admits) {
                    Found::Site(site)
                } else {
                    Found::None(NoSite::Busy)
                }
            }
            found => found,
        }
    }

    fn is_the_programs(&self, authority: &[u8]) -> bool {
        match host::place(&self.domains, authority) {
            Place::Own => true,
            Place::Nowhere => false,
            Place::Site(label) => {
                let named = self.store.index().site(label.as_str());
                named.is_some_and(|named| named.deploy.code.is_some())
            }
        }
    }

    fn earlier(&self, site: &Arc<Site>, changes: u32) -> Found {
        match site.context::<Seat>() {
            Some(seat) => self.opened.earlier(seat, changes, self.skew),
            None => Found::None(NoSite::Unknown),
        }
    }

    fn answer(&self, request: OwnRequest) -> Later<OwnResponse> {
        let host = request.uri().authority().map(Authority::as_str);
        let host = host.map(str::as_bytes);
        let said = request.headers().get(HOST).map(HeaderValue::as_bytes);
        let authority = host_of(host.or(said).unwrap_or_default());
        if let Place::Site(label) = host::place(&self.domains, &authority)
            && let Some(named) = self.store.index().site(label.as_str())
            && let Some(component) = named.deploy.code
        {
            let coded = self.coded.clone();
            return Box::pin(async move { coded.answer(named.deploy, component, request).await });
        }
        (self.own_host)(request)
    }

    fn note(&self, site: &Arc<Site>, event: SiteEvent<'_>) {
        let Some(seat) = site.context::<Seat>() else {
            return;
        };
        match event {
            SiteEvent::Answered {
                client,
                request_line,
                status,
                size,
                ..
            } => {
                self.store.visited(&seat.deploy);
                let mut line = format!("{client} \"{request_line}\" {status} {size}");
                line.retain(|character| !character.is_control());
                seat.journal
                    .add(&line, |counts| counts.answer(status, size));
            }
            // What is less is said of a request anyway.
            SiteEvent::Line { level, text } if level <= tracing::Level::WARN => {
                let mut line = String::new();
                // Writing to a String can't fail.
                let _ = write!(line, "{level}: {text}");
                line.retain(|character| !character.is_control());
                seat.journal.add(&line, |_| {});
            }
            _ => {}
        }
    }
}
