//! Completions and the manual page.

use std::io::Write as _;
use std::process::{Command, Stdio};

use super::program::{diagnose, on_account};

/// The flags and commands of the contract.
const FLAGS: [&str; 33] = [
    "--role",
    "--user",
    "--principal",
    "--action",
    "--resource",
    "--exact-resource",
    "--resource-account",
    "--context",
    "--complete-context",
    "--message",
    "--decoded",
    "--snapshot",
    "--profile",
    "--region",
    "--endpoint-url",
    "--identity-policy",
    "--boundary",
    "--session-policy",
    "--resource-policy",
    "--vpc-endpoint-policy",
    "--scp",
    "--rcp",
    "--no-boundary",
    "--offline",
    "--output",
    "--fix",
    "--verbose",
    "--quiet",
    "--color",
    "--exit-zero",
    "--expect",
    "--version",
    "--help",
];

#[test]
fn every_shell_has_completions_with_every_flag() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let found = diagnose("completions").arg(shell).outcome_of_a_script();
        for flag in FLAGS {
            // Fish and PowerShell write the name without its hyphens.
            assert!(found.contains(flag.trim_start_matches('-')), "{shell}: no {flag}");
        }
        let checker: &[&str] = match shell {
            "bash" => &["bash", "-n"],
            "zsh" => &["zsh", "-n"],
            "fish" => &["fish", "--no-execute"],
            _ => continue,
        };
        if let Some(said) = fed(checker, &found) {
            assert_eq!(said, "", "{shell}");
        }
    }
    assert!(fed(&["bash", "-n"], "if").is_some_and(|said| !said.is_empty()), "bash checks nothing");
}

#[test]
fn bash_completes_a_flag() {
    let script = diagnose("completions bash").outcome_of_a_script();
    let ask = "\nCOMP_WORDS=(diagnose --bound) COMP_CWORD=1\n_diagnose diagnose --bound diagnose\necho \"${COMPREPLY[@]}\" >&2\n";
    assert_eq!(fed(&["bash"], &(script + ask)).unwrap().trim(), "--boundary");
}

/// Whoever has fish sees that it completes what the library leaves out; nobody needs it.
#[test]
fn fish_completes_values() {
    let script = diagnose("completions fish").outcome_of_a_script();
    for (line, wanted) in [
        ("diagnose --output ", "markdown"),
        ("diagnose gap --fix ", "terraform"),
        ("diagnose audit --check ", "boundary-missing"),
        ("diagnose trail --layer ", "vpc-endpoint"),
        ("diagnose completions ", "zsh"),
        ("diagnose sna", "snapshot"),
    ] {
        let ask = format!("\nfor one in (complete -C '{line}'); echo $one | cut -f 1 >&2; end\n");
        let Some(said) = fed(&["fish", "--no-config"], &(script.clone() + &ask)) else { return };
        assert!(said.lines().any(|one| one == wanted), "{line}: {said}");
        assert!(!said.contains("Cargo.toml"), "{line}: files are offered: {said}");
    }
}

#[test]
fn an_unknown_shell_is_refused() {
    let found = diagnose("completions tcsh").outcome();
    assert_eq!(found.code, 2);
    assert!(found.stderr.contains("[possible values: bash, elvish, fish, powershell, zsh]"), "{found}");
}

#[test]
fn the_manual_has_every_section_and_flag() {
    let page = diagnose("man").outcome_of_a_script();
    let plain = page.replace("\\-", "-");
    for flag in FLAGS {
        assert!(plain.contains(flag), "no {flag}");
    }
    for section in ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "FILES", "ENVIRONMENT", "EXAMPLES"] {
        let heads = [format!(".SH {section}\n"), format!(".SH \"{section}\"\n")];
        assert!(heads.iter().any(|head| page.contains(head)), "no {section}");
    }
    for command in ["SNAPSHOT", "COMPLETIONS", "MAN"] {
        assert!(page.contains(&format!(".SH \"DIAGNOSE {command}\"")), "no {command}");
    }
    let said = ["groff", "mandoc"].iter().find_map(|tool| {
        let arguments: &[&str] = if *tool == "groff" { &[tool, "-man", "-Tutf8", "-ww"] } else { &[tool, "-Tlint"] };
        fed(arguments, &page)
    });
    assert_eq!(said.unwrap_or_default(), "");
}

/// What a program says on standard error to a text on its standard input; `None` where there is no such program.
fn fed(command: &[&str], text: &str) -> Option<String> {
    let mut child = Command::new(command[0])
        .args(&command[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    Some(String::from_utf8(child.wait_with_output().unwrap().stderr).unwrap())
}

const DENIED: &str = "--role MyRole --action ec2:TerminateInstances --output jsonl --expect";

#[test]
fn what_is_expected_decides_the_exit_code() {
    for (expected, code, said) in [
        ("denied", 0, "as expected: denied"),
        ("denied:boundary", 0, "as expected: denied by the permissions boundary"),
        (
            "denied:identity",
            1,
            "not as expected: denied by the identity policies was expected, but ec2:TerminateInstances is denied by the \
             permissions boundary",
        ),
        (
            "allowed",
            1,
            "not as expected: allowed was expected, but ec2:TerminateInstances is denied by the permissions boundary",
        ),
    ] {
        let found = on_account(DENIED).arg(expected).outcome();
        assert_eq!((found.code, found.stderr.trim_end()), (code, said));
        assert!(!found.stdout.is_empty());
        on_account(DENIED).arg(expected).arg("-q").code(code).check();
    }
    let found = on_account("--role Deployer --action cloudformation:CreateStack --expect undetermined").outcome();
    assert_eq!((found.code, found.stderr.as_str()), (0, "as expected: undetermined\n"));
}

#[test]
fn a_slip_of_the_hand_is_never_as_expected() {
    let found = on_account("--role MyRole --action s3:DeleteObjct --expect denied").outcome();
    let said = "warning: not as expected: s3:DeleteObjct is not in the catalogue; did you mean s3:DeleteObject";
    assert_eq!(found.code, 1);
    assert!(found.stderr.starts_with(said), "{found}");
}

#[test]
fn all_of_several_must_be_as_expected() {
    let run = on_account("--role ReportReader --action s3:GetObject --resource arn:aws:s3:::reports/a");
    let found = run.args("--action s3:PutObject --action s3:DeleteObject --expect allowed").outcome();
    assert_eq!(found.code, 1);
    let said = "not as expected: allowed was expected, but s3:PutObject on arn:aws:s3:::reports/a is denied by the identity \
                policies (and 1 more of 3 are not as expected)\n";
    assert_eq!(found.stderr, said);
}

#[test]
fn errors_keep_their_codes_whatever_is_expected() {
    assert_eq!(on_account("--role NoSuchRole --action s3:GetObject --expect denied").outcome().code, 4);
    assert_eq!(on_account("--role MyRole --action GetObject --expect denied").outcome().code, 2);
    assert_eq!(on_account("--role MyRole --action s3:GetObject --expect denied:law").outcome().code, 2);
    assert_eq!(on_account("--role MyRole --action s3:GetObject --expect denied --exit-zero").outcome().code, 2);
}
