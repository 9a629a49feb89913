//! Shells, and an `aws` and a `diagnose` that write down their arguments.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use proptest::prelude::*;

/// Each shell that is here, as a program with its first arguments. `sh` must be.
pub(super) fn shells() -> Vec<Vec<&'static str>> {
    let known = [vec!["sh"], vec!["dash"], vec!["bash"], vec!["zsh"], vec!["mksh"], vec!["busybox", "sh"]];
    let there = |words: &Vec<&str>| {
        Command::new(words[0]).args(&words[1..]).args(["-c", "exit 7"]).status().is_ok_and(|s| s.code() == Some(7))
    };
    let found: Vec<_> = known.into_iter().filter(there).collect();
    assert_eq!(found.first(), Some(&vec!["sh"]), "no POSIX shell on PATH");
    found
}

pub(super) fn run(shell: &[&str], options: &[&str], script: &str, path: Option<&OsStr>) -> Output {
    let mut command = Command::new(shell[0]);
    command.args(&shell[1..]).args(options).args(["-c", script]).env("LC_ALL", "C.UTF-8");
    if let Some(path) = path {
        command.env("PATH", path);
    }
    command.output().unwrap()
}

/// A folder whose `aws` and `diagnose` write down what they are given.
pub(super) struct Stage {
    folder: tempfile::TempDir,
}

/// What a script did.
pub(super) struct Played {
    /// Every call with its arguments, `aws` and `diagnose` themselves first.
    pub(super) calls: Vec<Vec<String>>,
    pub(super) code: Option<i32>,
}

impl Stage {
    /// `answers`: what is printed on standard output by an operation; `fails`: the operation that does not work.
    pub(super) fn new(answers: &[(&str, &str)], fails: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (operation, answer) in answers {
            std::fs::write(folder.path().join(operation), answer).unwrap();
        }
        let program = format!(
            "#!/bin/sh\nhere=${{0%/*}}\nname=${{0##*/}}\nprintf '%s\\0' $(($# + 1)) \"$name\" \"$@\" >> \"$here/calls\"\n\
             [ \"${{2-}}\" != '{fails}' ] || exit 254\n[ ! -f \"$here/${{2-}}\" ] || cat \"$here/${{2-}}\"\n"
        );
        for name in ["aws", "diagnose"] {
            write_program(&folder.path().join(name), &program);
        }
        Self { folder }
    }

    fn path(&self) -> std::ffi::OsString {
        let rest = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(std::iter::once(self.folder.path().to_owned()).chain(std::env::split_paths(&rest)))
            .unwrap()
    }

    /// Runs the lines with `sh -eu`, or with other options.
    pub(super) fn play(&self, shell: &[&str], options: &[&str], lines: &[String]) -> Played {
        let log: PathBuf = self.folder.path().join("calls");
        let _ = std::fs::remove_file(&log);
        let script = lines.join("\n");
        let checked = run(shell, &["-n"], &script, None);
        assert!(checked.status.success(), "{shell:?} -n: {}\n{script}", String::from_utf8_lossy(&checked.stderr));
        let output = run(shell, options, &script, Some(&self.path()));
        let bytes = std::fs::read(&log).unwrap_or_default();
        let text = String::from_utf8(bytes).expect("UTF-8 arguments");
        let mut words = text.split_terminator('\0');
        let mut calls = Vec::new();
        while let Some(count) = words.next() {
            calls.push(words.by_ref().take(count.parse().unwrap()).map(str::to_owned).collect());
        }
        Played { calls, code: output.status.code() }
    }
}

#[cfg(unix)]
fn write_program(path: &Path, text: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn write_program(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}

/// Text with what shells, terminals and JSON trip over; no NUL, which no argument can hold.
pub(super) fn nasty_text() -> impl Strategy<Value = String> {
    let parts = [
        "'",
        "''",
        "\"",
        "\\",
        "\\'",
        "$",
        "${HOME}",
        "$(id)",
        "`id`",
        "!",
        "!!",
        "*",
        "?",
        "[a]",
        "{a,b}",
        "~",
        "#",
        "=",
        "=ls",
        ";",
        "&&",
        "|",
        "<",
        ">",
        "(",
        ")",
        " ",
        "  ",
        "\t",
        "\n",
        "\n\n",
        "\r",
        "\r\n",
        "%s",
        "%",
        "-",
        "--",
        "-n",
        "\u{1}",
        "\u{7}",
        "\u{1b}[31m",
        "\u{7f}",
        "\u{9b}",
        "\u{202e}",
        "\u{2028}",
        "\u{200b}",
        "\u{feff}",
        "é",
        "漢",
        "\u{1f600}",
        "e\u{301}",
        "\\n",
        "\\0",
        "^a",
        "if",
        "done",
    ];
    let part = prop_oneof![
        3 => prop::sample::select(parts.to_vec()).prop_map(str::to_owned),
        2 => "[A-Za-z0-9_@%+=:,./-]{1,6}",
        1 => any::<char>().prop_filter("NUL", |letter| *letter != '\0').prop_map(String::from),
    ];
    prop::collection::vec(part, 0..8).prop_map(|parts| parts.concat())
}

pub(super) fn config(cases: u32) -> ProptestConfig {
    let hunt = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() {
        return hunt;
    }
    ProptestConfig { cases, rng_seed: proptest::test_runner::RngSeed::Fixed(1), ..hunt }
}
