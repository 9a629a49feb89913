//! The walls of the house: the pure rooms know no IO, no SDK, no runtime, no command line and no table library.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::path::{Path, PathBuf};

/// Rooms that may do IO or draw, each with what only it may name.
const EDGES: [(&str, &[&str]); 7] = [
    ("main.rs", &["std::env", "std::io", "std::process"]),
    ("run.rs", &["std::io", "std::env", "clap", "tokio", "anyhow"]),
    ("run", &["clap", "std::fs", "std::process", "std::time"]),
    ("cli.rs", &["clap"]),
    (
        "source",
        &[
            "std::fs",
            "std::io",
            "std::env",
            "aws_sdk_cloudtrail",
            "aws_sdk_iam",
            "aws_config::",
            "aws_sdk_sts::",
            "tokio",
            "futures",
            "std::time",
        ],
    ),
    ("render", &["comfy_table", "annotate_snippets", "std::io"]),
    ("testing", &["std::env"]),
];

const WALLED: [&str; 15] = [
    "std::fs",
    "std::env",
    "std::io",
    "std::process",
    "std::time",
    "aws_sdk_cloudtrail",
    "aws_sdk_iam",
    "aws_config::",
    "aws_sdk_sts::",
    "tokio",
    "futures",
    "clap",
    "anyhow",
    "comfy_table",
    "annotate_snippets",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("src") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
}

/// The code of a file without its comments and its test modules.
fn code(path: &Path) -> String {
    let text = std::fs::read_to_string(path).unwrap();
    let production = text.split("#[cfg(test)]").next().unwrap_or_default();
    production.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn pure_rooms_stay_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    assert!(paths.len() > 40, "only {} files", paths.len());
    let mut broken = Vec::new();
    for path in &paths {
        let name = path.strip_prefix(&root).unwrap();
        let room = name.components().next().unwrap().as_os_str().to_str().unwrap();
        let room_file = format!("{room}.rs");
        let allowed: Vec<&str> = EDGES
            .iter()
            .filter(|(edge, _)| *edge == room || format!("{edge}.rs") == room || *edge == room_file)
            .flat_map(|(_, names)| names.iter().copied())
            .collect();
        let text = code(path);
        let names = WALLED.iter().filter(|wall| text.contains(**wall) && !allowed.contains(wall));
        broken.extend(names.map(|wall| format!("{} names {wall}", name.display())));
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_core_does_not_look_outward() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let outer = ["crate::source", "crate::run", "crate::render", "crate::report", "crate::cli"];
    for room in ["eval", "condition", "policy", "pattern", "explain"] {
        let mut paths = vec![root.join(format!("{room}.rs"))];
        sources(&root.join(room), &mut paths);
        for path in paths {
            let text = code(&path);
            let found: Vec<_> = outer.iter().filter(|name| text.contains(**name)).collect();
            assert!(found.is_empty(), "{} names {found:?}", path.display());
        }
    }
}

#[test]
fn files_stay_small() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    sources(&root, &mut paths);
    for path in paths {
        let lines = std::fs::read_to_string(&path).unwrap().lines().count();
        assert!(lines <= 400, "{} has {lines} lines", path.display());
    }
}
