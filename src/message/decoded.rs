//! A decoded authorization message as a file of its own.
//!
//! Source: STS API Reference, `DecodeAuthorizationMessage`.

pub(super) mod text;

use serde_json::Value;

use super::{Denial, Statement};
use crate::eval::DenyKind;

/// The denial of the JSON of `aws sts decode-authorization-message`, of the message in it alone, or of that message as a
/// JSON string; `None` where the text is none of these.
pub fn decoded(text: &str) -> Option<Denial> {
    let mut value: Value = serde_json::from_str(text.trim_start_matches('\u{feff}')).ok()?;
    // The message is JSON in a JSON string, and may be one in a string again where somebody saved it so.
    for _ in 0..3 {
        if let Some(inner) = value.get("DecodedMessage") {
            value = inner.clone();
        }
        if let Value::String(inner) = &value {
            value = serde_json::from_str(inner).ok()?;
        }
    }
    // One that allows is no denial.
    let denied = value.get("allowed").and_then(Value::as_bool) != Some(true);
    let context = value.get("context").filter(|_| denied)?;
    let action = context.get("action")?.as_str().filter(|action| action.contains(':'))?;
    let string = |value: Option<&Value>| value.and_then(Value::as_str).map(clean).filter(|text| !text.is_empty());
    let explicit = value.get("explicitDeny").and_then(Value::as_bool);
    Some(Denial {
        principal: string(context.get("principal").and_then(|principal| principal.get("arn"))),
        action: clean(action),
        resource: string(context.get("resource")),
        statement: items(value.get("matchedStatements")).find_map(statement),
        deny: explicit.map(|explicit| if explicit { DenyKind::Explicit } else { DenyKind::Implicit }),
        context: items(context.get("conditions")).filter_map(condition).collect(),
        encoded: Some(String::new()),
        count: 1,
        ..Denial::default()
    })
}

/// A statement that denies.
fn statement(item: &Value) -> Option<Statement> {
    let denies = item.get("effect")?.as_str()?.eq_ignore_ascii_case("deny");
    let texts = |name| items(item.get(name)).filter_map(|value| value.get("value")?.as_str()).map(clean).collect();
    let sid = item.get("statementId").and_then(Value::as_str).map(clean).filter(|sid| !sid.is_empty());
    denies.then(|| Statement { sid, actions: texts("actions"), resources: texts("resources") })
}

fn condition(item: &Value) -> Option<(String, Vec<String>)> {
    let key = item.get("key")?.as_str().filter(|key| key.contains(':'))?;
    let values = items(item.get("values")).filter_map(|value| value.get("value")?.as_str()).map(clean);
    Some((clean(key), values.collect()))
}

/// The members of `{"items": […]}`.
fn items(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(|value| value.get("items")).and_then(Value::as_array).into_iter().flatten()
}

fn clean(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).collect()
}
