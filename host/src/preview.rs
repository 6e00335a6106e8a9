//! `wasm-host preview`.

use crate::admin::{Admin, AdminAddress, AdminArgs};
use crate::code_limits::CodeArgs;
use crate::data_folder::data_folder_of_user;
use crate::early_log::Notes;
use crate::failure::Failure;
use crate::given::Given;
use crate::limits::LimitArgs;
use crate::listen::Listen;
use crate::log_options::Log;
use crate::log_output::LogFile;
use crate::notify::Notifier;
use crate::settings::{Effective, SettingArgs};
use crate::signals::Reload;
use crate::site_limits::SiteLimitArgs;
use crate::start_up::{announce, raise_descriptor_limit, warn_of_root};
use crate::tls::Tls;
use crate::{log_format, numbers, progress, signals, standard_output};
use clap::Args;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::time::Duration;
use wasm_host_preview::api::Urls;
use wasm_host_preview::dashboard::OneTimeLink;
use wasm_host_preview::names::Label;
use wasm_host_preview::policy::Policy;
use wasm_host_preview::server::{CodeOptions, Door, PreviewOptions, Previews};
use wasm_host_preview::sites::Domain;
use wasm_host_preview::token::Token;
use wasm_host_server::{
    Account, Error, HttpServer, HttpServerBuilder, Kept, KeptPath, ListenAddress, OpenServer,
    ThreadingHttpServer,
};

/// Where previews are for who says nothing: on this machine alone.
const LOCAL: &str = "127.0.0.1";

/// Host previews of many sites on one port, each at a host of its own, which
/// `wasm-host deploy` makes.
///
/// What is deployed is served at `ID.localhost`, and never changes there; an alias is a
/// name that moves from one deploy to the next. The domain itself has the API, for which
/// a token is made.
#[derive(Debug, Args)]
pub(super) struct Preview {
    #[command(flatten)]
    given: Given,

    #[command(flatten)]
    settings: SettingArgs,

    /// Port to listen on; 0 picks a free one.
    #[arg(default_value_t = 8000, value_parser = numbers::port, allow_negative_numbers = true)]
    port: u16,

    /// Folder of all that is deployed, which is made if it isn't there [default:
    /// $XDG_DATA_HOME/wasm-host/preview/store, or ~/.local/share/…].
    #[arg(long, value_name = "DIR")]
    store: Option<PathBuf>,

    /// File of the token that deploying takes, which is made if it isn't there: for
    /// this user's eyes only [default: $XDG_DATA_HOME/wasm-host/preview/token, or
    /// ~/.local/share/…].
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// Domain whose subdomains are sites; repeatable. Browsers find all of *.localhost on
    /// this machine by themselves, but for Safari; another name is yours to have lead
    /// here, and all of its subdomains.
    #[arg(long, value_name = "NAME", default_value = "localhost")]
    domain: Vec<Domain>,

    /// URL of the first domain as browsers have it, such as `https://preview.example.com`,
    /// where something in front of this server is what they reach [default: by
    /// --domain and where this listens].
    #[arg(long, value_name = "URL")]
    public_url: Option<Door>,

    /// How long after an alias has moved the parts of pages that were loaded before are
    /// still found: scripts, pictures, and not pages; 0 for not at all.
    #[arg(long, value_name = "TIME", default_value = "1h",
          value_parser = numbers::duration_or_none, allow_negative_numbers = true)]
    skew: Duration,

    /// Keep all that this process may do: other files, programs, connections. Without
    /// this it gives them up once all is open, on Linux by Landlock and seccomp
    /// [default: give them up].
    #[arg(long)]
    no_lockdown: bool,

    /// User to become once the port is taken, and group, by the names of /etc/passwd
    /// and /etc/group, whose the store has to be; it is made for that user if it isn't
    /// there. For root only [default: stay who it is].
    #[arg(long, value_name = "NAME[:GROUP]", requires_all = ["store", "token_file"])]
    user: Option<Account>,

    #[command(flatten, next_help_heading = "Sites")]
    sites: SiteLimitArgs,

    #[command(flatten, next_help_heading = "Code of sites")]
    code: CodeArgs,

    #[command(flatten, next_help_heading = "Connections")]
    listen: Listen,

    #[command(flatten, next_help_heading = "Operators")]
    admin: AdminArgs,

    #[command(flatten, next_help_heading = "TLS")]
    tls: Tls,

    #[command(flatten, next_help_heading = "Log")]
    log: Log,

    #[command(flatten, next_help_heading = "Limits")]
    limits: LimitArgs,
}

/// Where things are kept.
struct Places {
    store: PathBuf,
    token: PathBuf,
    /// What is served before there is a site: nothing.
    empty: PathBuf,
}

/// What the process has opened before it is locked down.
struct Opened {
    server: OpenServer,
    token: Token,
    log_file: Option<LogFile>,
    notifier: Notifier,
    code: Option<CodeOptions>,
    policy: Policy,
    admin: Option<Admin>,
}

/// What serves.
struct Begun {
    server: HttpServer,
    previews: Previews,
    /// Operators are answered as long as this is there.
    _admin: Option<AdminAddress>,
}

impl Preview {
    /// Serves until a signal stops it.
    ///
    /// 1. What root may be needed for is opened, or more of the system than later.
    /// 2. The process is locked down, before it starts a thread.
    /// 3. The log's threads start, and the store is opened.
    /// 4. The component is loaded, and serves.
    pub(super) fn run(self, effective: &Effective) -> Result<(), Failure> {
        if self.settings.print_config {
            return standard_output::print(effective.file().as_bytes());
        }
        let places = self.places()?;
        let (opened, notes) = Notes::take(|| self.open(&places, effective));
        let log_file = opened.as_ref().ok();
        let log_file = log_file.and_then(|opened| opened.log_file.as_ref());
        let _flush_at_end = log_format::install(self.log.log_format, self.log.level(), log_file)
            .map_err(Error::Thread)?;
        opened.and_then(|opened| {
            let begun = self.begin(opened, &places)?;
            notes.log();
            begun.server.serve_forever()?;
            // It writes down what it knows.
            drop(begun.previews);
            Ok(())
        })
    }

    fn places(&self) -> Result<Places, Failure> {
        let or = |given: &Option<PathBuf>, name: &str| match given {
            Some(path) => Ok(path.clone()),
            None => Ok::<_, Failure>(data_folder_of_user()?.join("preview").join(name)),
        };
        let store = or(&self.store, "store")?;
        Ok(Places {
            empty: store.join("local/empty"),
            token: or(&self.token_file, "token")?,
            store,
        })
    }

    /// Opens what is listened on, the token and the log, and gives up what isn't needed
    /// after that.
    fn open(&self, places: &Places, effective: &Effective) -> Result<Opened, Failure> {
        effective.warn();
        raise_descriptor_limit();
        make(&places.store, self.user.as_ref())?;
        make(&places.empty, self.user.as_ref())?;
        // Whoever starts the server reads the token, and not who it becomes.
        if let Some(folder) = places.token.parent() {
            make(folder, None)?;
        }
        let token =
            Token::open(&places.token).map_err(|error| Failure::Preview(error.to_string()))?;
        let builder = self.builder(places)?;
        let admin = self.admin.open(effective.json())?;
        let mut builder = self.listen.add_to(builder, &self.given, Some(LOCAL))?;
        if let Some(admin) = &admin {
            builder = builder.metrics(admin.metrics());
        }
        let notifier = Notifier::of_this_process();
        if let Some(heartbeat) = notifier.heartbeat() {
            builder = builder.heartbeat(heartbeat);
        }
        let server = builder.open()?;
        let log_file = self.log.open_file()?;
        // By the user that this process has become.
        let policy = self.code.policy()?;
        let limits = self.limits.limits();
        let code = self
            .code
            .start(&limits, &policy, &places.store, !self.no_lockdown)?;
        if !self.no_lockdown {
            server.lock_down(&self.kept(places, log_file.as_ref()))?;
        }
        Ok(Opened {
            server,
            token,
            log_file,
            notifier,
            code,
            policy,
            admin,
        })
    }

    fn kept(&self, places: &Places, log_file: Option<&LogFile>) -> Vec<KeptPath> {
        let store = KeptPath::new(&places.store, Kept::Change);
        let terminal = KeptPath::new("/dev/tty", Kept::ReadFiles);
        // It is made anew there after a rotation.
        let log = log_file.map(|log| [Some(log.path()), log.path().parent()]);
        let log = log.into_iter().flatten().flatten();
        let log = log.map(|path| KeptPath::new(path, Kept::Write));
        log.chain([store, terminal]).collect()
    }

    fn builder(&self, places: &Places) -> Result<HttpServerBuilder, Failure> {
        let mut builder = ThreadingHttpServer::builder()
            .port(self.port)
            .directory(&places.empty)
            .follow(false)
            .limits(self.limits.limits())
            .access_entries(true);
        if let Some(threads) = self.limits.threads {
            builder = builder.threads(usize::from(threads));
        }
        if let Some(user) = &self.user {
            builder = builder.user(user.clone());
        }
        if let Some(tls) = self.tls.options(self.user.is_some())? {
            builder = builder.tls(tls);
        }
        Ok(builder)
    }

    /// Opens the store, loads the component, and says where previews are.
    fn begin(&self, opened: Opened, places: &Places) -> Result<Begun, Failure> {
        let Opened {
            server,
            token,
            log_file,
            notifier,
            code,
            policy,
            admin,
        } = opened;
        let admin = admin.map(Admin::start).transpose().map_err(Error::Thread)?;
        let door = self.door(&server);
        let options = PreviewOptions {
            store: places.store.clone(),
            token,
            domains: self.domain.clone(),
            door: door.clone(),
            limits: self.sites.limits()?,
            skew: self.skew,
            code,
            policy,
        };
        let previews =
            Previews::open(options).map_err(|error| Failure::Preview(error.to_string()))?;
        let server = server.sites(previews.sites())?;
        let what = "Compiling the embedded component";
        let server = progress::during(what, self.log.quiet, || server.load())?;
        let reload = Reload {
            loaded: server.reload_handle(),
            rules: None,
            notifier: notifier.clone(),
        };
        signals::obey(server.shutdown_handle(), reload, log_file).map_err(Error::Thread)?;
        announce(&server);
        if let Some(admin) = &admin {
            admin.announce();
        }
        // Nobody may be reading; that is no reason not to serve.
        let _ = say_how(&door, previews.link(), &places.token);
        self.tls.announce();
        warn_of_root();
        notifier.watch().map_err(Error::Thread)?;
        notifier.ready();
        Ok(Begun {
            server,
            previews,
            _admin: admin,
        })
    }

    /// Where browsers reach the first domain.
    fn door(&self, server: &OpenServer) -> Door {
        if let Some(given) = &self.public_url {
            return given.clone();
        }
        let port = server.addresses().find_map(ListenAddress::tcp);
        let domain = &self.domain[0];
        Door::new(
            server.is_encrypted(),
            domain,
            port.map(|address| address.port()),
        )
    }
}

/// How to go on from here, for people.
fn say_how(door: &Door, link: &OneTimeLink, token: &Path) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    if let Ok(label) = "pr-42".parse::<Label>() {
        let url = door.url(&label);
        writeln!(
            stdout,
            "Sites are at {url} and the like: wasm-host deploy FOLDER --alias pr-42"
        )?;
    }
    let pages = door.own_url() + link.path();
    writeln!(
        stdout,
        "See what is deployed, by a link that is good once: {pages}"
    )?;
    writeln!(stdout, "The token is in {}", token.display())?;
    stdout.flush()
}

/// Makes a folder, and those that it is in, unless they are there: for this user alone, or
/// for the one that the process becomes.
fn make(folder: &Path, user: Option<&Account>) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    if let Some(around) = folder.parent()
        && !around.as_os_str().is_empty()
    {
        make(around, user)?;
    }
    let made = fs::DirBuilder::new().mode(0o700).create(folder);
    let given = made.and_then(|()| user.map_or(Ok(()), |user| user.give(folder)));
    given.map_err(|source| Failure::Folder {
        path: folder.to_owned(),
        source,
    })
}
