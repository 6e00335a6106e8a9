//! One request: checked, handed to the component, and answered.

use super::access::Access;
use super::answer::{self, HasContent};
use super::body::AnswerBody;
use super::content::{Content, left};
use super::context::ProxyContext;
use super::failure::{apology, describe, limit};
use super::instances::Instances;
use super::progress::Progress;
use super::ticket::{Interest, Ticket};
use crate::apology::Apology;
use crate::logging::escape_lines;
use crate::metrics;
use crate::presence::Presence;
use crate::server_info::SOFTWARE;
use bytes::Bytes;
use http::header::{ALLOW, CONTENT_TYPE, HOST, HeaderValue, RETRY_AFTER, SERVER};
use http::uri::Scheme;
use http::{Method, Request, Response, StatusCode, Uri, Version};
use http_body::Body;
use http_body_util::BodyExt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use wasmtime_wasi_http::{Error, WasiBody};

type Answer = Response<AnswerBody>;

/// A request's content as it comes from a client, by whatever version of HTTP.
pub(crate) trait Incoming:
    Body<Data = Bytes, Error: Into<Error>> + Send + Unpin + 'static
{
}

impl<B: Body<Data = Bytes, Error: Into<Error>> + Send + Unpin + 'static> Incoming for B {}

/// What the requests of one connection need.
pub(super) struct Exchange {
    pub(super) context: Arc<ProxyContext>,
    pub(super) instances: Instances,
    pub(super) client: IpAddr,
    pub(super) server: SocketAddr,
    /// Whether nobody between the client and this host can read what is sent.
    pub(super) encrypted: bool,
    pub(super) progress: Arc<Progress>,
    /// What others see of the connection who look for room.
    pub(super) presence: Arc<Presence>,
}

impl Exchange {
    /// Answers a request. Dropping the future abandons it.
    pub(super) async fn answer<B: Incoming>(&self, request: Request<B>) -> Answer {
        self.progress.request(left(request.body()));
        let access = Access::begin(self.client, &request);
        let mut answer = match self.check(request) {
            Ok(request) => self.handle(request, access).await,
            Err((status, reason)) => self.refuse(status, reason, access),
        };
        self.progress.answer();
        let fields = answer.headers_mut();
        fields
            .entry(SERVER)
            .or_insert(HeaderValue::from_static(SOFTWARE));
        answer
    }

    /// A request that a component can be given, or why it is none.
    fn check<B>(&self, mut request: Request<B>) -> Result<Request<B>, (StatusCode, &'static str)> {
        // RFC 9110 section 9.3.6: it would make a tunnel of the connection.
        if request.method() == Method::CONNECT {
            let reason = "This server is no proxy: CONNECT isn't supported.\n";
            return Err((StatusCode::NOT_IMPLEMENTED, reason));
        }
        answer::remove_named_by_connection(request.headers_mut());
        // RFC 9112 section 3.2; over HTTP/2, `:authority` has become one.
        let hosts = request.headers().get_all(HOST).iter().count();
        if hosts > 1 || hosts == 0 && request.version() >= Version::HTTP_11 {
            let reason = "A request has exactly one Host field.\n";
            return Err((StatusCode::BAD_REQUEST, reason));
        }
        if hosts == 0 {
            let host = if self.server.ip().is_unspecified() {
                // A Unix socket has none.
                Ok(HeaderValue::from_static("localhost"))
            } else {
                HeaderValue::from_str(&self.server.to_string())
            };
            let host = host.map_err(|_| (StatusCode::BAD_REQUEST, "No host.\n"))?;
            request.headers_mut().insert(HOST, host);
        }
        Ok(request)
    }

    async fn handle<B: Incoming>(&self, request: Request<B>, access: Access) -> Answer {
        let place = self.context.admission.instance_place(&self.presence).await;
        let Some(place) = place else {
            self.log_failure("no instance was free");
            return self.apologise(Apology::Busy, access);
        };
        let scheme = self.scheme(request.uri());
        let ticket = Ticket::new(self.client, scheme, Arc::clone(&self.progress), place);
        let interest = Interest::in_answer_to(&ticket);
        let head_only = request.method() == Method::HEAD;
        let request = request.map(|body| {
            let content = Content::new(body, &self.progress);
            content.map_err(B::Error::into).boxed_unsync()
        });
        match self.instances.handle(Arc::clone(&ticket), request).await {
            Ok(mut answer) => {
                if head_only {
                    interest.satisfied();
                }
                match answer::check(&mut answer) {
                    Ok(content) => self.pass_on(answer, content, interest, access),
                    Err(reason) => {
                        self.log_failure(&reason.to_string());
                        self.apologise(Apology::Trapped, access)
                    }
                }
            }
            Err(error) => {
                let error = ticket.take_failure().unwrap_or(error);
                limit(&error).into_iter().for_each(metrics::count);
                self.log_failure(&describe(&error));
                self.apologise(apology(&error), access)
            }
        }
    }

    /// The scheme by which the client came. RFC 9112 section 3.2.2: a target in absolute
    /// form has one, which may be that of a proxy that decrypts.
    fn scheme(&self, target: &Uri) -> Scheme {
        match target.scheme() {
            _ if self.encrypted => Scheme::HTTPS,
            Some(scheme) => scheme.clone(),
            None => Scheme::HTTP,
        }
    }

    fn pass_on(
        &self,
        answer: Response<WasiBody>,
        content: HasContent,
        interest: Interest,
        access: Access,
    ) -> Answer {
        let status = answer.status().as_u16();
        answer.map(|body| match content {
            HasContent::Yes => {
                AnswerBody::from_handler(body, interest, access, status, &self.progress)
            }
            HasContent::No => {
                interest.satisfied();
                AnswerBody::own("", access, status, &self.progress)
            }
        })
    }

    fn log_failure(&self, reason: &str) {
        let client = self.client;
        tracing::error!(%client, "{} (answered)", escape_lines(reason));
    }

    fn refuse(&self, status: StatusCode, reason: &'static str, access: Access) -> Answer {
        let mut answer = self.text(status, reason, access);
        if status == StatusCode::NOT_IMPLEMENTED {
            let methods = HeaderValue::from_static("GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
            answer.headers_mut().insert(ALLOW, methods);
        }
        answer
    }

    fn apologise(&self, apology: Apology, access: Access) -> Answer {
        let mut answer = self.text(apology.status(), apology.explanation(), access);
        if apology == Apology::Busy {
            let soon = HeaderValue::from_static("1");
            answer.headers_mut().insert(RETRY_AFTER, soon);
        }
        answer
    }

    fn text(&self, status: StatusCode, text: &'static str, access: Access) -> Answer {
        let body = AnswerBody::own(text, access, status.as_u16(), &self.progress);
        let mut answer = Response::new(body);
        *answer.status_mut() = status;
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        answer.headers_mut().insert(CONTENT_TYPE, plain);
        answer
    }
}
