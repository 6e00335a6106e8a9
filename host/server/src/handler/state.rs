//! What an instance's store holds, and what it reaches through the imports of
//! its component.

use super::context::HandlerContext;
use super::handles::Handles;
use crate::admission::LongWork;
use crate::component::InstanceLimits;
use crate::connection::Connection;
use crate::grants::{Granted, HeldFiles, Opens};
use crate::keyvalue::KeyValueView;
use crate::logging::{GuestLog, GuestOutput};
use crate::rule_parts::RuleParts;
use crate::scripts::ScriptHost;
use crate::server_info::ServerInfoSource;
use crate::sites::{Site, Sites};
use crate::uploads::Uploads;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use tracing::Level;
use wasmtime::component::ResourceTable;
use wasmtime_wasi::clocks::{WasiClocksCtx, WasiClocksCtxView};
use wasmtime_wasi::filesystem::{WasiFilesystemCtx, WasiFilesystemCtxView};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

/// The most resources (descriptors, streams, pollables) that an instance may
/// hold at once.
const MAX_RESOURCES: usize = 1024;

/// The state of one instance: its connection, and what it was granted.
pub(crate) struct InstanceState {
    pub(crate) connection: Attached,
    pub(crate) table: ResourceTable,
    /// What of the table the instance has handles to.
    pub(crate) handles: Handles,
    pub(crate) limits: InstanceLimits,
    /// How many files it has open.
    pub(crate) files: HeldFiles,
    pub(crate) log: GuestLog,
    pub(crate) server: Arc<ServerInfoSource>,
    /// The rules of the site at hand.
    pub(crate) rules: RuleParts,
    /// What runs scripts, if the server's owner wants any.
    pub(crate) scripts: Option<ScriptHost>,
    /// The server's sites, if it has several.
    pub(crate) sites: Option<Arc<dyn Sites>>,
    /// The one that is at hand.
    pub(crate) site: Option<Arc<Site>>,
    /// Whether it has a spool, of which it may have one.
    pub(crate) spooling: bool,
    /// Places for what takes long, if the server's owner wants any.
    pub(crate) long_work: Option<Arc<LongWork>>,
    /// What takes files of clients, if the server's owner wants any.
    pub(crate) uploads: Option<Arc<Uploads>>,
    /// Whether it is receiving one, of which it may receive one at a time.
    pub(crate) uploading: bool,
    granted: Arc<Granted>,
    filesystem: WasiFilesystemCtx,
    clocks: WasiClocksCtx,
    /// The rest of WASI, made when it is first asked for: most handlers never
    /// do, and a generator of random numbers isn't made for nothing.
    wasi: Option<WasiCtx>,
}

impl InstanceState {
    pub(crate) fn new(connection: Box<Connection>, context: &HandlerContext) -> Self {
        let allowance = &context.allowance;
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_RESOURCES);
        Self {
            connection: Attached(Some(connection)),
            table,
            handles: Handles::default(),
            limits: InstanceLimits::new(allowance.memory.hold(), allowance.cpu_time),
            files: allowance.open_files.hold(),
            log: GuestLog::new(&allowance.log),
            server: Arc::clone(&context.server),
            rules: context.rules.current(),
            scripts: context.scripts.clone(),
            sites: context.sites.clone(),
            site: None,
            spooling: false,
            long_work: context.long_work.clone(),
            uploads: context.uploads.clone(),
            uploading: false,
            filesystem: allowance.granted.directories.current(),
            granted: Arc::clone(&allowance.granted),
            clocks: WasiClocksCtx::default(),
            wasi: None,
        }
    }

    /// Notes that the handler did something with its connection: what it may
    /// compute without that is bounded.
    pub(crate) fn note_progress(&mut self) {
        self.limits.cpu_ticks = 0;
    }

    /// The handler has done with so many bytes of what the client sends.
    pub(crate) fn consume(&mut self, length: u64) {
        self.connection.consume(length);
        self.log.note_consumed(length);
    }

    /// The handler has done with the request at hand, and with so many bytes of it that
    /// may not have arrived.
    pub(crate) fn consume_rest(&mut self, length: u64) {
        self.connection.consume_rest(length);
        self.log.note_consumed(length);
    }

    /// For functions of which each may open something.
    pub(crate) fn filesystem(&mut self) -> WasiFilesystemCtxView<'_> {
        self.handles.lose_track();
        self.directories()
    }

    /// For what tells [`Handles`] itself.
    pub(crate) fn directories(&mut self) -> WasiFilesystemCtxView<'_> {
        WasiFilesystemCtxView {
            ctx: &mut self.filesystem,
            table: &mut self.table,
        }
    }

    /// For `wasi:keyvalue`, which opens stores.
    pub(crate) fn key_values(&mut self) -> KeyValueView<'_> {
        self.handles.lose_track();
        KeyValueView {
            table: &mut self.table,
            granted: self.granted.key_values.as_ref(),
        }
    }

    /// For `wasi:io`, whose functions make streams and pollables.
    pub(crate) fn io(&mut self) -> &mut ResourceTable {
        self.handles.lose_track();
        &mut self.table
    }

    /// For the monotonic clock, which makes pollables.
    pub(crate) fn timers(&mut self) -> WasiClocksCtxView<'_> {
        self.handles.lose_track();
        self.clocks()
    }

    /// For the time of day.
    pub(crate) fn clocks(&mut self) -> WasiClocksCtxView<'_> {
        WasiClocksCtxView {
            ctx: &mut self.clocks,
            table: &mut self.table,
        }
    }
}

impl Opens for InstanceState {
    fn opened(&mut self) -> (&mut ResourceTable, &mut HeldFiles) {
        self.handles.lose_track();
        (&mut self.table, &mut self.files)
    }
}

impl WasiView for InstanceState {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        // Among others, for the standard streams.
        self.handles.lose_track();
        let client = self.connection.client().ip();
        let log = self.log.budget();
        let ctx = self.wasi.get_or_insert_with(|| {
            WasiCtxBuilder::new()
                .stdout(GuestOutput::new(client, Level::INFO, log))
                .stderr(GuestOutput::new(client, Level::ERROR, log))
                .envs(&self.granted.environment)
                .args(&self.granted.arguments)
                .build()
        });
        WasiCtxView {
            ctx,
            table: &mut self.table,
        }
    }
}

/// The connection that an instance has while it runs.
pub(crate) struct Attached(Option<Box<Connection>>);

impl Attached {
    /// Takes the connection back from an instance that doesn't run any more.
    pub(crate) fn detach(&mut self) -> Box<Connection> {
        self.0.take().expect("it is taken back once")
    }
}

impl Deref for Attached {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.as_deref().expect("an instance that runs has one")
    }
}

impl DerefMut for Attached {
    fn deref_mut(&mut self) -> &mut Connection {
        self.0
            .as_deref_mut()
            .expect("an instance that runs has one")
    }
}
