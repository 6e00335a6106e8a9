//! What a builder makes of what was opened: a server that listens, with all that its
//! workers share.

use super::descriptors::{affordable_connections, affordable_files};
use super::machinery::Machinery;
use super::opened::Opened;
use super::{HttpServer, HttpServerBuilder};
use crate::admission::{Admission, LongWork, Places};
use crate::budget::Budget;
use crate::component::{Allowance, ComponentSource, MemoryShares};
use crate::connection::{MinimumRate, Terms, Timeouts};
use crate::error::{Error, engine_error};
use crate::grants::{Granted, OpenFiles};
use crate::handler::{HandlerContext, idle_share};
use crate::limits::Isolation;
use crate::listener::{ListenAddress, ListenOn, Listening};
use crate::logging::LogBudget;
use crate::proxy::ProxyContext;
use crate::recall::Recall;
use crate::reload::Reloader;
use crate::rule_parts::RulesHandle;
use crate::scripts::{Sandbox, ScriptHost, SpoolRoom};
use crate::server_info::ServerInfoSource;
use crate::service::{ComponentSlot, Service};
use crate::uploads::Uploads;
use crate::worker::Worker;
use std::net::SocketAddr;
use std::sync::Arc;
use wasm_host_process::Scripts;

/// The port of a server that has none, for what has to name one (RFC 3875 section 4.1.15).
const USUAL_PORT: u16 = 80;

impl HttpServerBuilder {
    /// Loads the component, and listens.
    pub(super) fn load(self, opened: Opened) -> Result<HttpServer, Error> {
        let Opened {
            sockets,
            redirect,
            granted,
            scripts,
            uploads,
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
        let mut service = self.service(granted, machinery, scripts, uploads, address, max_idle)?;
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
        uploads: Option<Arc<Uploads>>,
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
            rules: RulesHandle::new(self.responses.rules.clone().unwrap_or_default()),
            scripts: self.script_host(scripts, &machinery, memory, log)?,
            sites: self.sites.clone(),
            long_work: self.archives.map(|most| Arc::new(LongWork::new(most))),
            uploads,
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
            metrics: self.metrics.clone(),
            heartbeat: self.heartbeat.clone(),
            tls: None,
            max_idle,
            shutdown_timeout: limits.shutdown_timeout,
        })
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
            ComponentSource::File(_)
            | ComponentSource::Trusted(_)
            | ComponentSource::Compiled(_) => Isolation::Request,
        })
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

    /// The settings that tell a handler about uploads and archives.
    fn sharing_settings(&self) -> Vec<(String, String)> {
        let setting = |name: &str, value: String| (name.to_owned(), value);
        let mut settings = Vec::new();
        if self.archives.is_some() {
            settings.push(setting("archives", String::new()));
        }
        let Some(uploads) = &self.uploads else {
            return settings;
        };
        settings.push(setting("upload", String::new()));
        settings.push(setting("upload-max-size", uploads.max_size.to_string()));
        if uploads.overwrite {
            settings.push(setting("overwrite", String::new()));
        }
        settings
    }

    fn server_info(&self, address: Option<SocketAddr>) -> ServerInfoSource {
        let mut hosts = self.listen.iter().filter_map(|place| match place {
            ListenOn::Tcp(host) => host.clone(),
            ListenOn::Unix(_) | ListenOn::HandedOver | ListenOn::Brought(_) => None,
        });
        let name = match (hosts.next(), address) {
            (Some(host), Some(address)) if !address.ip().is_unspecified() => host,
            _ => rustix::system::uname()
                .nodename()
                .to_string_lossy()
                .into_owned(),
        };
        let wants_requests = self.sites.is_some() || self.metrics.is_some();
        ServerInfoSource {
            name,
            port: address.map_or(USUAL_PORT, |address| address.port()),
            access_entries: self.access_entries || wants_requests,
            wants_requests,
            settings: match &self.sites {
                // Each site may have rules.
                Some(_) => ["sites", "rules"]
                    .map(|name| (name.to_owned(), String::new()))
                    .to_vec(),
                None => [
                    self.responses.settings(),
                    self.cgi_settings(),
                    self.sharing_settings(),
                ]
                .concat(),
            },
        }
    }
}

/// The first of them that has a port.
fn first_tcp(addresses: &[ListenAddress]) -> Option<SocketAddr> {
    addresses.iter().find_map(ListenAddress::tcp)
}
