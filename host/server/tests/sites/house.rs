//! A server with two sites, and a host of its own.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use wasm_host_server::{
    Error, Found, Later, NoSite, OwnRequest, OwnResponse, ResponseOptions, ShutdownHandle, Site,
    SiteEvent, Sites, ThreadingHttpServer, own_content,
};

/// The server, which ends with this.
pub(crate) struct House {
    pub(crate) address: SocketAddr,
    folder: tempfile::TempDir,
    noted: Arc<Mutex<Vec<String>>>,
    stop: ShutdownHandle,
    thread: Option<JoinHandle<Result<(), Error>>>,
}

impl House {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let site = |name: &str, no_listing: bool| {
            let directory = folder.path().join(name);
            fs::create_dir_all(directory.join("folder")).expect("folders");
            fs::write(directory.join("index.html"), format!("of {name}")).expect("a file");
            fs::write(directory.join(format!("only-{name}.txt")), name).expect("a file");
            let mut responses = ResponseOptions::default();
            responses.no_listing = no_listing;
            responses
                .fields
                .push(format!("X-Site: {name}").parse().expect("a field"));
            Arc::new(Site::open(name, &directory, &responses).expect("a site"))
        };
        let noted = Arc::default();
        let sites = Neighbours {
            a: site("a", false),
            b: site("b", true),
            earlier: [site("a-1", false), site("a-2", false)],
            noted: Arc::clone(&noted),
        };
        let empty = folder.path().join("empty");
        fs::create_dir(&empty).expect("a folder");
        let server = ThreadingHttpServer::builder()
            .bind("127.0.0.1")
            .port(0)
            .threads(1)
            .directory(&empty)
            .sites(Arc::new(sites))
            .build()
            .expect("a server");
        Self {
            address: server.server_address(),
            folder,
            noted,
            stop: server.shutdown_handle(),
            thread: Some(std::thread::spawn(move || server.serve_forever())),
        }
    }

    pub(crate) fn folder(&self, site: &str) -> PathBuf {
        self.folder.path().join(site)
    }

    pub(crate) fn noted(&self) -> Vec<String> {
        self.noted.lock().expect("no panic").clone()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.stop.shutdown();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            if !std::thread::panicking() {
                ended.expect("no panic").expect("no error");
            }
        }
    }
}

struct Neighbours {
    a: Arc<Site>,
    b: Arc<Site>,
    /// What was at `a` before, newest first.
    earlier: [Arc<Site>; 2],
    noted: Arc<Mutex<Vec<String>>>,
}

impl Sites for Neighbours {
    fn find(&self, authority: &[u8]) -> Found {
        match authority {
            b"a.localhost" => Found::Site(Arc::clone(&self.a)),
            b"b.localhost" => Found::Site(Arc::clone(&self.b)),
            b"later.localhost" => {
                let site = Arc::clone(&self.a);
                Found::Later(Box::pin(async {
                    tokio::task::yield_now().await;
                    Ok(site)
                }))
            }
            b"localhost" => Found::None(NoSite::Own),
            b"busy.localhost" => Found::None(NoSite::Busy),
            b"failed.localhost" => Found::None(NoSite::Failed),
            _ => Found::None(NoSite::Unknown),
        }
    }

    fn earlier(&self, site: &Arc<Site>, changes: u32) -> Found {
        let number = usize::try_from(changes).expect("a number") - 1;
        match self.earlier.get(number) {
            Some(earlier) if site.name() == "a" => Found::Site(Arc::clone(earlier)),
            _ => Found::None(NoSite::Unknown),
        }
    }

    /// Sends back what it is sent.
    fn answer(&self, request: OwnRequest) -> Later<OwnResponse> {
        Box::pin(async {
            use http_body_util::BodyExt;
            let line = format!("own host: {} {}\n", request.method(), request.uri().path());
            let answer = match request.into_body().collect().await {
                Ok(content) => [line.into_bytes(), content.to_bytes().to_vec()].concat(),
                Err(error) => format!("own host: {error}\n").into_bytes(),
            };
            OwnResponse::new(own_content(answer))
        })
    }

    fn note(&self, site: &Arc<Site>, event: SiteEvent<'_>) {
        if let SiteEvent::Answered {
            request_line,
            status,
            ..
        } = event
        {
            let line = format!("{}: {request_line} {status}", site.name());
            self.noted.lock().expect("no panic").push(line);
        }
    }
}
