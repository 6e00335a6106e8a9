//! What a handler shouldn't do.

use super::answer::{begin, write};
use wasip2::clocks::monotonic_clock;
use wasip2::http::types::{Fields, OutgoingBody, OutgoingRequest, ResponseOutparam};

/// A day, in nanoseconds.
const DAY: u64 = 24 * 60 * 60 * 1_000_000_000;

pub(crate) fn trap_late(out: ResponseOutparam) {
    let body = begin(out, 200, Fields::new());
    write(&body, ["a beginning"]);
    panic!("trapped as asked");
}

pub(crate) fn sleep_for_ever() {
    monotonic_clock::subscribe_duration(DAY).block();
}

pub(crate) fn stall(out: ResponseOutparam) {
    let body = begin(out, 200, Fields::new());
    write(&body, ["a beginning"]);
    sleep_for_ever();
}

pub(crate) fn compute_for_ever() {
    let mut number = 1_u64;
    loop {
        number = std::hint::black_box(number.wrapping_mul(3));
    }
}

pub(crate) fn hoard_memory() {
    let mut hoard = Vec::new();
    loop {
        hoard.push(vec![1_u8; 1 << 20]);
        std::hint::black_box(&hoard);
    }
}

/// Fields that the host keeps, each as large as it may be.
pub(crate) fn hoard_fields() {
    loop {
        std::mem::forget(large_fields());
    }
}

/// The same within requests, with content that is never sent.
pub(crate) fn hoard_requests() {
    loop {
        let request = OutgoingRequest::new(large_fields());
        let body = request.body().expect("the first call");
        let stream = body.write().expect("the first call");
        while let Ok(1..) = stream.check_write() {
            let _ = stream.write(&[0; 4096]);
        }
        std::mem::forget((request, body, stream));
    }
}

/// So many values, empty ones, that they take more in the host than here.
pub(crate) fn pass_long_list(out: ResponseOutparam) {
    let values = vec![Vec::new(); 720_000];
    let set = Fields::new().set("a-field", &values);
    super::answer::text(out, 200, &format!("{set:?}\n"));
}

fn large_fields() -> Fields {
    let fields = Fields::new();
    for _ in 0..7 {
        fields.append("a-field", &[b'x'; 8 * 1024]).expect("room");
    }
    fields
}

/// Writes four bytes, whatever it says.
pub(crate) fn announce(out: ResponseOutparam, length: u64) {
    let fields = Fields::new();
    let length = length.to_string();
    fields
        .set("content-length", &[length.into_bytes()])
        .expect("a field");
    let body = begin(out, 200, fields);
    if let Ok(stream) = body.write() {
        let _ = stream.blocking_write_and_flush(b"four");
    }
    let _ = OutgoingBody::finish(body, None);
}

/// How a handler leaves content that it hasn't finished.
#[derive(Clone, Copy)]
pub(crate) enum Leave {
    Drop,
    Forget,
}

pub(crate) fn leave_unfinished(out: ResponseOutparam, how: Leave) {
    let body = begin(out, 200, Fields::new());
    write(&body, ["a beginning"]);
    match how {
        Leave::Drop => drop(body),
        Leave::Forget => std::mem::forget(body),
    }
}

/// Answers, and doesn't come to an end.
pub(crate) fn work_on(out: ResponseOutparam) {
    super::answer::text(out, 200, "that is all\n");
    sleep_for_ever();
}
