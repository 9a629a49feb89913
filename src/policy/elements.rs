//! The elements of a statement.

use serde_json::value::RawValue;
use smallvec::SmallVec;

use super::json;
use super::parse::is_object;
use super::{
    ActionPattern, ConditionBlock, Effect, Element, Finding, FindingCode, ResourcePattern, Span, State, Statement,
    Version,
};
use crate::condition::{Base, Condition, Operator, SetOperator};
use crate::pattern::ArnPattern;

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Collects findings with their positions in one text.
pub(super) struct Findings<'a> {
    text: &'a str,
    list: Vec<Finding>,
}

impl<'a> Findings<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, list: Vec::new() }
    }

    pub(super) fn span(&self, value: &RawValue) -> Span {
        json::span(self.text, value)
    }

    /// The span of a member with its key, where the key stands as it is before the value.
    fn member_span(&self, key: &str, value: &RawValue) -> Span {
        let span = self.span(value);
        let before = self.text.get(..span.start as usize).unwrap_or_default().trim_end().strip_suffix(':');
        let quoted = format!("\"{key}\"");
        let start = before.and_then(|before| before.trim_end().strip_suffix(&quoted)).map(str::len);
        Span { start: start.and_then(|start| u32::try_from(start).ok()).unwrap_or(span.start), ..span }
    }

    pub(super) fn add(&mut self, code: FindingCode, value: &RawValue, text: String) {
        let span = self.span(value);
        self.list.push(Finding { code, span, text });
    }

    /// AWS's spelling of an element's name, with a finding where the document's differs in case only.
    pub(super) fn element_name(&mut self, key: &str, known: &[&str], value: &RawValue) -> String {
        let Some(name) = known.iter().find(|name| name.eq_ignore_ascii_case(key)) else { return key.to_owned() };
        if *name != key {
            self.add(FindingCode::ElementCase, value, format!("`{key}` should be written `{name}`"));
        }
        (*name).to_owned()
    }

    pub(super) fn version(&mut self, value: &RawValue) -> Version {
        match json::string(value).as_deref() {
            Some("2012-10-17") => Version::V2012,
            Some("2008-10-17") => Version::V2008,
            _ => {
                let text = format!("Version {} does not exist; AWS knows 2012-10-17 and 2008-10-17", value.get());
                self.add(FindingCode::UnknownVersion, value, text);
                Version::Unknown
            }
        }
    }

    pub(super) fn sid(&mut self, sid: &str, value: &RawValue, twice: bool) {
        if twice {
            self.add(FindingCode::InvalidSid, value, format!("Sid `{sid}` stands twice in this document"));
        } else if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            self.add(FindingCode::InvalidSid, value, format!("Sid `{sid}`: IAM accepts letters and digits only"));
        }
    }

    /// Documents hold tab, line feed, carriage return and U+0020 to U+00FF.
    pub(super) fn characters(&mut self) {
        let bad = |letter: char| !matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{ff}');
        let Some((at, letter)) = self.text.char_indices().find(|(_, letter)| bad(*letter)) else { return };
        let start = u32::try_from(at).unwrap_or(u32::MAX);
        let end = u32::try_from(at + letter.len_utf8()).unwrap_or(u32::MAX);
        let text = format!("character U+{:04X}: AWS accepts no characters above U+00FF", u32::from(letter));
        self.list.push(Finding { code: FindingCode::InvalidCharacter, span: Span { start, end }, text });
    }

    pub(super) fn finish(mut self) -> Vec<Finding> {
        self.list.sort_by_key(|finding| finding.span.start);
        self.list
    }
}

/// Reads one statement; what is not understood makes it doubtful, never vanish.
pub(super) fn statement(findings: &mut Findings<'_>, value: &RawValue, version: Version) -> Statement {
    let mut statement = Statement {
        action: Element::missing(State::Missing),
        resource: Element::missing(State::Missing),
        conditions: Vec::new(),
        effect: Effect::Unknown,
        doubtful: false,
        sid: None,
        span: findings.span(value),
        effect_span: Span::default(),
    };
    let Some(members) = json::members(value) else {
        let text = format!("a statement must be an object, this is {}", json::kind(value).words());
        findings.add(FindingCode::Malformed, value, text);
        statement.action.state = State::Broken;
        statement.resource.state = State::Broken;
        statement.doubtful = true;
        return statement;
    };
    let mut seen: Vec<String> = Vec::new();
    for member in members {
        let name = findings.element_name(&member.key, &ELEMENTS, member.value);
        let twice = seen.contains(&name);
        if twice {
            findings.add(
                FindingCode::DuplicateElement,
                member.value,
                format!("`{name}` stands twice in one statement"),
            );
        }
        element(findings, &mut statement, &name, member.value, version);
        if twice {
            doubt(&mut statement, &name);
        }
        seen.push(name);
    }
    missing(findings, &mut statement, value, &seen);
    statement
}

fn element(findings: &mut Findings<'_>, statement: &mut Statement, name: &str, value: &RawValue, version: Version) {
    match name {
        "Sid" => statement.sid = json::string(value).map(Into::into),
        "Effect" => {
            statement.effect_span = findings.span(value);
            statement.effect = effect(findings, value);
        }
        "Action" | "NotAction" => {
            let both = statement.action.state != State::Missing;
            statement.action = list(findings, value, name == "NotAction", |findings, text, item| {
                action_findings(findings, text, item);
                ActionPattern::new(text, findings.span(item))
            });
            if both {
                both_forms(findings, value, "Action", "NotAction");
                statement.action.state = State::Broken;
            }
        }
        "Resource" | "NotResource" => {
            let both = statement.resource.state != State::Missing;
            statement.resource = list(findings, value, name == "NotResource", |findings, text, item| {
                let never = resource_findings(findings, text, item, version);
                ResourcePattern {
                    arn: ArnPattern::resource(text, version == Version::V2012),
                    never,
                    span: findings.span(item),
                }
            });
            if both {
                both_forms(findings, value, "Resource", "NotResource");
                statement.resource.state = State::Broken;
            }
        }
        "Condition" => statement.conditions.extend(conditions(findings, value, version)),
        "Principal" | "NotPrincipal" => {
            let text = format!("`{name}` has no place in an identity policy or a boundary: AWS refuses the document");
            findings.add(FindingCode::Malformed, value, text);
            statement.doubtful = true;
        }
        other => {
            findings.add(FindingCode::UnknownElement, value, format!("unknown element `{other}` in a statement"));
            statement.doubtful = true;
        }
    }
}

fn both_forms(findings: &mut Findings<'_>, value: &RawValue, one: &str, other: &str) {
    findings.add(FindingCode::Malformed, value, format!("`{one}` and `{other}` exclude each other, or stand twice"));
}

/// An element that stands twice may mean either of the two.
fn doubt(statement: &mut Statement, name: &str) {
    match name {
        "Action" | "NotAction" => statement.action.state = State::Broken,
        "Resource" | "NotResource" => statement.resource.state = State::Broken,
        "Effect" => statement.effect = Effect::Unknown,
        "Condition" => statement.conditions = vec![ConditionBlock { condition: None, span: statement.span }],
        "Sid" => {}
        _ => statement.doubtful = true,
    }
}

fn missing(findings: &mut Findings<'_>, statement: &mut Statement, value: &RawValue, seen: &[String]) {
    let has = |name: &str| seen.iter().any(|seen| seen == name);
    let mut say = |what: &str| findings.add(FindingCode::Malformed, value, format!("a statement without `{what}`"));
    if !has("Effect") {
        say("Effect");
    }
    if statement.action.state == State::Missing {
        say("Action");
    }
    if statement.resource.state == State::Missing {
        say("Resource");
    }
}

fn effect(findings: &mut Findings<'_>, value: &RawValue) -> Effect {
    match json::string(value).as_deref() {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        _ => {
            let text = format!("Effect must be \"Allow\" or \"Deny\", this is {}", shorten(value.get()));
            findings.add(FindingCode::Malformed, value, text);
            Effect::Unknown
        }
    }
}

/// A string or a list of strings.
fn list<P>(
    findings: &mut Findings<'_>,
    value: &RawValue,
    negated: bool,
    compile: impl Fn(&mut Findings<'_>, &str, &RawValue) -> P,
) -> Element<P> {
    let items = json::one_or_many(value);
    let mut patterns = SmallVec::with_capacity(items.len());
    let mut state = State::Given;
    for item in &items {
        match json::string(item) {
            Some(text) => patterns.push(compile(findings, &text, item)),
            None => {
                let text = format!("expected a string, found {}", json::kind(item).words());
                findings.add(FindingCode::Malformed, item, text);
                state = State::Broken;
            }
        }
    }
    if items.is_empty() {
        findings.add(FindingCode::EmptyList, value, "an empty list: the statement matches nothing".to_owned());
    }
    Element { state, negated, patterns, span: findings.span(value) }
}

fn action_findings(findings: &mut Findings<'_>, text: &str, item: &RawValue) {
    if text == "*" {
        return;
    }
    let mut add = |code, words: &str| findings.add(code, item, format!("action `{text}` {words}"));
    let Some((prefix, name)) = text.split_once(':') else {
        return add(FindingCode::UnmatchableAction, "has no service prefix: it matches nothing");
    };
    if text.contains(char::is_whitespace) || text.contains(',') {
        add(FindingCode::UnmatchableAction, "holds a space or a comma, which AWS takes literally: it matches nothing");
    } else if name.contains(':') {
        add(FindingCode::UnmatchableAction, "has more than one colon: it matches nothing");
    } else if prefix.contains(['*', '?']) && text != "*:*" {
        add(FindingCode::WildcardInPrefix, "has a wildcard in its service prefix, which AWS refuses");
    }
}

/// Findings about a resource pattern; true where it can match nothing.
fn resource_findings(findings: &mut Findings<'_>, text: &str, item: &RawValue, version: Version) -> bool {
    let mut add = |code, words: &str| findings.add(code, item, format!("resource `{text}` {words}"));
    if text == "*" {
        return false;
    }
    if version != Version::V2012 && text.contains("${") {
        add(FindingCode::VariableInOldVersion, "is taken literally: variables need \"Version\": \"2012-10-17\"");
    }
    let fields: Vec<&str> = text.splitn(6, ':').collect();
    if !matches!(fields.as_slice(), ["arn", _, ..]) {
        if text.bytes().all(|byte| byte == b'*') {
            return false;
        }
        add(FindingCode::UnmatchableResource, "is neither an ARN nor \"*\", which AWS refuses");
        return false;
    }
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let head: String = fields.iter().take(5).copied().collect();
    if field(2).contains(['*', '?']) || (field(2).is_empty() && fields.len() > 2) {
        add(FindingCode::UnmatchableResource, "does not name its service, which AWS refuses");
    } else if head.contains("${") {
        add(FindingCode::UnmatchableResource, "has a variable before its fifth colon, where AWS refuses it");
    } else if head.bytes().any(|byte| byte.is_ascii_uppercase()) && fields.len() == 6 {
        add(FindingCode::UnmatchableResource, "has capital letters before the resource part: compared as they are");
    } else if fields.len() == 5 && !text.ends_with('*') {
        add(FindingCode::UnmatchableResource, "has five fields instead of six, which AWS refuses");
    }
    // AWS: the resource type in an ARN takes no wildcard, `arn:aws:iam::123456789012:u*`.
    let kind = field(5).split('/').next().unwrap_or_default();
    let never = field(2) == "iam" && field(5) != "*" && kind.contains(['*', '?']);
    if never {
        add(FindingCode::UnmatchableResource, "has a wildcard in its resource type: it matches nothing");
    }
    never
}

fn conditions(findings: &mut Findings<'_>, value: &RawValue, version: Version) -> Vec<ConditionBlock> {
    let broken = |findings: &Findings<'_>, at: &RawValue| ConditionBlock { condition: None, span: findings.span(at) };
    if !is_object(value) {
        let text = format!("Condition must be an object, this is {}", json::kind(value).words());
        findings.add(FindingCode::Malformed, value, text);
        return vec![broken(findings, value)];
    }
    let mut blocks = Vec::new();
    let mut operators: Vec<String> = Vec::new();
    for member in json::members(value).unwrap_or_default() {
        let operator = Operator::parse(&member.key);
        let twice = operators.iter().any(|seen| seen.eq_ignore_ascii_case(&member.key));
        operators.push(member.key.clone());
        let (Some(operator), false) = (operator, twice || !is_object(member.value)) else {
            let words = match (operator, twice) {
                (None, _) => "is not a condition operator",
                (Some(_), true) => "stands twice",
                (Some(_), false) => "must hold an object of keys and values",
            };
            findings.add(FindingCode::Malformed, member.value, format!("`{}` {words}", member.key));
            if twice {
                blocks.retain(|block: &ConditionBlock| {
                    block.condition.as_ref().is_none_or(|c| Some(c.operator) != operator)
                });
            }
            blocks.push(broken(findings, member.value));
            continue;
        };
        keys(findings, &mut blocks, operator, member.value, version);
    }
    blocks
}

fn keys(
    findings: &mut Findings<'_>,
    blocks: &mut Vec<ConditionBlock>,
    operator: Operator,
    value: &RawValue,
    version: Version,
) {
    let mut seen: Vec<String> = Vec::new();
    for member in json::members(value).unwrap_or_default() {
        let span = findings.member_span(&member.key, member.value);
        let items = json::one_or_many(member.value);
        let values: Option<Vec<Box<str>>> = items.iter().map(|item| json::scalar(item).map(Into::into)).collect();
        let duplicate = seen.contains(&member.key);
        let other_case = !duplicate && seen.iter().any(|key| key.eq_ignore_ascii_case(&member.key));
        if other_case {
            let text = format!("condition key `{}` stands twice in different case", member.key);
            findings.add(FindingCode::SurprisingCondition, member.value, text);
        }
        let condition = values.filter(|_| !duplicate).map(|values| {
            let condition = Condition::new(operator, &member.key, values, version == Version::V2012);
            condition_findings(findings, &condition, member.value);
            condition
        });
        if condition.is_none() {
            let words = if duplicate { "stands twice" } else { "has a value that is no string, number or boolean" };
            findings.add(FindingCode::Malformed, member.value, format!("condition key `{}` {words}", member.key));
        }
        if duplicate {
            blocks.retain(|block| {
                block.condition.as_ref().is_none_or(|c| c.operator != operator || *c.written_key != *member.key)
            });
        }
        blocks.push(ConditionBlock { condition, span });
        seen.push(member.key);
    }
}

fn condition_findings(findings: &mut Findings<'_>, condition: &Condition, at: &RawValue) {
    let operator = condition.operator;
    for value in condition.unreadable_values() {
        let text = format!("{operator} cannot read `{}`: it matches nothing", shorten(value));
        findings.add(FindingCode::UnreadableValue, at, text);
    }
    if operator.base == Base::Null && operator.set != SetOperator::None {
        let always = if operator.set == SetOperator::ForAllValues { "true" } else { "false" };
        findings.add(FindingCode::SurprisingCondition, at, format!("{operator} is always {always}"));
    }
    if condition.values.is_empty() {
        let text = format!("{operator} has no values; AWS's documentation contradicts itself on what that means");
        findings.add(FindingCode::SurprisingCondition, at, text);
    }
}

/// At most 60 characters of a text.
fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// What a `Statement` may be.
#[cfg(test)]
mod tests {
    use super::super::Document;

    #[test]
    fn kinds_of_statement() {
        for (text, count) in [
            (r#"{"Statement": []}"#, 0),
            (r#"{"Statement": {"Effect":"Allow","Action":"*","Resource":"*"}}"#, 1),
            (r#"{"Statement": ["x", {}]}"#, 2),
        ] {
            assert_eq!(Document::parse(text).unwrap().statements.len(), count, "{text}");
        }
    }
}
