//! The exit code is always the command's.

use std::os::unix::process::ExitStatusExt as _;

use super::{run, says, text, with};

#[test]
fn codes_pass_through() {
    for code in [0, 1, 3, 7, 126, 127, 128, 254, 255] {
        let output = run(&["sh", "-c", &format!("exit {code}")]).output().unwrap();
        assert_eq!(output.status.code(), Some(code));
        assert_eq!((text(&output.stdout), text(&output.stderr)), (String::new(), String::new()));
    }
}

#[test]
fn also_where_a_denial_is_answered_or_the_answer_fails() {
    let command = says(254);
    let command: Vec<&str> = command.iter().map(String::as_str).collect();
    for flags in
        [&["--snapshot", &super::account()][..], &["--offline"], &["--snapshot", "/no/such"], &["-q", "--offline"]]
    {
        assert_eq!(with(flags, &command).output().unwrap().status.code(), Some(254), "{flags:?}");
    }
}

#[test]
fn whoever_ends_the_command_ends_diagnose_in_the_same_way() {
    for (name, number) in [("TERM", 15), ("INT", 2), ("KILL", 9), ("HUP", 1), ("PIPE", 13), ("USR1", 10)] {
        let status = run(&["sh", "-c", &format!("kill -{name} $$")]).status().unwrap();
        if cfg!(target_os = "linux") {
            assert_eq!(status.signal(), Some(number), "{name}");
        }
        // What a shell makes of it.
        let exe = env!("CARGO_BIN_EXE_diagnose");
        let script = format!("\"{exe}\" run --offline -- sh -c 'kill -{name} $$'; echo $?");
        let output = std::process::Command::new("sh").arg("-c").arg(script).output().unwrap();
        assert_eq!(text(&output.stdout).trim(), status.signal().map(|n| (128 + n).to_string()).unwrap());
    }
}

#[test]
fn what_cannot_be_run() {
    let folder = tempfile::tempdir().unwrap();
    let plain = folder.path().join("plain");
    std::fs::write(&plain, "text").unwrap();
    let missing = folder.path().join("missing");
    for (command, code, line) in [
        (
            "no-such-command-here",
            127,
            "error: command not found: `no-such-command-here`; see that it is on PATH\n".to_owned(),
        ),
        (
            missing.to_str().unwrap(),
            127,
            format!(
                "error: `{}` cannot be run: there is no such file, or not the interpreter it names\n",
                missing.display()
            ),
        ),
        (plain.to_str().unwrap(), 126, format!("error: `{}` cannot be run: it is not executable\n", plain.display())),
        ("/", 126, "error: `/` cannot be run: it is not executable\n".to_owned()),
    ] {
        let output = run(&[command]).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(code), line));
    }
}

/// Nothing has run where the command line is wrong.
#[test]
fn bad_usage_comes_before_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let marker = folder.path().join("ran");
    for flags in [&["--exit-zero"][..], &["--snapshot", "-"], &["--boundary", "-"], &["--bogus"], &["-o", "xml"]] {
        let output = with(flags, &["touch", marker.to_str().unwrap()]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{flags:?}");
        assert!(!output.stderr.is_empty() && !marker.exists(), "{flags:?}");
    }
    let nothing = with(&[], &[]).output().unwrap();
    assert_eq!(nothing.status.code(), Some(2));
}

/// Flags behind the command are the command's, also without `--`.
#[test]
fn the_commands_flags_are_its_own() {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_diagnose"));
    let output = command.args(["run", "echo", "--output", "xml", "-v", "--", "--help"]).output().unwrap();
    assert_eq!(text(&output.stdout), "--output xml -v -- --help\n");
}
