//! What is released: the declared version of Rust is the one that the dependencies need, and the package holds what a
//! build needs and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn cargo(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO")).args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn version(text: &str) -> Vec<u32> {
    let mut parts: Vec<u32> = text.split('.').map(|part| part.parse().unwrap()).collect();
    parts.resize(3, 0);
    parts
}

/// A newcomer's toolchain of the declared version builds what the lock file holds, and none older does.
#[test]
fn the_declared_version_of_rust_is_the_one_that_is_needed() {
    let text = cargo(&["metadata", "--offline", "--locked", "--format-version", "1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let declared =
        packages.iter().find(|package| package["name"] == "diagnose").unwrap()["rust_version"].as_str().unwrap();
    let others = packages.iter().filter(|package| package["name"] != "diagnose");
    let needed = others.filter_map(|package| package["rust_version"].as_str()).map(version).max().unwrap();
    assert_eq!(version(declared), needed);
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    assert!(readme.contains(&format!("With Rust ({declared} or later)")), "the README names another version");
}

#[test]
fn the_package_holds_what_a_build_needs() {
    let text = cargo(&["package", "--list", "--allow-dirty", "--offline"]);
    let files: Vec<&str> = text.lines().collect();
    for needed in [
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "CHANGELOG.md",
        "build.rs",
        "src/main.rs",
        "src/catalogue/data.txt",
        "src/schema/diagnose.schema.json",
    ] {
        assert!(files.contains(&needed), "no {needed}");
    }
    for file in files {
        let top = file.split('/').next().unwrap();
        let is_known = top == "src" || !file.contains('/');
        assert!(is_known && top != "target", "{file}");
    }
}

#[test]
fn the_version_tells_the_day_of_the_catalogue() {
    let output = Command::new(env!("CARGO_BIN_EXE_diagnose")).arg("--version").output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let start = format!("diagnose {} (", env!("CARGO_PKG_VERSION"));
    let end = format!("action catalogue of {})\n", diagnose::catalogue::date());
    assert!(said.starts_with(&start) && said.ends_with(&end), "{said}");
}

#[test]
fn the_changes_name_this_version() {
    let changes = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md")).unwrap();
    assert!(changes.contains(&format!("\n## {} ", env!("CARGO_PKG_VERSION"))), "{changes}");
}
