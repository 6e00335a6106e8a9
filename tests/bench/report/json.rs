//! The report for programs: every sample, and what the tables make of them.

use super::{CaseReport, Entry, Report};
use crate::bench::sample::{Figure, Sample};
use crate::bench::statistics::Summary;
use serde_json::{Map, Value, json};

pub(super) fn of(report: &Report) -> Value {
    let machine = &report.machine;
    let peers: Map<String, Value> = report
        .peers
        .iter()
        .map(|(peer, version)| ((*peer).to_owned(), json!(version)))
        .collect();
    let absent: Map<String, Value> = report
        .absent
        .iter()
        .map(|absent| (absent.peer.to_owned(), json!(absent.reason)))
        .collect();
    json!({
        "date": machine.date,
        "machine": {
            "processor": machine.processor,
            "cores": machine.cores,
            "kernel": machine.kernel,
            "load_average": machine.load_average,
        },
        "rounds": report.pace.rounds,
        "seconds": report.pace.seconds,
        "peers": peers,
        "skipped": absent,
        "cases": report.cases.iter().map(case).collect::<Vec<_>>(),
        "instructions": report.instructions.as_ref().map(|counted| json!({
            "requests": counted.requests,
            "a_request": counted.a_request,
            "code_misses": counted.code_misses,
            "data_misses": counted.data_misses,
        })),
    })
}

fn case(report: &CaseReport) -> Value {
    let servers: Map<String, Value> = report
        .entries
        .iter()
        .map(|entry| (entry.peer.to_owned(), server(report, entry)))
        .collect();
    json!({
        "name": report.case.name,
        "title": report.case.title,
        "servers": servers,
    })
}

fn server(report: &CaseReport, entry: &Entry) -> Value {
    if let Some(reason) = &entry.skipped {
        return json!({ "skipped": reason });
    }
    let figures = report.case.figures.iter();
    json!({
        "figures": figures
            .map(|&(compared, goal)| figure(report, entry, compared, goal))
            .collect::<Vec<_>>(),
        "samples": entry.samples.iter().map(sample).collect::<Vec<_>>(),
    })
}

fn figure(report: &CaseReport, entry: &Entry, figure: Figure, goal: &str) -> Value {
    json!({
        "unit": figure.unit(),
        "goal": goal,
        "rounds": entry.summary(figure).map(summary),
        "of_nginx": report.ratio(entry, figure),
        "of_nginx_by_round": report.ratio_by_round(entry, figure).map(summary),
    })
}

fn summary(summary: Summary) -> Value {
    json!({ "median": summary.median, "least": summary.least, "most": summary.most })
}

fn sample(sample: &Sample) -> Value {
    json!({
        "requests": sample.requests,
        "bytes": sample.bytes,
        "seconds": sample.elapsed.as_secs_f64(),
        "cpu_seconds": sample.cpu.as_secs_f64(),
        "latency_seconds": sample.latency.map(|latency| json!({
            "p50": latency.p50.as_secs_f64(),
            "p99": latency.p99.as_secs_f64(),
            "p99.9": latency.p99_9.as_secs_f64(),
        })),
        "peak_memory_bytes": sample.peak_memory,
        "idle_memory_bytes": sample.idle_memory,
        "start_seconds": sample.start.map(|start| start.as_secs_f64()),
        "scaling": sample.scaling,
    })
}
