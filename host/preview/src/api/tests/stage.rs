//! A server on a port of its own, with a store in a folder of its own.
//!
//! Each answer's status has to be declared in the OpenAPI document for what was asked.

use super::declared::assert_declared;
use super::hooks::{Domain, NoLogs, Unchecked};
use super::serve::serve;
use crate::api::{Checker, Logs, MEMORY, Setup, Times, router};
use crate::digest::Digest;
use crate::limits::Limits;
use crate::secrets::Secrets;
use crate::store::Store;
use crate::token::Token;
use crate::wire::PREFIX;
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime;
use tokio::sync::oneshot;

/// A server.
pub(crate) struct Stage {
    pub(crate) address: SocketAddr,
    pub(crate) token: Token,
    pub(crate) store: Store,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
    /// Where the store is.
    pub(crate) folder: TempDir,
}

/// What a server is to be like.
pub(crate) struct Script {
    pub(crate) limits: Limits,
    pub(crate) times: Times,
    pub(crate) checker: Arc<dyn Checker>,
    pub(crate) logs: Arc<dyn Logs>,
    pub(crate) memory: usize,
    /// Where the store is, if it isn't in a folder that is made for it.
    pub(crate) store: Option<PathBuf>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            times: Times::default(),
            checker: Arc::new(Unchecked),
            logs: Arc::new(NoLogs),
            memory: MEMORY,
            store: None,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) content: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.content).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The sentence of a refusal.
    pub(crate) fn error(&self) -> String {
        let error = self.json()["error"].as_str().unwrap().to_owned();
        assert!(!error.contains('\n') && !error.is_empty(), "{error:?}");
        error
    }

    /// A field's value.
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let mut fields = self.head.lines().filter_map(|line| line.split_once(':'));
        let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.trim())
    }

    fn read(bytes: &[u8]) -> Self {
        let text = String::from_utf8_lossy(bytes);
        let (head, content) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        Self {
            status: status.unwrap_or_else(|| panic!("no answer: {text:?}")),
            head: head.to_owned(),
            content: content.to_owned(),
        }
    }
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::with(Script::default())
    }

    pub(crate) fn with(script: Script) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = script.store.clone();
        let path = path.unwrap_or_else(|| folder.path().join("store"));
        let (started, starting) = std::sync::mpsc::channel();
        let (end, ending) = oneshot::channel();
        let token = Token::generate().unwrap();
        let told = token.clone();
        let thread = std::thread::spawn(move || {
            let runtime = runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let store = Store::open(&path, script.limits).await.unwrap();
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                started
                    .send((listener.local_addr().unwrap(), store.clone()))
                    .unwrap();
                let secrets = Secrets::open(&path.join("local/secrets"), 2).unwrap();
                let setup = setup(store, told, secrets, script);
                tokio::select! {
                    () = accept(listener, setup) => {}
                    _ = ending => {}
                }
            });
        });
        let (address, store) = starting.recv().unwrap();
        Self {
            address,
            token,
            store,
            end: Some(end),
            thread: Some(thread),
            folder,
        }
    }

    /// A connection.
    pub(crate) fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).unwrap()
    }

    /// Sends bytes, and reads all that comes back until the server closes.
    pub(crate) fn raw(&self, bytes: &[u8]) -> Answer {
        let mut socket = self.connect();
        // The server may close before it has read all of it.
        let _ = socket.write_all(bytes);
        let mut answer = Vec::new();
        let _ = socket.read_to_end(&mut answer);
        Answer::read(&answer)
    }

    /// The head of a request with the token.
    pub(crate) fn head(&self, method: &str, path: &str, fields: &str) -> String {
        let token = self.token.secret();
        format!(
            "{method} {PREFIX}{path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n{fields}\r\n"
        )
    }

    /// Asks with the token, and looks whether the answer's status is declared.
    pub(crate) fn ask(&self, method: &str, path: &str, fields: &str, content: &[u8]) -> Answer {
        let length = match fields.to_lowercase().contains("transfer-encoding") {
            true => String::new(),
            false => format!("Content-Length: {}\r\n", content.len()),
        };
        let mut request = self
            .head(method, path, &format!("{length}{fields}"))
            .into_bytes();
        request.extend_from_slice(content);
        let mut socket = self.connect();
        let _ = socket.write_all(&request);
        let mut answer = Vec::new();
        socket.read_to_end(&mut answer).unwrap();
        let answer = Answer::read(&answer);
        assert_declared(method, path, answer.status);
        answer
    }

    pub(crate) fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "", b"")
    }

    pub(crate) fn post(&self, path: &str, value: &Value) -> Answer {
        self.ask(
            "POST",
            path,
            "Content-Type: application/json\r\n",
            value.to_string().as_bytes(),
        )
    }

    /// Sends contents to a project.
    pub(crate) fn send(&self, project: &str, contents: &[&str]) {
        for content in contents {
            let path = format!(
                "/projects/{project}/blobs/{}",
                Digest::of(content.as_bytes())
            );
            let answer = self.ask("PUT", &path, "", content.as_bytes());
            assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        }
    }

    /// Makes a deploy of files whose contents were sent.
    pub(crate) fn deploy(&self, project: &str, files: &[(&str, &str)], more: &Value) -> Answer {
        let mut new = json!({ "files": manifest(files) });
        for (name, value) in more.as_object().into_iter().flatten() {
            new[name] = value.clone();
        }
        self.post(&format!("/projects/{project}/deploys"), &new)
    }

    /// Sends files, makes a deploy of them, and says its id.
    pub(crate) fn deployed(&self, project: &str, files: &[(&str, &str)], more: &Value) -> String {
        let contents: Vec<&str> = files.iter().map(|(_, content)| *content).collect();
        self.send(project, &contents);
        let answer = self.deploy(project, files, more);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["id"].as_str().unwrap().to_owned()
    }

    /// How many deploys there are.
    pub(crate) fn deploys(&self) -> usize {
        self.store.index().deploys().len()
    }

    /// The names of all files that the store keeps for projects, of which a refused
    /// request leaves none.
    pub(crate) fn kept(&self) -> Vec<String> {
        let mut files = Vec::new();
        let mut folders = vec![
            self.folder.path().join("store/projects"),
            self.folder.path().join("store/local/uploads"),
            self.folder.path().join("store/local/trees"),
        ];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type().unwrap().is_dir() {
                    true => folders.push(entry.path()),
                    false => files.push(entry.file_name().to_string_lossy().into_owned()),
                }
            }
        }
        files
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn setup(store: Store, token: Token, secrets: Secrets, script: Script) -> Setup {
    let urls = Domain {
        scheme: "http".to_owned(),
        domain: "localhost".to_owned(),
        port: Some(8000),
    };
    Setup {
        store,
        token,
        limits: script.limits,
        urls: Arc::new(urls),
        checker: script.checker,
        coder: None,
        secrets: Arc::new(secrets),
        logs: script.logs,
        memory: script.memory,
        times: script.times,
    }
}

async fn accept(listener: TcpListener, setup: Setup) {
    let router = router(setup);
    loop {
        let (socket, peer) = listener.accept().await.unwrap();
        tokio::spawn(serve(socket, Some(peer.ip()), router.clone()));
    }
}

/// A manifest's files.
pub(crate) fn manifest(files: &[(&str, &str)]) -> Value {
    let file = |(path, content): &(&str, &str)| {
        let sha256 = Digest::of(content.as_bytes()).to_string();
        (
            (*path).to_owned(),
            json!({ "sha256": sha256, "size": content.len() }),
        )
    };
    Value::Object(files.iter().map(file).collect())
}
