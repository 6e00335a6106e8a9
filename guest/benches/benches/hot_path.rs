//! `cargo bench --manifest-path guest/benches/Cargo.toml --bench hot_path`: what
//! every request goes through in the sandbox, here compiled natively.

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use wasm_host_sdk::simple::listing::Listing;
use wasm_host_sdk::{
    BaseHttpRequestHandler, Exchange, HttpStatus, date, headers::Headers, request_line, testing,
};
use wasm_host_sdk_benches::{answer, directory, entries, header_section};

fn parse(criterion: &mut Criterion) {
    let line = "GET /a/path/of/some%20length/small.bin?with=a&query HTTP/1.1";
    criterion.bench_function("request line", |bencher| {
        bencher.iter(|| request_line::parse(black_box(line)));
    });
    let section = header_section();
    criterion.bench_function("header section", |bencher| {
        bencher.iter_batched(|| section.clone(), Headers::parse, BatchSize::SmallInput);
    });
}

/// A date, and a whole head: that of a page too small to count.
fn head(criterion: &mut Criterion) {
    criterion.bench_function("date", |bencher| {
        bencher.iter(|| date::http_date(black_box(1_795_361_416)));
    });
    criterion.bench_function("head", |bencher| {
        bencher.iter(|| {
            testing::respond::<NoContent>(black_box(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"))
        });
    });
}

struct NoContent(Exchange);

impl BaseHttpRequestHandler for NoContent {
    fn new(exchange: Exchange) -> Self {
        Self(exchange)
    }

    fn exchange(&mut self) -> &mut Exchange {
        &mut self.0
    }

    fn do_get(&mut self) -> wasm_host_sdk::Result<()> {
        self.send_response(HttpStatus::OK)?;
        self.send_header("Content-Type", "text/plain; charset=utf-8")?;
        self.send_header("Content-Length", 0)?;
        self.end_headers()
    }
}

/// Parsing, opening, the head and the file, for one request and for sixteen
/// that are pipelined.
fn small_file(criterion: &mut Criterion) {
    let directory = directory().expect("a temporary directory");
    let mut group = criterion.benchmark_group("small file");
    for requests in [1, 16] {
        group.throughput(Throughput::Elements(requests as u64));
        group.bench_function(format!("{requests} requests"), |bencher| {
            bencher.iter(|| answer(&directory, black_box(requests)));
        });
    }
}

fn listing(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("listing of 1,000");
    let unsorted = || Listing {
        path: b"/listed/",
        entries: entries(),
        ..Listing::default()
    };
    group.bench_function("sort", |bencher| {
        bencher.iter_batched_ref(unsorted, Listing::sort, BatchSize::SmallInput);
    });
    let mut sorted = unsorted();
    sorted.sort();
    group.bench_function("HTML", |bencher| bencher.iter(|| sorted.to_html()));
    group.bench_function("JSON", |bencher| bencher.iter(|| sorted.to_json()));
}

criterion_group!(benches, parse, head, small_file, listing);
criterion_main!(benches);
