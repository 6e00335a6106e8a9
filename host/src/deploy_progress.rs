//! How far a deploy is, on a terminal.

use indicatif::{ProgressBar, ProgressStyle};
use std::sync::{Mutex, PoisonError};
use wasm_host_preview::client::{Event, Progress, describe};

/// A bar that comes and goes with each step.
#[derive(Default)]
pub(super) struct Bar(Mutex<Option<ProgressBar>>);

impl Progress for Bar {
    fn event(&self, event: Event<'_>) {
        let mut bar = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match event {
            Event::Hashing { files } => {
                begin(&mut bar, files, "Reading {pos}/{len} files {bar:30}");
            }
            Event::Hashed(_) => advance(bar.as_ref(), 1),
            Event::LeftOut(left_out) => {
                end(&mut bar);
                if let Some(line) = describe(left_out) {
                    eprintln!("{line}");
                }
            }
            Event::Sending { bytes, blobs } if blobs > 0 => {
                let template = "Sending {bytes}/{total_bytes} {bar:30} {bytes_per_sec}";
                begin(&mut bar, bytes, template);
            }
            Event::Sending { .. } => {}
            Event::Sent(bytes) => advance(bar.as_ref(), bytes),
            Event::Committing => end(&mut bar),
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        end(self.0.get_mut().unwrap_or_else(PoisonError::into_inner));
    }
}

fn begin(bar: &mut Option<ProgressBar>, length: u64, template: &str) {
    end(bar);
    let style = ProgressStyle::with_template(template);
    let style = style.unwrap_or_else(|_| ProgressStyle::default_bar());
    *bar = Some(ProgressBar::new(length).with_style(style));
}

fn advance(bar: Option<&ProgressBar>, by: u64) {
    if let Some(bar) = bar {
        bar.inc(by);
    }
}

fn end(bar: &mut Option<ProgressBar>) {
    if let Some(bar) = bar.take() {
        bar.finish_and_clear();
    }
}
