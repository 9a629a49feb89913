//! Properties over random documents in random layouts.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;

use super::random::{Choices, House, List, Model, Policy, fitting, house, make, policy, says, tidy, wild, wish};
use super::{Change, edit, edited};
use crate::fix::edit::{EditError, size};

/// What a text says, as the model has it.
fn read(text: &str) -> Vec<Model> {
    let value: Value = serde_json::from_str(text).unwrap();
    let many = |value: &Value| value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
    let list = |one: &Value, name: &str| {
        let (not, found) = match one.get(format!("Not{name}")) {
            Some(found) => (true, found),
            None => (false, &one[name]),
        };
        let items = many(found).iter().map(|item| item.as_str().unwrap().to_owned()).collect();
        List { not, scalar: found.is_string(), items }
    };
    let model = |one: &Value| Model {
        sid: one.get("Sid").map(|sid| sid.as_str().unwrap().to_owned()),
        effect: if one["Effect"] == "Allow" { "Allow" } else { "Deny" },
        action: list(one, "Action"),
        resource: list(one, "Resource"),
        condition: one.get("Condition").is_some(),
    };
    many(&value["Statement"]).iter().map(model).collect()
}

fn policy_of_two() -> impl Strategy<Value = Policy> {
    policy().prop_filter("room for a statement to go", |policy| policy.statements.len() > 1)
}

fn common(one: impl Iterator<Item = u8>, other: impl Iterator<Item = u8>) -> usize {
    one.zip(other).take_while(|(one, other)| one == other).count()
}

/// How many bytes of `short` are missing in `long` around one place.
fn lost(short: &str, long: &str) -> usize {
    let front = common(short.bytes(), long.bytes());
    let back = common(short.bytes().rev(), long.bytes().rev());
    short.len().saturating_sub(front + back)
}

proptest! {
    #![proptest_config(crate::testing::drawing())]

    /// The edit makes the changes and nothing else, whatever the layout; patch and diff agree (in `edited`); and the same
    /// again is refused.
    #[test]
    fn the_changes_are_made(policy in policy(), bytes in vec(any::<u8>(), 1..300), wishes in vec(wish(), 1..4)) {
        let text = wild(&policy, &mut Choices::new(&bytes));
        let changes: Vec<Change> = wishes.iter().map(|wish| fitting(wish, &policy)).collect();
        let mut expected = policy.clone();
        let changed = make(&mut expected, &changes);
        if !changed {
            prop_assert_eq!(edit("p", &text, &changes).unwrap_err(), EditError::NothingToChange);
            return Ok(());
        }
        if expected.statements.is_empty() {
            prop_assert_eq!(edit("p", &text, &changes).unwrap_err(), EditError::NothingLeft);
            return Ok(());
        }
        let edited = edited(&text, &changes);
        let after = read(&edited.after);
        let said = |all: &[Model]| all.iter().map(says).collect::<Vec<_>>();
        prop_assert_eq!(said(&after), said(&expected.statements));
        for (one, was) in after.iter().zip(&expected.statements) {
            if was.action.items.is_sorted_by_key(|item| item.to_lowercase()) {
                prop_assert!(one.action.items.is_sorted_by_key(|item| item.to_lowercase()));
            }
        }
        let sids: Vec<_> = after.iter().skip(policy.statements.len()).filter_map(|one| one.sid.clone()).collect();
        for sid in sids {
            prop_assert!(sid.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            prop_assert_eq!(after.iter().filter(|one| one.sid.as_ref() == Some(&sid)).count(), 1);
        }
        let compact = serde_json::from_str::<Value>(&edited.after).unwrap().to_string();
        if !edited.after.contains("\\u") {
            prop_assert_eq!(size(&edited.after), compact.chars().count());
        }
        let removes = changes.iter().any(|change| matches!(change, Change::RemoveActions { .. }));
        if !removes {
            prop_assert_eq!(edit("p", &edited.after, &changes).unwrap_err(), EditError::NothingToChange);
        }
    }

    /// One change touches one place: what goes in leaves all that was there, what goes out leaves the rest.
    #[test]
    fn the_rest_of_the_text_stays(policy in policy(), bytes in vec(any::<u8>(), 1..300), wish in wish()) {
        let text = wild(&policy, &mut Choices::new(&bytes));
        let change = fitting(&wish, &policy);
        let Ok(edited) = edit("p", &text, std::slice::from_ref(&change)) else { return Ok(()) };
        let ops = edited.patch.as_array().unwrap();
        let op = |at: usize| ops[at]["op"].as_str().unwrap();
        if ops.len() == 1 && op(0) == "remove" {
            prop_assert_eq!(lost(&edited.after, &text), 0, "{}", edited.diff);
        }
        let empty = match &change {
            Change::AddActions { statement, .. } | Change::ExceptActions { statement, .. } => {
                policy.statements[*statement].action.items.is_empty()
            }
            Change::AddResources { statement, .. } | Change::ExceptResources { statement, .. } => {
                policy.statements[*statement].resource.items.is_empty()
            }
            Change::RemoveActions { .. }
            | Change::AddStatement(_)
            | Change::AddPrincipals { .. }
            | Change::AddValues { .. }
            | Change::ExceptPrincipals { .. } => policy.statements.is_empty(),
        };
        if ops.len() == 1 && op(0) == "add" && !empty {
            // Or a line would have become too long, and its list is broken.
            let line = edited.diff.lines().skip(2).filter(|line| line.starts_with('-')).map(|line| line.chars().count()).max();
            let broken = line.is_some_and(|line| (40..=121).contains(&line));
            prop_assert!(lost(&text, &edited.after) == 0 || broken, "{}", edited.diff);
        }
        // A value that becomes a list, or is exchanged, is all that goes: one string of JSON at most.
        if op(0) == "replace" && !matches!(change, Change::AddStatement(_)) {
            let front = common(text.bytes(), edited.after.bytes());
            let back = common(text.bytes().rev(), edited.after.bytes().rev());
            let gone = text.get(front..text.len() - back).unwrap_or_default();
            prop_assert!(gone.len() <= 110 && !gone.contains('\n'), "{gone:?}\n{}", edited.diff);
        }
    }

    /// In a document that is written in one way throughout, the edit gives what the author would have written.
    #[test]
    fn the_author_would_have_written_it(policy in policy_of_two(), house in house(), wish in wish()) {
        let mut policy = plain(policy);
        let text = tidy(&policy, &house);
        let change = fitting(&wish, &policy);
        let Ok(edited) = edit("p", &text, std::slice::from_ref(&change)) else { return Ok(()) };
        if edited.after.lines().any(|line| line.chars().count() > 120) {
            return Ok(());
        }
        let count = policy.statements.len();
        make(&mut policy, std::slice::from_ref(&change));
        for (one, was) in policy.statements.iter_mut().zip(read(&edited.after)).skip(count) {
            one.sid = was.sid;
        }
        prop_assert_eq!(&edited.after, &tidy(&policy, &house), "{}", shown(&house));
    }
}

/// A policy in which every choice of form has an example to follow.
fn plain(mut policy: Policy) -> Policy {
    policy.single = false;
    policy.order = vec!["Sid", "Effect", "Action", "Resource", "Condition"];
    for one in &mut policy.statements {
        for list in [&mut one.action, &mut one.resource] {
            if list.items.is_empty() {
                list.items.push("*".to_owned());
            }
            // In one hand, one item always stands alone.
            list.scalar = list.items.len() == 1;
        }
    }
    let pair = |items: [&str; 2]| List { not: false, scalar: false, items: super::strings(&items) };
    policy.statements[0].action = pair(["ec2:*", "s3:A"]);
    policy.statements[0].resource = pair(["arn:aws:s3:::b", "arn:aws:s3:::b/*"]);
    policy
}

fn shown(house: &House) -> String {
    format!("{house:?}")
}
