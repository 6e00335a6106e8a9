//! A standard component, of `wasi:http/service@0.3`, that does what the path
//! asks it to.

use std::sync::atomic::{AtomicU32, Ordering};
use wasip3::http::client;
use wasip3::http::types::{ErrorCode, Fields, Request, Response, Scheme};
use wasip3::{wit_bindgen, wit_future, wit_stream};

/// How many requests this instance has counted.
static REQUESTS: AtomicU32 = AtomicU32::new(0);

/// A day, in nanoseconds.
const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

struct Handler;

impl wasip3::exports::http::handler::Guest for Handler {
    async fn handle(request: Request) -> Result<Response, ErrorCode> {
        let target = request.get_path_with_query().unwrap_or_default();
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let requests = REQUESTS.fetch_add(1, Ordering::Relaxed) + 1;
        match path {
            "/ok" => Ok(text(200, "ok\n".to_owned())),
            "/count" => Ok(text(200, requests.to_string())),
            "/echo" => Ok(echo(request)),
            "/trailers" => Ok(trailers()),
            "/error" => Err(ErrorCode::InternalError(Some("as asked".to_owned()))),
            "/trap" => panic!("trapped as asked"),
            "/trap-late" => Ok(trap_late()),
            "/never" => {
                wasip3::clocks::monotonic_clock::wait_for(DAY).await;
                Ok(text(200, String::new()))
            }
            "/loop" => loop {
                std::hint::black_box(requests);
            },
            "/hoard-fields" => loop {
                let fields = Fields::new();
                for _ in 0..7 {
                    fields.append("a-field", &[b'x'; 8 * 1024]).expect("room");
                }
                std::mem::forget(fields);
            },
            "/open" => Ok(text(200, open(query).await)),
            "/fetch" => Ok(text(200, fetch(query).await)),
            _ => Ok(text(404, "no such path\n".to_owned())),
        }
    }
}

wasip3::http::service::export!(Handler);

fn text(status: u16, text: String) -> Response {
    let fields = Fields::new();
    let length = text.len().to_string();
    fields
        .set("content-length", &[length.into_bytes()])
        .expect("a field");
    let (mut content, received) = wit_stream::new();
    let (_, no_trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(fields, Some(received), no_trailers);
    response.set_status_code(status).expect("a status");
    wit_bindgen::spawn_local(async move {
        content.write_all(text.into_bytes()).await;
    });
    response
}

/// The request's body itself: the host moves it.
fn echo(request: Request) -> Response {
    let (_, taken) = wit_future::new(|| Ok(()));
    let (content, trailers) = Request::consume_body(request, taken);
    Response::new(Fields::new(), Some(content), trailers).0
}

fn trailers() -> Response {
    let fields = Fields::new();
    fields
        .set("trailer", &[b"x-sum".to_vec()])
        .expect("a field");
    let (mut content, received) = wit_stream::new();
    let (end, trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(fields, Some(received), trailers);
    wit_bindgen::spawn_local(async move {
        content.write_all(b"see below\n".to_vec()).await;
        drop(content);
        let sum = Fields::new();
        sum.set("x-sum", &[b"10".to_vec()]).expect("a field");
        let _ = end.write(Ok(Some(sum))).await;
    });
    response
}

fn trap_late() -> Response {
    let (mut content, received) = wit_stream::new();
    let (_, no_trailers) = wit_future::new(|| Ok(None));
    let (response, _) = Response::new(Fields::new(), Some(received), no_trailers);
    wit_bindgen::spawn_local(async move {
        content.write_all(b"a beginning".to_vec()).await;
        panic!("trapped as asked");
    });
    response
}

/// Opens a path in the first directory.
async fn open(path: &str) -> String {
    use wasip3::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};
    let directories = wasip3::filesystem::preopens::get_directories();
    let (directory, _) = directories.first().expect("one is served");
    let (follow, path) = (PathFlags::SYMLINK_FOLLOW, path.to_owned());
    let opened = directory.open_at(follow, path, OpenFlags::empty(), DescriptorFlags::READ);
    format!("{:?}\n", opened.await.map(drop))
}

/// The status at a URL, or at `http://{query}`.
async fn fetch(query: &str) -> String {
    let (scheme, rest) = match query.strip_prefix("https://") {
        Some(rest) => (Scheme::Https, rest),
        None => (Scheme::Http, query),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (_, no_trailers) = wit_future::new(|| Ok(None));
    let (request, _) = Request::new(Fields::new(), None, no_trailers, None);
    request.set_scheme(Some(&scheme)).expect("a scheme");
    request
        .set_authority(Some(authority))
        .expect("an authority");
    request
        .set_path_with_query(Some(&format!("/{path}")))
        .expect("a path");
    match client::send(request).await {
        Ok(response) => format!("status {}\n", response.get_status_code()),
        Err(error) => format!("cannot send: {error:?}\n"),
    }
}
