//! Diffs of edits, applied by `patch` and by `git apply` where they are there.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;
use std::process::{Command, Stdio};

use diagnose::fix::edit::edit;
use diagnose::fix::{Change, Edited, NewStatement};

const LISTS: &str = r#"{
    "Version": "2012-10-17",
    "Id": "x",
    "Statement": [
        {
            "Sid": "One",
            "Effect": "Allow",
            "Action": [
                "s3:GetObject",
                "s3:PutObject"
            ],
            "Resource": "*"
        },
        {
            "Sid": "Two",
            "Effect": "Deny",
            "Action": [
                "iam:Create*",
                "iam:Delete*",
                "iam:Put*"
            ],
            "Resource": "*",
            "Condition": {
                "Bool": {
                    "aws:SecureTransport": "false"
                }
            }
        },
        {
            "Effect": "Deny",
            "NotAction": "iam:*",
            "Resource": [
                "*"
            ]
        }
    ]
}
"#;

fn changes() -> Vec<Vec<Change>> {
    let strings = |items: &[&str]| items.iter().map(|item| (*item).to_owned()).collect::<Vec<_>>();
    let statement = NewStatement {
        sid: Some("Diagnose".to_owned()),
        effect: "Allow",
        principal: None,
        actions: strings(&["s3:DeleteObject"]),
        not_actions: None,
        resources: Some(strings(&["arn:aws:s3:::b/k"])),
        not_resources: None,
        condition: None,
    };
    let one = vec![
        Change::AddActions { statement: 0, actions: strings(&["s3:GetBucketAcl", "s3:ZZ"]) },
        Change::AddResources { statement: 0, resources: strings(&["arn:aws:s3:::b"]) },
        Change::RemoveActions { statement: 1, actions: strings(&["iam:Delete*"]) },
        Change::RemoveActions { statement: 1, actions: strings(&["iam:Delete*", "iam:Put*", "iam:Create*"]) },
        Change::ExceptResources { statement: 2, resources: strings(&["arn:aws:s3:::b"]) },
        Change::ExceptActions { statement: 2, actions: strings(&["sts:*"]) },
        Change::AddStatement(statement),
    ];
    let all = one.clone();
    one.into_iter().map(|change| vec![change]).chain([all]).collect()
}

/// What a command makes of a file of that name when it gets the diff; `None` where there is no such command.
fn applied(command: &[&str], name: &str, edited: &Edited) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, &edited.before).unwrap();
    let diff = folder.path().join("the.diff");
    std::fs::write(&diff, &edited.diff).unwrap();
    run(command, folder.path(), &diff)?;
    Some(std::fs::read_to_string(&path).unwrap())
}

fn run(command: &[&str], folder: &Path, diff: &Path) -> Option<()> {
    let (program, options) = command.split_first().unwrap();
    let mut child = Command::new(program);
    child.args(options).current_dir(folder).stdin(std::fs::File::open(diff).unwrap()).env_clear();
    child.env("PATH", std::env::var_os("PATH")?).env("GIT_CEILING_DIRECTORIES", folder);
    let output = child.stdout(Stdio::piped()).stderr(Stdio::piped()).output().ok()?;
    assert!(output.status.success(), "{command:?}: {output:?}\n{}", std::fs::read_to_string(diff).unwrap());
    Some(())
}

#[test]
fn patch_and_git_apply_give_the_text_after() {
    let layouts = [
        LISTS.to_owned(),
        LISTS.trim_end().to_owned(),
        LISTS.replace('\n', "\r\n"),
        LISTS.replace("    ", "\t"),
        LISTS.replace(",\n", ",  \n"),
        LISTS.replace("\n    ", "\n\n    "),
        LISTS.replace("\n            ", " "),
        LISTS.replace('\n', ""),
        LISTS.replace(",\n", ",\r\r\n"),
    ];
    let names = ["policy.json", "a b/My  Policy.json", "-dash", "é+=,.@_-"];
    for (number, text) in layouts.iter().enumerate() {
        for (other, changes) in changes().iter().enumerate() {
            let name = names[(number + other) % names.len()];
            let edited = edit(name, text, changes).unwrap_or_else(|error| panic!("{error}: {changes:?}\n{text}"));
            for command in [["patch", "-p1", "--binary"].as_slice(), &["git", "apply", "-p1", "--whitespace=nowarn"]] {
                if let Some(after) = applied(command, name, &edited) {
                    assert_eq!(after, edited.after, "{command:?}\n{}", edited.diff);
                }
            }
            // Without options, and where the text has no carriage returns.
            if !text.contains('\r')
                && let Some(after) = applied(&["patch", "-p1"], name, &edited)
            {
                assert_eq!(after, edited.after, "{}", edited.diff);
            }
        }
    }
}
