//! A folder, and a client that deploys it.

use crate::api::tests::stage::Stage;
use crate::client::{Event, Failure, Order, Outcome, Progress, Server, deploy};
use crate::token::Token;
use crate::wire::Deployed;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;
use tokio::runtime;

/// What a deploy told, as text, and what is done when it tells it.
#[derive(Default)]
pub(super) struct Seen {
    events: Mutex<Vec<String>>,
    meanwhile: Mutex<Option<Meanwhile>>,
}

/// Done once, when an event begins so.
type Meanwhile = (&'static str, Box<dyn FnOnce() + Send>);

impl Progress for Seen {
    fn event(&self, event: Event<'_>) {
        let text = format!("{event:?}");
        let mut meanwhile = self.meanwhile.lock().unwrap();
        if meanwhile
            .as_ref()
            .is_some_and(|(begin, _)| text.starts_with(begin))
        {
            meanwhile.take().unwrap().1();
        }
        self.events.lock().unwrap().push(text);
    }
}

impl Seen {
    /// Does something when an event begins so.
    pub(super) fn when(begin: &'static str, work: impl FnOnce() + Send + 'static) -> Self {
        Self {
            events: Mutex::default(),
            meanwhile: Mutex::new(Some((begin, Box::new(work)))),
        }
    }

    /// How many different contents were sent, at each time that some were.
    pub(super) fn sent(&self) -> Vec<String> {
        let events = self.events.lock().unwrap();
        let sending = events
            .iter()
            .filter_map(|event| event.strip_prefix("Sending { blobs: "));
        sending
            .map(|rest| rest.split(',').next().unwrap().to_owned())
            .collect()
    }
}

/// A folder with those files.
pub(super) fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

pub(super) fn order(folder: &Path) -> Order {
    Order {
        folder: folder.to_owned(),
        project: "shop".parse().unwrap(),
        alias: None,
        ttl: None,
        password: None,
        message: None,
        dry_run: false,
    }
}

/// A client that doesn't wait long.
pub(super) fn server(address: SocketAddr, token: &Token) -> Server {
    let address = format!("http://{address}").parse().unwrap();
    let mut server = Server::new(address, token.clone(), None).unwrap();
    server.patience.first = Duration::from_millis(5);
    server
}

pub(super) fn of(stage: &Stage) -> Server {
    server(stage.address, &stage.token)
}

pub(super) fn run<T>(work: impl Future<Output = T>) -> T {
    let runtime = runtime::Builder::new_current_thread().enable_all().build();
    runtime.unwrap().block_on(work)
}

pub(super) fn try_deploy(
    server: &Server,
    order: &Order,
    seen: &Arc<Seen>,
) -> Result<Outcome, Failure> {
    let progress: Arc<dyn Progress> = seen.clone();
    run(deploy(server, order, &progress))
}

pub(super) fn deployed(server: &Server, order: &Order) -> Deployed {
    match try_deploy(server, order, &Arc::default()).unwrap() {
        Outcome::Deployed(deployed) => deployed,
        Outcome::Checked(checked) => panic!("{checked:?}"),
    }
}

/// Each file of the folder is in the deploy's tree, byte for byte, and no other.
pub(super) fn assert_served(stage: &Stage, deployed: &Deployed, files: &[(&str, &[u8])]) {
    let tree = run(stage.store.tree(&deployed.id)).unwrap().unwrap();
    for (path, content) in files {
        assert!(fs::read(tree.join(path)).unwrap() == *content, "{path}");
    }
    assert_eq!(deployed.files, files.len() as u64);
}
