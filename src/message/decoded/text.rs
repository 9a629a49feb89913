//! Decoded authorization messages in text that people paste, escaped or not.
//!
//! Source: STS API Reference, `DecodeAuthorizationMessage`.

use super::super::event::text::string;
use super::super::words::Text;
use super::super::{Denial, Statement};
use crate::eval::DenyKind;

/// The denial of a decoded authorization message, escaped or not.
pub(in crate::message) fn in_text(text: &Text, within: (usize, usize)) -> Option<Denial> {
    let explicit = text.find("\"explicitdeny\"", within.0, within.1)?;
    let context = text.find("\"context\"", explicit, within.1)?;
    let inner = (context, within.1);
    let principal =
        text.find("\"principal\"", context, within.1).and_then(|at| string(text, "\"arn\"", (at, within.1)));
    let action = string(text, "\"action\"", inner).filter(|action| action.contains(':'))?;
    let is_explicit = string(text, "\"explicitdeny\"", within) == Some("true");
    let sid = string(text, "\"statementid\"", (explicit, context)).filter(|_| is_explicit);
    let mut denial = Denial {
        statement: sid.map(|sid| Statement { sid: Some(sid.to_owned()), ..Statement::default() }),
        principal: principal.map(str::to_owned),
        action: action.to_owned(),
        resource: string(text, "\"resource\"", inner).map(str::to_owned),
        deny: Some(if is_explicit { DenyKind::Explicit } else { DenyKind::Implicit }),
        count: 1,
        ..Denial::default()
    };
    let mut at = text.find("\"conditions\"", context, within.1).unwrap_or(within.1);
    while let Some(key_at) = text.find("\"key\"", at, within.1) {
        at = key_at + 5;
        let next = text.find("\"key\"", at, within.1).unwrap_or(within.1);
        let Some(key) = string(text, "\"key\"", (key_at, next)) else { continue };
        denial.context.push((key.to_owned(), values(text, at, next)));
    }
    Some(denial)
}

/// All `"value":"…"` of a stretch.
fn values(text: &Text, from: usize, to: usize) -> Vec<String> {
    let mut values = Vec::new();
    let mut at = from;
    while let Some(found) = text.find("\"value\"", at, to) {
        values.extend(string(text, "\"value\"", (found, to)).map(str::to_owned));
        at = found + 7;
    }
    values
}
