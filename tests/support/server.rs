//! Starts the real binary on a free port, and watches what it says and holds.

use super::certificates::Certificates;
use super::client::{Client, Response};
use super::eventually;
use super::log::Log;
use super::transport::{self, Transport};
use super::tunnel;
use rustix::process::{Pid, Signal, kill_process};
use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tempfile::TempDir;

/// The first start on a machine compiles the component, perhaps without optimisation.
const START_PATIENCE: Duration = Duration::from_secs(180);

/// The program under test.
pub(crate) const BINARY: &str = env!("CARGO_BIN_EXE_wasm-host");

/// Where tests have a server listen that say nothing of it.
const LOOPBACK: &str = "127.0.0.1";

/// How to start a server; from [`Server::builder`].
pub(crate) struct Builder {
    args: Vec<OsString>,
    working_directory: Option<PathBuf>,
    bind: Option<String>,
    has_port: bool,
    ulimit: Option<String>,
    environment: Vec<(OsString, OsString)>,
}

impl Builder {
    pub(crate) fn directory(self, directory: impl AsRef<Path>) -> Self {
        self.args([OsStr::new("--directory"), directory.as_ref().as_os_str()])
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.args
            .extend(args.into_iter().map(|arg| arg.as_ref().to_owned()));
        self
    }

    /// Another address than 127.0.0.1.
    pub(crate) fn bind(mut self, address: &str) -> Self {
        self.bind = Some(address.to_owned());
        self
    }

    /// A Unix socket, and nothing else.
    pub(crate) fn unix(self, path: impl AsRef<Path>) -> Self {
        let path = path.as_ref().to_str().expect("its name is UTF-8");
        let socket = self.bind(&format!("unix:{path}"));
        socket.without_port()
    }

    /// No port: what is listened on has none, or has one already.
    pub(crate) fn without_port(mut self) -> Self {
        self.has_port = false;
        self
    }

    /// No `--bind`: the default, all interfaces.
    pub(crate) fn bind_default(mut self) -> Self {
        self.bind = None;
        self
    }

    pub(crate) fn working_directory(mut self, directory: impl AsRef<Path>) -> Self {
        self.working_directory = Some(directory.as_ref().to_owned());
        self
    }

    /// A limit of the server's process, as the shell's `ulimit` takes it: `-n 64`.
    pub(crate) fn ulimit(mut self, limit: &str) -> Self {
        self.ulimit = Some(limit.to_owned());
        self
    }

    /// A variable of the server's own environment.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        let value = value.as_ref().to_owned();
        self.environment.push((name.into(), value));
        self
    }

    /// The command that [`Builder::start`] runs.
    pub(crate) fn command(&self) -> Command {
        self.command_at(self.bind.as_deref(), self.has_port)
    }

    fn command_at(&self, bind: Option<&str>, has_port: bool) -> Command {
        let mut command = match &self.ulimit {
            Some(limit) => {
                let mut shell = Command::new("sh");
                shell.args(["-c", &format!("ulimit {limit}; exec \"$@\""), "sh", BINARY]);
                shell
            }
            None => Command::new(BINARY),
        };
        command.arg("serve").envs(self.environment.iter().cloned());
        if let Some(address) = bind {
            command.args(["--bind", address]);
        }
        command.args(&self.args);
        if has_port {
            command.arg("0");
        }
        if let Some(directory) = &self.working_directory {
            command.current_dir(directory);
        }
        command
    }

    #[track_caller]
    pub(crate) fn start(&self) -> Server {
        match transport::chosen() {
            Transport::Unix if self.bind.as_deref() == Some(LOOPBACK) => self.start_on_socket(),
            Transport::Unix | Transport::Tcp => Server::spawn(self.command()),
            Transport::Tls => self.start_by_tls(),
        }
    }

    /// On a Unix socket, where TCP was meant.
    #[track_caller]
    fn start_on_socket(&self) -> Server {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let place = format!("unix:{}", folder.path().join("s").display());
        let mut server = Server::spawn(self.command_at(Some(&place), false));
        server.folder = Some(folder);
        server
    }

    /// The same server of HTTPS, for clients that know nothing of that.
    #[track_caller]
    fn start_by_tls(&self) -> Server {
        let certificates = Certificates::new();
        let mut command = self.command();
        command.args(certificates.issue("server", &["localhost"]).args());
        let mut server = Server::spawn(command);
        server.address = tunnel::open(server.address, &certificates.authority());
        server.folder = Some(certificates.into_folder());
        server
    }

    /// Starts it with a log that nobody reads, until somebody reads what is returned.
    #[track_caller]
    pub(crate) fn start_with_unread_log(&self) -> (Server, ChildStderr) {
        Server::spawn_unread(self.command())
    }
}

/// A running server, killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) start_up_line: String,
    /// Of a server that only listens on a Unix socket: 0.0.0.0 and port 0.
    pub(crate) address: SocketAddr,
    unix: Option<PathBuf>,
    /// What its socket is in, or its certificate.
    folder: Option<TempDir>,
    log: Arc<Log>,
    /// What it writes to standard output.
    messages: Arc<Log>,
}

impl Server {
    pub(crate) fn builder() -> Builder {
        Builder {
            args: Vec::new(),
            working_directory: None,
            bind: Some(LOOPBACK.to_owned()),
            has_port: true,
            ulimit: None,
            environment: Vec::new(),
        }
    }

    /// Serves `directory` with the defaults.
    #[track_caller]
    pub(crate) fn serving(directory: impl AsRef<Path>) -> Self {
        Self::builder().directory(directory).start()
    }

    /// Starts any server that announces itself as http.server does.
    #[track_caller]
    pub(crate) fn spawn(command: Command) -> Self {
        let (mut server, stderr) = Self::spawn_unread(command);
        server.follow_log(stderr);
        server
    }

    #[track_caller]
    fn spawn_unread(mut command: Command) -> (Self, ChildStderr) {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?}: {error}"));
        let stderr = child.stderr.take().expect("stderr is a pipe");
        let messages = format!("the messages of server {}", child.id());
        let messages = Log::follow(messages, child.stdout.take().expect("stdout is a pipe"));
        let start_up_line = messages.wait_for(START_PATIENCE, |_| true);
        let start_up_line = start_up_line.map(|line| line + "\n").unwrap_or_default();
        let unix = announced_socket(&start_up_line);
        let none = unix.is_some().then(|| SocketAddr::from(([0, 0, 0, 0], 0)));
        let Some(address) = announced_address(&start_up_line).or(none) else {
            let _ = child.kill();
            let _ = child.wait();
            let logged = std::io::read_to_string(stderr).unwrap_or_default();
            panic!("{command:?} announced {start_up_line:?} and logged {logged}");
        };
        let server = Self {
            child,
            start_up_line,
            address,
            unix,
            folder: None,
            log: Arc::default(),
            messages,
        };
        (server, stderr)
    }

    /// Reads what [`Builder::start_with_unread_log`] left unread.
    pub(crate) fn follow_log(&mut self, stderr: ChildStderr) {
        self.log = Log::follow(format!("the log of server {}", self.id()), stderr);
    }

    /// The process's id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// `http://127.0.0.1:41234` and `target`.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("http://{}{target}", self.address)
    }

    #[track_caller]
    pub(crate) fn connect(&self) -> Client {
        match &self.unix {
            Some(path) => Client::connect_unix(path),
            None => Client::connect(self.address),
        }
    }

    /// A client whose first bytes are there when the server first sees it, however slow
    /// this machine is: for servers that wait for them for no more than a moment.
    #[track_caller]
    pub(crate) fn connect_and_send(&self, bytes: impl AsRef<[u8]>) -> Client {
        self.signal(Signal::STOP);
        let mut client = self.connect();
        let sent = client.try_send(bytes);
        self.signal(Signal::CONT);
        sent.expect("a socket holds that much");
        client
    }

    /// A client of another address of this machine's.
    #[track_caller]
    pub(crate) fn connect_from(&self, from: Ipv4Addr) -> Client {
        Client::connect_from(from, self.address)
    }

    /// Sends `request` on a connection of its own; the final response to it.
    #[track_caller]
    pub(crate) fn exchange(&self, request: impl AsRef<[u8]>) -> Response {
        let mut client = self.connect();
        client.send(&request);
        client.final_response(request.as_ref().starts_with(b"HEAD "))
    }

    #[track_caller]
    pub(crate) fn get(&self, target: &str) -> Response {
        self.request("GET", target, &[])
    }

    #[track_caller]
    pub(crate) fn head(&self, target: &str) -> Response {
        self.request("HEAD", target, &[])
    }

    /// `GET target` with extra field lines such as `"Range: bytes=0-9"`.
    #[track_caller]
    pub(crate) fn get_with(&self, target: &str, fields: &[&str]) -> Response {
        self.request("GET", target, fields)
    }

    #[track_caller]
    pub(crate) fn request(&self, method: &str, target: &str, fields: &[&str]) -> Response {
        let mut request =
            format!("{method} {target} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n");
        for field in fields {
            request.push_str(field);
            request.push_str("\r\n");
        }
        request.push_str("\r\n");
        self.exchange(request)
    }

    /// Waits for a line on stderr, past or future, and returns it.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.log.wait(wanted)
    }

    /// The lines on standard output, the first of which announces the server.
    pub(crate) fn messages(&self) -> Vec<String> {
        self.messages.lines()
    }

    /// The first line on standard output, past or future, that is `wanted`.
    #[track_caller]
    pub(crate) fn wait_for_message(&self, wanted: impl Fn(&str) -> bool) -> String {
        self.messages.wait(wanted)
    }

    /// Everything on stderr until now.
    pub(crate) fn log_lines(&self) -> Vec<String> {
        self.log.lines()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(child_pid(&self.child), signal).expect("the server is running");
    }

    /// SIGTERM, then all that it wrote: to standard error, and to standard output.
    #[track_caller]
    pub(crate) fn end(&mut self) -> (Vec<String>, Vec<String>) {
        assert!(self.terminate().success(), "a clean end");
        (self.log.whole(), self.messages.whole())
    }

    /// SIGTERM, then the exit status.
    #[track_caller]
    pub(crate) fn terminate(&mut self) -> ExitStatus {
        self.signal(Signal::TERM);
        self.wait()
    }

    #[track_caller]
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the server exits", || {
            status = self.child.try_wait().expect("it can be waited for");
            status.is_some()
        });
        status.expect("it exited")
    }

    pub(crate) fn is_running(&mut self) -> bool {
        self.child
            .try_wait()
            .expect("it can be waited for")
            .is_none()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn child_pid(child: &Child) -> Pid {
    Pid::from_child(child)
}

/// The socket to connect to, from `Serving HTTP on unix:/run/s (curl ...) ...`.
fn announced_socket(line: &str) -> Option<PathBuf> {
    let rest = line.strip_prefix("Serving HTTP")?.trim_start_matches('S');
    let rest = rest.strip_prefix(" on unix:")?;
    Some(rest.split_once(" (curl ")?.0.into())
}

/// The address to connect to, from `Serving HTTP on :: port 8000 (http://[::]:8000/) ...`.
fn announced_address(line: &str) -> Option<SocketAddr> {
    let (host, rest) = line
        .strip_prefix("Serving HTTP")?
        .trim_start_matches('S')
        .strip_prefix(" on ")?
        .split_once(" port ")?;
    let port = rest.split_once(' ')?.0.parse().ok()?;
    let host = match host.parse().ok()? {
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => Ipv4Addr::LOCALHOST.into(),
        host => host,
    };
    Some(SocketAddr::new(host, port))
}
