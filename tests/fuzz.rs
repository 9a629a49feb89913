//! Every file of `fixtures/fuzz/TARGET/` through its fuzz target: what the targets found, and what asks for trouble.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test ends at the first surprise"
)]

#[allow(unreachable_pub, clippy::type_complexity, reason = "a crate of its own shares the file")]
#[path = "fuzz/src/targets.rs"]
mod targets;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Far more than any run needs, also of a test build on a busy machine.
const LONG: Duration = Duration::from_secs(60);

#[test]
fn what_is_kept_passes_its_target() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz");
    for (name, target) in targets::ALL {
        let files: Vec<PathBuf> =
            std::fs::read_dir(root.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(!files.is_empty(), "{name}");
        for file in files {
            let started = Instant::now();
            // Told where the target panics.
            println!("{}", file.display());
            target(&std::fs::read(&file).unwrap());
            assert!(started.elapsed() < LONG, "{} took {:?}", file.display(), started.elapsed());
        }
    }
}

#[test]
fn no_folder_is_forgotten() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/fuzz");
    for entry in std::fs::read_dir(root).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(targets::ALL.iter().any(|(known, _)| *known == name), "no target `{name}`");
    }
}
