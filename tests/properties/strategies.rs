//! How random worlds are made.

use diagnose::context::{Basis, Fact, Rest, Value};
use diagnose::principal::PrincipalKind;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::model::{ConditionModel, PolicyModel, ReadingModel, RequestModel, StatementModel, World, like};
use super::vocabulary::{
    ACTION_PATTERNS, ACTIONS, ARNS, FAMILIES, Family, KEYS, LIKES, OPERATORS, RESOURCE_PATTERNS, patterns, values,
};

/// Replaces pieces of a text behind its first `keep` bytes: each by `*`, or a character by `?`.
fn wildcarded(text: &str, keep: usize, cuts: &[(Index, usize, bool)]) -> String {
    let (head, tail) = text.split_at(keep.min(text.len()));
    let mut tail: Vec<char> = tail.chars().collect();
    for (at, length, star) in cuts {
        let start = at.index(tail.len() + 1);
        let length = if *star { *length } else { 1 };
        let end = (start + length).min(tail.len());
        tail.splice(start..end, [if *star { '*' } else { '?' }]);
    }
    head.chars().chain(tail).collect()
}

fn cuts() -> impl Strategy<Value = Vec<(Index, usize, bool)>> {
    vec((any::<Index>(), 0_usize..9, prop::bool::weighted(0.7)), 1..3)
}

fn action_near() -> impl Strategy<Value = String> {
    (select(&ACTIONS[..]), cuts()).prop_map(|(action, cuts)| {
        let name = action.find(':').unwrap() + 1;
        wildcarded(action, name, &cuts)
    })
}

/// In a random policy: the action or resource of the request itself, or something that covers it.
const ASKED: &str = "@";
const COVERS_ASKED: &str = "@*";

fn asked() -> impl Strategy<Value = String> {
    select(vec![ASKED, COVERS_ASKED]).prop_map(str::to_owned)
}

fn action_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => asked(),
        3 => select(&ACTION_PATTERNS[..]).prop_map(str::to_owned),
        3 => select(&ACTIONS[..]).prop_map(str::to_owned),
        3 => action_near(),
    ]
}

/// Behind `arn:aws:`, so that short ARNs and wildcards in every field come about.
fn resource_near() -> impl Strategy<Value = String> {
    (select(&ARNS[..]), cuts()).prop_map(|(arn, cuts)| wildcarded(arn, 8, &cuts))
}

fn resource_pattern() -> impl Strategy<Value = String> {
    prop_oneof![
        5 => asked(),
        4 => select(&RESOURCE_PATTERNS[..]).prop_map(str::to_owned),
        2 => select(&ARNS[..]).prop_map(str::to_owned),
        3 => resource_near(),
    ]
}

fn condition() -> impl Strategy<Value = ConditionModel> {
    let operator = select(&OPERATORS[..]);
    let set = prop_oneof![6 => Just(""), 1 => Just("ForAllValues:"), 1 => Just("ForAnyValue:")];
    let chances = (prop::bool::weighted(0.2), prop::bool::weighted(0.85));
    let values_at =
        prop_oneof![1 => vec(any::<Index>(), 0..1), 8 => vec(any::<Index>(), 1..2), 4 => vec(any::<Index>(), 2..4)];
    (operator, set, chances, any::<Index>(), select(&FAMILIES[..]), values_at).prop_map(
        |((name, family), set, (if_exists, fitting), key, other, values_at)| {
            let family = if fitting { family } else { other };
            let keys: Vec<&str> =
                KEYS.iter().filter(|(_, own)| !fitting || *own == family).map(|(key, _)| *key).collect();
            let pool: Vec<&str> = values(family).iter().chain(patterns(family)).copied().collect();
            let suffix = if if_exists && name != "Null" { "IfExists" } else { "" };
            ConditionModel {
                operator: format!("{set}{name}{suffix}"),
                key: (*key.get(&keys)).to_owned(),
                values: values_at.iter().map(|at| (*at.get(&pool)).to_owned()).collect(),
            }
        },
    )
}

pub(super) fn statement(allow: impl Strategy<Value = bool>) -> impl Strategy<Value = StatementModel> {
    let not = || prop::bool::weighted(0.15);
    let conditions = prop_oneof![6 => vec(condition(), 0..1), 4 => vec(condition(), 1..3)];
    (allow, not(), vec(action_pattern(), 1..4), not(), vec(resource_pattern(), 1..4), conditions).prop_map(
        |(allow, not_action, actions, not_resource, resources, mut conditions)| {
            let mut seen: Vec<(String, String)> = Vec::new();
            conditions.retain(|condition| {
                let at = (condition.operator.clone(), condition.key.clone());
                let first = !seen.contains(&at);
                seen.push(at);
                first
            });
            let sid = "S".to_owned();
            StatementModel { sid, allow, not_action, actions, not_resource, resources, conditions }
        },
    )
}

fn policy(readable: u32) -> impl Strategy<Value = PolicyModel> {
    let version = prop_oneof![8 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)];
    let statements = vec(statement(prop::bool::weighted(0.8)), 0..4);
    (version, statements, 0_u32..100).prop_map(move |(version, statements, percent)| PolicyModel {
        name: "P".to_owned(),
        version,
        statements: (percent < readable).then_some(statements),
    })
}

/// A layer that is seldom read.
fn reading(readable: u32) -> impl Strategy<Value = ReadingModel> {
    let failed = u32::from(readable < 100);
    let levels = vec(vec(policy(readable), 1..3), 1..3);
    let empty = Just(vec![Vec::new()]);
    let levels = prop_oneof![1 => empty, 20 => levels];
    prop_oneof![
        20 => Just(ReadingModel::NotChecked),
        4 => Just(ReadingModel::Absent),
        failed => Just(ReadingModel::Failed),
        3 => levels.prop_map(ReadingModel::Levels),
    ]
}

/// Identity policies are always read: without any there is nothing to ask.
fn readings(readable: u32) -> impl Strategy<Value = Vec<ReadingModel>> {
    let identity = vec(policy(readable), 1..3).prop_map(|policies| ReadingModel::Levels(vec![policies]));
    let boundary = prop_oneof![
        4 => Just(ReadingModel::Absent),
        8 => policy(readable).prop_map(|policy| ReadingModel::Levels(vec![vec![policy]])),
    ];
    (vec(reading(readable), 5), identity, boundary, reading(readable)).prop_map(
        |(mut first, identity, boundary, session)| {
            first.extend([identity, boundary, session]);
            first
        },
    )
}

fn value(family: Family) -> impl Strategy<Value = Value> {
    let one = move || {
        prop_oneof![
            6 => select(values(family)),
            1 => (select(&FAMILIES[..]), any::<Index>()).prop_map(|(family, at)| *at.get(values(family))),
        ]
        .prop_map(str::to_owned)
    };
    prop_oneof![
        5 => one().prop_map(Value::one),
        1 => vec(one(), 0..3).prop_map(|items| Value { items, list: true }),
    ]
}

/// `unknown`: whether anything may be left open.
fn fact(family: Family, unknown: bool) -> impl Strategy<Value = Option<Fact>> {
    let open = u32::from(unknown);
    prop_oneof![
        3 * open => Just(None),
        2 * open => Just(Some(Fact::Unknown)),
        open => Just(Some(Fact::Present)),
        open => select(&LIKES[..]).prop_map(|text| Some(like(text))),
        2 => Just(Some(Fact::Absent)),
        6 => value(family).prop_map(|value| Some(Fact::Value(value))),
    ]
}

fn facts(unknown: bool) -> impl Strategy<Value = Vec<(String, Fact)>> {
    let facts: Vec<_> = KEYS
        .iter()
        .map(|(key, family)| fact(*family, unknown).prop_map(|fact| fact.map(|fact| ((*key).to_owned(), fact))))
        .collect();
    facts.prop_map(|facts| facts.into_iter().flatten().collect())
}

fn rest(unknown: bool) -> impl Strategy<Value = Rest> {
    let complete = if unknown { prop::bool::weighted(0.2).boxed() } else { Just(true).boxed() };
    let tags = prop::bool::weighted(0.3);
    (complete, tags).prop_map(|(complete, tags)| Rest {
        complete,
        service: None,
        principal_tags: tags.then_some(Basis::Derived("the tags were read")),
    })
}

/// What a random request may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Openness {
    /// Unknown keys.
    pub(super) context: bool,
    /// Actions and resources that stand for several.
    pub(super) patterns: bool,
    /// Documents that could not be read.
    pub(super) documents: bool,
}

impl Openness {
    pub(super) const ALL: Self = Self { context: true, patterns: true, documents: true };
    pub(super) const NONE: Self = Self { context: false, patterns: false, documents: false };
}

fn request(open: Openness) -> impl Strategy<Value = RequestModel> {
    let exact_action = select(&ACTIONS[..]).prop_map(str::to_owned);
    let actions = select(&ACTION_PATTERNS[..]).prop_map(str::to_owned);
    let action = if open.patterns {
        prop_oneof![3 => exact_action, 1 => actions, 2 => action_near()].boxed()
    } else {
        exact_action.boxed()
    };
    let action = action.prop_filter("no action", |text| diagnose::request::Action::parse(text).is_ok());
    let exact_resource = select(&ARNS[..]).prop_map(|arn| (arn.to_owned(), true));
    let resources =
        prop_oneof![resource_near(), select(&RESOURCE_PATTERNS[..]).prop_map(str::to_owned)].prop_map(|text| {
            let exact = !text.contains(['*', '?']);
            (text, exact)
        });
    let resource =
        if open.patterns { prop_oneof![2 => exact_resource, 2 => resources].boxed() } else { exact_resource.boxed() };
    (action, resource, facts(open.context), rest(open.context), any::<bool>()).prop_map(
        |(action, (resource, exact), facts, mut rest, serviced)| {
            let service = action.split_once(':').map(|(service, _)| service.to_lowercase());
            rest.service = service.filter(|service| serviced && !service.contains(['*', '?']));
            RequestModel { action, resource, exact, facts, rest }
        },
    )
}

pub(super) fn world(open: Openness) -> impl Strategy<Value = World> {
    let kind = prop_oneof![
        8 => Just(PrincipalKind::Role),
        1 => Just(PrincipalKind::Root),
        1 => Just(PrincipalKind::Service),
        1 => Just(PrincipalKind::Unknown),
    ];
    let readable = if open.documents { 95 } else { 100 };
    (kind, readings(readable), request(open)).prop_map(|(kind, readings, request)| {
        let mut world = World { kind, readings, request };
        world.name();
        fill_in_asked(&mut world);
        world
    })
}

fn fill_in_asked(world: &mut World) {
    let RequestModel { action, resource, .. } = world.request.clone();
    let service = action.split_once(':').map_or("*".to_owned(), |(service, _)| format!("{service}:*"));
    // Short of the whole by a few letters; without a `$`, which would start a variable.
    let most = resource.rsplit_once(['/', ':', '$']).map_or("*".to_owned(), |(most, _)| format!("{most}*"));
    let fill = |texts: &mut Vec<String>, asked: &str, covers: &str| {
        for text in texts {
            match text.as_str() {
                ASKED => asked.clone_into(text),
                COVERS_ASKED => covers.clone_into(text),
                _ => {}
            }
        }
    };
    for statement in world.documents(|_| true).into_iter().flatten() {
        fill(&mut statement.actions, &action, &service);
        fill(&mut statement.resources, &resource, &most);
    }
}

pub(super) fn one_policy() -> impl Strategy<Value = PolicyModel> {
    policy(100)
}
