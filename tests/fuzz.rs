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

/// The targets have a lock file of their own, which a new dependency of the program leaves behind: `tests/fuzz/run` then
/// refuses to build.
#[test]
fn what_is_fuzzed_is_locked_as_what_is_shipped() {
    let locked = |file: &str| -> Vec<(String, String)> {
        let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).unwrap();
        let text: toml::Table = toml::from_str(&text).unwrap();
        let word = |package: &toml::Value, name: &str| package[name].as_str().unwrap().to_owned();
        let packages = text["package"].as_array().unwrap();
        let fuzzed = packages.iter().find(|package| word(package, "name") == "diagnose").unwrap();
        let direct: Vec<&str> =
            fuzzed["dependencies"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
        let is_direct = |name: &str| direct.iter().any(|one| one.split(' ').next() == Some(name));
        packages
            .iter()
            .map(|one| (word(one, "name"), word(one, "version")))
            .filter(|(name, _)| is_direct(name))
            .collect()
    };
    let manifest: toml::Table = toml::from_str(include_str!("../Cargo.toml")).unwrap();
    let (shipped, fuzzed) = (locked("Cargo.lock"), locked("tests/fuzz/Cargo.lock"));
    for name in manifest["dependencies"].as_table().unwrap().keys() {
        let of = |locked: &[(String, String)]| -> Vec<String> {
            locked.iter().filter(|(known, _)| known == name).map(|(_, version)| version.clone()).collect()
        };
        assert_eq!(
            of(&fuzzed),
            of(&shipped),
            "{name}: `cargo metadata --manifest-path tests/fuzz/Cargo.toml` mends the lock"
        );
    }
}
