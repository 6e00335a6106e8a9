//! `wasm-host serve`.

use crate::admin::{Admin, AdminAddress, AdminArgs};
use crate::archives::Archives;
use crate::auth::Auth;
use crate::cgi::Cgi;
use crate::compiler;
use crate::early_log::Notes;
use crate::failure::Failure;
use crate::given::Given;
use crate::grants::Grants;
use crate::limits::LimitArgs;
use crate::listen::Listen;
use crate::log_options::Log;
use crate::log_output::LogFile;
use crate::notify::Notifier;
use crate::responses::Responses;
use crate::rules::{RuleSource, Rules};
use crate::settings::{Effective, Exposed, SettingArgs};
use crate::signals::Reload;
use crate::start_up::{announce, raise_descriptor_limit, warn_of_root};
use crate::tls::Tls;
use crate::uploads::Uploads;
use crate::{log_format, numbers, progress, signals, standard_output};
use clap::{ArgGroup, Args};
use std::path::PathBuf;
use wasm_host_server::{
    Account, ComponentSource, Error, HttpServer, HttpServerBuilder, Kept, KeptPath, OpenServer,
    ResponseOptions, ThreadingHttpServer,
};

/// Serve a directory, or a handler of your own, from inside a sandbox.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("watched").args(["component", "tls_cert", "tls_local"]).multiple(true),
    after_long_help = "A TIME is a number of seconds, such as 30 or 0.5, or has a unit, such as 500ms, 30s or 5m.\n\nCompiled components are kept for the next start, in $XDG_CACHE_HOME/wasm-host or ~/.cache/wasm-host."
)]
pub(super) struct Serve {
    #[command(flatten)]
    given: Given,

    #[command(flatten)]
    settings: SettingArgs,

    /// Port to listen on; 0 picks a free one.
    #[arg(default_value_t = 8000, value_parser = numbers::port_of_server, allow_negative_numbers = true)]
    port: u16,

    /// Handler component to run, of the world wasm-host:http/handler,
    /// wasi:http/proxy or wasi:http/service [default: the embedded one, which
    /// serves files].
    #[arg(long, value_name = "FILE")]
    component: Option<PathBuf>,

    /// Take a component that `wasm-host compile` has compiled: machine code,
    /// which no sandbox holds if it was tampered with [default: refuse it].
    #[arg(long, requires = "component")]
    allow_precompiled: bool,

    /// Load the component and the certificates anew when their files change; without
    /// this, on SIGHUP. Running requests finish on the old ones, and a file that is
    /// none changes nothing [default: off].
    #[arg(long, requires = "watched")]
    watch: bool,

    /// Directory to serve; the handler sees it read-only, as /, and nothing else
    /// but what is granted below. Files are left there with --upload only.
    #[arg(short, long, value_name = "DIR", default_value = ".")]
    directory: PathBuf,

    /// Hand the component one request at a time, and read and write its answers anew: for
    /// one that isn't to be trusted with its clients' connections. What isn't a response
    /// of HTTP/1.1 is 502. Answers over HTTP/2 are always read so [default:
    /// off].
    #[arg(long)]
    gateway: bool,

    /// Serve the directory of the start also when another has taken its place.
    /// Otherwise what lies beside it stays readable after the lock-down [default:
    /// follow, unless there are scripts or uploads, or a directory with :rw].
    #[arg(long)]
    no_follow: bool,

    /// Keep all that this process may do: other files, programs, connections. Without
    /// this it gives them up once all is open, on Linux by Landlock and seccomp
    /// [default: give them up].
    #[arg(long)]
    no_lockdown: bool,

    /// User to become once the port is taken, and group, by the names of /etc/passwd
    /// and /etc/group: all that is served and written has to be theirs to read and
    /// write, and scripts run as that user, too. For root only [default: stay who it
    /// is].
    #[arg(long, value_name = "NAME[:GROUP]")]
    user: Option<Account>,

    #[command(flatten, next_help_heading = "Connections")]
    listen: Listen,

    #[command(flatten, next_help_heading = "Operators")]
    admin: AdminArgs,

    #[command(flatten, next_help_heading = "TLS")]
    tls: Tls,

    #[command(flatten, next_help_heading = "Grants")]
    grants: Grants,

    #[command(flatten, next_help_heading = "Responses")]
    responses: Responses,

    #[command(flatten, next_help_heading = "Responses")]
    rules: Rules,

    #[command(flatten, next_help_heading = "Login")]
    auth: Auth,

    #[command(flatten, next_help_heading = "Responses")]
    archives: Archives,

    #[command(flatten, next_help_heading = "Uploads")]
    uploads: Uploads,

    #[command(flatten, next_help_heading = "CGI")]
    cgi: Cgi,

    #[command(flatten, next_help_heading = "Log")]
    log: Log,

    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitArgs,
}

/// What is open when the process is locked down.
struct Opened {
    server: OpenServer,
    log_file: Option<LogFile>,
    notifier: Notifier,
    admin: Option<Admin>,
}

impl Serve {
    /// Serves until a signal stops it.
    ///
    /// 1. What root may be needed for is opened, or more of the system than later.
    /// 2. The process is locked down, before it starts a thread.
    /// 3. The log's threads start.
    /// 4. The component is loaded, and serves.
    pub(super) fn run(self, effective: &Effective) -> Result<(), Failure> {
        if self.settings.print_config {
            return standard_output::print(effective.file().as_bytes());
        }
        let (opened, notes) = Notes::take(|| self.open(effective));
        let log_file = opened
            .as_ref()
            .ok()
            .and_then(|opened| opened.log_file.as_ref());
        let _flush_at_end = log_format::install(self.log.log_format, self.log.level(), log_file)
            .map_err(Error::Thread)?;
        let begun = opened.and_then(|opened| self.begin(opened));
        // After the line that scripts wait for: some formats have both on one stream.
        notes.log();
        let (server, _admin) = begun?;
        Ok(server.serve_forever()?)
    }

    /// Loads the component, and says where it is served. Operators are answered as long as
    /// the second of what it returns is there.
    fn begin(&self, opened: Opened) -> Result<(HttpServer, Option<AdminAddress>), Failure> {
        let Opened {
            server,
            log_file,
            notifier,
            admin,
        } = opened;
        let admin = admin.map(Admin::start).transpose().map_err(Error::Thread)?;
        let rules = self.rules.source(&self.directory);
        let parts = rules.as_ref().map(RuleSource::read).transpose()?;
        let server = progress::during(&self.loading(), self.log.quiet, || server.load())?;
        if let Some(parts) = parts {
            server.rules_handle().replace(parts);
        }
        let component = self.component.as_deref();
        self.given.check(component, server.is_wasi_http())?;
        if component.is_none() {
            self.responses.warn_of_absent_pages(&self.directory);
            self.cgi.warn_of_absent_directories(&self.directory);
        }
        let reload = Reload {
            loaded: server.reload_handle(),
            rules: rules.map(|source| (source, server.rules_handle())),
            notifier: notifier.clone(),
        };
        signals::obey(server.shutdown_handle(), reload, log_file).map_err(Error::Thread)?;
        announce(&server);
        if let Some(admin) = &admin {
            admin.announce();
        }
        self.tls.announce();
        warn_of_root();
        let has_login = !self.auth.credentials().is_empty();
        self.uploads.warn_of_strangers(&server, has_login);
        notifier.watch().map_err(Error::Thread)?;
        notifier.ready();
        Ok((server, admin))
    }

    /// Opens what is served, and the log, and gives up what isn't needed after that.
    fn open(&self, effective: &Effective) -> Result<Opened, Failure> {
        effective.warn();
        self.keep_unserved(effective)?;
        raise_descriptor_limit();
        let admin = self.admin.open(effective.json())?;
        let mut builder = self.listen.add_to(self.builder()?, &self.given, None)?;
        if let Some(admin) = &admin {
            builder = builder.metrics(admin.metrics());
        }
        let notifier = Notifier::of_this_process();
        if let Some(heartbeat) = notifier.heartbeat() {
            builder = builder.heartbeat(heartbeat);
        }
        let server = builder.open()?;
        let log_file = self.log.open_file()?;
        if let (Some(user), Some(log)) = (&self.user, &log_file) {
            log.warn_of_rotation(user);
        }
        if !self.no_lockdown {
            server.lock_down(&self.kept(log_file.as_ref()))?;
        }
        Ok(Opened {
            server,
            log_file,
            notifier,
            admin,
        })
    }

    /// Has nobody read a secret that is in the file of options.
    fn keep_unserved(&self, effective: &Effective) -> Result<(), Failure> {
        match effective.exposed_by(&self.directory) {
            Some(Exposed::Secret(path, option)) => Err(Failure::ExposedConfig {
                path: path.to_owned(),
                option: option.to_owned(),
            }),
            Some(Exposed::Options(path)) => {
                tracing::warn!(
                    "{path:?} is beneath --directory, and served: whoever asks for it sees the options"
                );
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// What is opened after that, beside what the server opens itself.
    fn kept(&self, log_file: Option<&LogFile>) -> Vec<KeptPath> {
        // Whether it can be opened tells whether the terminal is there still.
        let terminal = KeptPath::new("/dev/tty", Kept::ReadFiles);
        // It is made anew there after a rotation.
        let log = log_file.map(|log| [Some(log.path()), log.path().parent()]);
        let log = log.into_iter().flatten().flatten();
        let log = log.map(|path| KeptPath::new(path, Kept::Write));
        log.chain([terminal]).collect()
    }

    /// What starting the server is about.
    fn loading(&self) -> String {
        match &self.component {
            Some(file) => format!("Compiling {}", file.display()),
            None => "Compiling the embedded component".to_owned(),
        }
    }

    fn response_options(&self) -> ResponseOptions {
        let mut options = self.responses.options();
        options.auth = self.auth.credentials();
        options.rules = self.rules.begun();
        options
    }

    fn builder(&self) -> Result<HttpServerBuilder, Failure> {
        let mut builder = ThreadingHttpServer::builder()
            .port(self.port)
            .directory(&self.directory)
            .grants(self.grants.options(&self.directory)?)
            .limits(self.limits.limits())
            .compiler(compiler::command())
            .instance_reuse(self.limits.instance_reuse)
            .gateway(self.gateway)
            .responses(self.response_options())
            .access_entries(self.log.log_format.takes_entries())
            .follow(!self.no_follow);
        if let Some(isolation) = self.limits.isolation {
            builder = builder.isolation(isolation.into());
        }
        if let Some(threads) = self.limits.threads {
            builder = builder.threads(usize::from(threads));
        }
        if let Some(file) = &self.component {
            builder = builder.component(if self.allow_precompiled {
                ComponentSource::Trusted(file.clone())
            } else {
                ComponentSource::File(file.clone())
            });
        }
        if self.watch {
            builder = builder.watch();
        }
        if let Some(user) = &self.user {
            builder = builder.user(user.clone());
        }
        if let Some(most) = self.archives.most() {
            builder = builder.archives(most);
        }
        if let Some(uploads) = self.uploads.options() {
            builder = builder.uploads(uploads);
        }
        if let Some(cgi) = self.cgi.options() {
            builder = builder.cgi(cgi);
        }
        if let Some(tls) = self.tls.options(self.user.is_some())? {
            builder = builder.tls(tls);
        }
        Ok(builder)
    }
}
