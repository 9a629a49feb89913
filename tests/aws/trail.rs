//! `diagnose trail` against the event history: pages, throttling, refusals. Moto has no LookupEvents, so a stand-in speaks
//! CloudTrail's protocol.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::program::{Outcome, Program};

/// What the server answers, one after the other; the last answer again and again.
#[derive(Clone)]
enum Reply {
    Page(Value),
    Error(u16, &'static str),
}

/// The bodies of the requests and when they came.
type Seen = Arc<Mutex<Vec<(Instant, String, Value)>>>;

fn serve(replies: Vec<Reply>) -> (String, Seen) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let seen = Seen::default();
    let record = Arc::clone(&seen);
    thread::spawn(move || {
        for (number, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let (mut length, mut target) = (0, String::new());
            loop {
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                let (name, value) =
                    line.trim_end().split_once(": ").or(line.trim_end().split_once(':')).unwrap_or_default();
                match name.to_ascii_lowercase().as_str() {
                    "content-length" => length = value.trim().parse().unwrap(),
                    "x-amz-target" => target = value.to_owned(),
                    _ if line.trim_end().is_empty() => break,
                    _ => {}
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            record.lock().unwrap().push((Instant::now(), target, serde_json::from_slice(&body).unwrap_or_default()));
            let (status, body) = match replies.get(number).or(replies.last()).unwrap() {
                Reply::Page(page) => (200, page.to_string()),
                Reply::Error(status, code) => {
                    (*status, json!({ "__type": code, "message": "as the test wants it" }).to_string())
                }
            };
            let head =
                format!("HTTP/1.1 {status} x\r\nContent-Type: application/x-amz-json-1.1\r\nConnection: close\r\n");
            write!(stream, "{head}Content-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    (url, seen)
}

/// A page of these shipped events.
fn page(from: usize, to: usize, next: Option<&str>) -> Reply {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/cloudtrail/events.jsonl");
    let text = std::fs::read_to_string(path).unwrap();
    let events: Vec<Value> = text.lines().skip(from).take(to - from).map(entry).collect();
    let mut page = json!({ "Events": events });
    if let Some(next) = next {
        page["NextToken"] = next.into();
    }
    Reply::Page(page)
}

fn entry(line: &str) -> Value {
    let event: Value = serde_json::from_str(line).unwrap();
    json!({ "EventId": event["eventID"], "EventName": event["eventName"], "EventTime": 1_795_237_800.0, "CloudTrailEvent": line })
}

#[track_caller]
fn run(url: &str, args: &[&str]) -> Outcome {
    Program::new(url).run(&[&["trail", "--region", "eu-west-1"], args].concat())
}

#[test]
fn every_page_is_read_no_faster_than_cloudtrail_allows() {
    let (url, seen) = serve(vec![page(0, 9, Some("two")), page(8, 15, Some("three")), page(15, 22, None)]);
    let outcome = run(&url, &["-o", "json", "--since", "2026-11-21", "--until", "2026-11-22T00:00:00Z"]);
    assert_eq!((outcome.code, outcome.stderr.as_str()), (0, ""), "{outcome:?}");
    let found: Value = serde_json::from_str(&outcome.stdout).unwrap();
    // One event stands on two pages; one was made after the time asked for.
    assert_eq!((&found["read"]["denied"], &found["read"]["repeated"]), (&16.into(), &1.into()));
    assert_eq!((&found["read"]["region"], &found["read"]["files"]), (&"eu-west-1".into(), &0.into()));
    assert_eq!(found["groups"][0]["action"], "s3:PutObject");
    let seen = seen.lock().unwrap();
    let tokens: Vec<&Value> = seen.iter().map(|(_, _, body)| &body["NextToken"]).collect();
    assert_eq!(tokens, [&Value::Null, &"two".into(), &"three".into()]);
    for (_, target, body) in seen.iter() {
        assert!(target.ends_with(".LookupEvents"), "{target}");
        assert_eq!((&body["MaxResults"], body["StartTime"].as_f64()), (&50.into(), Some(1_795_219_200.0)));
        assert_eq!(body["EndTime"].as_f64(), Some(1_795_305_600.0));
    }
    for pair in seen.windows(2) {
        assert!(pair[1].0 - pair[0].0 >= Duration::from_millis(450), "too fast");
    }
}

#[test]
fn the_last_day_is_asked_for_if_nobody_says() {
    let (url, seen) = serve(vec![page(0, 0, None)]);
    let outcome = run(&url, &["--fail-on", "any"]);
    assert_eq!(outcome.code, 0);
    assert!(outcome.stdout.starts_with("No such denials since "), "{outcome:?}");
    let start = seen.lock().unwrap()[0].2["StartTime"].as_f64().unwrap();
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs_f64();
    assert!((now - start - 86_400.0).abs() < 120.0, "{start}");
}

#[test]
fn throttling_that_passes_is_waited_for() {
    let throttled = Reply::Error(400, "ThrottlingException");
    let (url, seen) = serve(vec![page(0, 2, Some("two")), throttled.clone(), throttled, page(2, 4, None)]);
    let outcome = run(&url, &["-o", "json", "--since", "2026-11-21"]);
    assert_eq!(outcome.code, 0, "{outcome:?}");
    assert!(outcome.stdout.contains("\"denied\": 4"), "{outcome:?}");
    assert_eq!(seen.lock().unwrap().len(), 4);
}

#[test]
fn a_history_that_may_not_be_read_is_no_answer() {
    for (code, words) in [
        (
            "AccessDeniedException",
            "cloudtrail:LookupEvents failed: not allowed with these credentials (AccessDeniedException)",
        ),
        ("ExpiredTokenException", "no usable AWS credentials: they have expired"),
    ] {
        let (url, _) = serve(vec![page(0, 2, Some("two")), Reply::Error(400, code)]);
        let outcome = run(&url, &[]);
        assert_eq!(outcome.code, 4, "{outcome:?}");
        assert!(outcome.stderr.contains(words), "{outcome:?}");
    }
}
