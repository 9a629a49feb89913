//! How much the policy of a resource may hold, beside its length.
//!
//! Sources: Amazon SQS Developer Guide, "Amazon SQS policy quotas"; Amazon SNS Developer Guide, "Amazon SNS API permissions:
//! Actions and resources reference", "Policy quotas".

use serde_json::Value;

use super::allow::element;
use crate::policy::{Document, Statement};

/// What a service counts in a policy.
#[derive(Debug, Clone, Copy)]
enum Counted {
    Statements,
    Principals,
    Conditions,
    ActionsOfAStatement,
}

/// By service: what is counted, and how much there may be.
const MOST: [(&str, &str, Counted, usize); 6] = [
    ("sqs", "SQS", Counted::Statements, 20),
    ("sqs", "SQS", Counted::Principals, 50),
    ("sqs", "SQS", Counted::Conditions, 10),
    ("sqs", "SQS", Counted::ActionsOfAStatement, 7),
    ("sns", "SNS", Counted::Statements, 100),
    ("sns", "SNS", Counted::Principals, 200),
];

impl Counted {
    fn words(self) -> &'static str {
        match self {
            Self::Statements => "statements",
            Self::Principals => "principals",
            Self::Conditions => "conditions",
            Self::ActionsOfAStatement => "actions in a statement",
        }
    }

    fn of(self, document: &Document) -> usize {
        let all = &document.statements;
        match self {
            Self::Statements => all.len(),
            Self::Principals => all.iter().map(|statement| principals(document, statement)).sum(),
            Self::Conditions => all.iter().map(|statement| statement.conditions.len()).sum(),
            Self::ActionsOfAStatement => {
                all.iter().map(|statement| statement.action.patterns.len()).max().unwrap_or_default()
            }
        }
    }
}

/// Everybody whom a statement names.
fn principals(document: &Document, statement: &Statement) -> usize {
    let named = |value: &Value| value.as_array().map_or(1, Vec::len);
    let written = element(document, statement, "Principal").or_else(|| element(document, statement, "NotPrincipal"));
    match written {
        Some(Value::Object(kinds)) => kinds.values().map(named).sum(),
        Some(other) => named(&other),
        None => 0,
    }
}

/// Which quota of a service the edited policy of one of its resources would exceed; one that it exceeded before, it may
/// exceed by as much.
pub(super) fn exceeded(service: &str, before: &Document, after: &Document) -> Option<String> {
    let of_service = MOST.iter().filter(|(own, ..)| *own == service);
    let mut over = of_service.filter(|(_, _, counted, most)| counted.of(after) > (*most).max(counted.of(before)));
    let (_, name, counted, most) = over.next()?;
    Some(format!("with the edit the policy would have more than the {most} {} that {name} accepts", counted.words()))
}
