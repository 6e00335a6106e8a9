//! What came of it all.

mod json;
mod machine;
mod table;

use super::error::{Error, Result};
use super::instructions::Instructions;
use super::lab::{Lab, output_folder};
use super::options::{Options, Pace};
use super::peers::{Absent, Contender, OURS, REFERENCE};
use super::sample::{Figure, Sample};
use super::statistics::Summary;
use super::work::Case;
use std::path::PathBuf;

/// A run of the benchmark. Shown, it is Markdown.
pub(crate) struct Report {
    pace: Pace,
    machine: machine::Machine,
    /// Name and version of each server.
    peers: Vec<(&'static str, String)>,
    absent: Vec<Absent>,
    pub(crate) cases: Vec<CaseReport>,
    pub(crate) instructions: Option<Instructions>,
    /// Where the JSON is.
    pub(crate) file: PathBuf,
}

/// All samples of one case.
pub(crate) struct CaseReport {
    pub(crate) case: &'static Case,
    pub(crate) entries: Vec<Entry>,
}

/// One server in one case.
pub(crate) struct Entry {
    pub(crate) peer: &'static str,
    /// One a round.
    pub(crate) samples: Vec<Sample>,
    /// Why there aren't any.
    pub(crate) skipped: Option<String>,
}

impl Report {
    pub(crate) fn of(lab: &Lab, options: &Options) -> Self {
        let peers = lab.contenders.iter();
        Self {
            pace: lab.pace,
            machine: machine::Machine::this(),
            peers: peers
                .map(|contender| (contender.peer.name, contender.version.clone()))
                .collect(),
            absent: lab.absent.clone(),
            cases: Vec::new(),
            instructions: None,
            file: output_folder().join(options.report_name()),
        }
    }

    pub(crate) fn save(&self) -> Result<()> {
        let text = format!("{:#}\n", json::of(self));
        std::fs::write(&self.file, text).map_err(Error::at(&self.file))
    }
}

impl CaseReport {
    pub(crate) fn new(case: &'static Case, contenders: &[Contender]) -> Self {
        let entry = |contender: &Contender| Entry {
            peer: contender.peer.name,
            samples: Vec::new(),
            skipped: None,
        };
        Self {
            case,
            entries: contenders.iter().map(entry).collect(),
        }
    }

    pub(crate) fn add(&mut self, at: usize, sample: Sample) {
        self.entries[at].samples.push(sample);
    }

    pub(crate) fn skip(&mut self, at: usize, reason: String) {
        self.entries[at].skipped = Some(reason);
    }

    pub(crate) fn is_skipped(&self, at: usize) -> bool {
        self.entries[at].skipped.is_some()
    }

    fn entry(&self, peer: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.peer == peer)
    }

    fn ours(&self) -> Option<&Entry> {
        self.entry(OURS)
    }

    fn reference(&self) -> Option<&Entry> {
        self.entry(REFERENCE)
    }

    /// A server's median to nginx's.
    fn ratio(&self, entry: &Entry, figure: Figure) -> Option<f64> {
        let reference = self.reference()?.summary(figure)?;
        Some(entry.summary(figure)?.median / reference.median)
    }

    /// The median of the rounds' ratios. A round's measurements are neighbours
    /// in time: noise that lasts longer cancels out.
    fn ratio_by_round(&self, entry: &Entry, figure: Figure) -> Option<Summary> {
        let references = &self.reference()?.samples;
        let pairs = entry.samples.iter().zip(references);
        let ratios = pairs.filter_map(|(ours, theirs)| Some(figure.of(ours)? / figure.of(theirs)?));
        Summary::of(ratios)
    }
}

impl Entry {
    pub(crate) fn summary(&self, figure: Figure) -> Option<Summary> {
        self.median_of(|sample| figure.of(sample))
    }

    /// Of any number that a sample has.
    fn median_of(&self, number: impl Fn(&Sample) -> Option<f64>) -> Option<Summary> {
        Summary::of(self.samples.iter().filter_map(number))
    }
}
