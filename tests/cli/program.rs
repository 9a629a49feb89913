//! Runs the program and holds every run against what is promised for all of them: nothing on standard output with the
//! exit codes 2 and 4, no panic, no control character but line feeds (and our colours, where they were asked for).

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use assert_cmd::Command;
use serde_json::Value;

/// A run to be, and how it should end: silently and with 0, if nothing else is said.
#[must_use = "a run that is not checked tests nothing"]
#[derive(Debug)]
pub(crate) struct Run {
    args: Vec<OsString>,
    source: &'static [&'static str],
    command: Command,
    home: tempfile::TempDir,
    colors: bool,
    code: i32,
    stdout: String,
    stderr: String,
}

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A run with these arguments, split at spaces.
pub(crate) fn diagnose(args: &str) -> Run {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_diagnose"));
    command.env_clear().env("HOME", home.path()).env("AWS_EC2_METADATA_DISABLED", "true").current_dir(home.path());
    command.timeout(Duration::from_secs(100));
    let run = Run {
        args: Vec::new(),
        source: &[],
        command,
        home,
        colors: false,
        code: 0,
        stdout: String::new(),
        stderr: String::new(),
    };
    args.split_whitespace().fold(run, |run, arg| run.arg(arg))
}

/// A run on the shipped account.
pub(crate) fn on_account(args: &str) -> Run {
    let run = diagnose(args).file("account.json", account());
    Run { source: &["--snapshot", "account.json"], ..run }
}

/// The shipped account.
pub(crate) fn account() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/landing-zone.json");
    std::fs::read_to_string(path).unwrap()
}

/// A run on the shipped folder of iam-collect, which may be changed before.
pub(crate) fn on_store(args: &str) -> Run {
    let run = diagnose(args);
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/accounts/collected"), &run.home.path().join("store"));
    Run { source: &["--snapshot", "store"], ..run }
}

/// A run of `diagnose trail` beside the shipped events: `AWSLogs`, and `events.jsonl` with the same.
pub(crate) fn on_logs(args: &str) -> Run {
    let run = diagnose("trail").args(args).file("account.json", account());
    copy(&Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cloudtrail"), run.home.path());
    run
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            std::fs::copy(entry.path(), to).unwrap();
        }
    }
}

impl Run {
    /// One more argument, whatever is in it.
    pub(crate) fn arg(mut self, arg: impl Into<OsString>) -> Self {
        let arg = arg.into();
        self.colors |= arg == "always";
        self.args.push(arg);
        self
    }

    /// More arguments, split at spaces.
    pub(crate) fn args(self, args: &str) -> Self {
        args.split_whitespace().fold(self, Self::arg)
    }

    /// A file in the run's folder.
    pub(crate) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        std::fs::write(self.home.path().join(name), content).unwrap();
        self
    }

    /// Without a file or folder that was in the run's folder.
    pub(crate) fn without(self, name: &str) -> Self {
        let path = self.home.path().join(name);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap()
        } else {
            std::fs::remove_file(path).unwrap()
        }
        self
    }

    /// The same run with another `--snapshot`.
    pub(crate) fn from(self, source: &'static [&'static str]) -> Self {
        Self { source, ..self }
    }

    /// A folder in the run's folder.
    pub(crate) fn folder(self, name: &str) -> Self {
        std::fs::create_dir(self.home.path().join(name)).unwrap();
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.command.write_stdin(text);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.colors |= name == "CLICOLOR_FORCE";
        self.command.env(name, value);
        self
    }

    pub(crate) fn code(mut self, code: i32) -> Self {
        self.code = code;
        self
    }

    pub(crate) fn stdout(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdout);
        self
    }

    pub(crate) fn stderr(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stderr);
        self
    }

    /// Runs it; all three must be as said.
    #[track_caller]
    pub(crate) fn check(self) {
        let wanted = Outcome { code: self.code, stdout: self.stdout.clone(), stderr: self.stderr.clone() };
        let found = self.outcome();
        assert!(wanted == found, "expected:\n{wanted}\nfound:\n{found}");
    }

    /// Runs it; it must be refused with `code` and this one line.
    #[track_caller]
    pub(crate) fn refused(self, code: i32, line: &str) {
        self.code(code).stderr(&format!("error: {line}\n")).check();
    }

    /// Runs it; it must be refused with `code` and one line, which is returned.
    #[track_caller]
    pub(crate) fn refused_with(self, code: i32) -> String {
        let found = self.outcome();
        let line = found.stderr.strip_prefix("error: ").and_then(|rest| rest.strip_suffix('\n'));
        match line {
            Some(line) if found.code == code && !line.contains('\n') => line.to_owned(),
            _ => panic!("expected exit code {code} and one line, found:\n{found}"),
        }
    }

    /// Runs it with `--output json`; standard error must be as said.
    #[track_caller]
    pub(crate) fn json(self) -> Value {
        let (code, stderr) = (self.code, self.stderr.clone());
        let found = self.arg("--output").arg("json").outcome();
        assert!((found.code, &found.stderr) == (code, &stderr), "expected exit {code} and {stderr:?}, found:\n{found}");
        serde_json::from_str(&found.stdout).unwrap()
    }

    /// Runs it; the first result must be this, see [`digest`].
    #[track_caller]
    pub(crate) fn gives(self, code: i32, wanted: &str) {
        let report = self.code(code).json();
        let found = digest(&report["results"][0]);
        assert!(wanted == found, "expected: {wanted}\nfound:    {found}\n{report:#}");
    }

    /// Runs it, whatever comes of it.
    #[track_caller]
    pub(crate) fn outcome(mut self) -> Outcome {
        let output = self.command.args(&self.args).args(self.source).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).expect("UTF-8");
        let outcome = Outcome {
            code: output.status.code().expect("ended by a signal, or took longer than 100 seconds"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        };
        fits_its_schema(&outcome.stdout);
        assert!(!matches!(outcome.code, 2 | 4) || outcome.stdout.is_empty(), "output beside an error:\n{outcome}");
        for word in ["panicked", "RUST_BACKTRACE", "struct ", "Option<", "RawValue"] {
            assert!(!outcome.stderr.contains(word), "{word} in:\n{outcome}");
        }
        for text in [&outcome.stdout, &outcome.stderr] {
            let plain = if self.colors { without_our_colors(text) } else { text.clone() };
            assert!(!plain.contains(is_harmful), "a control character in:\n{plain:?}");
        }
        outcome
    }

    /// Runs it; a script or page, which has tabs and shell words of its own, on standard output.
    #[track_caller]
    pub(crate) fn outcome_of_a_script(mut self) -> String {
        let output = self.command.args(&self.args).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The command itself, for what cannot be said otherwise.
    pub(crate) fn into_std(self) -> (std::process::Command, tempfile::TempDir) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_diagnose"));
        command
            .env_clear()
            .env("HOME", self.home.path())
            .current_dir(self.home.path())
            .args(&self.args)
            .args(self.source);
        (command, self.home)
    }

    /// Runs it; the text of a file that it was to write, in silence.
    #[track_caller]
    pub(crate) fn writes(mut self, name: &str) -> String {
        let output = self.command.args(&self.args).args(self.source).output().unwrap();
        assert!(output.status.success() && output.stdout.is_empty(), "{output:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap(), self.stderr);
        std::fs::read_to_string(self.home.path().join(name)).unwrap()
    }
}

/// Every JSON that is written is as its schema says.
#[track_caller]
fn fits_its_schema(stdout: &str) {
    static SCHEMAS: OnceLock<Vec<(&'static str, jsonschema::Validator)>> = OnceLock::new();
    let documents: Vec<Value> = match serde_json::from_str(stdout) {
        Ok(document) => vec![document],
        Err(_) if stdout.starts_with('{') => stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect(),
        Err(_) => return,
    };
    let schemas = SCHEMAS.get_or_init(|| {
        let of =
            |kind: diagnose::schema::Kind| (kind.member, jsonschema::validator_for(kind.schema.as_value()).unwrap());
        diagnose::schema::schemas().into_iter().map(of).chain(std::iter::once(("runs", sarif()))).collect()
    });
    for document in documents {
        let (_, schema) = schemas.iter().find(|(member, _)| document.get(member).is_some()).expect("a known kind");
        let errors: Vec<String> =
            schema.iter_errors(&document).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{errors:#?}\n{document:#}");
    }
}

/// The schema of SARIF, which is not ours.
fn sarif() -> jsonschema::Validator {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/sarif/sarif-2.1.0-rtm.5.json");
    let text = std::fs::read_to_string(path).unwrap();
    // Its expression for languages is none: a bracket too many.
    let text = text.replace("-[a-zA-Z]{2}]?$", "-[a-zA-Z]{2}$");
    let schema: Value = serde_json::from_str(&text).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

impl std::fmt::Display for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit {}\n-- stdout\n{}-- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

/// What could move the cursor, colour the screen or turn text round. Source: Unicode, `Bidi_Control`.
fn is_harmful(letter: char) -> bool {
    (letter.is_control() && letter != '\n')
        || matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn without_our_colors(text: &str) -> String {
    let ours = ["0", "1", "1;31", "1;32", "1;33", "31", "32", "33", "36", "91", "92", "93", "94", "96"];
    ours.iter().fold(text.to_owned(), |text, code| text.replace(&format!("\u{1b}[{code}m"), ""))
}

/// A result in one line: the verdict, then the layers that were checked, then who blocks, then what it depends on.
pub(crate) fn digest(result: &Value) -> String {
    let mut out = text(&result["verdict"]);
    for layer in list(&result["layers"]) {
        let counts = matches!(layer["layer"].as_str(), Some("identity" | "boundary"));
        if counts || !matches!(layer["outcome"].as_str(), Some("not-checked" | "not-applicable")) {
            write!(out, " {}={}", text(&layer["layer"]), text(&layer["outcome"])).unwrap();
        }
    }
    for block in list(&result["blocked_by"]) {
        write!(out, " blocked:{}/{}", text(&block["layer"]), text(&block["deny"])).unwrap();
    }
    for dependency in list(&result["depends_on"]) {
        write!(out, " depends:{}", text(&dependency["key"])).unwrap();
    }
    out
}

/// Why a layer could not be decided, or was not checked.
pub(crate) fn reason(result: &Value, layer: &str) -> String {
    let layer = list(&result["layers"]).iter().find(|found| found["layer"] == layer).unwrap();
    format!("{}: {}", text(&layer["outcome"]), layer["reason"].as_str().unwrap_or("-"))
}

/// The statements of a layer, `policy[index]`.
pub(crate) fn statements(result: &Value, layer: &str) -> Vec<String> {
    let layer = list(&result["layers"]).iter().find(|found| found["layer"] == layer).unwrap();
    let each = list(&layer["statements"]).iter();
    each.map(|found| format!("{}[{}]", text(&found["policy"]), found["index"])).collect()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

pub(crate) fn text(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}
