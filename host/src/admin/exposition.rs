//! What was counted, as Prometheus reads it. `host/OPERATE.md` lists what there is.

use super::memory::ResidentMemory;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeMetric, MetricEncoder, NoLabelSet, prometheus_text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Registry;
use std::fmt;
use wasm_host_server::{LimitHits, Metrics, Snapshot};

/// The type of what [`Exposition::text`] gives.
pub(super) const CONTENT_TYPE: &str = prometheus_text::CONTENT_TYPE;

/// Writes what was counted.
pub(super) struct Exposition(Registry);

/// Asks for the numbers each time.
#[derive(Debug)]
struct Numbers {
    metrics: Metrics,
    memory: ResidentMemory,
}

impl Exposition {
    pub(super) fn new(metrics: Metrics, memory: ResidentMemory) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Numbers { metrics, memory }));
        Self(registry)
    }

    /// The text.
    ///
    /// # Errors
    ///
    /// It can't be written, which is a fault of this program's.
    pub(super) fn text(&self) -> Result<String, fmt::Error> {
        let mut text = String::new();
        prometheus_text::encode(&mut text, &self.0)?;
        Ok(text)
    }
}

impl Collector for Numbers {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let snapshot = self.metrics.snapshot();
        let encoder = &mut encoder;
        build(encoder)?;
        for (name, help, count) in counters(&snapshot) {
            counter(encoder, name, help, count)?;
        }
        for (name, help, number) in gauges(&snapshot) {
            gauge(encoder, name, help, number)?;
        }
        responses(encoder, &snapshot)?;
        durations(encoder, &snapshot)?;
        limits(encoder, &snapshot.limit_hits)?;
        if let Some(bytes) = self.memory.bytes() {
            let help = "Memory that the process has, in bytes";
            gauge(encoder, "process_resident_memory_bytes", help, bytes)?;
        }
        Ok(())
    }
}

/// Those that only grow, without labels.
fn counters(snapshot: &Snapshot) -> [(&'static str, &'static str, u64); 7] {
    [
        (
            "wasm_host_connections_accepted",
            "Connections that were accepted",
            snapshot.connections_accepted,
        ),
        (
            "wasm_host_received_bytes",
            "Bytes that clients sent, as they came by the network",
            snapshot.bytes_received,
        ),
        (
            "wasm_host_sent_bytes",
            "Bytes that were sent to clients",
            snapshot.bytes_sent,
        ),
        (
            "wasm_host_instances_made",
            "Instances that were made",
            snapshot.instances_made,
        ),
        (
            "wasm_host_instances_renewed",
            "Instances that were used again, as new",
            snapshot.instances_renewed,
        ),
        (
            "wasm_host_scripts_started",
            "Scripts that were started",
            snapshot.scripts_started,
        ),
        (
            "wasm_host_component_swaps",
            "Components that took the place of the one before",
            snapshot.swaps,
        ),
    ]
}

/// Those that come and go, without labels.
fn gauges(snapshot: &Snapshot) -> [(&'static str, &'static str, u64); 4] {
    [
        (
            "wasm_host_connections_open",
            "Connections that are open",
            snapshot.connections_open,
        ),
        (
            "wasm_host_instances_in_use",
            "Instances that are in use",
            snapshot.instances_in_use,
        ),
        (
            "wasm_host_requests_waiting",
            "Requests that wait for an instance",
            snapshot.requests_waiting,
        ),
        (
            "wasm_host_scripts_running",
            "Scripts that run",
            snapshot.scripts_running,
        ),
    ]
}

fn counter(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, count: u64) -> fmt::Result {
    let metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    ConstCounter::new(count).encode(metric)
}

fn gauge(encoder: &mut DescriptorEncoder<'_>, name: &str, help: &str, number: u64) -> fmt::Result {
    let metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    ConstGauge::new(number).encode(metric)
}

/// Which version it is, by its label, as other programs of this kind have it.
fn build(encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let name = "wasm_host_build_info";
    let mut metric =
        encoder.encode_descriptor(name, "The version, by its label", None, MetricType::Gauge)?;
    let labels = [("version", env!("CARGO_PKG_VERSION"))];
    metric.encode_family(&labels)?.encode_gauge(&1_u64)
}

fn responses(encoder: &mut DescriptorEncoder<'_>, snapshot: &Snapshot) -> fmt::Result {
    let name = "wasm_host_responses";
    let help = "Requests that were answered, by status code; 0 stands for what is none";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for &(code, count) in &snapshot.responses {
        labelled(&mut metric, ("code", &code.to_string()), count)?;
    }
    Ok(())
}

fn limits(encoder: &mut DescriptorEncoder<'_>, hits: &LimitHits) -> fmt::Result {
    let name = "wasm_host_limit_hits";
    let help = "How often a limit was reached, by the option that sets it";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (limit, count) in [
        ("max-connections", hits.max_connections),
        (
            "max-connections-per-client",
            hits.max_connections_per_client,
        ),
        ("max-instances", hits.max_instances),
        ("buffer-memory", hits.buffer_memory),
        ("queue-timeout", hits.queue_timeout),
        ("cpu-time", hits.cpu_time),
        ("request-timeout", hits.request_timeout),
        ("memory-total", hits.memory_total),
        ("log-rate", hits.log_rate),
    ] {
        labelled(&mut metric, ("limit", limit), count)?;
    }
    Ok(())
}

fn labelled(metric: &mut MetricEncoder<'_>, label: (&str, &str), count: u64) -> fmt::Result {
    let labels = [label];
    let mut one = metric.encode_family(&labels)?;
    one.encode_counter::<NoLabelSet, _, u64>(&count, None)
}

fn durations(encoder: &mut DescriptorEncoder<'_>, snapshot: &Snapshot) -> fmt::Result {
    let name = "wasm_host_request_duration_seconds";
    let help = "How long requests took, in seconds, from their first byte until they were logged";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    let bound = |bucket: &wasm_host_server::Bucket| {
        bucket
            .at_most
            .map_or(f64::INFINITY, |bound| bound.as_secs_f64())
    };
    let buckets: Vec<_> = snapshot
        .durations
        .iter()
        .map(|bucket| (bound(bucket), bucket.count))
        .collect();
    let count = snapshot.durations.iter().map(|bucket| bucket.count).sum();
    metric.encode_histogram::<NoLabelSet>(
        snapshot.duration_sum.as_secs_f64(),
        count,
        &buckets,
        None,
    )
}
