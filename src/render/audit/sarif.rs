//! SARIF 2.1.0, which code-scanning pages read.
//!
//! Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0", sections 3.19 (toolComponent), 3.27
//! (result) and 3.28 (location); GitHub, "SARIF support for code scanning" (`security-severity`).

use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use serde_json::{Map, Value, json};

use crate::audit::{Code, Severity};
use crate::render::safe::{clean, escape_json};
use crate::report::audit::{AuditFindingReport, AuditReport};

/// What a path keeps in a URI reference.
const PATH: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// The findings as one run of this tool.
pub fn sarif(report: &AuditReport) -> Vec<u8> {
    let results: Vec<Value> = report.findings.iter().map(|found| result(found, report.file.as_ref())).collect();
    let driver = json!({
        "name": "diagnose",
        "version": env!("CARGO_PKG_VERSION"),
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "rules": Code::ALL.map(rule),
    });
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{ "tool": { "driver": driver }, "columnKind": "unicodeCodePoints", "results": results }],
    });
    let text = serde_json::to_string_pretty(&log).unwrap_or_default();
    (escape_json(text) + "\n").into_bytes()
}

fn rule(code: Code) -> Value {
    json!({
        "id": code.code(),
        "name": pascal(code.code()),
        "shortDescription": { "text": format!("{}.", code.title()) },
        "fullDescription": { "text": format!("{}. {}", code.title(), code.advice()) },
        "help": { "text": code.advice(), "markdown": code.advice() },
        "defaultConfiguration": { "level": level(code.severity()) },
        "properties": { "tags": ["security", "iam"], "security-severity": score(code.severity()) },
    })
}

/// `BoundaryMissing` of `boundary-missing`.
fn pascal(code: &str) -> String {
    let capital = |word: &str| {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect::<String>()
    };
    code.split('-').map(capital).collect()
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// The bands of GitHub: over 7.0 high, from 4.0 medium, else low.
fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::High => "8.0",
        Severity::Medium => "5.0",
        Severity::Low => "2.0",
        Severity::Info => "0.0",
    }
}

fn result(found: &AuditFindingReport, file: Option<&String>) -> Value {
    let mut result = Map::new();
    result.insert("ruleId".to_owned(), json!(found.code));
    result.insert("ruleIndex".to_owned(), json!(Code::ALL.iter().position(|code| *code == found.kind)));
    result.insert("level".to_owned(), json!(level(found.weight)));
    let who = found.principal.as_ref().map_or_else(String::new, |principal| format!("{principal}: "));
    result.insert("message".to_owned(), json!({ "text": clean(&format!("{who}{}.", found.text)) }));
    let location = location(found, file);
    if !location.is_empty() {
        result.insert("locations".to_owned(), json!([location]));
    }
    result.insert("partialFingerprints".to_owned(), json!({ "diagnose/v1": found.fingerprint }));
    if let Some(state) = found.baseline {
        result.insert("baselineState".to_owned(), json!(state));
    }
    let properties = json!({
        "severity": found.severity,
        "principal": found.principal,
        "policy": found.policy,
        "policyArn": found.policy_arn,
        "policyLine": found.line,
        "actions": found.actions,
    });
    result.insert("properties".to_owned(), properties);
    Value::Object(result)
}

/// Where it can be seen; of what stands on no line, `file` as a whole.
fn location(found: &AuditFindingReport, file: Option<&String>) -> Map<String, Value> {
    let mut location = Map::new();
    if let Some(file) = found.file.as_ref().or(file) {
        let uri = utf8_percent_encode(file, PATH).to_string();
        let mut physical = Map::new();
        physical.insert("artifactLocation".to_owned(), json!({ "uri": uri }));
        if let Some(line) = found.file_line {
            physical.insert("region".to_owned(), json!({ "startLine": line }));
        }
        location.insert("physicalLocation".to_owned(), Value::Object(physical));
    }
    let names = [&found.principal, if found.policy_arn.is_some() { &found.policy_arn } else { &found.policy }];
    let logical: Vec<Value> =
        names.into_iter().flatten().map(|name| json!({ "fullyQualifiedName": name, "kind": "resource" })).collect();
    if !logical.is_empty() {
        location.insert("logicalLocations".to_owned(), Value::Array(logical));
    }
    location
}
