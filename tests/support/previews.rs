//! `wasm-host preview`, and the commands of its users.

use super::client::{Client, Response};
use super::server::{BINARY, Server};
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use tempfile::TempDir;

/// A server of previews, with a user's folders.
pub(crate) struct Previews {
    pub(crate) server: Server,
    folder: TempDir,
}

/// What `wasm-host deploy` printed.
#[derive(Debug)]
pub(crate) struct Deployed {
    /// The first label of the URL that never changes.
    pub(crate) id: String,
    /// All that was printed.
    pub(crate) urls: Vec<String>,
}

impl Previews {
    #[track_caller]
    pub(crate) fn start() -> Self {
        Self::start_with(&[])
    }

    #[track_caller]
    pub(crate) fn start_with(args: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a temporary directory");
        let server = Server::spawn(command(folder.path(), args));
        Self { server, folder }
    }

    /// Starts the server anew, with the same store; the one before has to have ended.
    #[track_caller]
    pub(crate) fn restart(&mut self) {
        self.restart_with(&[]);
    }

    /// [`Previews::restart`] with these arguments.
    #[track_caller]
    pub(crate) fn restart_with(&mut self, args: &[&str]) {
        self.server = Server::spawn(command(self.folder.path(), args));
    }

    /// A place in the user's folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The command that would start another server with the same store.
    pub(crate) fn another(&self) -> Command {
        command(self.folder.path(), &[])
    }

    /// A folder of files to deploy, which are those and no others.
    pub(crate) fn site(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let site = self.path(name);
        let _ = fs::remove_dir_all(&site);
        for (file, content) in files {
            let path = site.join(file);
            fs::create_dir_all(path.parent().expect("it is in the folder")).expect("a folder");
            fs::write(path, content).expect("a file");
        }
        site
    }

    /// Runs a command of the same user's.
    #[track_caller]
    pub(crate) fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.command(args).output().expect("it starts")
    }

    pub(crate) fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(BINARY);
        command
            .args(args)
            .env("XDG_DATA_HOME", self.path("data"))
            .env("WASM_HOST_SERVER", self.server.url(""))
            .env_remove("WASM_HOST_TOKEN")
            .stdin(Stdio::null());
        command
    }

    /// [`Previews::run`], which succeeds: what it printed.
    #[track_caller]
    pub(crate) fn succeed<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> String {
        self.succeed_in(self.folder.path(), args)
    }

    /// The same in a folder.
    #[track_caller]
    pub(crate) fn succeed_in<A: AsRef<OsStr>>(
        &self,
        folder: &Path,
        args: impl IntoIterator<Item = A>,
    ) -> String {
        let output = self.command(args).current_dir(folder).output();
        let output = output.expect("it starts");
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {log}", output.status);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// [`Previews::run`], which fails with one error and prints nothing: the error.
    #[track_caller]
    pub(crate) fn fail<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> String {
        let output = self.run(args);
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{log}");
        assert!(output.stdout.is_empty(), "{log}");
        let (_, error) = log.split_once("error: ").expect(&log);
        error.trim_end().to_owned()
    }

    #[track_caller]
    pub(crate) fn deploy(&self, site: &Path, args: &[&str]) -> Deployed {
        let deploy = [OsStr::new("deploy"), site.as_os_str()];
        let printed = self.succeed(deploy.into_iter().chain(args.iter().map(OsStr::new)));
        let urls: Vec<_> = printed.lines().map(str::to_owned).collect();
        let host = urls[0].strip_prefix("http://").expect("a URL");
        let (id, rest) = host.split_once('.').expect("a label");
        assert_eq!(rest, format!("localhost:{}/", self.server.port()));
        Deployed {
            id: id.to_owned(),
            urls,
        }
    }

    /// `GET target` of a site, on a connection of its own.
    #[track_caller]
    pub(crate) fn get(&self, label: &str, target: &str) -> Response {
        self.get_with(label, target, "")
    }

    /// The same with further fields, each with its line end.
    #[track_caller]
    pub(crate) fn get_with(&self, label: &str, target: &str, fields: &str) -> Response {
        self.server.exchange(request(label, target, fields))
    }

    /// The text at a URL of a site, which is there.
    #[track_caller]
    pub(crate) fn text(&self, label: &str, target: &str) -> String {
        let response = self.get(label, target);
        assert_eq!(response.status, 200, "{label} {target}: {response:?}");
        response.text()
    }

    /// A request to the API, with the operator's token, on a connection of its own.
    #[track_caller]
    pub(crate) fn api(&self, method: &str, path: &str, content: &str) -> Response {
        let mut client = self.server.connect();
        client.send(format!(
            "{method} /api/v1{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{content}",
            self.token(),
            content.len()
        ));
        client.response()
    }

    /// The operator's token.
    #[track_caller]
    pub(crate) fn token(&self) -> String {
        let file = self.path("data/wasm-host/preview/token");
        let token = fs::read_to_string(file).expect("a token");
        token.trim().to_owned()
    }

    #[track_caller]
    pub(crate) fn connect(&self) -> Client {
        self.server.connect()
    }
}

/// A request to a site.
pub(crate) fn request(label: &str, target: &str, fields: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: {label}.localhost\r\n{fields}\r\n")
}

fn command(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(BINARY);
    command
        .args(["preview", "0"])
        .args(args)
        .env("XDG_DATA_HOME", folder.join("data"))
        .env("HOME", folder);
    // What was compiled by other servers isn't compiled anew.
    if let Some(cache) = cache() {
        command.env("XDG_CACHE_HOME", cache);
    }
    command
}

/// Where the tests' user keeps what can be made again.
fn cache() -> Option<PathBuf> {
    let said = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    said.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")))
}
