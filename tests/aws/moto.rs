//! A moto server for this test binary: found on this machine or installed under the target folder.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;

/// Pinned: another version may differ in paging, encoding and error codes.
const VERSION: &str = "5.2.1";

/// The AWS CLI that runs the commands of fixes where none is on PATH.
const CLI_VERSION: &str = "1.45.11";

/// Serves on a free port, tells it, and ends when its standard input does, which is when this process does, however.
const SERVE: &str = r#"
import logging, os, sys
from moto.moto_server.threaded_moto_server import ThreadedMotoServer
logging.getLogger("werkzeug").setLevel(logging.ERROR)
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
os._exit(0)
"#;

const CHECK: &str = "import importlib.metadata, flask; print(importlib.metadata.version('moto'))";

struct Moto {
    url: String,
    _child: Child,
    _lifeline: ChildStdin,
}

/// The URL of the server, `http://127.0.0.1:PORT`. It is started once.
pub(crate) fn url() -> &'static str {
    static MOTO: OnceLock<Moto> = OnceLock::new();
    &MOTO.get_or_init(start).url
}

/// An interpreter that has moto, and with it the package `cryptography`.
pub(crate) fn python() -> PathBuf {
    on_path().or_else(installed).unwrap_or_else(install)
}

fn start() -> Moto {
    let python = python();
    let mut child = Command::new(&python)
        .args(["-c", SERVE])
        .env_remove("AWS_ENDPOINT_URL")
        .env("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("could not start `{}`: {error}", python.display()));
    let lifeline = child.stdin.take().unwrap();
    let mut port = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let port: u16 = port.trim().parse().unwrap_or_else(|_| panic!("moto did not start with `{}`", python.display()));
    Moto { url: format!("http://127.0.0.1:{port}"), _child: child, _lifeline: lifeline }
}

/// An interpreter that has moto of the pinned version: the one on PATH, or the one behind the `moto_server` on PATH.
fn on_path() -> Option<PathBuf> {
    let behind_server = || {
        let path = std::env::var_os("PATH")?;
        let script =
            std::env::split_paths(&path).map(|folder| folder.join("moto_server")).find(|file| file.is_file())?;
        let first = fs::read_to_string(script).ok()?.lines().next()?.strip_prefix("#!")?.trim().to_owned();
        first.contains("python").then(|| PathBuf::from(first))
    };
    [Some(PathBuf::from("python3")), behind_server()].into_iter().flatten().find(|python| has_moto(python))
}

fn has_moto(python: &Path) -> bool {
    let output = Command::new(python).args(["-c", CHECK]).output();
    output.is_ok_and(|output| output.status.success() && output.stdout.trim_ascii() == VERSION.as_bytes())
}

/// The AWS CLI: the one on PATH, or one installed under the target folder.
pub(crate) fn cli() -> PathBuf {
    static CLI: OnceLock<PathBuf> = OnceLock::new();
    CLI.get_or_init(find_cli).clone()
}

fn find_cli() -> PathBuf {
    let works = |program: &Path| Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let named = std::env::split_paths(&path).map(|folder| folder.join("aws")).filter(|file| file.is_file());
    if let Some(program) = named.into_iter().find(|program| works(program)) {
        return program;
    }
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("awscli-{CLI_VERSION}"));
    let program = folder.join("bin/aws");
    if !works(&program) {
        let python = folder.join("bin/python");
        let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status();
        assert!(made.is_ok_and(|status| status.success()), "could not make {}", folder.display());
        let requirement = format!("awscli=={CLI_VERSION}");
        let status = Command::new(&python).args(["-m", "pip", "install", "--quiet", &requirement]).status();
        assert!(status.is_ok_and(|status| status.success()), "could not install {requirement}");
    }
    program
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("moto-{VERSION}"))
}

/// What an earlier run installed.
fn installed() -> Option<PathBuf> {
    let python = folder().join("bin/python");
    has_moto(&python).then_some(python)
}

/// A virtual environment with moto under the target folder. One test binary installs while the others wait.
fn install() -> PathBuf {
    let folder = folder();
    let lock = File::create(Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto.lock")).unwrap();
    lock.lock().unwrap();
    if let Some(python) = installed() {
        return python;
    }
    let python = folder.join("bin/python");
    let requirement = format!("moto[server,iam,sts]=={VERSION}");
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).output();
    let made = made.unwrap_or_else(|error| panic!("these tests need Python 3 with venv on PATH as `python3`: {error}"));
    let why = String::from_utf8_lossy(&made.stderr);
    assert!(
        made.status.success(),
        "these tests need Python 3 with venv: {} {why}",
        String::from_utf8_lossy(&made.stdout)
    );
    let pip = Command::new(&python).args(["-m", "pip", "install", "--quiet", &requirement]).output().unwrap();
    let why = String::from_utf8_lossy(&pip.stderr);
    assert!(pip.status.success() && has_moto(&python), "could not install {requirement} with pip: {why}");
    python
}

#[test]
fn serves() {
    assert!(url().starts_with("http://127.0.0.1:"));
}
