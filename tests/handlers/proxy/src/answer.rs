//! Answers as they should be.

use std::io::{Read as _, Write as _};
use wasip2::http::types::{
    Fields, IncomingBody, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

/// A pause that a client notices, in nanoseconds.
const PAUSE: u64 = 50_000_000;

/// Begins an answer, and returns its body.
pub(crate) fn begin(out: ResponseOutparam, status: u16, fields: Fields) -> OutgoingBody {
    let response = OutgoingResponse::new(fields);
    response.set_status_code(status).expect("a status");
    let body = response.body().expect("the first call");
    ResponseOutparam::set(out, Ok(response));
    body
}

/// Writes pieces of a body, each as soon as it is there.
pub(crate) fn write(body: &OutgoingBody, pieces: impl IntoIterator<Item: AsRef<[u8]>>) {
    let mut stream = body.write().expect("the first call");
    for piece in pieces {
        stream
            .write_all(piece.as_ref())
            .expect("a client that reads");
        stream.flush().expect("a client that reads");
    }
}

pub(crate) fn text(out: ResponseOutparam, status: u16, text: &str) {
    let fields = Fields::new();
    let length = text.len().to_string();
    fields
        .set("content-length", &[length.into_bytes()])
        .expect("a field");
    fields
        .set("content-type", &[b"text/plain; charset=utf-8".to_vec()])
        .expect("a field");
    let body = begin(out, status, fields);
    write(&body, [text]);
    OutgoingBody::finish(body, None).expect("the whole text");
}

/// `name=value`, as a field.
pub(crate) fn with_field(out: ResponseOutparam, field: &str) {
    let (name, value) = field.split_once('=').unwrap_or((field, ""));
    let fields = Fields::new();
    fields
        .set(name, &[value.as_bytes().to_vec()])
        .expect("a field that may be sent");
    let body = begin(out, 200, fields);
    write(&body, ["ok\n"]);
    OutgoingBody::finish(body, None).expect("no length was announced");
}

/// The request as it is seen here.
pub(crate) fn describe(request: &IncomingRequest, out: ResponseOutparam) {
    let mut description = format!(
        "{:?} {:?} {:?} {:?}\n",
        request.method(),
        request.path_with_query(),
        request.scheme(),
        request.authority()
    );
    for (name, value) in request.headers().entries() {
        description += &format!("{name}: {}\n", String::from_utf8_lossy(&value));
    }
    text(out, 200, &description);
}

/// Each piece of the request's body as it comes.
pub(crate) fn echo(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the first call");
    let body = begin(out, 200, Fields::new());
    {
        let input = incoming.stream().expect("the first call");
        write(
            &body,
            std::iter::from_fn(|| input.blocking_read(16 * 1024).ok()),
        );
    }
    OutgoingBody::finish(body, None).expect("no length was announced");
}

/// The trailers of the request, as trailers.
pub(crate) fn trailers(request: &IncomingRequest, out: ResponseOutparam) {
    let incoming = request.consume().expect("the first call");
    {
        let mut input = incoming.stream().expect("the first call");
        let _ = input.read_to_end(&mut Vec::new());
    }
    let future = IncomingBody::finish(incoming);
    future.subscribe().block();
    let trailers = match future.get() {
        Some(Ok(Ok(Some(fields)))) => Fields::from_list(&fields.entries()).expect("fields"),
        _ => Fields::new(),
    };
    let fields = Fields::new();
    fields
        .set("trailer", &[b"x-sum".to_vec()])
        .expect("a field");
    let body = begin(out, 200, fields);
    write(&body, ["see below\n"]);
    OutgoingBody::finish(body, Some(trailers)).expect("no length was announced");
}

/// Three pieces, with a pause before each.
pub(crate) fn drip(out: ResponseOutparam) {
    let body = begin(out, 200, Fields::new());
    let pieces = ["one\n", "two\n", "three\n"];
    let pause = |piece| {
        wasip2::clocks::monotonic_clock::subscribe_duration(PAUSE).block();
        piece
    };
    write(&body, pieces.into_iter().map(pause));
    OutgoingBody::finish(body, None).expect("no length was announced");
}
