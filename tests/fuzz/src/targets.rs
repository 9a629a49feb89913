//! What is done with the bytes, and what must hold. Also compiled into `tests/fuzz.rs`.

use std::ffi::OsString;
use std::path::PathBuf;

use diagnose::message::{Reader, read};
use diagnose::run::{Exit, run};

/// A target by its name, with the folder of its finds.
pub const ALL: [(&str, fn(&[u8])); 6] = [
    ("message", message),
    ("policy", policy),
    ("gaad", gaad),
    ("snapshot", snapshot),
    ("cloudtrail", cloudtrail),
    ("condition", condition),
];

/// A pasted denial, of any bytes: read as one text and in blocks, and answered with or without policies.
pub fn message(data: &[u8]) {
    let mut reader = Reader::new();
    for block in data.chunks(7) {
        reader.feed(block);
    }
    assert_eq!(format!("{:?}", reader.finish()), format!("{:?}", read(data)), "blocks change what is read");
    let identity = given("i.json", b"{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"s3:*\",\"Resource\":\"*\"}}");
    let run = match pick(data, 3) {
        0 => words("--offline -v").collect::<Vec<_>>(),
        1 => words("--offline -o json").collect(),
        _ => words("-o jsonl --no-boundary --identity-policy").chain([identity.path()]).collect(),
    };
    check(run.into_iter().chain(["--message".into(), argument(data)]));
}

/// A policy document, in the place of one layer or another, in one form or another.
pub fn policy(data: &[u8]) {
    let policy = given("p.json", data);
    let wide = given("wide.json", WIDE);
    let layers: [&[&str]; 8] = [
        &["--no-boundary", "--identity-policy"],
        &["--no-boundary", "--identity-policy"],
        &["--boundary"],
        &["--no-boundary", "--session-policy"],
        &["--no-boundary", "--resource-policy"],
        &["--no-boundary", "--vpc-endpoint-policy"],
        &["--no-boundary", "--scp"],
        &["--no-boundary", "--rcp"],
    ];
    // Fixes take most of the time: every other run does without.
    let plain = "-v --fix none";
    let forms = [plain, "-v -ojson", plain, "--color always", plain, "--fix cli", plain, "--fix terraform"];
    let layer = pick(data, layers.len());
    let wide = if layer < 2 { vec![] } else { vec!["--identity-policy".into(), wide.path()] };
    let role = words("--context aws:SourceVpce=vpce-0abc --role arn:aws:iam::123456789012:role/MyRole");
    let run = role.chain(request(data)).chain(words(forms[pick(data, 7 * forms.len()) / 7])).chain(wide);
    check(run.chain(layers[layer].iter().map(OsString::from)).chain([policy.path()]));
}

/// `aws iam get-account-authorization-details`.
pub fn gaad(data: &[u8]) {
    account(data);
}

/// The program's own snapshot.
pub fn snapshot(data: &[u8]) {
    account(data);
}

/// A file of many principals: answered for one of them, or for all; what is saved of it must give the same answer.
fn account(data: &[u8]) {
    let file = given("account.json", data);
    let asked = |file: &File, who: &str, form: &str| {
        words(who).chain(words(form)).chain(request(data)).chain(["--snapshot".into(), file.path()]).collect::<Vec<_>>()
    };
    let who = ["--role MyRole", "--user alice", "--principal arn:aws:sts::123456789012:assumed-role/MyRole/session"];
    let who = who[[0, 0, 0, 0, 1, 2][pick(data, 6)]];
    check(asked(&file, who, ["-v --fix none", "-v --fix none", "-ojson"][pick(data, 3)]));
    // The whole catalogue is asked for each principal.
    let of_all =
        [(1, "audit -v"), (3, "audit --redact -ojson"), (5, "audit -omarkdown --fail-on any"), (7, "audit -osarif")];
    let of_one = [(9, "gap -v"), (11, "gap --redact -ojson"), (13, "gap --fix cli")];
    let turn = pick(data, 128);
    if let Some((_, run)) = of_all.into_iter().find(|(at, _)| *at == turn) {
        check(words(run).chain(["--snapshot".into(), file.path()]));
    }
    if let Some((_, run)) = of_one.into_iter().find(|(at, _)| *at == turn) {
        check(words(run).chain(words(who)).chain(["--snapshot".into(), file.path()]));
    }
    if pick(data, 8) == 0 {
        let saved = check(words("snapshot --snapshot").chain([file.path()]).chain(words(who)));
        if saved.code == 0 {
            let again = given("again.json", &saved.stdout);
            let first = check(asked(&file, who, "-ojsonl --fix none"));
            let second = check(asked(&again, who, "-ojsonl --fix none"));
            assert_eq!(verdict(&first), verdict(&second), "{who}: a saved snapshot gives another answer");
        }
    }
}

/// An event of CloudTrail or what it stands in, pasted or as a file of a trail, and a decoded authorization message.
pub fn cloudtrail(data: &[u8]) {
    let wide = given("wide.json", WIDE);
    let file = given("decoded.json", data);
    let form = words(["-v --fix none", "-ojson", "--offline --fix none"][pick(data, 3)]);
    let run = form.chain(words("--no-boundary --identity-policy")).chain([wide.path()]);
    let trail = ["trail -v", "trail -ojson", "trail -omarkdown --redact", "trail --redact -ojsonl"][pick(data, 28) / 7];
    check(match pick(data, 5) {
        0 => run.chain(["--decoded".into(), file.path()]).collect::<Vec<_>>(),
        1 => words(trail).chain([file.path()]).collect(),
        2 => words(trail).chain(words("--no-boundary --identity-policy")).chain([wide.path(), file.path()]).collect(),
        _ => run.chain(["--message".into(), argument(data)]).collect(),
    });
}

/// Lines: an operator, a key, the value in the request, then the values in the policy.
pub fn condition(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let mut lines = text.lines();
    let (Some(operator), Some(key), Some(value)) = (lines.next(), lines.next(), lines.next()) else { return };
    let values: Vec<&str> = lines.collect();
    let statement = |effect: &str| serde_json::json!({"Effect": effect, "Action": "s3:*", "Resource": "*", "Condition": {operator: {key: values}}});
    let document = serde_json::json!({"Version": "2012-10-17", "Statement": [statement("Allow"), statement("Deny")]});
    let policy = given("p.json", document.to_string().as_bytes());
    let asked = words("--action s3:GetObject --no-boundary --identity-policy").chain([policy.path()]);
    let context = || ["--context".into(), format!("{key}={value}").into()];
    check(match pick(data, 3) {
        0 => asked.chain(words("-v --fix none")).collect::<Vec<_>>(),
        1 => asked.chain(words("-ojson")).chain(context()).collect(),
        _ => asked.chain(words("-v --fix none --complete-context")).chain(context()).collect(),
    });
}

const WIDE: &[u8] = br#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#;

/// A number below `limit` that follows from the bytes, so that a find is found again: all ways of asking at each input would
/// take as many times as long.
fn pick(data: &[u8], limit: usize) -> usize {
    let sum = data.iter().fold(data.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte)));
    (sum ^ (sum >> 17)) % limit
}

/// What is asked for.
fn request(data: &[u8]) -> impl Iterator<Item = OsString> + use<> {
    const REQUESTS: [&str; 6] = [
        "--action s3:GetObject --resource arn:aws:s3:::bucket/key",
        "--action ec2:TerminateInstances",
        "--action iam:PassRole --resource arn:aws:iam::123456789012:role/team/Target",
        "--action sts:AssumeRole --resource arn:aws:iam::111122223333:role/Target",
        "--action kms:Decrypt --resource arn:aws:kms:eu-west-1:123456789012:key/*",
        "--action sqs:SendMessage --resource arn:aws:sqs:eu-west-1:111122223333:queue",
    ];
    words(REQUESTS[pick(data, 5 * REQUESTS.len()) / 5])
}

/// Runs the program in this process and holds it against what is promised for every run.
fn check(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<OsString> = [OsString::from("diagnose")].into_iter().chain(arguments).collect();
    let exit = run(arguments.clone());
    assert!(exit.code <= 4, "{arguments:?}: exit code {}", exit.code);
    if matches!(exit.code, 2 | 4) {
        assert!(exit.stdout.is_empty(), "{arguments:?}: an answer beside an error");
        assert!(!exit.stderr.is_empty(), "{arguments:?}: an error without a line");
    }
    let stdout = std::str::from_utf8(&exit.stdout).expect("an answer is UTF-8 text");
    for text in [stdout, &exit.stderr] {
        let harmless = text.replace("\u{1b}[", "");
        let bad = harmless.chars().find(|letter| is_control(*letter));
        assert_eq!(bad, None, "{arguments:?}: a control character reaches the terminal");
    }
    if stdout.starts_with('{') {
        for line in if arguments.iter().any(|word| word.to_string_lossy().ends_with("jsonl")) {
            stdout.lines().collect()
        } else {
            vec![stdout]
        } {
            serde_json::from_str::<serde_json::Value>(line).expect("JSON output is JSON");
        }
    }
    exit
}

/// What may not reach a terminal, beside the colours that are ours.
fn is_control(letter: char) -> bool {
    let overrides =
        matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{200e}' | '\u{200f}' | '\u{61c}');
    (letter.is_control() && letter != '\n') || overrides
}

/// The verdicts and blockers of an answer in lines.
fn verdict(exit: &Exit) -> Vec<String> {
    let text = String::from_utf8_lossy(&exit.stdout);
    let results = text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    results.map(|result| format!("{} {}", result["verdict"], result["blocked_by"])).collect()
}

fn words(text: &str) -> impl Iterator<Item = OsString> + use<> {
    text.split_whitespace().map(OsString::from).collect::<Vec<_>>().into_iter()
}

/// Bytes as an argument, which holds no zero.
fn argument(data: &[u8]) -> OsString {
    #[cfg(unix)]
    return std::os::unix::ffi::OsStringExt::from_vec(data.to_vec());
    #[cfg(not(unix))]
    return String::from_utf8_lossy(data).into_owned().into();
}

/// A file of a run; it is gone with its value.
struct File(PathBuf);

impl File {
    fn path(&self) -> OsString {
        self.0.clone().into()
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// A file of these bytes, in memory where the system has such files.
fn given(name: &str, data: &[u8]) -> File {
    let memory = std::path::Path::new("/dev/shm");
    let folder = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let path = folder.join(format!("diagnose-fuzz-{}-{:?}-{name}", std::process::id(), std::thread::current().id()));
    std::fs::write(&path, data).expect("a file in the folder for temporary files");
    File(path)
}
