//! The elements of a statement.

use smallvec::SmallVec;

use super::collect::{Findings, shorten};
use super::conditions::conditions;
use super::json::{Member, Value};
use super::parse::Seen;
use super::principal::principal;
use super::{ActionPattern, ConditionBlock, Effect, Element, FindingCode, ResourcePattern, State, Statement, Version};
use crate::pattern::ArnPattern;

const ELEMENTS: [&str; 9] =
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "NotResource", "Condition"];

/// Reads one statement; what is not understood makes it doubtful, never vanish.
pub(super) fn statement(findings: &mut Findings<'_>, value: &Value<'_>, version: Version) -> Statement {
    let span = value.span();
    let mut statement = Statement {
        action: Element::missing(span),
        resource: Element::missing(span),
        principal: None,
        conditions: Vec::new(),
        effect: Effect::Unknown,
        doubtful: false,
        sid: None,
        span,
        effect_span: span,
    };
    let Some(members) = value.members() else {
        let text = format!("a statement must be an object, this is {}", value.kind().words());
        findings.add(FindingCode::Malformed, value, text);
        statement.action.state = State::Broken;
        statement.resource.state = State::Broken;
        statement.doubtful = true;
        return statement;
    };
    let mut seen = Seen::default();
    for member in members {
        let known = findings.element_name(&member.key, &ELEMENTS, &member.value);
        let name = known.unwrap_or(&member.key);
        if seen.is_new(known, &member.key) {
            element(findings, &mut statement, name, &member, version);
        } else {
            let text = format!("`{name}` stands twice in one statement");
            findings.add(FindingCode::DuplicateElement, &member.value, text);
            doubt(&mut statement, name);
        }
    }
    missing(findings, &mut statement, value, &seen);
    statement
}

fn element(findings: &mut Findings<'_>, statement: &mut Statement, name: &str, member: &Member<'_>, version: Version) {
    let value = &member.value;
    match name {
        "Sid" => statement.sid = value.string().map(Box::from),
        "Effect" => {
            statement.effect_span = value.span();
            statement.effect = effect(findings, value);
        }
        "Action" | "NotAction" => {
            let both = statement.action.state != State::Missing;
            statement.action = list(findings, member, name == "NotAction", |findings, text, item| {
                action_findings(findings, text, item);
                ActionPattern::new(text, item.span())
            });
            if both {
                both_forms(findings, value, "Action", "NotAction");
                statement.action.state = State::Broken;
            }
        }
        "Resource" | "NotResource" => {
            let both = statement.resource.state != State::Missing;
            statement.resource = list(findings, member, name == "NotResource", |findings, text, item| {
                let Refusal { never, refused } = resource_findings(findings, text, item, version);
                ResourcePattern {
                    arn: ArnPattern::resource(text, version == Version::V2012),
                    never,
                    refused,
                    span: item.span(),
                }
            });
            if both {
                both_forms(findings, value, "Resource", "NotResource");
                statement.resource.state = State::Broken;
            }
        }
        "Condition" => statement.conditions.extend(conditions(findings, value, version)),
        "Principal" | "NotPrincipal" => {
            let both = statement.principal.is_some();
            let mut element = principal(findings, member, name == "NotPrincipal");
            if both {
                both_forms(findings, value, "Principal", "NotPrincipal");
                element.state = State::Broken;
            }
            statement.principal = Some(element);
        }
        other => {
            findings.add(FindingCode::UnknownElement, value, format!("unknown element `{other}` in a statement"));
            statement.doubtful = true;
        }
    }
}

fn both_forms(findings: &mut Findings<'_>, value: &Value<'_>, one: &str, other: &str) {
    findings.add(FindingCode::Malformed, value, format!("`{one}` and `{other}` exclude each other, or stand twice"));
}

/// An element that stands twice may mean either of the two.
fn doubt(statement: &mut Statement, name: &str) {
    match name {
        "Action" | "NotAction" => statement.action.state = State::Broken,
        "Resource" | "NotResource" => statement.resource.state = State::Broken,
        "Effect" => statement.effect = Effect::Unknown,
        "Principal" | "NotPrincipal" => {
            if let Some(element) = &mut statement.principal {
                element.state = State::Broken;
            }
        }
        "Condition" => statement.conditions = vec![ConditionBlock { condition: None, span: statement.span }],
        "Sid" => {}
        _ => statement.doubtful = true,
    }
}

fn missing(findings: &mut Findings<'_>, statement: &mut Statement, value: &Value<'_>, seen: &Seen) {
    let mut say = |what: &str| findings.add(FindingCode::Malformed, value, format!("a statement without `{what}`"));
    if !seen.has("Effect") {
        say("Effect");
    }
    if statement.action.state == State::Missing {
        say("Action");
    }
}

fn effect(findings: &mut Findings<'_>, value: &Value<'_>) -> Effect {
    match value.string().as_deref() {
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
    member: &Member<'_>,
    negated: bool,
    compile: impl Fn(&mut Findings<'_>, &str, &Value<'_>) -> P,
) -> Element<P> {
    let items = member.value.one_or_many();
    let count = items.clone().count();
    let mut patterns = SmallVec::with_capacity(count);
    let mut state = State::Given;
    for item in items {
        match item.string() {
            Some(text) => patterns.push(compile(findings, &text, &item)),
            None => {
                let text = format!("expected a string, found {}", item.kind().words());
                findings.add(FindingCode::Malformed, &item, text);
                state = State::Broken;
            }
        }
    }
    if count == 0 {
        findings.add(FindingCode::EmptyList, &member.value, "an empty list: the statement matches nothing".to_owned());
    }
    Element { state, negated, patterns, span: member.span() }
}

fn action_findings(findings: &mut Findings<'_>, text: &str, item: &Value<'_>) {
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

/// What AWS says against a resource pattern.
#[derive(Default)]
struct Refusal {
    /// It can match nothing.
    never: bool,
    /// AWS refuses a document that holds it.
    refused: bool,
}

/// Findings about a resource pattern.
fn resource_findings(findings: &mut Findings<'_>, text: &str, item: &Value<'_>, version: Version) -> Refusal {
    let mut refused = false;
    let mut add = |code, words: &str| {
        refused |= words.ends_with("refuses") || words.ends_with("refuses it");
        findings.add(code, item, format!("resource `{text}` {words}"));
    };
    if text == "*" {
        return Refusal::default();
    }
    let has_variable = text.bytes().any(|byte| byte == b'$') && text.contains("${");
    if version != Version::V2012 && has_variable {
        add(FindingCode::VariableInOldVersion, "is taken literally: variables need \"Version\": \"2012-10-17\"");
    }
    let fields: SmallVec<[&str; 6]> = text.splitn(6, ':').collect();
    if !matches!(fields.as_slice(), ["arn", _, ..]) {
        let never = !text.bytes().all(|byte| byte == b'*');
        if never {
            add(FindingCode::UnmatchableResource, "is neither an ARN nor \"*\", which AWS refuses");
        }
        return Refusal { never, refused };
    }
    let field = |at: usize| fields.get(at).copied().unwrap_or_default();
    let head = fields.iter().take(5);
    if field(2).contains(['*', '?']) || (field(2).is_empty() && fields.len() > 2) {
        add(FindingCode::UnmatchableResource, "does not name its service, which AWS refuses");
    } else if has_variable && head.clone().any(|field| field.contains("${")) {
        add(FindingCode::UnmatchableResource, "has a variable before its fifth colon, where AWS refuses it");
    } else if head.clone().any(|field| field.bytes().any(|byte| byte.is_ascii_uppercase())) && fields.len() == 6 {
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
    Refusal { never, refused: refused || never }
}

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
