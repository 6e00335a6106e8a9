//! What an instance's store holds, and what it reaches through its imports.

use super::kept;
use super::outbound::Outbound;
use super::ticket::Ticket;
use crate::component::{Allowance, InstanceLimits};
use crate::grants::{Granted, HeldFiles, Opens};
use crate::keyvalue::KeyValueView;
use crate::logging::{GuestOutput, LogBudget, Source};
use http::uri::Scheme;
use std::sync::Arc;
use tokio::time::Instant;
use tracing::Level;
use wasmtime::component::{Resource, ResourceTable};
use wasmtime::error::Context as _;
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};
use wasmtime_wasi_http::p2::types::HostIncomingRequest;
use wasmtime_wasi_http::{WasiHttpCtx, WasiHttpCtxView, WasiHttpView};

/// The most resources (requests, bodies, streams, descriptors) that an instance
/// may hold at once.
const MAX_RESOURCES: usize = 1024;

/// The state of one instance: what it was granted, and the request at hand.
pub(crate) struct ProxyState {
    table: ResourceTable,
    pub(crate) limits: InstanceLimits,
    files: HeldFiles,
    granted: Arc<Granted>,
    log: Arc<LogBudget>,
    filesystem: WasiFilesystemCtx,
    /// Made when it is first asked for.
    wasi: Option<WasiCtx>,
    http: WasiHttpCtx,
    outbound: Outbound,
    /// Whose request it answers, for its lines in the log.
    source: Source,
    ticket: Option<Arc<Ticket>>,
    /// The numbers of the bodies that are an answer's content.
    answer_bodies: Vec<u32>,
    /// When the request at hand was last seen to make progress.
    moved: Option<Instant>,
}

impl ProxyState {
    pub(super) fn new(allowance: &Allowance) -> Self {
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        let mut http = WasiHttpCtx::new();
        http.set_field_size_limit(kept::MAX_FIELDS);
        Self {
            table,
            limits: InstanceLimits::new(allowance.memory.hold(), allowance.cpu_time),
            files: allowance.open_files.hold(),
            granted: Arc::clone(&allowance.granted),
            log: Arc::clone(&allowance.log),
            filesystem: allowance.granted.directories.current(),
            wasi: None,
            http,
            outbound: Outbound::new(Arc::clone(&allowance.granted), Arc::clone(&allowance.log)),
            source: Source::default(),
            ticket: None,
            answer_bodies: Vec::new(),
            moved: None,
        }
    }

    /// For `wasi:keyvalue`.
    pub(super) fn key_values(&mut self) -> KeyValueView<'_> {
        KeyValueView {
            table: &mut self.table,
            granted: self.granted.key_values.as_ref(),
        }
    }

    /// Begins a request.
    pub(super) fn begin(&mut self, ticket: &Arc<Ticket>) {
        self.source.set(ticket.client);
        self.outbound.set_client(ticket.client);
        self.limits.cpu_ticks = 0;
        self.ticket = Some(Arc::clone(ticket));
        self.answer_bodies.clear();
    }

    /// Counts what the host keeps for the instance, with so many bytes more, as its
    /// memory.
    ///
    /// # Errors
    ///
    /// It hasn't as much.
    pub(super) fn make_room(&mut self, more: usize) -> wasmtime::Result<()> {
        let kept = self.table.iter_mut().map(|entry| kept::size(entry));
        let kept = kept.sum::<usize>() + more;
        let held = self.limits.hold_beside(kept);
        held.context("when the host is to keep more fields or content for the handler")
    }

    /// # Errors
    ///
    /// The instance has no such request.
    pub(super) fn check_request(
        &self,
        request: &Resource<HostIncomingRequest>,
    ) -> wasmtime::Result<()> {
        self.table.get(request)?;
        Ok(())
    }

    /// The scheme of the request at hand.
    pub(super) fn scheme(&self) -> Scheme {
        let ticket = self.ticket.as_ref();
        ticket.map_or(Scheme::HTTP, |ticket| ticket.scheme.clone())
    }

    /// The handler begins the content of its answer, as the body of this number.
    pub(super) fn open_content(&mut self, body: u32) {
        self.answer_bodies.push(body);
        if let Some(ticket) = &self.ticket {
            ticket.open_content();
        }
    }

    /// The handler says of a body that this was all. It may be that of a request
    /// that it sends.
    pub(super) fn finish_content(&mut self, body: u32) {
        if let Some(ticket) = &self.ticket
            && self.answer_bodies.contains(&body)
        {
            ticket.finish_content();
        }
    }

    /// Begins to count the time that the instance computes anew, if the request
    /// has moved since the last call.
    pub(super) fn note_progress(&mut self) {
        let moved = self.ticket.as_ref().map(|ticket| ticket.progress.moved());
        if moved != self.moved {
            self.moved = moved;
            self.limits.cpu_ticks = 0;
        }
    }

    pub(super) fn filesystem(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView {
            ctx: &mut self.filesystem,
            table: &mut self.table,
        }
    }
}

impl Opens for ProxyState {
    fn opened(&mut self) -> (&mut ResourceTable, &mut HeldFiles) {
        (&mut self.table, &mut self.files)
    }
}

impl WasiView for ProxyState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let ctx = self.wasi.get_or_insert_with(|| {
            WasiCtxBuilder::new()
                .stdout(GuestOutput::new(
                    self.source.clone(),
                    Level::INFO,
                    &self.log,
                ))
                .stderr(GuestOutput::new(
                    self.source.clone(),
                    Level::ERROR,
                    &self.log,
                ))
                .envs(&self.granted.environment)
                .args(&self.granted.arguments)
                .allow_tcp(false)
                .allow_udp(false)
                .build()
        });
        WasiCtxView {
            ctx,
            table: &mut self.table,
        }
    }
}

impl WasiHttpView for ProxyState {
    fn http(&mut self) -> WasiHttpCtxView<'_> {
        WasiHttpCtxView {
            hooks: &mut self.outbound,
            table: &mut self.table,
            ctx: &mut self.http,
        }
    }
}
