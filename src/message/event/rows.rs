//! Structures as Athena and CloudTrail Lake write them into the cells of a result: `{type=IAMUser, arn=arn:…, tags=[a, b]}`.
//!
//! Nothing is quoted there, so a comma may be part of a value: one ends a value only where a name and `=` follow.
//!
//! Source: Trino documentation, "Data types", `ROW`, `MAP`, in the form in which Athena's result files hold them.

use serde_json::{Map, Value};

/// How deep structures stand within one another; a deeper one is text.
const DEPTH: usize = 16;

/// The value of a cell: JSON, or a structure as the engines write it; `null` where the cell is neither.
pub(super) fn value(text: &str) -> Value {
    let text = text.trim();
    if let Ok(found) = serde_json::from_str::<Value>(text) {
        return found;
    }
    let is_structure = (text.starts_with('{') && text.ends_with('}')) || (text.starts_with('[') && text.ends_with(']'));
    if is_structure { structure(text, 0) } else { Value::Null }
}

fn structure(text: &str, depth: usize) -> Value {
    let inner = |open: char, close: char| text.strip_prefix(open)?.strip_suffix(close);
    if depth >= DEPTH {
        return Value::String(text.to_owned());
    }
    if let Some(inner) = inner('{', '}') {
        let members = parts(inner, is_named).into_iter().filter_map(|part| part.split_once('='));
        let members = members.map(|(name, value)| (name.trim().to_owned(), structure(value, depth + 1)));
        return Value::Object(members.collect::<Map<_, _>>());
    }
    if let Some(inner) = inner('[', ']') {
        let items = parts(inner, |_| true).into_iter().filter(|part| !part.is_empty());
        return Value::Array(items.map(|part| structure(part, depth + 1)).collect());
    }
    if text == "null" { Value::Null } else { Value::String(text.to_owned()) }
}

/// The parts between commas that stand in no brackets, and behind which something begins.
fn parts(text: &str, begins: impl Fn(&str) -> bool) -> Vec<&str> {
    let (mut found, mut start, mut depth) = (Vec::new(), 0, 0_usize);
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                if let Some(rest) =
                    text.get(at + 1..).and_then(|rest| rest.strip_prefix(' ')).filter(|rest| begins(rest))
                {
                    found.extend(text.get(start..at));
                    start = text.len() - rest.len();
                }
            }
            _ => {}
        }
    }
    found.extend(text.get(start..));
    found
}

/// Whether a name and `=` stand first.
fn is_named(text: &str) -> bool {
    let name = |letter: char| letter.is_ascii_alphanumeric() || "_-.:/".contains(letter);
    text.split_once('=').is_some_and(|(first, _)| !first.is_empty() && first.chars().all(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn structures_are_read_as_the_engines_write_them() {
        let text = "{type=AssumedRole, arn=arn:aws:sts::123456789012:assumed-role/a/s, invokedby=null, sessioncontext=\
                    {attributes={mfaauthenticated=false}, sessionissuer={arn=arn:aws:iam::123456789012:role/p/a}}, name=a, b=}";
        let wanted = json!({
            "type": "AssumedRole", "arn": "arn:aws:sts::123456789012:assumed-role/a/s", "invokedby": null, "name": "a", "b": "",
            "sessioncontext": { "attributes": { "mfaauthenticated": "false" },
                "sessionissuer": { "arn": "arn:aws:iam::123456789012:role/p/a" } },
        });
        assert_eq!(value(text), wanted);
        assert_eq!(
            value("[{arn=arn:x, type=a}, {arn=arn:y}]"),
            json!([{ "arn": "arn:x", "type": "a" }, { "arn": "arn:y" }])
        );
        // A comma within a value is part of it.
        assert_eq!(value("{key=a, b, and c, bucketName=d}"), json!({ "key": "a, b, and c", "bucketName": "d" }));
        assert_eq!(value(r#"{"key": "a=b"}"#), json!({ "key": "a=b" }));
        assert_eq!(
            (value(""), value("text"), value("[]"), value("{}")),
            (json!(null), json!(null), json!([]), json!({}))
        );
        assert!(value(&"{a=".repeat(100_000)).is_null());
        assert!(value(&("{a=".repeat(1_000) + &"}".repeat(1_000))).is_object());
    }
}
