//! JSON as an HCL expression, laid out as `terraform fmt` does.

use super::value::Json;
use crate::fix::commands::is_harmful;

/// A list of plain values that is not longer stays on one line.
const WIDTH: usize = 80;

/// `value` with its further lines indented by `depth` steps of two spaces.
pub(super) fn expression(value: &Json, depth: usize) -> String {
    match value {
        Json::Null => "null".to_owned(),
        Json::Bool(value) => value.to_string(),
        Json::Number(value) => value.clone(),
        Json::Text(value) => text(value),
        Json::List(items) => list(items, depth),
        Json::Object(members) => object(members, depth),
    }
}

fn list(items: &[Json], depth: usize) -> String {
    let parts: Vec<String> = items.iter().map(|item| expression(item, depth + 1)).collect();
    let line = format!("[{}]", parts.join(", "));
    let plain = items.iter().all(|item| !matches!(item, Json::List(_) | Json::Object(_)));
    if plain && (items.len() < 2 || line.chars().count() + depth * 2 <= WIDTH) {
        return line;
    }
    let inner = "  ".repeat(depth + 1);
    let lines: String = parts.iter().map(|part| format!("{inner}{part},\n")).collect();
    format!("[\n{lines}{}]", "  ".repeat(depth))
}

fn object(members: &[(String, Json)], depth: usize) -> String {
    if members.is_empty() {
        return "{}".to_owned();
    }
    let parts: Vec<(String, String)> =
        members.iter().map(|(name, value)| (key(name), expression(value, depth + 1))).collect();
    let mut out = String::from("{\n");
    // The `=` of neighbouring lines are aligned; a value over several lines ends the group and is in none.
    for group in parts.chunk_by(|a, b| !a.1.contains('\n') && !b.1.contains('\n')) {
        let width = group.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in group {
            let inner = "  ".repeat(depth + 1);
            out.push_str(&format!("{inner}{name:width$} = {value}\n"));
        }
    }
    out.push_str(&"  ".repeat(depth));
    out.push('}');
    out
}

/// The name of a member: as it stands where it is an identifier, else a string.
fn key(name: &str) -> String {
    let mut letters = name.chars();
    let starts = letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == '_');
    let plain = starts && letters.all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'));
    // `{ for …` starts a comprehension; the others read as values.
    if plain && !matches!(name, "for" | "true" | "false" | "null") {
        return name.to_owned();
    }
    // Beyond ASCII the width of a character, and so the alignment, is a matter of dispute.
    quoted(name, |letter| !letter.is_ascii())
}

fn text(value: &str) -> String {
    quoted(value, |_| false)
}

/// A quoted template that stands for `value` and nothing else.
fn quoted(value: &str, also: impl Fn(char) -> bool) -> String {
    let mut out = String::from("\"");
    let mut letters = value.chars().peekable();
    while let Some(letter) = letters.next() {
        let opens = letters.peek() == Some(&'{');
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '$' => out.push_str(if opens { "$$" } else { "$" }),
            '%' => out.push_str(if opens { "%%" } else { "%" }),
            _ if is_harmful(letter) || also(letter) => out.push_str(&code(letter)),
            _ => out.push(letter),
        }
    }
    out.push('"');
    out
}

fn code(letter: char) -> String {
    let number = u32::from(letter);
    if number > 0xffff { format!("\\U{number:08x}") } else { format!("\\u{number:04x}") }
}
