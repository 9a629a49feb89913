//! The same denials through every form of input.

use std::io::Write as _;
use std::path::Path;

use serde_json::{Value, json};

use crate::program::{Run, diagnose};

/// The shipped events, each as its line.
fn lines() -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cloudtrail/events.jsonl");
    std::fs::read_to_string(path).unwrap().lines().map(str::to_owned).collect()
}

fn events() -> Vec<Value> {
    lines().iter().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn records(events: &[Value]) -> String {
    json!({ "Records": events }).to_string()
}

/// `aws cloudtrail lookup-events`
fn history(events: &[Value]) -> String {
    let entry = |event: &Value| {
        json!({
            "EventId": event["eventID"], "EventName": event["eventName"], "ReadOnly": "false",
            "EventTime": "2026-11-21T03:10:00+00:00", "EventSource": event["eventSource"], "Username": "x",
            "Resources": [], "CloudTrailEvent": event.to_string(),
        })
    };
    let entries: Vec<Value> = events.iter().map(entry).collect();
    serde_json::to_string_pretty(&json!({ "Events": entries })).unwrap()
}

/// The columns of a row of the query's result.
fn row(event: &Value) -> Vec<(&'static str, String)> {
    let text = |path: &str| match event.pointer(path) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => String::new(),
        Some(other) => other.to_string(),
    };
    let identity = "/userIdentity";
    vec![
        ("eventid", text("/eventID")),
        ("eventtime", text("/eventTime")),
        ("eventsource", text("/eventSource")),
        ("eventname", text("/eventName")),
        ("awsregion", text("/awsRegion")),
        ("errorcode", text("/errorCode")),
        ("errormessage", text("/errorMessage")),
        ("requestid", text("/requestID")),
        ("sourceipaddress", text("/sourceIPAddress")),
        ("useragent", text("/userAgent")),
        ("vpcendpointid", text("/vpcEndpointId")),
        ("identity_type", text(&format!("{identity}/type"))),
        ("identity_arn", text(&format!("{identity}/arn"))),
        ("identity_id", text(&format!("{identity}/principalId"))),
        ("identity_account", text(&format!("{identity}/accountId"))),
        ("invoked_by", text(&format!("{identity}/invokedBy"))),
        ("issuer_arn", text(&format!("{identity}/sessionContext/sessionIssuer/arn"))),
        ("mfa", text(&format!("{identity}/sessionContext/attributes/mfaAuthenticated"))),
        ("session_created", text(&format!("{identity}/sessionContext/attributes/creationDate"))),
        ("requestparameters", text("/requestParameters")),
        ("resources", text("/resources")),
    ]
}

fn denied() -> Vec<Value> {
    events().into_iter().filter(|event| event.get("errorCode").is_some()).collect()
}

/// Athena's file.
fn csv() -> String {
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    for (number, event) in denied().iter().enumerate() {
        let row = row(event);
        if number == 0 {
            out.write_record(row.iter().map(|(name, _)| name)).unwrap();
        }
        out.write_record(row.iter().map(|(_, value)| value)).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// `aws logs get-query-results`
fn insights(lines: &[String]) -> String {
    let row = |line: &String| {
        json!([{ "field": "@timestamp", "value": "2026-11-21 03:10:00.000" }, { "field": "@message", "value": line },
            { "field": "@ptr", "value": "x" }])
    };
    json!({ "results": lines.iter().map(row).collect::<Vec<_>>(), "statistics": { "recordsMatched": 1.0 }, "status": "Complete" })
        .to_string()
}

/// What the console of CloudWatch Logs Insights exports.
fn insights_csv(lines: &[String]) -> String {
    let mut out = csv::Writer::from_writer(Vec::new());
    out.write_record(["@timestamp", "@message"]).unwrap();
    lines.iter().for_each(|line| out.write_record(["2026-11-21 03:10:00.000", line]).unwrap());
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// `SELECT *` of Athena: structures in its own notation.
fn all_columns() -> String {
    fn cell(value: &Value) -> String {
        match value {
            Value::Object(all) => {
                let members = all.iter().map(|(name, value)| format!("{}={}", name.to_lowercase(), cell(value)));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }
            Value::Array(all) => format!("[{}]", all.iter().map(cell).collect::<Vec<_>>().join(", ")),
            Value::String(text) => text.clone(),
            Value::Null => "null".to_owned(),
            Value::Bool(_) | Value::Number(_) => value.to_string(),
        }
    }
    let names = [
        "eventVersion",
        "userIdentity",
        "eventTime",
        "eventSource",
        "eventName",
        "awsRegion",
        "sourceIPAddress",
        "userAgent",
        "errorCode",
        "errorMessage",
        "requestParameters",
        "requestID",
        "eventID",
        "resources",
        "vpcEndpointId",
    ];
    let mut out = csv::WriterBuilder::new().quote_style(csv::QuoteStyle::Always).from_writer(Vec::new());
    out.write_record(names.map(str::to_lowercase)).unwrap();
    for event in events() {
        let text = |name: &&str| match (*name, event.get(*name)) {
            (_, None | Some(Value::Null)) => String::new(),
            // A column of text.
            ("requestParameters", Some(value)) => value.to_string(),
            (_, Some(value)) => cell(value),
        };
        out.write_record(names.iter().map(text)).unwrap();
    }
    String::from_utf8(out.into_inner().unwrap()).unwrap()
}

/// `aws athena get-query-results`
fn athena() -> String {
    let cells = |values: Vec<String>| {
        let cell = |value: &String| if value.is_empty() { json!({}) } else { json!({ "VarCharValue": value }) };
        json!({ "Data": values.iter().map(cell).collect::<Vec<_>>() })
    };
    let head = cells(row(&denied()[0]).iter().map(|(name, _)| (*name).to_owned()).collect());
    let rows = denied().into_iter().map(|event| cells(row(&event).into_iter().map(|(_, value)| value).collect()));
    let rows: Vec<Value> = [head].into_iter().chain(rows).collect();
    json!({ "UpdateCount": 0, "ResultSet": { "Rows": rows, "ResultSetMetadata": { "ColumnInfo": [] } } }).to_string()
}

/// `aws cloudtrail get-query-results`
fn lake() -> String {
    let cells = |event: &Value| -> Vec<Value> {
        let cell = |(name, value): (&str, String)| match (name, value.is_empty()) {
            (_, true) => json!({ name: null }),
            ("eventtime", _) => json!({ name: value.replace('T', " ").replace('Z', ".000") }),
            (_, false) => json!({ name: value }),
        };
        row(event).into_iter().map(cell).collect()
    };
    let rows: Vec<Vec<Value>> = denied().iter().map(cells).collect();
    json!({ "QueryStatus": "FINISHED", "QueryStatistics": {}, "QueryResultRows": rows }).to_string()
}

/// The groups of a run, as they are printed.
#[track_caller]
fn groups(run: Run) -> String {
    let found = run.arg("-o").arg("jsonl").outcome();
    assert_eq!((found.code, found.stderr.as_str()), (0, ""), "{found}");
    found.stdout
}

fn wanted() -> String {
    groups(diagnose("trail events.jsonl").file("events.jsonl", lines().join("\n")))
}

#[test]
fn every_form_holds_the_same_denials() {
    let (events, lines) = (events(), lines());
    let (first, second) = events.split_at(9);
    let wrapped: Vec<String> = events
        .iter()
        .map(|event| {
            json!({ "version": "0", "detail-type": "AWS API Call via CloudTrail", "detail": event }).to_string()
        })
        .collect();
    let bodies = &wrapped;
    let logged: Vec<String> = lines.iter().map(|line| format!("2026-11-21T03:10:00.000Z {line}")).collect();
    let log: Vec<Value> =
        lines.iter().map(|line| json!({ "logStreamName": "x", "timestamp": 0, "message": line })).collect();
    let members = [gzip(records(first).as_bytes()), gzip(records(second).as_bytes())].concat();
    let forms: Vec<(&str, Vec<u8>)> = vec![
        ("records.json", records(&events).into()),
        ("pretty.json", serde_json::to_vec_pretty(&json!({ "Records": events })).unwrap()),
        ("records.json.gz", gzip(records(&events).as_bytes())),
        ("no-extension", gzip(records(&events).as_bytes())),
        ("members.gz", members),
        ("twice.gz", gzip(&gzip(records(&events).as_bytes()))),
        ("array.json", json!(events).to_string().into()),
        ("pretty-array.json", serde_json::to_vec_pretty(&events).unwrap()),
        ("bare.jsonl", lines.join("\n").into()),
        ("windows.jsonl", format!("\u{feff}{}", lines.join("\r\n")).into()),
        ("lists.jsonl", format!("{}\n{}\n", records(first), records(second)).into()),
        (
            "pretty-bare.json",
            events.iter().map(|event| serde_json::to_string_pretty(event).unwrap() + "\n").collect::<String>().into(),
        ),
        ("history.json", history(&events).into()),
        ("bridge.jsonl", wrapped.join("\n").into()),
        ("log-export", logged.join("\n").into()),
        ("log-events.json", json!({ "events": log, "searchedLogStreams": [] }).to_string().into()),
        ("sqs.json", json!({ "Messages": bodies.iter().map(|body| json!({ "Body": body })).collect::<Vec<_>>() }).to_string().into()),
        ("lambda.json", json!({ "Records": bodies.iter().map(|body| json!({ "eventSource": "aws:sqs", "body": body })).collect::<Vec<_>>() }).to_string().into()),
        ("sns.jsonl", bodies.iter().map(|body| json!({ "Body": json!({ "Type": "Notification", "Message": body }).to_string() }).to_string() + "\n").collect::<String>().into()),
        ("insights.json", insights(&lines).into()),
        ("insights.csv", insights_csv(&lines).into()),
        ("select-all.csv", all_columns().into()),
        ("athena.csv", csv().into()),
        ("athena.csv.gz", gzip(csv().as_bytes())),
        ("athena.json", athena().into()),
        ("lake.json", lake().into()),
    ];
    let wanted = wanted();
    assert_eq!(wanted.lines().count(), 11, "{wanted}");
    for (name, bytes) in forms {
        let found = groups(diagnose("trail").arg(name).file(name, bytes));
        assert_eq!(found, wanted, "{name}");
    }
}

#[test]
fn standard_input_is_a_file_too() {
    let text = history(&events());
    assert_eq!(groups(diagnose("trail").stdin(&text)), wanted());
    assert_eq!(groups(diagnose("trail -").stdin(&text)), wanted());
}

/// Events, one after the other, in blocks that end anywhere.
#[test]
fn where_blocks_end_does_not_matter() {
    let filler = json!({ "eventVersion": "1.11", "eventSource": "s3.amazonaws.com", "eventName": "GetObject", "note": "\\\"{[" });
    let mut all: Vec<Value> = Vec::new();
    for (number, event) in events().into_iter().enumerate() {
        all.extend(std::iter::repeat_n(filler.clone(), 4_001 + 97 * number));
        all.push(event);
    }
    let text = records(&all);
    assert!(text.len() > 8_000_000);
    assert_eq!(groups(diagnose("trail big.json.gz").file("big.json.gz", gzip(text.as_bytes()))), wanted());
    let lines: String = all.iter().map(|event| format!("{event}\n")).collect();
    assert_eq!(groups(diagnose("trail big.jsonl").file("big.jsonl", lines)), wanted());
}
