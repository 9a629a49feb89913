//! From text to a document: the top level and the statements.

use std::collections::{BTreeMap, HashSet};
use std::sync::OnceLock;

use serde_json::value::RawValue;

use super::collect::Findings;
use super::elements;
use super::json;
use super::{Document, FindingCode, Heads, ParseError, Place, Statement, Version, place_in};
use crate::condition::Condition;

pub(super) fn document(text: &str) -> Result<Document, ParseError> {
    let shown = shown_text(text);
    let root: &RawValue = serde_json::from_str(&shown).map_err(|error| syntax_error(&shown, &error))?;
    let refuse = |value: &RawValue, problem: String| ParseError {
        place: place_in(&shown, json::span(&shown, value).start as usize),
        problem,
    };
    let Some(members) = json::members(root) else {
        let found = json::kind(root).words();
        return Err(refuse(root, format!("expected a policy document (a JSON object), found {found}")));
    };
    let mut findings = Findings::new(&shown);
    let mut version = Version::V2008;
    let mut blocks: Vec<&RawValue> = Vec::new();
    let mut sound = true;
    let mut seen: HashSet<String> = HashSet::new();
    for member in &members {
        let name = findings.element_name(&member.key, &["Version", "Id", "Statement"], member.value);
        if seen.contains(&name) {
            findings.add(FindingCode::DuplicateElement, member.value, format!("`{name}` stands twice"));
            sound = false;
        }
        match name.as_str() {
            "Version" => version = findings.version(member.value),
            "Statement" => blocks.push(member.value),
            "Id" => {}
            other => {
                let text = format!("unknown element `{other}` at the top of the document");
                findings.add(FindingCode::UnknownElement, member.value, text);
            }
        }
        seen.insert(name);
    }
    if blocks.is_empty() {
        return Err(refuse(root, "no `Statement` in it: this is not a policy document".to_owned()));
    }
    // Of two `Statement` elements it is not known which counts: all of their statements are kept, in doubt.
    let statements = read_statements(&mut findings, &blocks, version, sound);
    findings.characters();
    let findings = findings.finish();
    let heads = Heads::new(&statements);
    let keys = keys(&statements);
    let line_starts = super::line_starts(&shown);
    Ok(Document {
        text: shown.into(),
        line_starts,
        version,
        statements,
        findings,
        heads,
        keys,
        abouts: OnceLock::new(),
    })
}

/// The condition keys of all statements, in conditions and as variables.
fn keys(statements: &[Statement]) -> Vec<(Box<str>, Box<str>)> {
    let mut keys: BTreeMap<Box<str>, Box<str>> = BTreeMap::new();
    for condition in statements.iter().flat_map(|one| &one.conditions).filter_map(|block| block.condition.as_ref()) {
        keys.entry(condition.key.clone()).or_insert_with(|| condition.written_key.clone());
    }
    for statement in statements {
        let resources = statement.resource.patterns.iter().flat_map(|pattern| pattern.arn.variables());
        let conditions = statement.conditions.iter().filter_map(|block| block.condition.as_ref());
        let variables = resources.map(|variable| &*variable.key).chain(conditions.flat_map(Condition::variable_keys));
        for key in variables {
            keys.entry(key.into()).or_insert_with(|| key.into());
        }
    }
    keys.into_iter().collect()
}

fn read_statements(findings: &mut Findings<'_>, blocks: &[&RawValue], version: Version, sound: bool) -> Vec<Statement> {
    let items: Vec<&RawValue> = blocks.iter().flat_map(|block| json::one_or_many(block)).collect();
    if let (true, Some(block)) = (items.is_empty(), blocks.first()) {
        findings.add(FindingCode::EmptyList, block, "a document without statements, which AWS refuses".to_owned());
    }
    let mut statements = Vec::with_capacity(items.len());
    let mut sids: HashSet<Box<str>> = HashSet::new();
    for item in items {
        let mut statement = elements::statement(findings, item, version);
        statement.doubtful |= !sound || version == Version::Unknown;
        if let Some(sid) = &statement.sid {
            findings.sid(sid, item, !sids.insert(sid.clone()));
        }
        statements.push(statement);
    }
    statements
}

/// A text of one line is shown, and counted, in its pretty-printed form.
fn shown_text(text: &str) -> String {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.trim_end();
    if text.trim_start().contains('\n') {
        return text.to_owned();
    }
    let root: Option<&RawValue> = serde_json::from_str(text).ok();
    root.map_or_else(|| text.to_owned(), json::pretty)
}

pub(super) fn syntax_error(text: &str, error: &serde_json::Error) -> ParseError {
    if text.trim().is_empty() {
        return ParseError { place: Place { line: 1, column: 1 }, problem: "it is empty".to_owned() };
    }
    let place = Place { line: error.line().max(1), column: error.column().max(1) };
    ParseError { place, problem: format!("syntax error: {}", json::problem(text, error)) }
}
