//! Flags: colours, help, and those that exclude each other.

use super::program::{Run, diagnose, on_account};

const DENIED: &str = "--role MyRole --action ec2:TerminateInstances";

#[track_caller]
fn is_colored(run: Run) -> bool {
    run.outcome().stdout.contains('\u{1b}')
}

#[test]
fn colors_are_for_terminals_unless_asked_for() {
    assert!(!is_colored(on_account(DENIED)));
    assert!(!is_colored(on_account(DENIED).arg("--color=auto")));
    assert!(!is_colored(on_account(DENIED).arg("--color=never")));
    assert!(is_colored(on_account(DENIED).arg("--color").arg("always")));
}

#[test]
fn the_environment_decides_only_where_the_flag_does_not() {
    let set = |names: &[(&str, &str)]| names.iter().fold(on_account(DENIED), |run, (name, value)| run.env(name, value));
    assert!(is_colored(set(&[("CLICOLOR_FORCE", "1")])));
    assert!(!is_colored(set(&[("CLICOLOR_FORCE", "0")])));
    assert!(!is_colored(set(&[("CLICOLOR_FORCE", "")])));
    assert!(!is_colored(set(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "1")])));
    assert!(is_colored(set(&[("CLICOLOR_FORCE", "1"), ("NO_COLOR", "")])));
    assert!(!is_colored(set(&[("CLICOLOR_FORCE", "1")]).arg("--color").arg("never")));
    assert!(is_colored(set(&[("NO_COLOR", "1")]).arg("--color").arg("always")));
}

/// "when present and not an empty string (regardless of its value)". Source: no-color.org.
#[test]
fn no_color_counts_whatever_its_value() {
    assert!(!is_colored(on_account(DENIED).env("CLICOLOR_FORCE", "1").env("NO_COLOR", "0")));
}

#[test]
fn colors_change_nothing_but_colors() {
    let plain = on_account(DENIED).outcome().stdout;
    let colored = on_account(DENIED).arg("--color").arg("always").outcome().stdout;
    let mut stripped = String::new();
    for (number, part) in colored.split("\u{1b}[").enumerate() {
        stripped.push_str(if number == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert_eq!(stripped, plain);
}

#[test]
fn json_is_never_colored() {
    for format in ["json", "jsonl"] {
        assert!(!is_colored(on_account(DENIED).arg("-o").arg(format).arg("--color").arg("always")));
    }
}

#[test]
fn help_and_version() {
    for arguments in ["--help", "-h", "help", "snapshot --help", "help snapshot"] {
        let found = diagnose(arguments).outcome();
        assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{arguments}");
        assert!(found.stdout.contains("Usage: diagnose"), "{arguments}");
        assert!(found.stdout.lines().all(|line| line.chars().count() <= 120), "{arguments}");
    }
    for arguments in ["--version", "-V"] {
        let (version, date) = (env!("CARGO_PKG_VERSION"), diagnose::catalogue::date());
        let line = format!("diagnose {version} (action catalogue of {date})\n");
        diagnose(arguments).stdout(&line).check();
    }
}

#[test]
fn every_flag_stands_in_the_help() {
    let help = diagnose("--help").outcome().stdout;
    for flag in [
        "--role",
        "--user",
        "--principal",
        "--action",
        "--resource",
        "--exact-resource",
        "--resource-account",
        "--context",
        "--complete-context",
        "--snapshot",
        "--identity-policy",
        "--boundary",
        "--no-boundary",
        "--offline",
        "--profile",
        "--region",
        "--endpoint-url",
        "--output",
        "--verbose",
        "--quiet",
        "--color",
        "--exit-zero",
    ] {
        assert!(help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")), "{flag}");
    }
}

#[test]
fn a_bare_call_prints_short_help_and_exits_2() {
    let found = diagnose("").outcome();
    assert_eq!(found.code, 2);
    for command in ["gap", "snapshot", "trail", "test", "run", "audit", "completions", "man"] {
        assert!(found.stderr.contains(&format!("\n  {command} ")), "{command}: {found}");
    }
    assert!(
        found.stderr.contains("Examples:\n  aws s3 cp ") && found.stderr.ends_with(" diagnose --help\n"),
        "{found}"
    );
    assert!(found.stderr.lines().count() < 40, "more than a screen: {found}");
}

#[test]
fn flags_that_exclude_each_other() {
    for (arguments, first, second) in [
        ("--role A --user B --action s3:GetObject", "--role", "--user"),
        ("--role A --principal arn:aws:iam::123456789012:root --action s3:GetObject", "--role", "--principal"),
        ("--user A --principal arn:aws:iam::123456789012:root --action s3:GetObject", "--user", "--principal"),
        ("--identity-policy a --boundary b --no-boundary --action s3:GetObject", "--boundary", "--no-boundary"),
        ("--action s3:GetObject snapshot --role A", "snapshot", "--action"),
    ] {
        let found = diagnose(arguments).outcome();
        assert_eq!(found.code, 2, "{arguments}");
        let line = found.stderr.lines().next().unwrap();
        assert!(line.starts_with("error: ") && line.contains(first) && line.contains(second), "{line}");
    }
}

#[test]
fn flags_that_say_nothing_without_another() {
    let found = diagnose("--role A --action s3:GetObject --exact-resource").outcome();
    assert_eq!(found.code, 2);
    assert!(found.stderr.contains("--resource <ARN>"), "{found}");
}

#[test]
fn unknown_flags_and_values() {
    for arguments in ["--rol A", "-x", "--output yaml", "--color sometimes", "whatever", "--role", "-o"] {
        assert_eq!(diagnose(arguments).outcome().code, 2, "{arguments}");
    }
    let found = diagnose("--role A --actoin s3:GetObject").outcome();
    assert!(found.stderr.contains("--action"), "{found}");
}

#[test]
fn what_a_source_needs() {
    diagnose("--role A").refused(2, "no action: give --action SERVICE:NAME, such as --action ec2:TerminateInstances");
    diagnose("--action s3:GetObject").refused(
        2,
        "name the principal: --role, --user or --principal; or give policy files with --identity-policy and --boundary",
    );
    let alone = diagnose("--action s3:GetObject --snapshot account.json");
    alone.refused(2, "name the principal in the snapshot: --role, --user or --principal");
    let offline = "--offline needs policies from files: --snapshot FILE, or --identity-policy FILE and --boundary FILE";
    diagnose("--role A --action s3:GetObject --offline").refused(2, offline);
    diagnose("--role A --action s3:GetObject --offline --no-boundary").refused(2, offline);
    diagnose("snapshot --snapshot a.json").refused(2, "name the principal to save: --role, --user or --principal");
}

#[test]
fn offline_changes_nothing_where_a_file_is_the_source() {
    assert_eq!(on_account(DENIED).arg("--offline").outcome(), on_account(DENIED).outcome());
}

#[test]
fn a_repeated_key_is_a_list_and_an_empty_one_is_told_from_an_absent_one() {
    let policy = |condition: &str| {
        format!(
            r#"{{"Version": "2012-10-17", "Statement": {{"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {condition}}}}}"#
        )
    };
    let run = |condition: &str, context: &[&str]| {
        let run = diagnose("--action s3:GetObject --no-boundary --identity-policy p.json");
        context
            .iter()
            .fold(run, |run, key| run.arg("--context").arg(*key))
            .file("p.json", policy(condition))
            .outcome()
            .code
    };
    let all = r#"{"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}, "Null": {"aws:TagKeys": "false"}}"#;
    assert_eq!(run(all, &["aws:TagKeys=a"]), 0);
    assert_eq!(run(all, &["aws:TagKeys=a", "AWS:tagkeys=b"]), 0);
    assert_eq!(run(all, &["aws:TagKeys=a", "aws:TagKeys=c"]), 1);
    assert_eq!(run(all, &[]), 3);
    assert_eq!(run(all, &["--complete-context"]), 2);
    let empty = r#"{"StringEquals": {"aws:RequestTag/a": ""}}"#;
    assert_eq!(run(empty, &["aws:RequestTag/a="]), 0);
    assert_eq!(run(empty, &["aws:RequestTag/a=x=y"]), 1);
    let any = r#"{"ForAnyValue:StringLike": {"aws:TagKeys": "*"}}"#;
    assert_eq!(run(any, &["aws:TagKeys[]"]), 1);
    assert_eq!(run(any, &["aws:TagKeys=x"]), 0);
}
