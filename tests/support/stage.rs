//! A server of a handler that misbehaves, and a bystander who must not notice.

use super::client::Client;
use super::eventually;
use super::guests;
use super::server::{Builder, Server};
use super::tree::Tree;
use std::path::Path;

/// One thread serves everybody, so that whoever holds it up is seen. The limits of time
/// are longer than any test waits for anything, so that a busy machine reaches none:
/// what a test waits for is what it provokes.
const ARGS: &[&str] = &[
    "--threads=1",
    "--cpu-time=60",
    "--request-timeout=60",
    "--memory=8",
];

/// For tests that wait for the end of what computes for ever. Who is to be told of it
/// must have no other limit beside it that is near.
pub(crate) const SHORT_CPU_TIME: &str = "--cpu-time=0.2";

/// For tests that wait for the end of what does nothing for ever. Others are served in
/// a fraction of it.
pub(crate) const SHORT_REQUEST_TIMEOUT: &str = "--request-timeout=1";

pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) tree: Tree,
    bystander: Client,
    /// The files that the server has open while only the bystander is there.
    open_files: usize,
}

impl Stage {
    /// Serves [`Tree::hostile`] by a component of `tests/handlers`.
    #[track_caller]
    pub(crate) fn new(component: &str) -> Self {
        Self::with_args(component, &[])
    }

    /// With further options, or others in place of those that all stages have.
    #[track_caller]
    pub(crate) fn with_args(component: &str, args: &[&str]) -> Self {
        Self::of(&guests::component(component), args)
    }

    /// The same, with a limit of the process, as `ulimit` takes it.
    #[track_caller]
    pub(crate) fn with_ulimit(component: &str, args: &[&str], limit: &str) -> Self {
        let component = guests::component(component);
        Self::built(&component, args, |server| server.ulimit(limit))
    }

    /// Serves by a component wherever it was built.
    #[track_caller]
    pub(crate) fn of(component: &Path, args: &[&str]) -> Self {
        Self::built(component, args, |server| server)
    }

    #[track_caller]
    fn built(component: &Path, args: &[&str], with: impl FnOnce(Builder) -> Builder) -> Self {
        let name = |arg: &str| arg.split('=').next().map(str::to_owned);
        let replaced = |usual: &str| args.iter().any(|arg| name(arg) == name(usual));
        let tree = Tree::hostile();
        let server = Server::builder()
            .directory(&tree)
            .args(ARGS.iter().filter(|usual| !replaced(usual)))
            .args(args)
            .args(["--component".as_ref(), component.as_os_str()]);
        let server = with(server).start();
        let mut bystander = server.connect();
        assert_eq!(bystander.get("/ok").text(), "ok\n");
        let open_files = server.open_files();
        let mut stage = Self {
            server,
            tree,
            bystander,
            open_files,
        };
        stage.others_are_served();
        stage
    }

    /// Another client is served: one who was there before, and a new one.
    #[track_caller]
    pub(crate) fn others_are_served(&mut self) {
        assert_eq!(self.bystander.get("/ok").text(), "ok\n");
        assert_eq!(self.server.connect().get("/ok").text(), "ok\n");
    }

    /// Sends `GET target` while others are served, before, during and after.
    /// All that the client receives until the server closes.
    #[track_caller]
    pub(crate) fn provoke(&mut self, target: &str) -> String {
        let mut client = self.request(target);
        self.others_are_served();
        let received = client.rest();
        self.others_are_served();
        String::from_utf8_lossy(&received).into_owned()
    }

    /// A client who has sent `GET target`, and has read nothing.
    #[track_caller]
    pub(crate) fn request(&self, target: &str) -> Client {
        let mut client = self.server.connect();
        client.send(format!("GET {target} HTTP/1.1\r\nHost: test\r\n\r\n"));
        client
    }

    /// Waits until the server has closed all connections but the bystander's,
    /// and all files.
    #[track_caller]
    pub(crate) fn all_is_closed(&mut self) {
        eventually("the server closes what it has open", || {
            self.server.open_files() <= self.open_files
        });
        self.others_are_served();
    }

    /// Waits for a line of the log that has all of these.
    #[track_caller]
    pub(crate) fn wait_for_log(&self, parts: &[&str]) -> String {
        self.server
            .wait_for_log(|line| parts.iter().all(|part| line.contains(part)))
    }
}
