//! Reaching for what may not have been granted.

use std::io::{Read as _, Write as _};
use wasip2::http::outgoing_handler;
use wasip2::http::types::{Fields, OutgoingRequest, Scheme};

pub(crate) fn read(path: &str) -> String {
    match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) => format!("cannot read: {error}\n"),
    }
}

pub(crate) fn write(path: &str) -> String {
    match std::fs::File::create(path).and_then(|mut file| file.write_all(b"written")) {
        Ok(()) => "written\n".to_owned(),
        Err(error) => format!("cannot write: {error}\n"),
    }
}

/// All variables and arguments.
pub(crate) fn environment() -> String {
    let mut text = String::new();
    for (name, value) in std::env::vars() {
        text += &format!("{name}={value}\n");
    }
    for argument in std::env::args() {
        text += &format!("{argument}\n");
    }
    text
}

pub(crate) fn connect(address: &str) -> String {
    match std::net::TcpStream::connect(address) {
        Ok(_) => "connected\n".to_owned(),
        Err(error) => format!("cannot connect: {error}\n"),
    }
}

/// The body at a URL, or at `http://{query}`. `NAME,` before it: with the value of that
/// variable for `Authorization`.
pub(crate) fn fetch(query: &str) -> String {
    let (variable, url) = query.split_once(',').unwrap_or(("", query));
    let (scheme, rest) = match url.strip_prefix("https://") {
        Some(rest) => (Scheme::Https, rest),
        None => (Scheme::Http, url),
    };
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let fields = Fields::new();
    if let Ok(value) = std::env::var(variable) {
        fields
            .append("authorization", format!("Bearer {value}").as_bytes())
            .expect("a field");
    }
    let request = OutgoingRequest::new(fields);
    request.set_scheme(Some(&scheme)).expect("a scheme");
    request
        .set_authority(Some(authority))
        .expect("an authority");
    request
        .set_path_with_query(Some(&format!("/{path}")))
        .expect("a path");
    let response = match outgoing_handler::handle(request, None) {
        Ok(response) => response,
        Err(error) => return format!("cannot send: {error:?}\n"),
    };
    response.subscribe().block();
    match response.get() {
        Some(Ok(Ok(response))) => {
            let body = response.consume().expect("the first call");
            let mut text = String::new();
            let mut stream = body.stream().expect("the first call");
            let _ = stream.read_to_string(&mut text);
            text
        }
        other => format!(
            "cannot send: {:?}\n",
            other.map(|result| result.map(|r| r.err()))
        ),
    }
}
