//! Building a server: what to listen on, what to serve, how far to go.

use super::descriptors::{affordable_connections, affordable_files};
use super::machinery::{Machinery, start_compiler};
use super::opened::Opened;
use super::{CgiOptions, HttpServer, ThreadingHttpServer};
use crate::admission::{Admission, Places};
use crate::budget::Budget;
use crate::component::{self, Allowance, Compiler, ComponentSource, MemoryShares};
use crate::connection::{MinimumRate, Terms, Timeouts};
use crate::error::{Error, engine_error};
use crate::grants::{GrantOptions, Granted, OpenFiles, Replaceable};
use crate::handler::{HandlerContext, idle_share};
use crate::limits::{Isolation, Limits};
use crate::listener::{self, BoundSockets, ListenAddress, ListenOn, Listening, UnixSocket};
use crate::logging::LogBudget;
use crate::proxy::ProxyContext;
use crate::proxy_protocol::{ProxyProtocol, TrustedProxy};
use crate::recall::Recall;
use crate::reload::Reloader;
use crate::responses::ResponseOptions;
use crate::scripts::{Sandbox, ScriptHost, SpoolRoom};
use crate::server_info::ServerInfoSource;
use crate::service::{ComponentSlot, Service};
use crate::tls::{self, Tls, TlsOptions};
use crate::worker::Worker;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use wasm_host_process::{Account, ScriptRules, Scripts};

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

/// The port of a server that has none, for what has to name one (RFC 3875 section 4.1.15).
const USUAL_PORT: u16 = 80;

/// Builds an [`HttpServer`].
#[derive(Debug, Clone)]
#[must_use]
pub struct HttpServerBuilder {
    listen: Vec<ListenOn>,
    port: u16,
    socket_keeper: Vec<OsString>,
    proxies: Option<ProxyProtocol>,
    pub(super) directory: PathBuf,
    pub(super) component: ComponentSource,
    watch: bool,
    pub(super) grants: GrantOptions,
    responses: ResponseOptions,
    access_entries: bool,
    limits: Limits,
    /// None: by the component.
    isolation: Option<Isolation>,
    gateway: bool,
    reuse: u32,
    pub(super) cgi: Option<CgiOptions>,
    compiler: Vec<OsString>,
    threads: usize,
    follow: bool,
    pub(super) user: Option<Account>,
    pub(super) tls: Option<TlsOptions>,
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
    /// quiet. Not so with scripts, or with a directory that the handler may write
    /// to.
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

    /// Whether the limits and what is said of scripts can be kept at all.
    pub(super) fn check(&self) -> Result<(), Error> {
        self.limits.check()?;
        self.cgi.as_ref().map_or(Ok(()), CgiOptions::check)
    }

    /// Takes the addresses and the port.
    pub(super) fn bind_sockets(&self) -> Result<BoundSockets, Error> {
        let sockets = listener::bind(&self.listen, self.port, self.threads, &self.socket_keeper)?;
        let by_tcp = sockets.addresses().find_map(ListenAddress::tcp);
        match (&self.proxies, by_tcp) {
            (Some(proxies), Some(address)) if proxies.trusted.is_empty() => {
                Err(Error::NoTrustedProxy { address })
            }
            _ => Ok(sockets),
        }
    }

    /// Takes the port from which clients are sent on to HTTPS, on all addresses.
    pub(super) fn bind_redirect(&self) -> Result<Option<BoundSockets>, Error> {
        let Some(port) = self.tls.as_ref().and_then(|tls| tls.redirect_from) else {
            return Ok(None);
        };
        let is_tcp = |place: &&ListenOn| matches!(place, ListenOn::Tcp(_));
        let places: Vec<_> = self.listen.iter().filter(is_tcp).cloned().collect();
        // Else it would be on all interfaces, which nobody has asked for.
        if places.is_empty() && !self.listen.is_empty() {
            return Err(Error::NothingToRedirectFrom);
        }
        listener::bind(&places, port, 1, &[]).map(Some)
    }

    /// Reads the certificates.
    pub(super) fn open_tls(&self) -> Result<Option<Arc<Tls>>, Error> {
        let Some(options) = &self.tls else {
            return Ok(None);
        };
        Ok(Some(Arc::new(Tls::open(
            options,
            &[tls::HTTP_2, tls::HTTP_1_1],
        )?)))
    }

    /// From which files the certificates are read.
    pub(super) fn certificate_files(&self) -> Vec<PathBuf> {
        let options = self.tls.as_ref();
        options.map_or_else(Vec::new, |options| options.certificates.files())
    }

    /// Loads the component, and listens.
    pub(super) fn load(self, opened: Opened) -> Result<HttpServer, Error> {
        let Opened {
            sockets,
            redirect,
            granted,
            scripts,
            tls,
            compiler,
        } = opened;
        let reloader = Reloader::new(&self.component, tls.clone(), self.watch)?;
        let threads = u32::try_from(self.threads).unwrap_or(u32::MAX);
        let max_idle = idle_share(self.limits.max_instances, threads);
        let scripts_at_once = self.cgi.as_ref().map_or(0, |cgi| cgi.max_running);
        let besides = scripts_at_once.saturating_add(threads.saturating_mul(max_idle));
        let machinery = Machinery::of(&self.component, compiler, &self.limits, besides)?;
        let Listening {
            addresses,
            workers,
            files,
        } = sockets.listen()?;
        let workers = workers.into_iter().map(Worker::new);
        let mut workers = workers.collect::<Result<Vec<_>, _>>()?;
        let redirect_addresses = match redirect {
            Some(redirect) => workers[0].redirect_from(redirect)?,
            None => Vec::new(),
        };
        let address = first_tcp(&addresses);
        let mut service = self.service(granted, machinery, scripts, address, max_idle)?;
        if let Some(tls) = &tls {
            tls.begin()?;
        }
        service.tls = tls;
        service.proxies.clone_from(&self.proxies);
        self.grants.log(self.component.file());
        Ok(HttpServer {
            workers,
            addresses,
            redirect_addresses,
            _files: files,
            service: Arc::new(service),
            reloader,
        })
    }

    fn service(
        &self,
        granted: Granted,
        machinery: Machinery,
        scripts: Option<Scripts>,
        address: Option<SocketAddr>,
        max_idle: u32,
    ) -> Result<Service, Error> {
        let limits = &self.limits;
        let terms = self.terms();
        let admission = Arc::new(Admission::new(
            Arc::clone(&terms.recall),
            Places {
                connections: affordable_connections(limits.max_connections),
                connections_each: limits.max_connections_per_client,
                instances: limits.max_instances,
                instances_each: limits.requests_each(),
                queue_timeout: limits.queue_timeout,
            },
        ));
        let memory = MemoryShares::new(limits.memory, limits.all_memory());
        let log = Arc::new(LogBudget::new(limits.log_rate));
        let allowance = Allowance {
            granted: Arc::new(granted),
            log: Arc::clone(&log),
            memory: memory.clone(),
            open_files: OpenFiles::new(affordable_files()),
            cpu_time: limits.cpu_time,
            request_timeout: limits.request_timeout,
        };
        let proxy = ProxyContext {
            allowance: allowance.clone(),
            admission: Arc::clone(&admission),
            timeouts: terms.timeouts,
            reuse: self.reuse,
        };
        let handler = HandlerContext {
            allowance,
            server: Arc::new(self.server_info(address)),
            scripts: self.script_host(scripts, &machinery, memory, log)?,
            admission: Arc::clone(&admission),
        };
        Ok(Service {
            component: ComponentSlot::new(machinery.component),
            engine: machinery.engine,
            compiler: machinery.compiler,
            handler: Arc::new(handler),
            proxy: Arc::new(proxy),
            terms,
            admission,
            proxies: None,
            gateway: self.gateway,
            tls: None,
            max_idle,
            shutdown_timeout: limits.shutdown_timeout,
        })
    }

    pub(super) fn become_user(&self) -> Result<(), Error> {
        let Some(user) = &self.user else {
            return Ok(());
        };
        user.become_it().map_err(|source| Error::User {
            user: user.to_string(),
            source,
        })
    }

    pub(super) fn granted(&self) -> Result<Granted, Error> {
        let granted = Granted::open(
            &self.directory,
            &self.grants,
            self.component.program(),
            &self.replaceable(),
            self.follows(),
        );
        Ok(granted?)
    }

    /// Whether what takes the served directory's place is to be served. Scripts are
    /// looked up where they were at the start, and so is what is none.
    pub(super) fn follows(&self) -> bool {
        self.follow && self.cgi.is_none()
    }

    /// What this server runs outside of a sandbox.
    fn replaceable(&self) -> Vec<Replaceable> {
        let cache = component::cache_directory().map(|path| Replaceable {
            path,
            what: "the cache of compiled components",
        });
        let directories = self.cgi.iter().flat_map(|cgi| &cgi.directories);
        let scripts = directories.map(|directory| Replaceable {
            path: self.directory.join(directory),
            what: "a directory of scripts",
        });
        let trusted = match &self.component {
            ComponentSource::Trusted(path) => Some(Replaceable {
                path: path.clone(),
                what: "its own machine code",
            }),
            ComponentSource::Embedded | ComponentSource::File(_) => None,
        };
        cache.into_iter().chain(scripts).chain(trusted).collect()
    }

    fn terms(&self) -> Terms {
        Terms {
            timeouts: Timeouts {
                header: self.limits.header_timeout,
                idle: self.limits.idle_timeout,
                progress: self.limits.request_timeout,
                rate: MinimumRate {
                    bytes: self.limits.min_rate,
                    after: self.limits.request_timeout,
                },
            },
            instance_per_request: self.chosen_isolation() == Isolation::Request,
            recall: Arc::new(Recall::default()),
            budget: Arc::new(Budget::new(self.limits.buffer_memory)),
        }
    }

    fn chosen_isolation(&self) -> Isolation {
        self.isolation.unwrap_or(match self.component {
            ComponentSource::Embedded => Isolation::Connection,
            ComponentSource::File(_) | ComponentSource::Trusted(_) => Isolation::Request,
        })
    }

    /// Starts what compiles components, unless nothing but the embedded one is served.
    pub(super) fn compiler_of_others(&self) -> Compiler {
        let only_ours = matches!(self.component, ComponentSource::Embedded) && self.cgi.is_none();
        if only_ours || self.compiler.is_empty() {
            return Compiler::new(None, &self.limits);
        }
        start_compiler(&self.compiler, &self.limits)
    }

    /// Starts what starts scripts.
    pub(super) fn scripts(&self) -> Result<Option<Scripts>, Error> {
        let Some(cgi) = &self.cgi else {
            return Ok(None);
        };
        let rules = ScriptRules {
            directories: cgi.directories.clone(),
            timeout: cgi.timeout,
            max_running: cgi.max_running,
            queue_timeout: self.limits.queue_timeout,
            environment: cgi.environment.clone(),
            bounds: cgi.bounds,
            users: cgi.users,
            spawner: cgi.spawner.clone(),
        };
        let scripts = Scripts::open(&self.directory, rules);
        scripts
            .map(Some)
            .map_err(|error| Error::Cgi(error.to_string()))
    }

    fn script_host(
        &self,
        scripts: Option<Scripts>,
        machinery: &Machinery,
        memory: MemoryShares,
        log: Arc<LogBudget>,
    ) -> Result<Option<ScriptHost>, Error> {
        let (Some(cgi), Some(scripts)) = (&self.cgi, scripts) else {
            return Ok(None);
        };
        let compiler = Arc::clone(&machinery.compiler);
        let sandbox = Sandbox::new(&machinery.engine, compiler, memory, cgi.timeout);
        let sandbox = sandbox.map_err(|error| engine_error(&error))?;
        Ok(Some(ScriptHost {
            scripts: Arc::new(scripts),
            sandbox: Arc::new(sandbox),
            spools: Arc::new(SpoolRoom::new(cgi.max_chunked)),
            log,
        }))
    }

    /// The settings that tell a handler about scripts.
    fn cgi_settings(&self) -> Vec<(String, String)> {
        let Some(cgi) = &self.cgi else {
            return Vec::new();
        };
        let setting = |name: &str, value: String| (name.to_owned(), value);
        let root = std::fs::canonicalize(&self.directory).unwrap_or_default();
        let mut settings = vec![
            setting("cgi", String::new()),
            setting("document-root", root.to_string_lossy().into_owned()),
        ];
        settings.extend(cgi.directories.iter().map(|directory| {
            setting("cgi-directory", format!("/{}", directory.to_string_lossy()))
        }));
        if cgi.authorization {
            settings.push(setting("cgi-authorization", String::new()));
        }
        settings
    }

    fn server_info(&self, address: Option<SocketAddr>) -> ServerInfoSource {
        let mut hosts = self.listen.iter().filter_map(|place| match place {
            ListenOn::Tcp(host) => host.clone(),
            ListenOn::Unix(_) | ListenOn::HandedOver => None,
        });
        let name = match (hosts.next(), address) {
            (Some(host), Some(address)) if !address.ip().is_unspecified() => host,
            _ => rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
        };
        ServerInfoSource {
            name,
            port: address.map_or(USUAL_PORT, |address| address.port()),
            access_entries: self.access_entries,
            settings: [self.responses.settings(), self.cgi_settings()].concat(),
        }
    }
}

/// The first of them that has a port.
fn first_tcp(addresses: &[ListenAddress]) -> Option<SocketAddr> {
    addresses.iter().find_map(ListenAddress::tcp)
}
