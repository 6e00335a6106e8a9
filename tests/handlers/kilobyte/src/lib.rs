//! The least that a component of `wasi:http/proxy` can do: one kilobyte, the
//! same as the benchmark's small file, for every request.

use wasip2::exports::http::incoming_handler::Guest;
use wasip2::http::types::{
    Fields, IncomingRequest, OutgoingBody, OutgoingResponse, ResponseOutparam,
};

struct Kilobyte;

wasip2::http::proxy::export!(Kilobyte);

impl Guest for Kilobyte {
    fn handle(_: IncomingRequest, outparam: ResponseOutparam) {
        let fields = Fields::new();
        let length = CONTENT.len().to_string();
        fields
            .append("Content-Length", length.as_bytes())
            .expect("a field that any response may have");
        let response = OutgoingResponse::new(fields);
        let body = response.body().expect("it is taken once");
        ResponseOutparam::set(outparam, Ok(response));
        let stream = body.write().expect("it is taken once");
        // A client that has gone is the server's concern.
        let _ = stream.blocking_write_and_flush(&CONTENT);
        drop(stream);
        let _ = OutgoingBody::finish(body, None);
    }
}

/// The benchmark's small file (xorshift64, as `tests/bench/files.rs` has it).
static CONTENT: [u8; 1024] = {
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut bytes = [0; 1024];
    let mut at = 0;
    while at < bytes.len() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let word = state.to_le_bytes();
        let mut byte = 0;
        while byte < word.len() {
            bytes[at + byte] = word[byte];
            byte += 1;
        }
        at += word.len();
    }
    bytes
};
