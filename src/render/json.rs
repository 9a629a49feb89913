//! JSON: `json` pretty-printed, `jsonl` one result a line.

use serde::Serialize;

use super::safe::escape_json;

/// The whole report.
pub fn json<T: Serialize>(report: &T) -> Vec<u8> {
    line(serde_json::to_string_pretty(report)).into_bytes()
}

/// One result a line.
pub fn jsonl<T: Serialize>(results: &[T]) -> Vec<u8> {
    results.iter().map(|one| line(serde_json::to_string(one))).collect::<String>().into_bytes()
}

/// Strings, numbers and lists into memory: there is nothing in a report that could fail.
fn line(written: serde_json::Result<String>) -> String {
    debug_assert!(written.is_ok());
    escape_json(written.unwrap_or_default()) + "\n"
}
