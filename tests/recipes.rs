//! The runbook recipes of the README, each run by `sh` in a folder of its own, as they stand there.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::Path;
use std::process::{Command, Output};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with what the recipes name.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in ["role.json", "boundary.json", "policies.toml"] {
        std::fs::copy(root().join("fixtures/recipes").join(name), folder.path().join(name)).unwrap();
    }
    let account = std::fs::read_to_string(root().join("fixtures/accounts/landing-zone.json")).unwrap();
    std::fs::write(folder.path().join("account.json"), &account).unwrap();
    // Yesterday the boundary allowed more.
    let yesterday = account.replace("\"rds:*\"", "\"ec2:*\"");
    assert_ne!(account, yesterday);
    std::fs::write(folder.path().join("yesterday.json"), yesterday).unwrap();
    folder
}

/// The block of shell behind a heading in bold.
fn recipe(heading: &str) -> String {
    let readme = std::fs::read_to_string(root().join("README.md")).unwrap();
    let (_, page) = readme.split_once("## Runbook recipes\n").expect("the recipes");
    let page = page.split("\n## ").next().unwrap();
    assert_eq!(page.matches("```sh\n").count(), 4, "a recipe that no test runs");
    let (_, behind) = page.split_once(&format!("**{heading}.**")).unwrap_or_else(|| panic!("no recipe {heading}"));
    let (_, block) = behind.split_once("```sh\n").expect("a block of shell");
    block.split("```").next().unwrap().to_owned()
}

fn run(script: &str, folder: &Path) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_diagnose")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    Command::new("sh")
        .args(["-eu", "-c", script])
        .current_dir(folder)
        .env_clear()
        .env("PATH", path)
        .env("HOME", folder)
        .output()
        .unwrap()
}

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap()
}

#[test]
fn gate_a_deploy() {
    let (script, folder) = (recipe("Gate a deploy"), folder());
    let output = run(&script, folder.path());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "as expected: allowed\n");
    let closed = run(&script.replace("ReportReader", "MyRole"), folder.path());
    assert_eq!(closed.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&closed.stdout).starts_with("denied"), "{closed:?}");
}

#[test]
fn explain_and_open_a_ticket() {
    let folder = folder();
    let output = run(&recipe("Explain and open a ticket"), folder.path());
    assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
    let ticket = read(folder.path(), "ticket.md");
    assert!(ticket.starts_with("## denied: `ec2:TerminateInstances` on any resource\n"), "{ticket}");
    for name in ["123456789012", "MyRole", "BoundaryPolicy"] {
        assert!(!ticket.contains(name), "{name} in {ticket}");
    }
}

#[test]
fn watch_a_role() {
    let (script, folder) = (recipe("Watch a role"), folder());
    let output = run(&script, folder.path());
    assert!(output.status.success(), "{output:?}");
    let changes = String::from_utf8(output.stdout).unwrap();
    assert!(changes.contains("ec2:TerminateInstances"), "{changes}");
    std::fs::copy(folder.path().join("account.json"), folder.path().join("yesterday.json")).unwrap();
    let quiet = run(&script, folder.path());
    assert!(quiet.status.success() && quiet.stdout.is_empty(), "{quiet:?}");
}

#[test]
fn check_a_boundary_change_in_a_pull_request() {
    let (script, folder) = (recipe("Check a boundary change in a pull request"), folder());
    let output = run(&script, folder.path());
    assert!(output.status.success(), "{output:?}");
    let suite = read(folder.path(), "policies.xml");
    assert!(suite.contains("tests=\"3\"") && suite.contains("failures=\"0\""), "{suite}");
    let wider = read(folder.path(), "boundary.json").replace("\"ec2:Describe*\"", "\"ec2:*\"");
    std::fs::write(folder.path().join("boundary.json"), wider).unwrap();
    assert_eq!(run(&script, folder.path()).status.code(), Some(1));
    assert!(read(folder.path(), "policies.xml").contains("failures=\"1\""));
}
