//! Requests that a handler sends: to where it was granted to, and nowhere else.

use super::kept::CONTENT_CHUNK;
use crate::grants::Granted;
use crate::logging::{LogBudget, escape_controls};
use crate::outbound_sender::OutboundSender;
use http::uri::Scheme;
use http::{Request, Response};
use http_body_util::BodyExt;
use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;
use tracing::Level;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks, default_send_request};

type Outcome = Result<(), Error>;
type Answer = (Response<WasiBody>, Box<dyn Future<Output = Outcome> + Send>);

/// Sends an instance's requests, if they may be sent.
pub(super) struct Outbound {
    granted: Arc<Granted>,
    log: Arc<LogBudget>,
    client: Option<IpAddr>,
}

impl Outbound {
    pub(super) fn new(granted: Arc<Granted>, log: Arc<LogBudget>) -> Self {
        Self {
            granted,
            log,
            client: None,
        }
    }

    /// Whose request is being answered, for the log.
    pub(super) fn set_client(&mut self, client: IpAddr) {
        self.client = Some(client);
    }

    fn check(&self, request: &Request<WasiBody>) -> Result<(), Error> {
        let uri = request.uri();
        let authority = uri.authority().ok_or(Error::HttpRequestUriInvalid)?;
        let default_port = if uri.scheme() == Some(&Scheme::HTTP) {
            80
        } else {
            443
        };
        let host = authority.host();
        let port = authority.port_u16().unwrap_or(default_port);
        if self
            .granted
            .outbound
            .iter()
            .any(|target| target.allows(host, port))
        {
            return Ok(());
        }
        let target = format!("{host}:{port}");
        let target = escape_controls(&target);
        let how = match self.granted.outbound_sender {
            None => "; grant it with --allow-outbound",
            Some(_) => ", which it hasn't been granted",
        };
        let reason = format!("the handler may send no requests to {target}{how}");
        warn(&self.log, self.client, &reason);
        Err(Error::HttpRequestDenied)
    }
}

fn warn(log: &LogBudget, client: Option<IpAddr>, reason: &str) {
    if log.allows(Level::WARN, reason) {
        match client {
            Some(client) => tracing::warn!(%client, "{reason}"),
            None => tracing::warn!("{reason}"),
        }
    }
}

/// Has another process send a request.
async fn send_elsewhere(
    sender: OutboundSender,
    request: Request<WasiBody>,
    options: Option<RequestOptions>,
    log: &LogBudget,
    client: Option<IpAddr>,
) -> Result<Response<WasiBody>, Error> {
    let answer = sender.send(request, options).await;
    answer.map_err(|(error, reason)| {
        if let Some(reason) = reason {
            warn(log, client, &escape_controls(&reason));
        }
        error
    })
}

impl WasiHttpHooks for Outbound {
    fn p2_outgoing_body_chunk_size(&mut self) -> usize {
        CONTENT_CHUNK
    }

    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _: Box<dyn Future<Output = Outcome> + Send>,
    ) -> Box<dyn Future<Output = Result<Answer, Error>> + Send> {
        let permitted = self.check(&request);
        let sender = self.granted.outbound_sender.clone();
        let (log, client) = (Arc::clone(&self.log), self.client);
        Box::new(async move {
            permitted?;
            if let Some(sender) = sender {
                let answer = send_elsewhere(sender, request, options, &log, client).await?;
                // There is nothing more to do for it here.
                let done: Box<dyn Future<Output = Outcome> + Send> = Box::new(async { Ok(()) });
                return Ok((answer, done));
            }
            let (response, io) = default_send_request(request, options).await?;
            let io: Box<dyn Future<Output = Outcome> + Send> = Box::new(io);
            Ok((response.map(BodyExt::boxed_unsync), io))
        })
    }
}
