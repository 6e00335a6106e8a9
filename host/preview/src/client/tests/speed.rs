//! How long deploys take. To be run by hand: no time is asserted, as a busy machine is
//! no fault of this code.
//!
//! ```sh
//! cargo test --release -p wasm-host-preview -- --ignored --nocapture client::tests::speed::
//! ```

use super::scene::{of, order, try_deploy};
use crate::api::tests::stage::Stage;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// A hundred files a folder, of 1 to 8 KB.
fn fill(folder: &Path, files: usize) {
    for number in 0..files {
        let path = folder.join(format!("{}/{number}.html", number / 100));
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let line = format!("{number}: all work and no play\n");
        fs::write(path, line.repeat(40 + number % 260)).unwrap();
    }
}

fn measure(what: &str, stage: &Stage, folder: &Path) {
    let start = Instant::now();
    try_deploy(&of(stage), &order(folder), &Arc::default()).unwrap();
    println!("{what}: {:?}", start.elapsed());
}

#[test]
#[ignore = "it measures"]
fn a_thousand_files_of_which_one_changed() {
    let (stage, site) = (Stage::new(), tempfile::tempdir().unwrap());
    fill(site.path(), 1000);
    measure("1,000 files, the first time", &stage, site.path());
    for round in 0..5 {
        fs::write(site.path().join("0/0.html"), format!("round {round}")).unwrap();
        measure("1,000 files of which one changed", &stage, site.path());
    }
}

#[test]
#[ignore = "it measures"]
fn twenty_thousand_files() {
    let (stage, site) = (Stage::new(), tempfile::tempdir().unwrap());
    fill(site.path(), 20_000);
    measure("20,000 files, the first time", &stage, site.path());
    measure("20,000 files, nothing changed", &stage, site.path());
}
