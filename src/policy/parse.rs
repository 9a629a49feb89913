//! From text to a document: the top level and the statements.

use std::collections::HashSet;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::collect::Findings;
use super::elements;
use super::json::{self, Layout, Value};
use super::{Document, FindingCode, Heads, ParseError, Place, Statement, Version, place_in};
use crate::condition::Condition;

/// The elements at the top.
const TOP: [&str; 3] = ["Version", "Id", "Statement"];

pub(super) fn document(text: &str) -> Result<Document, ParseError> {
    let (shown, layout) = shown_text(text)?;
    let root = layout.root(&shown);
    let refuse = |problem: String| ParseError { place: place_in(&shown, root.span().start as usize), problem };
    let Some(members) = root.members() else {
        return Err(refuse(format!("expected a policy document (a JSON object), found {}", root.kind().words())));
    };
    let mut findings = Findings::new(&shown);
    let mut version = Version::V2008;
    let mut blocks: Vec<Value<'_>> = Vec::new();
    let mut seen = Seen::default();
    let mut sound = true;
    for member in members {
        let name = findings.element_name(&member.key, &TOP, &member.value);
        if !seen.is_new(name, &member.key) {
            let text = format!("`{}` stands twice", name.unwrap_or(&member.key));
            findings.add(FindingCode::DuplicateElement, &member.value, text);
            sound = false;
        }
        match name {
            Some("Version") => version = findings.version(&member.value),
            Some("Statement") => blocks.push(member.value),
            Some(_) => {}
            None => {
                let text = format!("unknown element `{}` at the top of the document", member.key);
                findings.add(FindingCode::UnknownElement, &member.value, text);
            }
        }
    }
    if blocks.is_empty() {
        return Err(refuse("no `Statement` in it: this is not a policy document".to_owned()));
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

/// The elements of an object that were read already.
#[derive(Debug, Default)]
pub(super) struct Seen {
    known: SmallVec<[&'static str; 9]>,
    unknown: HashSet<String>,
}

impl Seen {
    /// Whether one of the language, or another of that key, stands there for the first time.
    pub(super) fn is_new(&mut self, name: Option<&'static str>, key: &str) -> bool {
        match name {
            Some(name) if self.known.contains(&name) => false,
            Some(name) => {
                self.known.push(name);
                true
            }
            None => self.unknown.insert(key.to_owned()),
        }
    }

    /// Whether this one of the language was among them.
    pub(super) fn has(&self, name: &str) -> bool {
        self.known.contains(&name)
    }
}

/// The condition keys of all statements, in conditions and as variables.
fn keys(statements: &[Statement]) -> Vec<(Arc<str>, Arc<str>)> {
    let conditions = || statements.iter().flat_map(|one| &one.conditions).filter_map(|block| block.condition.as_ref());
    let resources = statements.iter().flat_map(|one| &one.resource.patterns).flat_map(|one| one.arn.variables());
    let variables = resources.map(|variable| &*variable.key).chain(conditions().flat_map(Condition::variable_keys));
    let tested = conditions().map(|condition| (&*condition.key, &*condition.written_key));
    let mut keys: Vec<(&str, &str)> = tested.chain(variables.map(|key| (key, key))).collect();
    // Of several, the first: a condition's spelling before a variable's.
    keys.sort_by_key(|(key, _)| *key);
    keys.dedup_by_key(|(key, _)| *key);
    keys.into_iter().map(|(key, written)| (key.into(), written.into())).collect()
}

fn read_statements(findings: &mut Findings<'_>, blocks: &[Value<'_>], version: Version, sound: bool) -> Vec<Statement> {
    let items = || blocks.iter().flat_map(Value::one_or_many);
    let mut statements = Vec::with_capacity(items().count());
    let mut sids: HashSet<Box<str>> = HashSet::new();
    for item in items() {
        let mut statement = elements::statement(findings, &item, version);
        statement.doubtful |= !sound || version == Version::Unknown;
        if let Some(sid) = &statement.sid {
            findings.sid(sid, &item, !sids.insert(sid.clone()));
        }
        statements.push(statement);
    }
    if let (true, Some(block)) = (statements.is_empty(), blocks.first()) {
        findings.add(FindingCode::EmptyList, block, "a document without statements, which AWS refuses".to_owned());
    }
    statements
}

/// The text as it is shown, and where its values stand: a text of one line is shown, and counted, in its pretty-printed
/// form.
fn shown_text(text: &str) -> Result<(String, Layout), ParseError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.trim_end();
    let layout = Layout::read(text).map_err(|error| syntax_error(text, &error))?;
    Ok(if text.trim_start().contains('\n') { (text.to_owned(), layout) } else { layout.pretty(text) })
}

pub(super) fn syntax_error(text: &str, error: &serde_json::Error) -> ParseError {
    if text.trim().is_empty() {
        return ParseError { place: Place { line: 1, column: 1 }, problem: "it is empty".to_owned() };
    }
    let place = Place { line: error.line().max(1), column: error.column().max(1) };
    ParseError { place, problem: format!("syntax error: {}", json::problem(text, error)) }
}
