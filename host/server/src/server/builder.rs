//! Building a server: what to listen on, what to serve, how far to go.

use super::{CgiOptions, HttpServer, ThreadingHttpServer};
use crate::component::ComponentSource;
use crate::error::Error;
use crate::grants::GrantOptions;
use crate::heartbeat::Heartbeat;
use crate::limits::{Isolation, Limits};
use crate::listener::{ListenOn, UnixSocket};
use crate::metrics::Metrics;
use crate::proxy_protocol::{ProxyProtocol, TrustedProxy};
use crate::responses::ResponseOptions;
use crate::sites::Sites;
use crate::tls::TlsOptions;
use crate::uploads::UploadOptions;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use wasm_host_process::Account;

impl ThreadingHttpServer {
    /// A builder whose server serves many connections at a time.
    pub fn builder() -> HttpServerBuilder {
        HttpServerBuilder::threading()
    }
}

impl HttpServer {
    /// A builder whose server serves one connection at a time.
    pub fn builder() -> HttpServerBuilder {
        HttpServerBuilder::sequential()
    }
}

/// Builds an [`HttpServer`].
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpServerBuilder {
    pub(super) listen: Vec<ListenOn>,
    pub(super) port: u16,
    pub(super) socket_keeper: Vec<OsString>,
    pub(super) proxies: Option<ProxyProtocol>,
    pub(super) directory: PathBuf,
    pub(super) component: ComponentSource,
    pub(super) watch: bool,
    pub(super) grants: GrantOptions,
    pub(super) responses: ResponseOptions,
    pub(super) access_entries: bool,
    pub(super) metrics: Option<Metrics>,
    pub(super) heartbeat: Option<Heartbeat>,
    pub(super) limits: Limits,
    /// None: by the component.
    pub(super) isolation: Option<Isolation>,
    pub(super) gateway: bool,
    pub(super) reuse: u32,
    pub(super) cgi: Option<CgiOptions>,
    pub(super) compiler: Vec<OsString>,
    pub(super) threads: usize,
    pub(super) follow: bool,
    pub(super) user: Option<Account>,
    pub(super) tls: Option<TlsOptions>,
    pub(super) sites: Option<Arc<dyn Sites>>,
    pub(super) uploads: Option<UploadOptions>,
    pub(super) archives: Option<u32>,
}

impl HttpServerBuilder {
    fn sequential() -> Self {
        let limits = Limits {
            max_connections: 1,
            max_instances: 1,
            ..Limits::default()
        };
        Self {
            listen: Vec::new(),
            port: 8000,
            socket_keeper: Vec::new(),
            proxies: None,
            directory: PathBuf::from("."),
            component: ComponentSource::default(),
            watch: false,
            grants: GrantOptions::default(),
            responses: ResponseOptions::default(),
            access_entries: false,
            metrics: None,
            heartbeat: None,
            limits,
            isolation: None,
            gateway: false,
            reuse: 1,
            cgi: None,
            compiler: Vec::new(),
            threads: 1,
            follow: true,
            user: None,
            tls: None,
            sites: None,
            uploads: None,
            archives: None,
        }
    }

    fn threading() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            limits: Limits::default(),
            threads: cores,
            ..Self::sequential()
        }
    }

    /// An address to listen on: an IPv4 or IPv6 address, or a host name. One more each
    /// time that this is called. Default: all interfaces, IPv6 and IPv4.
    pub fn bind(self, host: impl Into<String>) -> Self {
        self.listen_on(ListenOn::Tcp(Some(host.into())))
    }

    /// A Unix socket to listen on, beside what else is listened on. Its file is made as
    /// [`open`](Self::open) is called, and removed when the server has stopped, if it may
    /// be by then.
    ///
    /// A client that comes that way has no address: handlers and logs see `0.0.0.0`, and
    /// [`Limits`] for a client are each such connection's.
    pub fn bind_unix(self, socket: UnixSocket) -> Self {
        self.listen_on(ListenOn::Unix(socket))
    }

    /// A program, and its arguments, that removes the files of Unix sockets when this
    /// process has ended, however that was: one that calls
    /// [`run_socket_keeper`](crate::run_socket_keeper). Others are added to its arguments.
    /// It is started for each, before the process becomes another [`user`](Self::user), or
    /// is locked down, after which it couldn't remove them itself. Default: none; then
    /// files may stay, and are replaced at the next start.
    pub fn socket_keeper(mut self, command: Vec<OsString>) -> Self {
        self.socket_keeper = command;
        self
    }

    /// Where to take connections, beside where else they are taken. Default: all
    /// interfaces, IPv6 and IPv4.
    pub fn listen_on(mut self, place: ListenOn) -> Self {
        self.listen.push(place);
        self
    }

    /// Has all connections begin with a header of the PROXY protocol, of version 1 or 2,
    /// by which a proxy says whose each one is: whom it says is the client, for handlers,
    /// logs and limits. Anybody else is refused: by TCP, whoever isn't one of `trusted`,
    /// as it could say that it is anybody. Who may connect to a Unix socket is trusted.
    /// Default: connections are their clients' own.
    pub fn proxy_protocol(mut self, trusted: impl IntoIterator<Item = TrustedProxy>) -> Self {
        let trusted = trusted.into_iter().collect();
        self.proxies = Some(ProxyProtocol { trusted });
        self
    }

    /// The port to listen on, at each address; 0 picks a free one. Default: 8000.
    pub fn port(mut self, port: u16) -> Self {
        self.port = port;
        self
    }

    /// The directory that the handler sees, read-only, as `/`. Default: the
    /// current one.
    ///
    /// Another directory that takes its place, as when a site is built anew, is
    /// served in its stead within a second, but on connections that are never
    /// quiet. Not so with scripts, with uploads, or with a directory that the handler
    /// may write to.
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = directory.into();
        self
    }

    /// The handler's component. Default: the embedded one.
    pub fn component(mut self, component: ComponentSource) -> Self {
        self.component = component;
        self
    }

    /// Loads the component anew whenever its file changes, and the certificates, as
    /// [`ReloadHandle::reload`](crate::ReloadHandle::reload) does. Default: only
    /// when asked to.
    pub fn watch(mut self) -> Self {
        self.watch = true;
        self
    }

    /// What the handler is granted beside the directory. Default: nothing.
    pub fn grants(mut self, grants: GrantOptions) -> Self {
        self.grants = grants;
        self
    }

    /// How a handler made with the SDK answers, the embedded one among them.
    /// Default: [`ResponseOptions::default`].
    pub fn responses(mut self, responses: ResponseOptions) -> Self {
        self.responses = responses;
        self
    }

    /// Whether answered requests are logged as events of
    /// [`ACCESS_TARGET`](crate::ACCESS_TARGET), rather than as lines in
    /// `http.server`'s format. Default: no.
    pub fn access_entries(mut self, entries: bool) -> Self {
        self.access_entries = entries;
        self
    }

    /// Counts what the server does, for who asks `metrics` for it. Answered requests are
    /// logged as by [`access_entries`](Self::access_entries) then, as a handler's own lines
    /// don't tell their status. Default: nothing is counted.
    pub fn metrics(mut self, metrics: Metrics) -> Self {
        self.metrics = Some(metrics);
        self
    }

    /// Has each worker count whether it turns, for who asks `heartbeat`. Default: none
    /// does.
    pub fn heartbeat(mut self, heartbeat: Heartbeat) -> Self {
        self.heartbeat = Some(heartbeat);
        self
    }

    /// The limits. Default: [`Limits::default`], one connection at a time for
    /// an [`HttpServer`].
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// What each instance is for. Default: a request; for the embedded component, a
    /// connection.
    pub fn isolation(mut self, isolation: Isolation) -> Self {
        self.isolation = Some(isolation);
        self
    }

    /// Whether a handler of `wasm-host:http/handler` is handed one request at a time, and
    /// its answer is read and written anew: for one that isn't to be trusted with its
    /// clients' connections. What isn't a response of HTTP/1.1 is 502 then. It costs some
    /// speed. Over HTTP/2 answers always are read and written anew. Default: not.
    pub fn gateway(mut self, gateway: bool) -> Self {
        self.gateway = gateway;
        self
    }

    /// How many requests an instance of a `wasi:http` component answers, one
    /// after the other, of whatever clients: at least 1, which is the default.
    /// With more, they share the instance's memory.
    pub fn instance_reuse(mut self, requests: u32) -> Self {
        self.reuse = requests.max(1);
        self
    }

    /// Runs scripts, as `CGIHTTPRequestHandler` does. Default: none.
    pub fn cgi(mut self, cgi: CgiOptions) -> Self {
        self.cgi = Some(cgi);
        self
    }

    /// The command of a process that has components read and compiled, each in a process
    /// of its own with the limits [`Limits::compile_memory`] and
    /// [`Limits::compile_time`]: a program that calls
    /// [`run_compiler`](crate::run_compiler), and its arguments, to which more are added.
    /// The embedded component is compiled by this process, and so is none of the others
    /// if one was kept in the cache.
    ///
    /// Default: none, so that this process reads and compiles all components itself. No
    /// limit holds that: one that is made to can take all of its time and memory, or end
    /// it. Linux only.
    pub fn compiler(mut self, command: Vec<OsString>) -> Self {
        self.compiler = command;
        self
    }

    /// How many threads serve connections, at least 1. Default: one a core for
    /// a [`ThreadingHttpServer`](crate::ThreadingHttpServer).
    pub fn threads(mut self, threads: usize) -> Self {
        self.threads = threads.max(1);
        self
    }

    /// Whether another directory that takes the place of the served one, at its path,
    /// is served in its stead. Default: yes.
    ///
    /// Where it is, [`OpenServer::lock_down`](crate::OpenServer::lock_down) leaves all that lies beside the served
    /// directory readable, too.
    pub fn follow(mut self, follow: bool) -> Self {
        self.follow = follow;
        self
    }

    /// Has the whole process become another user, for ever, once it has its address and
    /// port. All else is opened as that user: what is served, what is granted, the
    /// component; and scripts run as that user. The process may have no other thread
    /// by then. Default: who it is.
    pub fn user(mut self, user: Account) -> Self {
        self.user = Some(user);
        self
    }

    /// Serves HTTPS in place of HTTP. The certificates are read before anything else is
    /// done, by the user that the process has then; what [`user`](Self::user) says is
    /// who reads them anew. Default: HTTP.
    pub fn tls(mut self, options: TlsOptions) -> Self {
        self.tls = Some(options);
        self
    }

    /// Serves several sites in place of a directory, each by the embedded component, and
    /// without scripts and uploads. The [`directory`](Self::directory) isn't served then;
    /// it may be an empty one. Default: the directory.
    pub fn sites(mut self, sites: Arc<dyn Sites>) -> Self {
        self.sites = Some(sites);
        self
    }

    /// Lets clients leave files beneath the directory. A handler of
    /// `wasm-host:http/handler`, the embedded one among them, takes them by the contract's
    /// `uploads`, and has no other way to write there. The directory of the start is served
    /// for ever then. Default: none is taken.
    pub fn uploads(mut self, options: UploadOptions) -> Self {
        self.uploads = Some(options);
        self
    }

    /// Lets clients have directories as archives, so many at once: at least one, of which
    /// one client has half. Default: none.
    pub fn archives(mut self, most: u32) -> Self {
        self.archives = Some(most);
        self
    }

    /// Whether the limits and what is said of scripts can be kept at all.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.limits.check()?;
        let embedded = matches!(self.component, ComponentSource::Embedded);
        if self.sites.is_some() && (!embedded || self.cgi.is_some() || self.uploads.is_some()) {
            return Err(Error::SitesOfOthers);
        }
        self.cgi.as_ref().map_or(Ok(()), CgiOptions::check)
    }
}
