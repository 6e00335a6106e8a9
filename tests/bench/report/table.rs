//! The report as Markdown: what we want and have, then every server in every
//! case.

use super::{CaseReport, Entry, Report};
use crate::bench::peers::Absent;
use crate::bench::sample::{Figure, Latency, Sample, mebibytes, milliseconds};
use std::fmt;
use std::time::Duration;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_heading(f)?;
        if !self.cases.is_empty() {
            self.write_goals(f)?;
        }
        for case in &self.cases {
            for &(figure, _) in case.case.figures {
                write_case(f, case, figure)?;
            }
        }
        if let Some(instructions) = &self.instructions {
            writeln!(f, "{instructions}")?;
        }
        write!(f, "JSON: {}", self.file.display())
    }
}

impl Report {
    fn write_heading(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let machine = &self.machine;
        writeln!(
            f,
            "{}, {} cores of {}, Linux {}, load average {}; {} rounds of {} s\n",
            machine.date,
            machine.cores,
            machine.processor,
            machine.kernel,
            machine.load_average,
            self.pace.rounds,
            self.pace.seconds
        )?;
        for (peer, version) in &self.peers {
            writeln!(f, "- {peer}: {version}")?;
        }
        for Absent { peer, reason } in &self.absent {
            writeln!(f, "- {peer}: skipped, {reason}")?;
        }
        writeln!(f)
    }

    fn write_goals(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| work | | nginx | wasm-host | of nginx | by round | goal |"
        )?;
        writeln!(f, "|---|---|--:|--:|--:|--:|---|")?;
        for report in &self.cases {
            for &(figure, goal) in report.case.figures {
                let entries = (report.reference(), report.ours());
                let (reference, ours) = entries;
                let ratio = ours.and_then(|ours| report.ratio(ours, figure));
                let by_round = ours.and_then(|ours| report.ratio_by_round(ours, figure));
                writeln!(
                    f,
                    "| {} | {} | {} | {} | {} | {} | {goal} |",
                    report.case.title,
                    figure.unit(),
                    median(reference, figure),
                    median(ours, figure),
                    cell(ratio),
                    cell(by_round.map(|ratios| ratios.median)),
                )?;
            }
        }
        writeln!(f)
    }
}

/// Every server's figure, with what it cost.
fn write_case(f: &mut fmt::Formatter<'_>, report: &CaseReport, figure: Figure) -> fmt::Result {
    let unit = figure.unit();
    writeln!(f, "{} ({}), {unit}:\n", report.case.title, report.case.name)?;
    writeln!(
        f,
        "| server | median | least–most | of nginx | by round | CPU µs a request | p50 ms | p99 ms | p99.9 ms | peak RSS MiB |"
    )?;
    writeln!(f, "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|")?;
    for entry in &report.entries {
        match &entry.skipped {
            Some(reason) => writeln!(f, "| {} | skipped: {reason} ||||||||", entry.peer)?,
            None => write_entry(f, report, entry, figure)?,
        }
    }
    writeln!(f)
}

fn write_entry(
    f: &mut fmt::Formatter<'_>,
    report: &CaseReport,
    entry: &Entry,
    figure: Figure,
) -> fmt::Result {
    let spread = entry.summary(figure);
    let by_round = report.ratio_by_round(entry, figure);
    let latency = |which: fn(&Latency) -> Duration| {
        let all = entry.median_of(|sample| Some(milliseconds(which(sample.latency.as_ref()?))));
        cell(all.map(|all| all.median))
    };
    let cpu = entry.median_of(Sample::cpu_per_request);
    let peak = entry.median_of(|sample| Some(mebibytes(sample.peak_memory)));
    writeln!(
        f,
        "| {} | {} | {}–{} | {} | {} | {} | {} | {} | {} | {} |",
        entry.peer,
        median(Some(entry), figure),
        cell(spread.map(|spread| spread.least)),
        cell(spread.map(|spread| spread.most)),
        cell(report.ratio(entry, figure)),
        cell(by_round.map(|ratios| ratios.median)),
        cell(cpu.map(|cpu| cpu.median).filter(|&cpu| cpu > 0.0)),
        latency(|latency| latency.p50),
        latency(|latency| latency.p99),
        latency(|latency| latency.p99_9),
        cell(peak.map(|peak| peak.median).filter(|&peak| peak > 0.0)),
    )
}

fn median(entry: Option<&Entry>, figure: Figure) -> String {
    let summary = entry.and_then(|entry| entry.summary(figure));
    cell(summary.map(|summary| summary.median))
}

/// Three digits or more, as many as mean something.
fn cell(value: Option<f64>) -> String {
    match value {
        None => "–".to_owned(),
        Some(value) if value >= 100.0 => format!("{value:.0}"),
        Some(value) if value >= 10.0 => format!("{value:.1}"),
        Some(value) if value >= 0.1 => format!("{value:.2}"),
        Some(value) => format!("{value:.3}"),
    }
}
