//! What the README promises is what the program does: its transcripts, its exit codes, its permissions.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md")
}

/// The text between the first line that is `start` and the next one that is `end`.
fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no `{start}` in the README"));
    rest.split_once(end).unwrap_or_else(|| panic!("no `{end}` behind `{start}`")).0
}

/// The commands that are shown with what they print, on an account of the repository.
#[test]
fn commands_print_what_the_readme_shows() {
    let readme = readme();
    let mut seen = 0;
    for block in readme.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap()) {
        for command in block.split("$ ").skip(1) {
            let (typed, shown) = command.split_once('\n').unwrap();
            let arguments = typed.strip_prefix("cargo run --locked -- ").or_else(|| typed.strip_prefix("diagnose "));
            let is_shown = !shown.trim().is_empty() && typed.contains("--snapshot ") && !shown.starts_with("    | ");
            let Some(arguments) = arguments.filter(|_| is_shown) else { continue };
            let account = "fixtures/accounts/landing-zone.json";
            let words = arguments.split_whitespace().map(|word| if word == "account.json" { account } else { word });
            let output = Command::new(env!("CARGO_BIN_EXE_diagnose"))
                .args(words)
                .current_dir(root())
                .env_remove("CLICOLOR_FORCE")
                .output()
                .unwrap();
            let printed = String::from_utf8_lossy(&output.stdout).into_owned();
            // An ellipsis stands for the rest.
            match shown.split_once("…\n") {
                Some((beginning, _)) => assert!(printed.starts_with(beginning), "{typed}:\n{printed}"),
                None => assert_eq!(printed, shown, "{typed}"),
            }
            seen += 1;
        }
    }
    assert_eq!(seen, 3);
}

#[test]
fn the_main_command_says_denied() {
    let readme = readme();
    let arguments = between(&readme, "$ cargo run --locked -- ", "\n");
    let output = Command::new(env!("CARGO_BIN_EXE_diagnose"))
        .args(arguments.split_whitespace())
        .current_dir(root())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn the_ci_script_runs_the_two_commands_of_the_readme() {
    let (readme, script) = (readme(), std::fs::read_to_string(root().join(".ci/run")).expect(".ci/run"));
    let commands: Vec<&str> = readme.lines().filter_map(|line| line.strip_prefix("$ cargo ")).collect();
    for command in commands.iter().filter(|command| !command.starts_with("install")) {
        let run = script
            .lines()
            .any(|line| line.trim_start().strip_prefix("cargo ").is_some_and(|rest| rest.starts_with(command)));
        assert!(run, "`cargo {command}` is not in .ci/run");
    }
    assert_eq!(commands.len(), 2, "{commands:?}");
}

#[test]
fn the_permissions_are_exactly_the_operations_that_the_program_calls() {
    let readme = readme();
    let block = between(&readme, "```json\n", "```");
    let policy: serde_json::Value = serde_json::from_str(block).expect("the permissions policy");
    let listed: BTreeSet<String> = policy["Statement"][0]["Action"]
        .as_array()
        .unwrap()
        .iter()
        .map(|action| action.as_str().unwrap().to_owned())
        .collect();
    let mut called = BTreeSet::new();
    let mut texts = vec![std::fs::read_to_string(root().join("src/source/aws.rs")).unwrap()];
    for entry in std::fs::read_dir(root().join("src/source/aws")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            texts.push(std::fs::read_to_string(path).unwrap());
        }
    }
    for text in &texts {
        called.extend(text.split('.').filter_map(operation));
    }
    assert_eq!(listed, called);
}

/// The action of an SDK call, `get_role()` → `iam:GetRole`; `None` of other text.
fn operation(call: &str) -> Option<String> {
    let method = call.split_once("()")?.0;
    let is_call = ["get_", "list_", "lookup_", "decode_authorization"].iter().any(|verb| method.starts_with(verb));
    let is_name = method.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    let name: String = method.split('_').map(capital).collect();
    let of_sts = ["GetCallerIdentity", "DecodeAuthorizationMessage"];
    let service = match name.as_str() {
        "LookupEvents" => "cloudtrail",
        name if of_sts.contains(&name) => "sts",
        _ => "iam",
    };
    (is_call && is_name).then(|| format!("{service}:{name}"))
}

#[test]
fn the_exit_codes_are_those_of_the_table() {
    let readme = readme();
    let table = between(&readme, "## Exit codes\n", "\nSeveral");
    let codes: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| ")?.split(' ').next()).collect();
    assert_eq!(codes, ["code", "---", "0", "1", "2", "3", "4"]);
    let snapshot = "fixtures/accounts/landing-zone.json";
    for (code, arguments) in [
        (0, "--role MyRole --action ec2:DescribeVpcs --resource arn:aws:ec2:eu-west-1:123456789012:vpc/v"),
        (1, "--role MyRole --action ec2:TerminateInstances"),
        (2, "--role MyRole --action TerminateInstances"),
        (3, "--role BrokenBoundary --action ec2:TerminateInstances"),
        (4, "--role NoSuchRole --action ec2:TerminateInstances"),
    ] {
        let output = Command::new(env!("CARGO_BIN_EXE_diagnose"))
            .args(arguments.split_whitespace())
            .args(["--snapshot", snapshot])
            .current_dir(root())
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(code), "{arguments}");
        assert_eq!(output.stdout.is_empty(), code == 2 || code == 4, "{arguments}");
    }
}
