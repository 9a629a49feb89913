//! What the fuzz targets once found stays mended: every file of `fixtures/fuzz/TARGET/` goes through its target again.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test ends at the first surprise"
)]

#[path = "../fuzz/src/targets.rs"]
mod targets;

use std::path::Path;
use std::time::{Duration, Instant};

/// Far more than any run needs, also of a test build on a busy machine.
const LONG: Duration = Duration::from_secs(30);

#[test]
fn finds_stay_mended() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz");
    let mut finds = 0;
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        let name = folder.file_name().unwrap().to_str().unwrap();
        let (_, target) = targets::ALL.iter().find(|(known, _)| *known == name).expect("a folder for each target");
        for file in std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()) {
            let started = Instant::now();
            // The name of the file is told if the target panics.
            println!("{}", file.display());
            target(&std::fs::read(&file).unwrap());
            assert!(started.elapsed() < LONG, "{} took {:?}", file.display(), started.elapsed());
            finds += 1;
        }
    }
    assert!(finds > 0, "no finds are kept");
}
