//! What one measurement found, and the figures that are read from it.

use std::fmt;
use std::time::Duration;

/// One server, measured once.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sample {
    pub(crate) peer: &'static str,
    pub(crate) requests: u64,
    /// Bytes that the load generator received.
    pub(crate) bytes: u64,
    /// How long the load lasted.
    pub(crate) elapsed: Duration,
    /// Processor time of the server's processes.
    pub(crate) cpu: Duration,
    pub(crate) latency: Option<Latency>,
    /// The most memory that was resident, in bytes.
    pub(crate) peak_memory: u64,
    /// Resident memory that the idle connections added, in bytes.
    pub(crate) idle_memory: Option<u64>,
    /// From exec to the first byte of a response.
    pub(crate) start: Option<Duration>,
    /// What two workers do, in units of what one does.
    pub(crate) scaling: Option<f64>,
}

/// Times from a request to the end of its response.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    pub(crate) p99_9: Duration,
}

/// A number that is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Figure {
    /// Requests a second.
    Rate,
    /// Mebibytes a second.
    Throughput,
    /// Processor time of the whole measurement.
    Cpu,
    /// Processor time a gibibyte.
    CpuPerGib,
    /// The 99th percentile of the latency.
    P99,
    /// Memory of idle connections.
    IdleMemory,
    /// From exec to the first byte.
    Start,
    /// Two workers to one.
    Scaling,
}

impl Figure {
    /// The figure's unit, as the tables name it.
    pub(crate) fn unit(self) -> &'static str {
        match self {
            Self::Rate => "requests/s",
            Self::Throughput => "MiB/s",
            Self::Cpu => "CPU s",
            Self::CpuPerGib => "CPU s/GiB",
            Self::P99 => "p99 ms",
            Self::IdleMemory => "MiB",
            Self::Start => "ms",
            Self::Scaling => "times one worker",
        }
    }

    /// None where the sample doesn't have it.
    pub(crate) fn of(self, sample: &Sample) -> Option<f64> {
        let value = match self {
            Self::Rate => sample.requests as f64 / sample.elapsed.as_secs_f64(),
            Self::Throughput => mebibytes(sample.bytes) / sample.elapsed.as_secs_f64(),
            Self::Cpu => sample.cpu.as_secs_f64(),
            Self::CpuPerGib => sample.cpu.as_secs_f64() * 1024.0 / mebibytes(sample.bytes),
            Self::P99 => milliseconds(sample.latency?.p99),
            Self::IdleMemory => mebibytes(sample.idle_memory?),
            Self::Start => milliseconds(sample.start?),
            Self::Scaling => sample.scaling?,
        };
        value.is_finite().then_some(value)
    }
}

impl Sample {
    /// Microseconds of processor time a request.
    pub(crate) fn cpu_per_request(&self) -> Option<f64> {
        (self.requests > 0).then(|| self.cpu.as_secs_f64() * 1e6 / self.requests as f64)
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.peer)?;
        for figure in [Figure::IdleMemory, Figure::Start, Figure::Scaling] {
            if let Some(value) = figure.of(self) {
                return write!(f, " {value:.1} {}", figure.unit());
            }
        }
        let rate = Figure::Rate.of(self).unwrap_or_default();
        let cpu = self.cpu_per_request().unwrap_or_default();
        write!(f, " {rate:.0} requests/s, {cpu:.1} µs of CPU each")
    }
}

pub(crate) fn mebibytes(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
