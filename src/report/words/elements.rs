//! One element of a statement in words: in full for the reader of JSON, short for the arrow.

use crate::condition::Remark;
use crate::context::Fact;
use crate::explain::{ConditionTrace, ElementKind, ElementTrace, Role, Subject};
use crate::policy::{Span, Version};
use crate::request::{Request, Resource};
use crate::snapshot::Policy;
use crate::truth::Truth;

/// One element in words.
pub(in crate::report) fn detail(element: &ElementTrace, policy: &Policy, request: &Request) -> String {
    if element.broken {
        return format!("the {} is missing, or not understood", element.kind.code());
    }
    let item = written(policy, element.span);
    let negated = is_negated(element.kind);
    match element.kind {
        ElementKind::Effect | ElementKind::Statement => String::new(),
        ElementKind::Principal if !element.item && element.truth == Truth::No => {
            format!("nothing in it names {}", super::principal(&request.caller.principal))
        }
        ElementKind::Principal | ElementKind::NotPrincipal => {
            let who = super::principal(&request.caller.principal);
            matching(element.truth, element.item, negated, &item, &who, "which principal it is")
        }
        ElementKind::Action | ElementKind::NotAction => {
            matching(element.truth, element.item, negated, &item, &request.action.text, "which action it is")
        }
        ElementKind::Resource | ElementKind::NotResource => {
            if request.action.takes_only_star()
                && request.resource.text() == "*"
                && element.truth == Truth::No
                && !negated
            {
                return format!(
                    "{item} can never match: {} has no resource-level permissions, only * does",
                    request.action.text
                );
            }
            let literal = policy.document.as_ref().is_ok_and(|document| document.version != Version::V2012);
            if literal && item.contains("${") && element.truth == Truth::No && !negated {
                return format!("{item} is taken literally: variables need \"Version\": \"2012-10-17\"");
            }
            let asked = resource(request);
            let open = match element.unknown_subjects.first() {
                Some(Subject::Key(key)) => format!("the value of {key}"),
                Some(Subject::Resource | Subject::Action | Subject::Principal) | None => {
                    "which resource it is".to_owned()
                }
            };
            matching(element.truth, element.item, negated, &item, &asked, &open) + &unset(element)
        }
        ElementKind::Condition => {
            element.condition.as_ref().map_or_else(String::new, |parts| condition(element, parts))
        }
    }
}

/// What stands at the arrow: short, because the item itself is there to be read.
pub(in crate::report) fn label(element: &ElementTrace, role: Role, request: &Request) -> String {
    if element.broken {
        return "not understood".to_owned();
    }
    let negated = is_negated(element.kind);
    let asked = match element.kind {
        ElementKind::Principal | ElementKind::NotPrincipal => super::principal(&request.caller.principal),
        ElementKind::Action | ElementKind::NotAction => shorten(&request.action.text),
        ElementKind::Resource
            if request.action.takes_only_star() && request.resource.text() == "*" && element.truth == Truth::No =>
        {
            return format!("{} takes no resource: only * can match", request.action.text);
        }
        ElementKind::Resource | ElementKind::NotResource => shorten(&resource(request)),
        ElementKind::Effect | ElementKind::Condition | ElementKind::Statement => String::new(),
    };
    let text = match (element.kind, element.truth) {
        (ElementKind::Condition, truth) => {
            let has = element.condition.as_ref().map(has).unwrap_or_default();
            match truth {
                Truth::Yes => format!("holds: the request has {has}"),
                Truth::No => format!("does not hold: the request has {has}"),
                Truth::Unknown => "open: not given".to_owned(),
            }
        }
        (_, Truth::Yes) if negated => format!("does not exclude {asked}{}", unset(element)),
        (_, Truth::No) if negated => format!("excludes {asked}"),
        (_, Truth::Yes) => format!("matches {asked}"),
        (_, Truth::No) => format!("does not match {asked}{}", unset(element)),
        (ElementKind::Principal | ElementKind::NotPrincipal, Truth::Unknown) => {
            "open: which principal it is".to_owned()
        }
        (_, Truth::Unknown) => format!("covers only a part of {asked}"),
    };
    match role {
        Role::Nearest => format!("nearest; {text}"),
        Role::Unrelated => "nothing in it is about what was asked".to_owned(),
        Role::Deciding | Role::Other => text,
    }
}

fn is_negated(kind: ElementKind) -> bool {
    matches!(kind, ElementKind::NotAction | ElementKind::NotResource | ElementKind::NotPrincipal)
}

fn resource(request: &Request) -> String {
    match &request.resource {
        Resource::Pattern { text, .. } if text == "*" => "any resource".to_owned(),
        Resource::Pattern { text, .. } | Resource::Exact(text) => text.clone(),
    }
}

/// That a variable has no value, and what is named by it matches nothing.
fn unset(element: &ElementTrace) -> String {
    match element.unset.as_slice() {
        [] => String::new(),
        [first, ..] => format!(": the request has no {}", shorten(first)),
    }
}

fn matching(truth: Truth, has_item: bool, negated: bool, item: &str, asked: &str, open: &str) -> String {
    match (truth, negated, has_item) {
        (Truth::Yes, false, _) => format!("{item} matches {asked}"),
        (Truth::No, false, true) => format!("{item} does not match {asked}"),
        (Truth::No, false, false) => format!("nothing in it matches {asked}"),
        (Truth::Yes, true, _) => format!("it does not exclude {asked}"),
        (Truth::No, true, _) => format!("{item} excludes {asked}"),
        (Truth::Unknown, _, _) => format!("{item} matches {asked} or not: that depends on {open}"),
    }
}

fn condition(element: &ElementTrace, parts: &ConditionTrace) -> String {
    let ConditionTrace { operator, key, values, .. } = parts;
    let wanted = shorten(&values.iter().take(10).map(|value| &**value).collect::<Vec<_>>().join(" or "));
    let has = has(parts);
    let result = match element.truth {
        Truth::Yes => "holds",
        Truth::No => "does not hold",
        Truth::Unknown => "is open",
    };
    let note = element.remark.as_ref().map_or("", |(remark, _)| remark_words(*remark));
    if element.truth == Truth::Unknown {
        return format!("{operator} {key} [{wanted}] is open: not given{note}");
    }
    format!("{operator} {key} [{wanted}] {result}: the request has {has}{note}")
}

fn has(parts: &ConditionTrace) -> String {
    match &parts.fact {
        Fact::Value(_) if parts.is_clock => "the time of this run".to_owned(),
        Fact::Value(value) if value.items.is_empty() => "an empty list".to_owned(),
        Fact::Value(value) if value.is_null() => "an empty value".to_owned(),
        Fact::Value(value) => shorten(&value.items.join(", ")),
        Fact::Absent => "no such key".to_owned(),
        Fact::Present | Fact::Like(_) => "a value that was not given".to_owned(),
        Fact::Unknown => "it or not, nobody said".to_owned(),
    }
}

pub(super) fn remark_words(remark: Remark) -> &'static str {
    match remark {
        Remark::NeedsSetOperator => " (a key with several values needs ForAllValues or ForAnyValue)",
        Remark::ForAllValuesOfNothing => " (ForAllValues holds where the key is missing)",
        Remark::IfExistsIgnored => " (IfExists is taken to have no effect under ForAnyValue)",
        Remark::Unparseable => " (a value that the operator cannot read matches nothing)",
        Remark::ShortArnPattern => " (an ARN pattern needs six fields)",
        Remark::NoValues => " (it lists no values)",
    }
}

/// An item as it stands in the document, shortened.
fn written(policy: &Policy, span: Span) -> String {
    let text = policy.text().get(span.start as usize..span.end as usize).unwrap_or_default();
    let one_line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    shorten(&one_line)
}

/// At most 100 characters of a text.
pub(super) fn shorten(text: &str) -> String {
    cut(text, 100)
}

/// At most 64 characters of a name.
pub(super) fn shorten_name(text: &str) -> String {
    cut(text, 64)
}

fn cut(text: &str, length: usize) -> String {
    match text.char_indices().nth(length) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}
