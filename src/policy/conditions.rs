//! The `Condition` element: operators, keys, values.

use std::collections::HashSet;

use super::collect::{Findings, shorten};
use super::json::{Kind, Value};
use super::{ConditionBlock, FindingCode, Version};
use crate::condition::{Base, Condition, Operator, SetOperator};

/// Reads the element; what is not understood becomes a condition that is unknown.
pub(super) fn conditions(findings: &mut Findings<'_>, value: &Value<'_>, version: Version) -> Vec<ConditionBlock> {
    let broken = |at: &Value<'_>| ConditionBlock { condition: None, span: at.span() };
    if value.kind() != Kind::Object {
        let text = format!("Condition must be an object, this is {}", value.kind().words());
        findings.add(FindingCode::Malformed, value, text);
        return vec![broken(value)];
    }
    let mut blocks = Vec::new();
    let mut operators: HashSet<String> = HashSet::new();
    for member in value.members_or_none() {
        let operator = Operator::parse(&member.key);
        let twice = !operators.insert(member.key.to_ascii_lowercase());
        let (Some(operator), false) = (operator, twice || member.value.kind() != Kind::Object) else {
            let words = match (operator, twice) {
                (None, _) => "is not a condition operator",
                (Some(_), true) => "stands twice",
                (Some(_), false) => "must hold an object of keys and values",
            };
            findings.add(FindingCode::Malformed, &member.value, format!("`{}` {words}", member.key));
            if twice {
                blocks.retain(|block: &ConditionBlock| {
                    block.condition.as_ref().is_none_or(|c| Some(c.operator) != operator)
                });
            }
            blocks.push(broken(&member.value));
            continue;
        };
        keys(findings, &mut blocks, operator, &member.value, version);
    }
    blocks
}

fn keys(
    findings: &mut Findings<'_>,
    blocks: &mut Vec<ConditionBlock>,
    operator: Operator,
    value: &Value<'_>,
    version: Version,
) {
    let (mut seen, mut seen_in_any_case): (HashSet<String>, HashSet<String>) = Default::default();
    for member in value.members_or_none() {
        let span = member.span();
        let values: Option<Vec<Box<str>>> =
            member.value.one_or_many().map(|item| item.scalar().map(Box::from)).collect();
        let duplicate = !seen.insert(member.key.to_string());
        let other_case = !seen_in_any_case.insert(member.key.to_ascii_lowercase()) && !duplicate;
        if other_case {
            let text = format!("condition key `{}` stands twice in different case", member.key);
            findings.add(FindingCode::SurprisingCondition, &member.value, text);
        }
        let condition = values.filter(|_| !duplicate).map(|values| {
            let condition = Condition::new(operator, &member.key, values, version == Version::V2012);
            condition_findings(findings, &condition, &member.value);
            condition
        });
        if condition.is_none() {
            let words = if duplicate { "stands twice" } else { "has a value that is no string, number or boolean" };
            findings.add(FindingCode::Malformed, &member.value, format!("condition key `{}` {words}", member.key));
        }
        if duplicate {
            blocks.retain(|block| {
                block.condition.as_ref().is_none_or(|c| c.operator != operator || *c.written_key != *member.key)
            });
        }
        blocks.push(ConditionBlock { condition, span });
    }
}

fn condition_findings(findings: &mut Findings<'_>, condition: &Condition, at: &Value<'_>) {
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
