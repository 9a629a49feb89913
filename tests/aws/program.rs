//! Runs the program and holds every run against what is promised for all: no secrets, no file that nobody named, nothing on
//! standard output with exit code 4, one line of error.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

use super::account::Keys;

/// A run to be.
#[derive(Debug)]
pub(crate) struct Program {
    command: Command,
    secrets: Vec<String>,
    endpoint: Option<String>,
    home: tempfile::TempDir,
}

/// Every file below a folder, with its content.
fn tree(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.append(&mut tree(&path));
        } else {
            let content = std::fs::read(&path).unwrap();
            files.insert(path, content);
        }
    }
    files
}

/// How a run ended.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Program {
    /// With nothing in the environment but the keys of moto's account.
    pub(crate) fn new(endpoint: &str) -> Self {
        Self::bare(endpoint).keys(&Keys::default())
    }

    /// With nothing in the environment, not even keys.
    pub(crate) fn bare(endpoint: &str) -> Self {
        Self { endpoint: Some(endpoint.to_owned()), ..Self::offline() }
    }

    /// With nothing at all: no keys, no endpoint.
    pub(crate) fn offline() -> Self {
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_diagnose"));
        command.env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true").current_dir(home.path());
        command.timeout(Duration::from_secs(100));
        Self { command, secrets: Vec::new(), endpoint: None, home }
    }

    #[must_use]
    pub(crate) fn keys(mut self, keys: &Keys) -> Self {
        self.command.env("AWS_ACCESS_KEY_ID", &keys.id).env("AWS_SECRET_ACCESS_KEY", &keys.secret);
        self.secrets.push(keys.secret.clone());
        if let Some(token) = &keys.token {
            self.command.env("AWS_SESSION_TOKEN", token);
            self.secrets.push(token.clone());
        }
        self
    }

    /// Something that may never be printed.
    #[must_use]
    pub(crate) fn secret(mut self, text: &str) -> Self {
        self.secrets.push(text.to_owned());
        self
    }

    #[must_use]
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Writes a file below the run's home folder.
    #[must_use]
    pub(crate) fn file(self, name: &str, text: &str) -> Self {
        let path = self.home.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
        self
    }

    /// Runs it with `--endpoint-url` behind the arguments.
    #[track_caller]
    pub(crate) fn run(self, args: &[&str]) -> Outcome {
        let endpoint = self.endpoint.clone();
        let arguments: Vec<&str> =
            args.iter().copied().chain(endpoint.iter().flat_map(|url| ["--endpoint-url", url])).collect();
        let outcome = self.run_at(&arguments);
        if matches!(outcome.code, 2 | 4) {
            assert_eq!(outcome.stdout, "", "{outcome:?}");
            assert_eq!(outcome.stderr.lines().count(), 1, "{outcome:?}");
        }
        outcome
    }

    /// Runs it with these arguments alone.
    #[track_caller]
    pub(crate) fn run_at(mut self, args: &[&str]) -> Outcome {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let before = tree(self.home.path());
        let output = self.command.env("PATH", path).args(args).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let outcome = Outcome {
            code: output.status.code().expect("the program was ended by a signal or took longer than 100 seconds"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        for secret in &self.secrets {
            assert!(
                !outcome.stdout.contains(secret) && !outcome.stderr.contains(secret),
                "a secret is printed: {outcome:?}"
            );
        }
        assert!(!outcome.stderr.contains("panicked"), "{outcome:?}");
        assert_eq!(tree(self.home.path()), before, "{args:?} writes where nobody named a file");
        outcome
    }

    /// Asks whether `principal` (a flag and its value) may do `action`, in JSON.
    #[track_caller]
    pub(crate) fn ask(self, principal: [&str; 2], action: &str) -> Outcome {
        self.run(&[principal[0], principal[1], "--action", action, "-o", "json"])
    }
}

impl Outcome {
    /// The first result, after a run that ended with `code`.
    #[track_caller]
    pub(crate) fn result(&self, code: i32) -> Answer {
        assert_eq!(self.code, code, "{self:#?}");
        let whole: Value = serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"));
        assert_eq!(whole["schema"], 1);
        assert_eq!(whole["source"], "aws");
        assert_eq!(whole["results"].as_array().map(Vec::len), Some(1), "{whole:#}");
        Answer { result: whole["results"][0].clone(), unread: whole["unread"].clone() }
    }

    /// The one line of error, after a run that ended with 4.
    #[track_caller]
    pub(crate) fn not_asked(&self) -> &str {
        assert_eq!(self.code, 4, "{self:#?}");
        self.stderr.trim_end()
    }
}

/// One result of the JSON, with the list of failed reads.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) result: Value,
    pub(crate) unread: Value,
}

impl Answer {
    #[track_caller]
    pub(crate) fn verdict(&self, expected: &str) -> &Self {
        assert_eq!(self.result["verdict"], expected, "{self:#?}");
        self
    }

    /// The layers that block, in order.
    #[track_caller]
    pub(crate) fn blocked_by(&self, expected: &[&str]) -> &Self {
        let layers: Vec<_> =
            self.result["blocked_by"].as_array().unwrap().iter().map(|blocker| &blocker["layer"]).collect();
        assert_eq!(layers, expected, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn outcome(&self, layer: &str, expected: &str) -> &Self {
        assert_eq!(self.layer(layer)["outcome"], expected, "{self:#?}");
        self
    }

    /// That a statement of `layer` is shown: policy, index, line.
    #[track_caller]
    pub(crate) fn statement(&self, layer: &str, policy: &str, index: u64, line: u64) -> &Self {
        let statements = self.layer(layer)["statements"].as_array().unwrap();
        let is_it = |shown: &&Value| shown["policy"] == policy && shown["index"] == index && shown["line"] == line;
        assert!(statements.iter().any(|shown| is_it(&shown)), "no {policy}[{index}] at line {line}: {self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn principal(&self, arn: &str) -> &Self {
        assert_eq!(self.result["principal"]["arn"], arn, "{self:#?}");
        self
    }

    /// The failed reads, each `layer operation reason`.
    #[track_caller]
    pub(crate) fn unread(&self, expected: &[&str]) -> &Self {
        let word = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
        let line = |entry| format!("{} {} {}", word(entry, "layer"), word(entry, "operation"), word(entry, "reason"));
        let unread: Vec<_> = self.unread.as_array().unwrap().iter().map(line).collect();
        assert_eq!(unread, expected, "{self:#?}");
        self
    }

    #[track_caller]
    pub(crate) fn layer(&self, name: &str) -> &Value {
        let layers = self.result["layers"].as_array().unwrap();
        layers.iter().find(|layer| layer["layer"] == name).unwrap_or_else(|| panic!("no layer {name}: {self:#?}"))
    }
}
