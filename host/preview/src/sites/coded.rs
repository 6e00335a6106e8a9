//! Sites with code: who may ask them, and what is noted of it.

use super::pace::Pace;
use crate::digest::Digest;
use crate::journal::Journals;
use crate::limits::Limits;
use crate::names::DeployId;
use crate::runners::{CodeSite, Runners};
use crate::site::{Placed, SiteConfig};
use crate::store::{Deploy, Store};
use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue, RETRY_AFTER};
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use wasm_host_server::{OwnContent, OwnContentError, OwnRequest, OwnResponse, own_content};

/// How many sites are remembered: of the others, what they may have is read again.
const MOST: usize = 2048;

/// Sites with code.
#[derive(Clone)]
pub(super) struct CodedSites(Arc<Inner>);

struct Inner {
    store: Store,
    runners: Option<Arc<Runners>>,
    journals: Arc<Journals>,
    limits: Limits,
    known: Mutex<HashMap<DeployId, Arc<Known>>>,
}

/// What is known of a site.
struct Known {
    site: Arc<CodeSite>,
    pace: Pace,
}

impl CodedSites {
    /// None as the runners: no site's code is run.
    pub(super) fn new(
        store: Store,
        runners: Option<Arc<Runners>>,
        journals: Arc<Journals>,
        limits: Limits,
    ) -> Self {
        Self(Arc::new(Inner {
            store,
            runners,
            journals,
            limits,
            known: Mutex::default(),
        }))
    }

    /// Has a deploy's code answer a request.
    pub(super) async fn answer(
        &self,
        deploy: Arc<Deploy>,
        component: Digest,
        request: OwnRequest,
    ) -> OwnResponse {
        let unavailable = StatusCode::SERVICE_UNAVAILABLE;
        let Some(runners) = &self.0.runners else {
            return say(unavailable, "This server doesn't run sites' code.\n");
        };
        let known = match self.0.know(&deploy, component).await {
            Ok(Some(known)) => known,
            Ok(None) => return say(StatusCode::NOT_FOUND, "There is no such site here.\n"),
            Err(error) => {
                tracing::error!("the site of deploy {} can't be opened: {error}", deploy.id);
                return say(unavailable, "The site can't be opened.\n");
            }
        };
        let journal = &known.site.journal;
        if !known.pace.admits() {
            journal.count(|counts| counts.limited += 1);
            let text = "The site has had as many requests as it may for now.\n";
            return say(StatusCode::TOO_MANY_REQUESTS, text);
        }
        self.0.store.visited(&deploy.id);
        let client = request.extensions().get::<SocketAddr>().copied();
        let client = client.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let line = format!(
            "{} \"{} {} {:?}\"",
            client.ip(),
            request.method(),
            request.uri(),
            request.version()
        );
        let response = runners.answer(&known.site, client, request).await;
        let noted = Noted {
            line,
            status: response.status(),
            size: 0,
            known: Arc::clone(&known),
        };
        response.map(|content| Counted { content, noted }.boxed_unsync())
    }
}

impl Inner {
    /// None: there is no such deploy any more.
    async fn know(
        &self,
        deploy: &Deploy,
        component: Digest,
    ) -> Result<Option<Arc<Known>>, Box<dyn std::error::Error + Send + Sync>> {
        if let Some(known) = self.lock().get(&deploy.id) {
            return Ok(Some(Arc::clone(known)));
        }
        let Some(tree) = self.store.tree(&deploy.id).await? else {
            return Ok(None);
        };
        let (folder, limits) = (tree.clone(), self.limits);
        let read = tokio::task::spawn_blocking(move || SiteConfig::of_tree(&folder, &limits));
        let config = read.await?.map_err(|error| error.to_string())?;
        let rate = u32::try_from(config.limits().requests).unwrap_or(u32::MAX);
        let site = CodeSite {
            deploy: deploy.id,
            project: deploy.project.clone(),
            tree,
            component,
            outbound: values(config.outbound()),
            secrets: values(config.secrets()),
            keeps_values: config.keeps_values(),
            journal: self.journals.of(deploy.id.as_str()),
        };
        let known = Arc::new(Known {
            site: Arc::new(site),
            pace: Pace::new(rate),
        });
        let mut all = self.lock();
        if all.len() >= MOST
            && let Some(one) = all.keys().next().copied()
        {
            all.remove(&one);
        }
        all.insert(deploy.id, Arc::clone(&known));
        Ok(Some(known))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<DeployId, Arc<Known>>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn values<T: Clone>(placed: &[Placed<T>]) -> Vec<T> {
    placed.iter().map(|placed| placed.value.clone()).collect()
}

fn say(status: StatusCode, text: &'static str) -> OwnResponse {
    let mut response = Response::new(own_content(text));
    *response.status_mut() = status;
    let fields = response.headers_mut();
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    fields.insert(CONTENT_TYPE, plain);
    if status == StatusCode::TOO_MANY_REQUESTS || status == StatusCode::SERVICE_UNAVAILABLE {
        fields.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}

/// What is noted when an answer has ended.
struct Noted {
    line: String,
    status: StatusCode,
    size: u64,
    known: Arc<Known>,
}

impl Drop for Noted {
    fn drop(&mut self) {
        let (status, size) = (self.status.as_u16(), self.size);
        let line = format!("{} {status} {size}", self.line);
        let journal = &self.known.site.journal;
        journal.add(&line, |counts| counts.answer(status, size));
    }
}

/// An answer's content, which is counted.
struct Counted {
    content: OwnContent,
    noted: Noted,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = OwnContentError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, OwnContentError>>> {
        let frame = ready!(Pin::new(&mut self.content).poll_frame(context));
        if let Some(Ok(frame)) = &frame {
            self.noted.size += frame.data_ref().map_or(0, Bytes::len) as u64;
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
