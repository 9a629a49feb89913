//! Random documents in random layouts, random changes that fit them, and an obvious way to make these.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};

use super::{Change, NewStatement, allow, strings};

/// A list of strings: `Action`, `NotAction`, `Resource`, `NotResource`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct List {
    pub(super) not: bool,
    /// One item stands alone.
    pub(super) scalar: bool,
    pub(super) items: Vec<String>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Model {
    pub(super) sid: Option<String>,
    pub(super) effect: &'static str,
    pub(super) action: List,
    pub(super) resource: List,
    pub(super) condition: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Policy {
    pub(super) statements: Vec<Model>,
    /// `Statement` is an object.
    pub(super) single: bool,
    /// The order of the elements of all statements.
    pub(super) order: Vec<&'static str>,
}

pub(super) const ACTIONS: [&str; 8] =
    ["s3:A", "S3:b", "s3:C", "ec2:*", "*", "iam:PassRole", "x:é", "kms:ReEncryptFromAndToWithAVeryLongNameIndeed"];
pub(super) const RESOURCES: [&str; 7] = [
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b",
    "arn:aws:s3:::B",
    "a\"b\\c",
    "arn:é,]}:{[",
    "arn:aws:iam::123456789012:role/path/to/a/role/with/a/long/name",
];
const ELEMENTS: [&str; 5] = ["Sid", "Effect", "Action", "Resource", "Condition"];

fn list(items: &'static [&'static str]) -> impl Strategy<Value = List> {
    let some = prop_oneof![3 => subsequence(items, 1), 5 => subsequence(items, 0..=items.len())];
    (any::<bool>(), any::<bool>(), some.prop_shuffle(), any::<bool>()).prop_map(|(not, scalar, items, sorted)| {
        let mut items = strings(&items);
        if sorted {
            items.sort_by_key(|item| item.to_lowercase());
        }
        List { not, scalar: scalar && items.len() == 1, items }
    })
}

fn statement() -> impl Strategy<Value = Model> {
    let sid = select(vec![None, Some("A"), Some("b1"), Some("Stmt")]).prop_map(|sid| sid.map(str::to_owned));
    (sid, select(vec!["Allow", "Deny"]), list(&ACTIONS), list(&RESOURCES), any::<bool>())
        .prop_map(|(sid, effect, action, resource, condition)| Model { sid, effect, action, resource, condition })
}

pub(super) fn policy() -> impl Strategy<Value = Policy> {
    let order = prop_oneof![Just(ELEMENTS.to_vec()), Just(ELEMENTS.to_vec()).prop_shuffle()];
    (vec(statement(), 0..4), any::<bool>(), order).prop_map(|(statements, single, order)| Policy {
        single: single && statements.len() == 1,
        statements,
        order,
    })
}

/// What decides a layout: one byte after another, again and again.
#[derive(Debug)]
pub(super) struct Choices<'a> {
    bytes: std::iter::Cycle<std::slice::Iter<'a, u8>>,
}

impl<'a> Choices<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes: bytes.iter().cycle() }
    }

    fn next(&mut self) -> usize {
        usize::from(*self.bytes.next().unwrap())
    }

    fn pick(&mut self, from: &[&'static str]) -> &'static str {
        from[self.next() % from.len()]
    }
}

/// White space of any kind, anywhere.
const GAPS: [&str; 12] = ["", "", " ", "\n", "\r\n", "\t", "\n  ", "\n\t\t", "  ", " \n\n      ", "\r", " \r\n    "];

/// Writes a document with random white space between all its tokens, and escapes in some strings.
pub(super) fn wild(policy: &Policy, choices: &mut Choices<'_>) -> String {
    let calm = choices.next().is_multiple_of(2);
    let chosen = [choices.pick(&GAPS), choices.pick(&GAPS), choices.pick(&GAPS)];
    let gap = move |choices: &mut Choices<'_>| if calm { choices.pick(&chosen) } else { choices.pick(&GAPS) };
    let mut out = String::new();
    let mut tokens = tokens(policy);
    // A document begins with its bracket, as `Document::text` does.
    out.push_str(&tokens.remove(0));
    for token in tokens {
        out.push_str(gap(choices));
        let escaped = token.starts_with('"') && choices.next().is_multiple_of(5);
        out.push_str(&if escaped { token.replace('a', "\\u0061").replace('é', "\\u00E9") } else { token });
    }
    out
}

fn string(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn tokens(policy: &Policy) -> Vec<String> {
    let mut out: Vec<String> =
        ["{", "\"Version\"", ":", "\"2012-10-17\"", ",", "\"Statement\"", ":"].map(str::to_owned).into();
    let statements = policy.statements.iter().map(|one| object(members(one, &policy.order)));
    if policy.single {
        out.extend(statements.flatten());
    } else {
        out.extend(enclosed("[", statements.collect(), "]"));
    }
    out.push("}".to_owned());
    out
}

fn enclosed(open: &str, parts: Vec<Vec<String>>, close: &str) -> Vec<String> {
    let inner = parts.join(&",".to_owned());
    [open.to_owned()].into_iter().chain(inner).chain([close.to_owned()]).collect()
}

fn object(members: Vec<(&'static str, Vec<String>)>) -> Vec<String> {
    let member = |(key, value): (&str, Vec<String>)| [vec![string(key), ":".to_owned()], value].concat();
    enclosed("{", members.into_iter().map(member).collect(), "}")
}

fn members(one: &Model, order: &[&'static str]) -> Vec<(&'static str, Vec<String>)> {
    let list = |list: &List| match list.items.as_slice() {
        [item] if list.scalar => vec![string(item)],
        items => enclosed("[", items.iter().map(|item| vec![string(item)]).collect(), "]"),
    };
    let member = |element: &&'static str| {
        Some(match *element {
            "Sid" => ("Sid", vec![string(one.sid.as_ref()?)]),
            "Effect" => ("Effect", vec![string(one.effect)]),
            "Action" => (if one.action.not { "NotAction" } else { "Action" }, list(&one.action)),
            "Resource" => (if one.resource.not { "NotResource" } else { "Resource" }, list(&one.resource)),
            _ if !one.condition => return None,
            _ => ("Condition", object(vec![("Bool", object(vec![("aws:SecureTransport", vec![string("true")])]))])),
        })
    };
    order.iter().filter_map(member).collect()
}

/// How an author writes everything.
#[derive(Debug, Clone)]
pub(super) struct House {
    pub(super) line_end: &'static str,
    pub(super) unit: &'static str,
    pub(super) colon: &'static str,
    pub(super) comma: &'static str,
    /// Lists over lines.
    pub(super) block: bool,
    pub(super) end: &'static str,
}

pub(super) fn house() -> impl Strategy<Value = House> {
    (
        select(vec!["\n", "\r\n"]),
        select(vec!["  ", "    ", "\t", " "]),
        select(vec![": ", ":", " : ", ":\t"]),
        select(vec![", ", ",", " , "]),
        any::<bool>(),
        select(vec!["", "\n", "\n\n  "]),
    )
        .prop_map(|(line_end, unit, colon, comma, block, end)| House { line_end, unit, colon, comma, block, end })
}

/// Writes a document as that author does.
pub(super) fn tidy(policy: &Policy, house: &House) -> String {
    let line = |depth: usize| format!("{}{}", house.line_end, house.unit.repeat(depth));
    let statement = |one: &Model| {
        let member = |(key, value): (&str, Vec<String>)| {
            let list = value.first().is_some_and(|token| token == "[") && value.len() > 2;
            let value = match list {
                true if house.block => {
                    let items: Vec<&str> =
                        value[1..value.len() - 1].iter().map(String::as_str).filter(|t| *t != ",").collect();
                    format!("[{}{}{}]", line(4), items.join(&format!(",{}", line(4))), line(3))
                }
                true => value.concat().replace("\",\"", &format!("\"{}\"", house.comma)),
                false => value.concat(),
            };
            format!("{}{}{}{value}", line(3), string(key), house.colon)
        };
        let members: Vec<String> = members(one, &policy.order).into_iter().map(member).collect();
        format!("{}{{{}{}}}", line(2), members.join(","), line(2))
    };
    let statements: Vec<String> = policy.statements.iter().map(statement).collect();
    let version = format!("{}\"Version\"{}\"2012-10-17\",", line(1), house.colon);
    let list = format!("{}\"Statement\"{}[{}{}]", line(1), house.colon, statements.join(","), line(1));
    format!("{{{version}{list}{}}}{}", line(0), house.end)
}

/// A wish, made to fit the policy by [`fitting`].
#[derive(Debug, Clone)]
pub(super) struct Wish {
    which: Index,
    other: bool,
    actions: Vec<String>,
    resources: Vec<String>,
    sid: Option<String>,
}

pub(super) fn wish() -> impl Strategy<Value = Wish> {
    let some = |all: &'static [&'static str]| subsequence(all, 0..=3).prop_shuffle().prop_map(|items| strings(&items));
    let sid = select(vec![None, Some("A"), Some("Diagnose-1"), Some("é")]).prop_map(|sid| sid.map(str::to_owned));
    (any::<Index>(), any::<bool>(), some(&ACTIONS), some(&RESOURCES), sid)
        .prop_map(|(which, other, actions, resources, sid)| Wish { which, other, actions, resources, sid })
}

/// The change of a policy that comes of a wish.
pub(super) fn fitting(wish: &Wish, policy: &Policy) -> Change {
    let statement = wish.which.index(policy.statements.len() + 1);
    let (actions, resources) = (wish.actions.clone(), wish.resources.clone());
    match policy.statements.get(statement) {
        Some(one) if one.effect == "Allow" && !one.action.not && wish.other => {
            Change::AddActions { statement, actions }
        }
        Some(one) if one.effect == "Allow" && !one.resource.not => Change::AddResources { statement, resources },
        Some(one)
            if one.effect == "Deny"
                && wish.other
                && (one.action.not || one.action.items.iter().any(|item| item == "*")) =>
        {
            Change::ExceptActions { statement, actions }
        }
        Some(one) if one.effect == "Deny" && !one.action.not && wish.other => {
            Change::RemoveActions { statement, actions }
        }
        Some(one)
            if one.effect == "Deny" && (one.resource.not || one.resource.items.iter().any(|item| item == "*")) =>
        {
            Change::ExceptResources { statement, resources }
        }
        _ => {
            let or_all = |items: &[String]| if items.is_empty() { strings(&["*"]) } else { items.to_vec() };
            let (resources, not_resources) =
                if wish.other { (Some(or_all(&resources)), None) } else { (None, Some(or_all(&resources))) };
            let effect = if wish.other { "Allow" } else { "Deny" };
            let sid = wish.sid.clone();
            let actions = or_all(&actions);
            Change::AddStatement(NewStatement {
                sid,
                effect,
                actions,
                resources,
                not_resources,
                ..allow(None, &[], &[])
            })
        }
    }
}

/// Makes changes in the model; `true` where something changed. Statements that go are left without actions.
pub(super) fn make(policy: &mut Policy, changes: &[Change]) -> bool {
    let before = policy.statements.clone();
    let mut gone = Vec::new();
    for change in &merged(changes) {
        match change {
            Change::AddActions { statement, actions } => {
                extend(&mut policy.statements[*statement].action, actions, true);
            }
            Change::ExceptActions { statement, actions } => {
                except(&mut policy.statements[*statement].action, actions, true)
            }
            Change::AddResources { statement, resources } => {
                extend(&mut policy.statements[*statement].resource, resources, false);
            }
            Change::RemoveActions { statement, actions } => {
                let list = &mut policy.statements[*statement].action.items;
                let had = !list.is_empty();
                list.retain(|item| !actions.iter().any(|gone| gone.eq_ignore_ascii_case(item)));
                if had && list.is_empty() {
                    gone.push(*statement);
                }
            }
            Change::ExceptResources { statement, resources } => {
                except(&mut policy.statements[*statement].resource, resources, false);
            }
            // No random document has principals, nor a condition that lists them.
            Change::AddStatement(_)
            | Change::AddPrincipals { .. }
            | Change::AddValues { .. }
            | Change::ExceptPrincipals { .. } => {}
        }
    }
    let mut changed = before != policy.statements;
    for change in changes {
        let Change::AddStatement(new) = change else { continue };
        let list = |not, items: &[String]| List { not, scalar: items.len() == 1, items: items.to_vec() };
        let not = new.not_resources.is_some();
        let resources = new.resources.as_ref().or(new.not_resources.as_ref()).unwrap();
        let one = Model {
            sid: new.sid.clone(),
            effect: new.effect,
            action: list(false, &new.actions),
            resource: list(not, resources),
            condition: false,
        };
        if !policy.statements.iter().enumerate().any(|(at, old)| !gone.contains(&at) && says(old) == says(&one))
            && !gone.iter().any(|at| says(&before[*at]) == says(&one))
        {
            policy.statements.push(one);
            policy.single = false;
            changed = true;
        }
    }
    let mut at = 0;
    policy.statements.retain(|_| {
        at += 1;
        !gone.contains(&(at - 1))
    });
    changed
}

/// What a statement says, whatever its form.
pub(super) fn says(one: &Model) -> (&'static str, bool, Vec<String>, bool, Vec<String>, bool) {
    let mut actions: Vec<String> = one.action.items.iter().map(|item| item.to_ascii_lowercase()).collect();
    let mut resources = one.resource.items.clone();
    actions.sort();
    resources.sort();
    (one.effect, one.action.not, actions, one.resource.not, resources, one.condition)
}

/// Exceptions of one statement are one list.
fn merged(changes: &[Change]) -> Vec<Change> {
    let mut all: Vec<Change> = Vec::new();
    for change in changes {
        let more = all.iter_mut().find_map(|known| match (known, change) {
            (
                Change::ExceptActions { statement, actions: known },
                Change::ExceptActions { statement: other, actions: more },
            )
            | (
                Change::ExceptResources { statement, resources: known },
                Change::ExceptResources { statement: other, resources: more },
            ) if statement == other => Some((known, more)),
            _ => None,
        });
        match more {
            Some((known, more)) => known.extend(more.clone()),
            None => all.push(change.clone()),
        }
    }
    all
}

/// Of a list of exceptions, more of them; of everything, everything but these.
fn except(list: &mut List, spared: &[String], fold: bool) {
    if !list.not && !spared.is_empty() {
        let scalar = list.scalar && spared.len() == 1;
        *list = List { not: true, scalar, items: Vec::new() };
        for one in spared {
            let same = |old: &String| if fold { old.eq_ignore_ascii_case(one) } else { old == one };
            if !list.items.iter().any(same) {
                list.items.push(one.clone());
            }
        }
        return;
    }
    if list.not {
        extend(list, spared, fold);
    }
}

fn extend(list: &mut List, new: &[String], fold: bool) {
    let sorted = list.items.is_sorted_by_key(|item| item.to_lowercase());
    for item in new {
        let same = |old: &String| if fold { old.eq_ignore_ascii_case(item) } else { old == item };
        if !list.items.iter().any(same) {
            list.items.push(item.clone());
            list.scalar = false;
            if sorted {
                list.items.sort_by_key(|item| item.to_lowercase());
            }
        }
    }
}
