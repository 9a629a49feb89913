//! How random worlds are made.

use diagnose::context::{Basis, Fact, Rest, Value};
use diagnose::snapshot::Layer;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::callers::{CALLERS, CANONICAL, NAMES, OTHER, OWN, PROVIDERS, SPARING};
use super::document::{ConditionModel, PolicyModel, PrincipalModel, StatementModel};
use super::model::{OwnerModel, ReadingModel, RequestModel, World, like};
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

pub(super) fn condition() -> impl Strategy<Value = ConditionModel> {
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

pub(super) fn principal() -> impl Strategy<Value = Option<PrincipalModel>> {
    let listed = |not| vec(select(&NAMES[..]), 1..5).prop_map(move |entries| PrincipalModel { not, entries });
    let sparing = select(&SPARING[..]).prop_map(|entries| PrincipalModel { not: true, entries: entries.to_vec() });
    prop_oneof![
        12 => Just(PrincipalModel::EVERYBODY).prop_map(Some),
        12 => listed(false).prop_map(Some),
        2 => listed(true).prop_map(Some),
        2 => sparing.prop_map(Some),
        1 => Just(None),
    ]
}

pub(super) fn statement(allow: impl Strategy<Value = bool>) -> impl Strategy<Value = StatementModel> {
    let not = || prop::bool::weighted(0.15);
    let conditions = prop_oneof![6 => vec(condition(), 0..1), 4 => vec(condition(), 1..3)];
    (allow, principal(), not(), vec(action_pattern(), 1..4), not(), vec(resource_pattern(), 1..4), conditions).prop_map(
        |(allow, principal, not_action, actions, not_resource, resources, mut conditions)| {
            let mut seen: Vec<(String, String)> = Vec::new();
            conditions.retain(|condition| {
                let at = (condition.operator.clone(), condition.key.clone());
                let first = !seen.contains(&at);
                seen.push(at);
                first
            });
            let sid = "S".to_owned();
            StatementModel { sid, allow, principal, not_action, actions, not_resource, resources, conditions }
        },
    )
}

fn policy(readable: u32) -> impl Strategy<Value = PolicyModel> {
    let version = prop_oneof![8 => Just(Some("2012-10-17")), 1 => Just(Some("2008-10-17")), 1 => Just(None)];
    let statements = vec(statement(prop::bool::weighted(0.8)), 0..4);
    (version, statements, 0_u32..100).prop_map(move |(version, statements, percent)| PolicyModel {
        version,
        statements: (percent < readable).then_some(statements),
        ..PolicyModel::of(Vec::new())
    })
}

/// As AWS attaches it to every level at first.
pub(super) fn full_access() -> PolicyModel {
    PolicyModel::of(vec![StatementModel::all(true)])
}

/// The policies of an organization, level by level.
fn of_organization(readable: u32) -> impl Strategy<Value = Vec<Vec<PolicyModel>>> {
    let manager = || prop_oneof![8 => Just(None), 1 => Just(Some(OWN)), 1 => Just(Some(OTHER))];
    let managed = (policy(readable), manager()).prop_map(|(policy, manager)| PolicyModel { manager, ..policy });
    let level = (vec(managed, 0..3), prop::bool::weighted(0.6)).prop_map(|(mut policies, full)| {
        policies.extend(full.then(full_access));
        policies
    });
    vec(level, 1..4)
}

/// What was read of a layer; `weights`: not checked, absent, failed, read.
fn reading(
    weights: [u32; 4],
    open: Openness,
    levels: impl Strategy<Value = Vec<Vec<PolicyModel>>> + 'static,
) -> impl Strategy<Value = ReadingModel> {
    let [not_checked, absent, failed, read] = weights;
    let (not_checked, failed) = if open.readings { (not_checked, failed) } else { (0, 0) };
    prop_oneof![
        not_checked => Just(ReadingModel::NotChecked),
        absent => Just(ReadingModel::Absent),
        failed => Just(ReadingModel::Failed),
        read => levels.prop_map(ReadingModel::Levels),
    ]
}

/// In the order of [`Layer::ALL`].
fn readings(open: Openness) -> impl Strategy<Value = Vec<ReadingModel>> {
    let readable = if open.documents { 95 } else { 100 };
    let one = move || policy(readable).prop_map(|policy| vec![vec![policy]]);
    let several = move || vec(policy(readable), 0..3).prop_map(|policies| vec![policies]);
    let seldom = [12, 6, 1, 6];
    let fairly = [6, 4, 1, 14];
    (
        reading(seldom, open, of_organization(readable)),
        reading(seldom, open, of_organization(readable)),
        reading([14, 8, 1, 4], open, prop_oneof![Just(vec![vec![full_access()]]), one()]),
        reading(fairly, open, one()),
        reading(fairly, open, one()),
        reading([2, 1, 1, 30], open, several()),
        reading([8, 12, 1, 8], open, prop_oneof![1 => Just(vec![vec![full_access()]]), 2 => one()]),
        reading([10, 10, 1, 6], open, several()),
    )
        .prop_map(|(scp, rcp, endpoint, resource, trust, identity, boundary, session)| {
            vec![scp, rcp, endpoint, resource, trust, identity, boundary, session]
        })
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

/// What a random world may leave open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Openness {
    /// Unknown keys.
    pub(super) context: bool,
    /// Actions that stand for several.
    pub(super) actions: bool,
    /// Resources that stand for several.
    pub(super) resources: bool,
    /// Documents that could not be read.
    pub(super) documents: bool,
    /// Layers that were not read.
    pub(super) readings: bool,
    /// Principals of which it is not known whether they are the caller.
    pub(super) principals: bool,
}

impl Openness {
    pub(super) const ALL: Self =
        Self { context: true, actions: true, resources: true, documents: true, readings: true, principals: true };
    pub(super) const NONE: Self =
        Self { context: false, actions: false, resources: false, documents: false, readings: false, principals: false };
    /// Everything of which the answer can be told without the evaluator.
    pub(super) const EXACT_ACTION: Self = Self { actions: false, ..Self::ALL };
}

/// The resources of the service of an action, if there are any.
pub(super) fn resources_of(action: &str) -> Vec<&'static str> {
    let service = action.split_once(':').map_or("", |(service, _)| service);
    let service = if service == "sts" { "iam" } else { service };
    let own = |arn: &&&str| arn.split(':').nth(2) == Some(service);
    let own: Vec<&str> = ARNS.iter().filter(own).copied().collect();
    if own.is_empty() { ARNS.to_vec() } else { own }
}

fn request(open: Openness) -> impl Strategy<Value = RequestModel> {
    let exact_action = select(&ACTIONS[..]).prop_map(str::to_owned);
    let actions = select(&ACTION_PATTERNS[..]).prop_map(str::to_owned);
    let action = if open.actions {
        prop_oneof![3 => exact_action, 1 => actions, 2 => action_near()].boxed()
    } else {
        exact_action.boxed()
    };
    let action = action.prop_filter("no action", |text| diagnose::request::Action::parse(text).is_ok());
    let exact_resource = || select(&ARNS[..]).prop_map(|arn| (arn.to_owned(), true));
    let resources =
        prop_oneof![resource_near(), select(&RESOURCE_PATTERNS[..]).prop_map(str::to_owned)].prop_map(|text| {
            let exact = !text.contains(['*', '?']);
            (text, exact)
        });
    let resource = if open.resources {
        prop_oneof![2 => exact_resource(), 2 => resources].boxed()
    } else {
        exact_resource().boxed()
    };
    let unknown = u32::from(open.readings);
    let owner = prop_oneof![
        5 => Just(OwnerModel::Own),
        2 => Just(OwnerModel::Other),
        2 * unknown => Just(OwnerModel::Unknown),
    ];
    let provider = prop_oneof![
        2 * u32::from(open.context) => Just(Fact::Unknown),
        u32::from(open.context) => Just(Fact::Absent),
        3 => select(&PROVIDERS[..]).prop_map(|provider| Fact::Value(Value::one(provider))),
    ];
    let at = (any::<Index>(), prop::bool::weighted(0.5));
    (action, resource, at, owner, provider, facts(open.context), rest(open.context), any::<bool>()).prop_map(
        |(action, (mut resource, exact), (at, fitting), owner, provider, facts, mut rest, serviced)| {
            if exact && fitting {
                resource = (*at.get(&resources_of(&action))).to_owned();
            }
            let service = action.split_once(':').map(|(service, _)| service.to_lowercase());
            rest.service = service.filter(|service| serviced && !service.contains(['*', '?']));
            RequestModel { action, resource, exact, owner, provider, facts, rest }
        },
    )
}

pub(super) fn world(open: Openness) -> impl Strategy<Value = World> {
    // The first are roles, sessions and a user.
    let who = prop_oneof![3 => any::<Index>().prop_map(|at| at.index(4)), 2 => any::<Index>().prop_map(|at| at.index(CALLERS.len()))];
    (who, readings(open), request(open))
        .prop_map(move |(who, readings, request)| finish(World { who: &CALLERS[who], readings, request }, open))
}

/// Makes a random world one that `open` allows, and gives all in it its name.
pub(super) fn finish(mut world: World, open: Openness) -> World {
    if !open.principals && !world.who.is_certain() {
        world.who = &CALLERS[1];
    }
    for statement in world.documents(|layer| layer == Layer::ResourceControl).into_iter().flatten() {
        // AWS takes nothing else; a `NotPrincipal` may stand for what an older version took.
        let not = open.principals && statement.principal.as_ref().is_some_and(|principal| principal.not);
        if !not {
            statement.principal = Some(PrincipalModel::EVERYBODY);
        }
    }
    if !open.principals {
        make_certain(&mut world);
    }
    world.name();
    fill_in_asked(&mut world);
    world
}

/// Leaves nothing open of whom the policies name: no canonical ids, no `NotPrincipal` that lists a part of what the caller
/// is, no account in the policy of an endpoint, which may be a gateway.
fn make_certain(world: &mut World) {
    for statement in world.documents(|_| true).into_iter().flatten() {
        let Some(principal) = &mut statement.principal else { continue };
        principal.not &= SPARING.contains(&principal.entries.as_slice());
        principal.entries.retain(|(_, name)| *name != CANONICAL);
    }
    let caller = world.who.text;
    for statement in world.documents(|_| true).into_iter().flatten() {
        let Some(principal) = &mut statement.principal else { continue };
        let spares = principal.entries.iter().any(|(_, name)| *name == caller) || caller == "anonymous";
        principal.not &= spares;
    }
    for statement in world.documents(|layer| layer == Layer::VpcEndpoint).into_iter().flatten() {
        let Some(principal) = &mut statement.principal else { continue };
        if principal.entries.iter().any(|(_, name)| name.ends_with(":root") || name.len() == OWN.len()) {
            principal.entries.clear();
        }
    }
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
