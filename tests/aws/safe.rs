//! README, "Is this safe?": what each command asks AWS for, which files it writes, when it opens no connection at all.

use std::collections::BTreeSet;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::CommandFactory as _;

use super::account::{Account, allow};
use super::program::Program;
use super::stand_in::StandIn;

/// How a command is run.
struct Uses {
    /// The name; empty = the main command.
    command: &'static str,
    /// Its arguments where AWS is asked; the endpoint is added. Empty = it never asks AWS.
    live: &'static [&'static str],
    /// Its arguments where no connection may be opened; one entry a way to say so.
    closed: &'static [&'static [&'static str]],
}

/// Every command; a test holds this table against the command line's own.
const COMMANDS: [Uses; 9] = [
    Uses {
        command: "",
        live: &["--role", "SafeRole", "--action", "s3:GetObject", "--action", "iam:PassRole", "-v"],
        closed: &[
            &["--role", "MyRole", "--action", "ec2:TerminateInstances", "--snapshot", ACCOUNT],
            &["--role", "MyRole", "--action", "ec2:TerminateInstances", "--snapshot", ACCOUNT, "--boundary", POLICY],
            &["--action", "s3:GetObject", "--identity-policy", POLICY, "--boundary", POLICY],
            &["--action", "s3:GetObject", "--identity-policy", POLICY],
            &["--role", "R", "--action", "s3:GetObject", "--identity-policy", POLICY, "--no-boundary"],
            &["--role", "R", "--action", "s3:GetObject", "--identity-policy", POLICY, "--offline"],
            &["--role", "R", "--action", "s3:GetObject", "--offline"],
            &["--offline", "--message", DENIAL],
            &["--offline", "--message", ENCODED],
            &["--help"],
            &["--version"],
        ],
    },
    Uses {
        command: "snapshot",
        live: &["--user", "safe.user"],
        closed: &[&["--role", "MyRole", "--snapshot", ACCOUNT], &["--role", "MyRole", "--offline"]],
    },
    Uses {
        command: "run",
        live: &["--", "sh", "-c", DENIED_COMMAND],
        closed: &[
            &["--snapshot", ACCOUNT, "--", "sh", "-c", DENIED_COMMAND],
            &["--offline", "--", "sh", "-c", DENIED_COMMAND],
            &["--", "true"],
            &["--", "false"],
        ],
    },
    Uses {
        command: "gap",
        live: &["--role", "SafeRole"],
        closed: &[
            &["--role", "MyRole", "--snapshot", ACCOUNT],
            &["--identity-policy", POLICY, "--boundary", POLICY],
            &["--role", "R", "--offline"],
        ],
    },
    Uses {
        command: "audit",
        live: &["-o", "json"],
        closed: &[&["--snapshot", ACCOUNT], &["--plan", "none.json"], &["--offline"]],
    },
    Uses {
        command: "trail",
        live: &["--since", "1h"],
        closed: &[&["events.jsonl"], &["events.jsonl", "--snapshot", ACCOUNT], &["--offline"]],
    },
    Uses { command: "test", live: &[], closed: &[&["expected.toml"], &["none.toml"]] },
    Uses { command: "completions", live: &[], closed: &[&["bash"], &["zsh"]] },
    Uses { command: "man", live: &[], closed: &[&[]] },
];

const ACCOUNT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/accounts/landing-zone.json");
const POLICY: &str = "policy.json";
const DENIAL: &str = "User: arn:aws:sts::123456789012:assumed-role/SafeRole/s is not authorized to perform: s3:GetObject \
    on resource: arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action";
const ENCODED: &str = "An error occurred (UnauthorizedOperation) when calling the RunInstances operation: You are not authorized to \
    perform this operation. Encoded authorization failure message: aGVsbG8gd29ybGQgdGhpcyBpcyBlbmNvZGVk";
const DENIED_COMMAND: &str = "echo 'An error occurred (AccessDenied) when calling the GetObject operation: User: \
    arn:aws:sts::123456789012:assumed-role/SafeRole/s is not authorized to perform: s3:GetObject on resource: \
    arn:aws:s3:::b/k because no identity-based policy allows the s3:GetObject action' >&2; exit 1";

/// The files that the table names.
fn files() -> [(&'static str, String); 3] {
    let expected = format!(
        "[[test]]\nname = 'one'\naction = 's3:GetObject'\nidentity-policy = '{POLICY}'\nno-boundary = true\nexpect = 'allowed'\n"
    );
    let event = format!(
        r#"{{"eventVersion":"1.11","eventID":"e-1","eventTime":"2026-11-21T03:10:00Z","eventSource":"s3.amazonaws.com","eventName":"GetObject","awsRegion":"eu-west-1","errorCode":"AccessDenied","errorMessage":"{DENIAL}","userIdentity":{{"type":"AssumedRole","arn":"arn:aws:sts::123456789012:assumed-role/SafeRole/s","accountId":"123456789012"}}}}"#
    );
    [(POLICY, allow(&["s3:*"])), ("expected.toml", expected), ("events.jsonl", event)]
}

impl Uses {
    fn arguments(&self, rest: &[&'static str]) -> Vec<&'static str> {
        Some(self.command).filter(|name| !name.is_empty()).into_iter().chain(rest.iter().copied()).collect()
    }
}

#[test]
fn every_command_is_in_the_table() {
    let line = diagnose::cli::Cli::command();
    let mut known: BTreeSet<&str> = line.get_subcommands().map(clap::Command::get_name).collect();
    known.insert("");
    let table: BTreeSet<&str> = COMMANDS.iter().map(|uses| uses.command).collect();
    assert_eq!(table, known, "say in COMMANDS what a new command does");
}

/// The operations of the README's permissions policy.
fn listed() -> BTreeSet<String> {
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let block = readme.split_once("```json\n").unwrap().1.split_once("```").unwrap().0;
    let policy: serde_json::Value = serde_json::from_str(block).unwrap();
    let actions = policy["Statement"][0]["Action"].as_array().unwrap();
    actions.iter().map(|action| action.as_str().unwrap().to_owned()).collect()
}

#[test]
fn only_the_calls_of_the_readme_are_made_and_no_file_is_written() {
    let account = Account::new();
    account.bounded_role("SafeRole", &allow(&["s3:*"]), &allow(&["ec2:*"]));
    account.user("/", "safe.user");
    account.group("safe-Group", "safe.user");
    let listed = listed();
    let names: BTreeSet<&str> = listed.iter().filter_map(|action| Some(action.split_once(':')?.1)).collect();
    for uses in COMMANDS.iter().filter(|uses| !uses.live.is_empty()) {
        let server = StandIn::new();
        let mut arguments = uses.arguments(uses.live);
        let at = arguments.iter().position(|word| *word == "--").unwrap_or(arguments.len());
        arguments.splice(at..at, ["--endpoint-url", &server.url]);
        let found = Program::offline().keys(&Default::default()).run_at(&arguments);
        let called = server.actions();
        assert!(!called.is_empty(), "{} asked nobody: {found:?}", uses.command);
        let beyond: Vec<_> = called.iter().filter(|action| !names.contains(action.as_str())).collect();
        assert!(beyond.is_empty(), "`{}` calls {beyond:?}", uses.command);
    }
}

/// Something that would be asked, were a connection opened: an endpoint, a proxy, the metadata of EC2 and of containers.
struct Trap {
    url: String,
    connections: Arc<AtomicUsize>,
}

impl Trap {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        std::thread::spawn(move || listener.incoming().for_each(|_| _ = counted.fetch_add(1, Ordering::SeqCst)));
        Self { url, connections }
    }

    fn program(&self) -> Program {
        let names = [
            "AWS_ENDPOINT_URL",
            "HTTP_PROXY",
            "HTTPS_PROXY",
            "ALL_PROXY",
            "http_proxy",
            "https_proxy",
            "AWS_EC2_METADATA_SERVICE_ENDPOINT",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        let program = Program::offline().keys(&Default::default());
        let program = files().iter().fold(program, |program, (name, text)| program.file(name, text));
        let program = program.env("AWS_EC2_METADATA_DISABLED", "false");
        names.iter().fold(program, |program, name| program.env(name, &self.url))
    }
}

#[test]
fn the_trap_sees_a_connection() {
    let trap = Trap::new();
    trap.program().env("AWS_MAX_ATTEMPTS", "1").run(&["--role", "R", "--action", "s3:GetObject"]);
    assert!(trap.connections.load(Ordering::SeqCst) > 0);
}

#[test]
fn no_connection_is_opened_with_files_snapshots_or_offline() {
    for uses in &COMMANDS {
        for closed in uses.closed {
            let trap = Trap::new();
            let arguments = uses.arguments(closed);
            let found = trap.program().run_at(&arguments);
            assert_eq!(trap.connections.load(Ordering::SeqCst), 0, "{arguments:?}: {found:?}");
        }
    }
}

/// Where there is no network at all, not even a loopback, the answers are the same.
#[cfg(target_os = "linux")]
#[test]
fn the_same_answers_without_a_network() {
    let isolated = Command::new("unshare").args(["-rn", "true"]).output();
    if !isolated.is_ok_and(|output| output.status.success()) {
        // Not every machine lets its users make one; the traps above need none.
        return;
    }
    for uses in &COMMANDS {
        for closed in uses.closed {
            let arguments = uses.arguments(closed);
            let folder = tempfile::tempdir().unwrap();
            for (name, text) in files() {
                std::fs::write(folder.path().join(name), text).unwrap();
            }
            let run = |program: &str, before: &[&str]| {
                let mut command = Command::new(program);
                command.args(before).args(&arguments).current_dir(folder.path()).env_clear();
                command.env("PATH", std::env::var_os("PATH").unwrap()).env("HOME", folder.path());
                command.stdin(std::process::Stdio::null());
                let output = command.output().unwrap();
                (output.status.code(), output.stdout, String::from_utf8(output.stderr).unwrap())
            };
            let exe = env!("CARGO_BIN_EXE_diagnose");
            // A snapshot tells when it was taken.
            let plain = |mut found: (Option<i32>, Vec<u8>, String)| {
                let text = String::from_utf8_lossy(&found.1).into_owned();
                found.1 = text.lines().filter(|line| !line.contains("taken_at")).collect::<String>().into();
                found
            };
            assert_eq!(plain(run("unshare", &["-rn", exe])), plain(run(exe, &[])), "{arguments:?}");
        }
    }
}
