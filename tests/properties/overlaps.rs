//! Of Denies that overlap, in one document and over several, with one to three questions in a run: what their fixes promise
//! holds, and nothing is opened that they do not list.

use std::collections::BTreeSet;

use diagnose::catalogue;
use diagnose::context::{Fact, Value};
use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::{Fix, FixKind, edit};
use diagnose::request::Request;
use diagnose::snapshot::{Layer, Snapshot};
use proptest::prelude::*;

use super::callers::CALLERS;
use super::document::{PolicyModel, StatementModel};
use super::fixes::{applies, is_listed, made, planned, with};
use super::mendable::ASKED;
use super::model::{OwnerModel, ReadingModel, World};
use super::random::Random;
use super::strategies::{Openness, full_access, world};

/// A world in which nothing but Denies stops anything, and what is asked in it.
#[derive(Debug, Clone)]
struct Overlapping {
    world: World,
    asked: Vec<(&'static str, &'static str)>,
    /// What lies near: actions of the service, and resources that they take.
    actions: Vec<String>,
    resources: Vec<String>,
}

const LAYERS: [Layer; 7] = [
    Layer::ServiceControl,
    Layer::ResourceControl,
    Layer::VpcEndpoint,
    Layer::Resource,
    Layer::Identity,
    Layer::Boundary,
    Layer::Session,
];

fn overlapping() -> impl Strategy<Value = Overlapping> {
    (world(Openness::NONE), any::<u64>()).prop_map(|(world, seed)| Making { world, random: Random(seed) }.make())
}

struct Making {
    world: World,
    random: Random,
}

impl Making {
    fn make(mut self) -> Overlapping {
        let of = *self.random.pick(&ASKED);
        let [action, other, resource, elsewhere] = of;
        self.quiet();
        for _ in 0..1 + self.random.below(2) {
            let layer = *self.random.pick(&LAYERS);
            let policies = self.policies(layer, of);
            self.world.readings[layer as usize] = ReadingModel::Levels(vec![policies]);
        }
        self.world.name();
        let mut pairs = vec![(action, resource), (action, elsewhere), (other, resource), (other, elsewhere)];
        self.random.shuffle(&mut pairs);
        pairs.truncate(1 + self.random.below(3));
        // AWS evaluates no pattern that stands in a name.
        pairs.retain(|(_, resource)| !resource.contains(['*', '?']));
        let service = action.split_once(':').unwrap().0;
        let mut actions: Vec<String> =
            catalogue::expand(&format!("{service}:*")).into_iter().map(|action| action.text()).collect();
        self.random.shuffle(&mut actions);
        actions.truncate(24);
        actions.extend([action, other].map(str::to_owned));
        let parent = resource.rsplit_once(['/', ':']).unwrap().0;
        let near = [resource, elsewhere, &format!("{resource}x"), parent].map(str::to_owned);
        let resources = near.into_iter().chain(["*".to_owned()]).collect();
        Overlapping { world: self.world, asked: pairs, actions, resources }
    }

    /// A role or a user of the account, of whose layers none stops anything.
    fn quiet(&mut self) {
        self.world.who = &CALLERS[*self.random.pick(&[0, 3])];
        for layer in Layer::ALL {
            self.world.readings[layer as usize] = match layer {
                Layer::Identity => ReadingModel::policy(full_access()),
                _ => ReadingModel::Absent,
            };
        }
        let request = &mut self.world.request;
        (request.owner, request.rest.service, request.rest.complete) = (OwnerModel::Own, None, true);
        request.facts.clear();
        request.facts.push(("aws:PrincipalArn".to_owned(), Fact::Value(Value::one(self.world.who.entity()))));
        (request.action, request.resource, request.exact) = ("s3:GetObject".to_owned(), "*".to_owned(), true);
    }

    /// One document or two, of which the first allows everything.
    fn policies(&mut self, layer: Layer, of: [&str; 4]) -> Vec<PolicyModel> {
        let mut first = vec![StatementModel::all(true)];
        let mut second = Vec::new();
        let several = matches!(layer, Layer::Identity | Layer::ServiceControl | Layer::ResourceControl);
        for _ in 0..1 + self.random.below(4) {
            let deny = self.deny(layer, of);
            if several && self.random.coin() { second.push(deny) } else { first.push(deny) }
        }
        let all = [first, second].into_iter().filter(|statements| !statements.is_empty());
        all.map(PolicyModel::of).collect()
    }

    fn deny(&mut self, layer: Layer, [action, other, resource, elsewhere]: [&str; 4]) -> StatementModel {
        let (service, name) = action.split_once(':').unwrap();
        let (whole, start) = (format!("{service}:*"), format!("{service}:{}*", &name[..3]));
        let mut deny = StatementModel::all(false);
        let forms: [(bool, Vec<&str>); 9] = [
            (false, vec![action]),
            (false, vec![action, other]),
            (false, vec![other, &start]),
            (false, vec![&whole]),
            (false, vec![&start]),
            (false, vec!["*"]),
            (true, vec![other]),
            (true, vec![other, "iam:*"]),
            (true, vec!["iam:*"]),
        ];
        // An RCP names the service and has no `NotAction`.
        let count = if layer == Layer::ResourceControl { 5 } else { forms.len() };
        let (not, actions) = &forms[self.random.below(count)];
        (deny.not_action, deny.actions) = (*not, actions.iter().map(|text| (*text).to_owned()).collect());
        let below = format!("{}*", &resource[..resource.len() - 1]);
        let wide = format!("{}*", resource.split_inclusive(':').take(5).collect::<String>());
        let forms: [(bool, Vec<&str>); 8] = [
            (false, vec!["*"]),
            (false, vec!["*"]),
            (false, vec![resource]),
            (false, vec![resource, elsewhere]),
            (false, vec![&below, elsewhere]),
            (false, vec![&wide]),
            (true, vec![elsewhere]),
            (true, vec![elsewhere, "arn:aws:iam::*:role/x"]),
        ];
        let (not, resources) = self.random.pick(&forms);
        (deny.not_resource, deny.resources) = (*not, resources.iter().map(|text| (*text).to_owned()).collect());
        deny
    }
}

/// How large a document may become.
fn most(layer: Layer) -> usize {
    match layer {
        Layer::Boundary => 6_144,
        Layer::Session => 2_048,
        Layer::ResourceControl => 5_120,
        _ => 20_480,
    }
}

/// The text of the document that a fix says it edits.
fn text_of(snapshot: &Snapshot, fix: &Fix) -> String {
    let mut all = snapshot.layers.policies(fix.layer);
    all.find(|policy| policy.name == fix.document.name).map_or("", |policy| policy.text()).to_owned()
}

proptest! {
    #![proptest_config(super::cases(48))]

    #[test]
    fn denies_that_overlap_open_what_is_listed_and_no_more(one in overlapping()) {
        let snapshot = one.world.snapshot(None);
        let requests: Vec<Request> =
            one.asked.iter().map(|(action, resource)| with(&one.world, action, resource)).collect();
        let asks: Vec<_> = requests.iter().map(|request| (request, &snapshot)).collect();
        let all = planned(&asks);
        let mut once: Vec<Fix> = all.iter().flatten().filter(|fix| fix.same_as.is_none()).cloned().collect();
        once.sort_by_key(|fix| fix.layer);
        for fix in once.iter().filter(|fix| fix.kind != FixKind::Nothing) {
            let edited = fix.edited.as_ref().unwrap();
            prop_assert_eq!(&edited.before, &text_of(&snapshot, fix), "{:#?}", fix);
            prop_assert!(edit::size(&edited.after) <= most(fix.layer));
        }
        let after = made(&snapshot, &once);
        for (request, fixes) in requests.iter().zip(&all) {
            let Some(last) = fixes.last() else { continue };
            prop_assert_eq!(evaluate(request, &after).verdict, last.verified.verdict, "{:#?}", fixes);
        }
        let listed: Vec<String> = once.iter().flat_map(|fix| fix.newly_allowed.clone()).collect();
        for action in &one.actions {
            for resource in one.resources.iter().filter(|resource| applies(action, resource)) {
                let near = with(&one.world, action, resource);
                let opened = evaluate(&near, &after).verdict != Verdict::Denied
                    && evaluate(&near, &snapshot).verdict == Verdict::Denied;
                let asked = one.asked.iter().any(|(own, of)| action.eq_ignore_ascii_case(own) && resource == of);
                prop_assert!(
                    !opened || asked || is_listed(&listed, action, resource),
                    "{action} on {resource} is not in {listed:?}: {once:#?}"
                );
            }
        }
    }
}

/// Without which the property would say little.
#[test]
fn random_denies_that_overlap_are_narrowed_in_many_ways() {
    use proptest::strategy::ValueTree as _;
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut layers, mut several, mut shared) = (BTreeSet::new(), 0, 0);
    for _ in 0..300 {
        let one = overlapping().new_tree(&mut runner).unwrap().current();
        let snapshot = one.world.snapshot(None);
        let requests: Vec<Request> =
            one.asked.iter().map(|(action, resource)| with(&one.world, action, resource)).collect();
        let asks: Vec<_> = requests.iter().map(|request| (request, &snapshot)).collect();
        let all = planned(&asks);
        let narrowed = || all.iter().flatten().filter(|fix| fix.kind == FixKind::NarrowDeny);
        layers.extend(narrowed().map(|fix| fix.layer));
        several += usize::from(narrowed().count() > 1);
        shared += usize::from(narrowed().any(|fix| fix.same_as.is_some()));
        if layers.len() == LAYERS.len() && several > 10 && shared > 5 {
            return;
        }
    }
    panic!("{layers:?} {several} {shared}");
}
