//! What people read fits their terminal: every command, at five widths, with names as long as AWS takes them.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};

use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr as _;

use super::program::account;

/// The longest name of a role is 64 characters, and 512 with its path; policies have 128.
const ROLE: &str = "A-role-whose-name-is-as-long-as-AWS-allows-names-of-roles-to-be1";
const PATH: &str = "/the-department-of-platform-engineering/the-team-of-identity/the-people-on-call/";
const POLICY: &str = "The-policy-of-the-department-of-platform-engineering-which-is-as-long-as-the-names-of-policies-may-be-in-AWS-so-that-it-has-128-";

/// An account of long names, of wide characters where AWS takes them, and of a boundary that stands in one line.
fn long_names() -> String {
    let arn = |kind: &str, name: &str| format!("arn:aws:iam::123456789012:{kind}{PATH}{name}");
    let sid = "ASidThatTellsTheWholeStoryOfWhatItIsForAndOfWhoAskedForItAndWhenThatWas";
    let identity = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Action": ["ec2:*", "s3:*", "iam:PassRole", "cloudformation:*"], "Resource": "*"},
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalTag/team": ["\u{90e8}\u{7f72}\u{1f680}", "b"]}}},
    ]});
    let boundary = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": sid, "Effect": "Allow", "Action": ["ec2:Describe*", "sqs:*", "s3:GetObjectVersionTagging*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": key(), "Condition": {"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24", "198.51.100.0/24"]}}},
    ]});
    let version = |document: &Value| json!([{"VersionId": "v12", "IsDefaultVersion": true, "Document": document}]);
    let role = |name: &str| {
        json!({
            "RoleName": name, "Path": PATH, "Arn": arn("role", name), "AssumeRolePolicyDocument": {"Statement": []},
            "RolePolicyList": [{"PolicyName": POLICY, "PolicyDocument": identity}],
            "AttachedManagedPolicies": [], "Tags": [{"Key": "team", "Value": "\u{90e8}\u{7f72}"}],
            "PermissionsBoundary": {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy", POLICY)},
        })
    };
    json!({
        "RoleDetailList": [role(ROLE), role("Another")], "UserDetailList": [], "GroupDetailList": [],
        "Policies": [{"PolicyName": POLICY, "Arn": arn("policy", POLICY), "DefaultVersionId": "v12", "PolicyVersionList": version(&boundary)}],
    })
    .to_string()
}

/// An object's ARN of 2,048 characters.
fn key() -> String {
    format!("arn:aws:s3:::bucket/{}", "k/".repeat(1_014))
}

fn message() -> String {
    format!(
        "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::123456789012:assumed-role/{ROLE}/session is not authorized to perform: s3:PutObject on resource: \"{}\" with an explicit deny in a permissions boundary",
        key()
    )
}

fn event(name: &str, service: &str, role: &str) -> Value {
    let arn = format!("arn:aws:sts::123456789012:assumed-role/{role}/\u{540d}\u{524d}");
    json!({
        "eventVersion": "1.11", "eventTime": "2026-11-22T01:00:00Z", "eventSource": format!("{service}.amazonaws.com"),
        "eventName": name, "awsRegion": "eu-west-1", "errorCode": "AccessDenied", "requestID": "R", "eventID": name,
        "errorMessage": format!("User: {arn} is not authorized to perform: {service}:{name} on resource: {} because no permissions boundary allows the {service}:{name} action", key()),
        "userIdentity": {"type": "AssumedRole", "arn": arn, "accountId": "123456789012", "sessionContext": {
            "sessionIssuer": {"type": "Role", "userName": role, "arn": format!("arn:aws:iam::123456789012:role{PATH}{role}")}}},
    })
}

/// The files of the runs.
fn prepare(folder: &Path) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    write("account.json", account());
    write("long.json", long_names());
    let of_account: Value = serde_json::from_str(&long_names()).unwrap();
    write("role.json", of_account["RoleDetailList"][0]["RolePolicyList"][0]["PolicyDocument"].to_string());
    write("boundary.json", of_account["Policies"][0]["PolicyVersionList"][0]["Document"].to_string());
    write("message.txt", message());
    let events = [("CreateStack", "cloudformation"), ("TerminateInstances", "ec2"), ("PutObject", "s3")];
    let events = events.map(|(name, service)| event(name, service, ROLE));
    write("events.json", json!({"Records": events}).to_string());
    let tests = format!(
        "[defaults]\nsnapshot = \"long.json\"\nrole = \"{ROLE}\"\naction = \"s3:PutObject\"\n[[test]]\nname = \"{}\"\nexpect = \"allowed\"\n[[test]]\nname = \"{}\"\nresource = \"{}\"\nexpect = \"denied\"\n[[test]]\nrole = \"Nobody\"\nexpect = \"denied\"\n",
        "a name that tells everything there is to tell ".repeat(4),
        "\u{540d}\u{524d}\u{306f} ".repeat(30),
        key(),
    );
    write("tests.toml", tests);
}

/// Every command that writes for people; `ROLE` and `KEY` stand for the long ones.
const COMMANDS: [&str; 36] = [
    "--role MyRole --action ec2:TerminateInstances --snapshot account.json",
    "--role MyRole --action ec2:*Instances --action s3:Get*Acl --snapshot account.json",
    "--role Deployer --action cloudformation:CreateStack --snapshot account.json -v",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json --color always",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json -v",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json --fix terraform",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json --fix json",
    "--role ROLE --action ec2:TerminateInstances --snapshot long.json --redact",
    "--role ROLE --action ec2:DescribeVpcs --snapshot long.json",
    "--role ROLE --action sqs:SendMessage --snapshot long.json -v",
    "--role ROLE --action s3:PutObject --resource KEY --snapshot long.json",
    "--role ROLE --action s3:PutObject --resource KEY --context aws:SourceIp=192.0.2.7 --snapshot long.json -v",
    "--role ROLE --action ec2:*Instances --action s3:PutObject --resource KEY --snapshot long.json",
    "--identity-policy role.json --boundary boundary.json --action ec2:TerminateInstances",
    "-m MESSAGE --snapshot long.json",
    "-m MESSAGE --offline",
    "gap --role ROLE --snapshot long.json",
    "gap --role ROLE --snapshot long.json -v",
    "gap --identity-policy role.json --boundary boundary.json",
    "audit --snapshot account.json",
    "audit --snapshot long.json",
    "audit --snapshot long.json -v --color always",
    "trail events.json",
    "trail events.json --snapshot long.json",
    "trail events.json --snapshot account.json -v",
    "test tests.toml",
    "run --snapshot long.json -- sh -c ECHO",
    "--help",
    "-h",
    "gap --help",
    "audit --help",
    "trail --help",
    "test --help",
    "run --help",
    "snapshot --help",
];

/// Asks so many questions that the answer is a list, whose actions stay whole: it needs 70 columns.
const MANY: &str = "ec2:*Instances";

#[test]
fn nothing_is_wider_than_the_terminal_that_could_be_narrower() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let mut bad = String::new();
    for columns in [60, 80, 100, 120, 200] {
        for command in COMMANDS.into_iter().filter(|command| columns > 60 || !command.contains(MANY)) {
            let text = shown(folder.path(), command, columns);
            assert!(text.lines().count() > 2, "{command}: {text}");
            for line in text.lines().filter(|line| !fits(line, usize::from(columns))) {
                bad.push_str(&format!("{columns} columns, {command}:\n{line}\n"));
            }
        }
    }
    assert!(bad.is_empty(), "{bad}");
}

/// A role and a boundary of 40 letters, and an action of 46.
const TEAM: &str = "platform-deployment-pipeline-executor-01";
const CEILING: &str = "organization-wide-developers-boundary-01";
const ACTION: &str = "cloudformation:BatchDescribeTypeConfigurations";

#[test]
fn names_actions_and_dates_stay_whole() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let names = long_names().replace(ROLE, TEAM).replace(POLICY, CEILING).replace(PATH, "/");
    std::fs::write(folder.path().join("team.json"), names).unwrap();
    let events = [event("BatchDescribeTypeConfigurations", "cloudformation", TEAM), event("GetObject", "s3", TEAM)];
    let events = json!({"Records": events}).to_string().replace(PATH, "/").replace(&key(), "arn:aws:s3:::bucket/key");
    std::fs::write(folder.path().join("team-events.json"), events).unwrap();
    let words = [
        ("trail team-events.json", vec![ACTION, TEAM, "2026-11-22 01:00", "permissions boundary"]),
        ("trail team-events.json --snapshot team.json", vec![ACTION, TEAM, "2026-11-22 01:00", "still denied"]),
        ("audit --snapshot team.json", vec![TEAM, CEILING, "cloudformation:*"]),
        ("--role TEAM --action ACTION --action s3:Get*Acl --snapshot team.json", vec![ACTION, "permissions boundary"]),
        ("--role TEAM --action ACTION --snapshot team.json", vec![ACTION, TEAM, CEILING]),
        ("gap --role TEAM --snapshot team.json", vec![TEAM, CEILING, "cloudformation:*"]),
    ];
    let bad: Vec<String> = [80, 100, 120]
        .into_iter()
        .flat_map(|columns| words.iter().map(move |(command, words)| (columns, command, words)))
        .filter_map(|(columns, command, words)| {
            let command = command.replace("TEAM", TEAM).replace("ACTION", ACTION);
            let text = shown(folder.path(), &command, columns);
            // The table, up to what is told of each row.
            let table = text.split("\n1. ").next().unwrap();
            let cut: Vec<&&str> = words.iter().filter(|word| !table.contains(**word)).collect();
            (!cut.is_empty()).then(|| format!("{columns} columns, {command}: {cut:?}\n{table}"))
        })
        .collect();
    assert!(bad.is_empty(), "{}", bad.join("\n"));
}

#[test]
fn the_short_help_is_short() {
    let folder = tempfile::tempdir().unwrap();
    for command in ["", "gap ", "snapshot ", "trail ", "test ", "run ", "audit "] {
        let [short, long] = ["-h", "--help"].map(|flag| shown(folder.path(), &format!("{command}{flag}"), 80));
        assert!(short.lines().count() <= 62, "{short}");
        let flags = |text: &str| text.lines().filter(|line| line.trim_start().starts_with('-')).count();
        assert!(flags(&short) <= flags(&long), "{command}");
    }
}

#[test]
fn a_terminal_without_escape_sequences_gets_none() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let command = "--role MyRole --action ec2:TerminateInstances --snapshot account.json";
    assert!(shown(folder.path(), command, 80).contains('\u{1b}'));
    assert!(!shown_on("dumb", folder.path(), command, 80).contains('\u{1b}'));
    assert!(shown_on("dumb", folder.path(), &format!("{command} --color always"), 80).contains('\u{1b}'));
}

/// What the command writes on a terminal of so many columns: without progress, of which nothing stays.
fn shown(folder: &Path, command: &str, columns: u16) -> String {
    shown_on("xterm-256color", folder, command, columns)
}

/// The same on a terminal of that kind (`TERM`).
fn shown_on(kind: &str, folder: &Path, command: &str, columns: u16) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let theirs = open(ptsname(&terminal, Vec::new()).unwrap(), OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).unwrap();
    tcsetwinsize(&theirs, Winsize { ws_row: 50, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
    let words = command.split(' ').map(|word| match word {
        "ROLE" => ROLE.to_owned(),
        "KEY" => key(),
        "MESSAGE" => message(),
        "ECHO" => "cat message.txt >&2; echo >&2; exit 1".to_owned(),
        word => word.to_owned(),
    });
    let is_run = command.starts_with("run --snapshot");
    let (out, err): (Stdio, Stdio) =
        if is_run { (Stdio::null(), theirs.into()) } else { (theirs.into(), Stdio::null()) };
    let mut started = Command::new(env!("CARGO_BIN_EXE_diagnose"))
        .args(words)
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("TERM", kind)
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .unwrap();
    let (mut terminal, mut bytes) = (File::from(terminal), Vec::new());
    // Linux says EIO, not the end, when nobody holds the other side any more.
    let _ = terminal.read_to_end(&mut bytes);
    started.wait().unwrap();
    let text = String::from_utf8(bytes).unwrap().replace("\r\n", "\n");
    // The denial itself is not ours.
    if is_run { text.split_once('\n').unwrap().1.to_owned() } else { text }
}

/// Whether a line is not too wide, or should not be narrower: a name or an ARN at its end that stays whole, lines of a
/// document, an arrow with what it says, a command to copy, and warnings, which are one line each.
fn fits(line: &str, columns: usize) -> bool {
    let line = &without_colors(line);
    let indent = line.len() - line.trim_start().len();
    let (before, last) = line.trim_end().rsplit_once(' ').unwrap_or(("", line));
    let is_whole =
        before.trim_end().width() <= columns && (last.contains("arn:aws:") || indent + last.width() > columns);
    let is_quoted =
        line.contains('"') || line.trim_start().trim_start_matches(char::is_numeric).trim_start().starts_with('|');
    let is_one = ["warning: ", "Next: diagnose ", "# aws_iam_"].iter().any(|start| line.starts_with(start));
    line.width() <= columns || is_whole || is_quoted || is_one
}

fn without_colors(line: &str) -> String {
    let mut parts = line.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + part.split_once('m').map_or(part, |(_, rest)| rest))
}
