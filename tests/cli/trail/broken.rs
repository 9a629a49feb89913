//! Files that are not what they should be: named, and the others read.

use std::io::Write as _;

use serde_json::{Value, json};

use crate::program::{Run, diagnose, on_logs};

fn event(number: usize) -> Value {
    let role = format!("arn:aws:sts::123456789012:assumed-role/app/{number}");
    json!({
        "eventVersion": "1.11", "eventID": format!("event-{number}"), "eventTime": "2026-11-21T03:10:00Z",
        "userIdentity": { "type": "AssumedRole", "arn": role, "accountId": "123456789012" },
        "eventSource": "sqs.amazonaws.com", "eventName": "SendMessage", "awsRegion": "eu-west-1", "errorCode": "AccessDenied",
        "errorMessage": format!("User: {role} is not authorized to perform: sqs:sendmessage on resource: \
            arn:aws:sqs:eu-west-1:123456789012:jobs because no identity-based policy allows the sqs:sendmessage action"),
    })
}

fn records(count: usize) -> String {
    json!({ "Records": (0..count).map(event).collect::<Vec<_>>() }).to_string()
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

/// A run on a file beside a good one: how many denials, and what is said of the file.
#[track_caller]
fn beside(name: &str, content: impl AsRef<[u8]>) -> (u64, Vec<String>) {
    let good = json!({ "Records": [event(1_000_000)] }).to_string();
    let run = diagnose("trail logs").folder("logs").file("logs/good.json", good).file(&format!("logs/{name}"), content);
    read(run)
}

#[track_caller]
fn read(run: Run) -> (u64, Vec<String>) {
    let found = run.json();
    let skipped = found["read"]["skipped"].as_array().unwrap().iter();
    let skipped = skipped.map(|one| format!("{}: {}", one["file"].as_str().unwrap(), one["reason"].as_str().unwrap()));
    (found["read"]["denied"].as_u64().unwrap() - 1, skipped.collect())
}

#[track_caller]
fn check(name: &str, content: impl AsRef<[u8]>, denied: u64, reason: &str) {
    let (found, skipped) = beside(name, content);
    assert_eq!((found, skipped), (denied, vec![format!("logs/{name}: {reason}")]));
}

#[test]
fn gzip_that_ends_early_or_is_damaged() {
    // Random ids do not compress, so that half of the bytes are about half of the events.
    let whole = gzip(&records(400));
    let (denied, skipped) = beside("half.json.gz", &whole[..whole.len() / 2]);
    assert!((1..400).contains(&denied), "{denied}");
    assert_eq!(skipped, ["logs/half.json.gz: the gzip data ends early; what stands before that was read"]);
    let mut damaged = gzip(&records(3));
    let at = damaged.len() - 6;
    damaged[at] ^= 0xff;
    check("crc.json.gz", damaged, 3, "the gzip data is damaged");
    check("head.json.gz", [0x1f, 0x8b, 8], 0, "the gzip data ends early");
    let mut behind = gzip(&records(2));
    behind.extend_from_slice(b"and then text");
    check("behind.json.gz", behind, 2, "the gzip data is damaged");
}

#[test]
fn an_event_that_was_written_by_half() {
    let text = records(3);
    check("cut.json", &text[..text.len() - 40], 2, "it ends within an event; what stands before that was read");
    let line = |number: usize| event(number).to_string();
    let half = line(1)[..300].to_owned();
    check("cut.jsonl", format!("{}\n{half}\n{}\n", line(0), line(2)), 2, "one event is broken or cut off");
    let in_string = line(1)[..30].to_owned();
    check("string.jsonl", format!("{}\n{in_string}\n{}\n", line(0), line(2)), 2, "one event is broken or cut off");
    let wrong = line(1).replace("\"eventVersion\":", "\"eventVersion\" ");
    check("wrong.jsonl", format!("{}\n{wrong}\n{}\n", line(0), line(2)), 2, "one event is broken or cut off");
}

#[test]
fn files_that_are_something_else() {
    let digest = json!({ "awsAccountId": "123456789012", "digestS3Object": "x", "logFiles": [] });
    check("digest.json.gz", gzip(&digest.to_string()), 0, "a digest, with which CloudTrail signs its files");
    let insight = json!({ "Records": [{ "eventType": "AwsCloudTrailInsight", "eventCategory": "Insight",
        "insightDetails": { "eventSource": "s3.amazonaws.com", "errorCode": "AccessDenied" } }] });
    check("insight.json", insight.to_string(), 0, "one Insights event, which is no call");
    check("other.json", r#"{"Version": "2012-10-17", "Statement": []}"#, 0, "JSON without CloudTrail events");
    check("items.json", r#"{"Records": [{"s3": {"bucket": 1}}]}"#, 0, "its list holds no CloudTrail events");
    check("empty", "", 0, "it is empty");
    check("blank.json", "\n \n", 0, "it is empty");
    check("text.log", "INFO all is well\n", 0, "there is no JSON in it, and no query's result");
    check("table.csv", "a,b\n1,2\n", 0, "there is no JSON in it, and no query's result");
    check("image.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", 0, "it is no text");
    check("logs.zip", b"PK\x03\x04abc", 0, "it is a zip archive; unpack it first");
    assert_eq!(beside("none.json", r#"{"Records": []}"#), (0, Vec::new()));
}

#[test]
fn values_of_the_wrong_kind_are_no_reason_to_fail() {
    let mut odd = event(1);
    for name in ["eventTime", "awsRegion", "userIdentity", "resources", "requestParameters", "sourceIPAddress"] {
        odd[name] = json!([1, { "a": null }]);
        let (denied, skipped) = beside("odd.json", json!({ "Records": [odd] }).to_string());
        assert_eq!((denied, skipped), (1, Vec::new()), "{name}");
    }
}

#[test]
fn names_and_messages_bring_no_control_characters() {
    let mut evil = event(1);
    evil["errorMessage"] = "\u{1b}[2J is not authorized to perform".into();
    evil["eventSource"] = "\u{1b}]0;x\u{7}.amazonaws.com".into();
    evil["requestID"] = "\u{202e}abc\n\n".into();
    for output in ["human", "json", "jsonl", "markdown"] {
        let run = diagnose("trail logs -o").arg(output).folder("logs").file("logs/\u{1b}[31m.json", "{}");
        assert_eq!(run.file("logs/evil.json", json!({ "Records": [evil] }).to_string()).outcome().code, 0);
    }
}

#[test]
fn where_nothing_can_be_read_that_is_the_answer() {
    let line = diagnose("trail logs").folder("logs").refused_with(2);
    assert_eq!(line, "could not read `logs`: there is no file in it");
    assert_eq!(diagnose("trail gone.json").refused_with(2), "could not read `gone.json`: no such file or folder");
    let line = diagnose("trail policy.json").file("policy.json", "{}").refused_with(2);
    assert_eq!(line, "could not read `policy.json`: JSON without CloudTrail events");
    assert_eq!(diagnose("trail -").refused_with(2), "could not read `standard input`: it is empty");
}

#[cfg(unix)]
#[test]
fn links_that_lead_in_circles() {
    let (mut command, home) = on_logs("AWSLogs -o json").into_std();
    std::os::unix::fs::symlink("..", home.path().join("AWSLogs/circle")).unwrap();
    std::os::unix::fs::symlink("nowhere", home.path().join("AWSLogs/dangling")).unwrap();
    let output = command.output().unwrap();
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(found["read"]["denied"], 17);
    let files: Vec<&str> =
        found["read"]["skipped"].as_array().unwrap().iter().map(|one| one["file"].as_str().unwrap()).collect();
    assert!(files.iter().any(|file| file.contains("circle")) && files.iter().any(|file| file.ends_with("dangling")));
}
