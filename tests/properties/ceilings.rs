//! Removing a ceiling never denies, adding one never allows.

use diagnose::context::{Fact, Value};
use diagnose::eval::{Block, DenyKind, Outcome, Verdict};
use diagnose::snapshot::Layer;
use proptest::prelude::*;
use proptest::sample::select;

use super::callers::{CALLERS, OWN, PROVIDERS, SPARING};
use super::cases;
use super::document::{PolicyModel, PrincipalModel, StatementModel};
use super::model::{OwnerModel, ReadingModel, World};
use super::monotone::hope;
use super::plain::any_world;
use super::strategies::{Openness, statement};

/// Layers that grant nothing.
const CEILINGS: [Layer; 5] =
    [Layer::ServiceControl, Layer::ResourceControl, Layer::VpcEndpoint, Layer::Boundary, Layer::Session];

/// AWS: a federated user without a session policy has nothing of the issuing user's permissions, so that here a session
/// policy is what grants them.
fn grants(layer: Layer, world: &World) -> bool {
    layer == Layer::Session && world.who.text.contains(":federated-user/")
}

/// Identity policies that were not read are taken to allow if anything at all does, a ceiling too.
fn counts_as_read(world: &World) -> bool {
    !matches!(world.reading(Layer::Identity), ReadingModel::NotChecked)
}

/// A policy that denies everything to all but these.
fn but_for(entries: &[(&'static str, &'static str)]) -> ReadingModel {
    let principal = Some(PrincipalModel { not: true, entries: entries.to_vec() });
    ReadingModel::policy(PolicyModel::of(vec![StatementModel { principal, ..StatementModel::all(false) }]))
}

proptest! {
    #![proptest_config(cases(512))]

    /// There is at most as much hope below a ceiling as without it: what is allowed below it is allowed without it, what is
    /// denied without it is denied below it.
    #[test]
    fn a_ceiling_never_raises_a_verdict(world in any_world(Openness::ALL), layer in select(&CEILINGS[..])) {
        if grants(layer, &world) {
            return Ok(());
        }
        let (below, without) = (world.verdict(), world.with(layer, ReadingModel::Absent).verdict());
        prop_assert!(without != Verdict::Denied || below == Verdict::Denied, "{below:?} below {layer:?} alone");
        let kept = if counts_as_read(&world) {
            hope(below) <= hope(without)
        } else {
            below != Verdict::Allowed || without != Verdict::Denied
        };
        prop_assert!(kept, "{below:?} below {layer:?}, {without:?} without it");
    }

    /// A ceiling that allows everything is as good as none: SCPs have one such level after another at first.
    #[test]
    fn a_ceiling_of_everything_is_none(world in any_world(Openness::ALL), layer in select(&CEILINGS[..]), levels in 1_usize..4) {
        // With a boundary, whatever it allows, a `NotPrincipal` denies.
        let mut world = world;
        if grants(layer, &world) || layer == Layer::Boundary {
            return Ok(());
        }
        if !counts_as_read(&world) {
            world = world.with(Layer::Identity, ReadingModel::Absent);
        }
        let levels = if matches!(layer, Layer::ServiceControl | Layer::ResourceControl) { levels } else { 1 };
        let full = vec![PolicyModel::of(vec![StatementModel::all(true)])];
        let below = world.with(layer, ReadingModel::Levels(vec![full; levels])).answer();
        let without = world.with(layer, ReadingModel::Absent).answer();
        prop_assert_eq!(below.verdict, without.verdict, "{:?}", layer);
        prop_assert_eq!(below.blocked_by, without.blocked_by, "{:?}", layer);
    }

    /// What could not be read of a ceiling does not count, and hides nothing of what was read of it: there is at most as
    /// much hope as if it allowed everything.
    #[test]
    fn an_unread_policy_hides_nothing(
        world in any_world(Openness::ALL), layer in select(&CEILINGS[..]), deny in statement(Just(false)),
    ) {
        let allow = PolicyModel::of(vec![StatementModel::all(true)]);
        // Of everything, under some condition; and much else is allowed.
        let conditions = deny.conditions;
        let read = PolicyModel::of(vec![StatementModel { conditions, ..StatementModel::all(false) }]);
        let mut world = world.with(Layer::Identity, ReadingModel::policy(allow.clone()));
        for layer in CEILINGS {
            world = world.with(layer, ReadingModel::Absent);
        }
        let unread = PolicyModel { statements: None, ..allow.clone() };
        let with = |other: PolicyModel| world.with(layer, ReadingModel::Levels(vec![vec![read.clone(), other]])).verdict();
        let (unread, full) = (with(unread), with(allow));
        prop_assert!(hope(unread) <= hope(full), "{unread:?} with a policy of {layer:?} not read, {full:?} with all");
    }

    /// A resource of which nobody said whose it is, is the caller's own in every respect: also where the caller's account
    /// manages the organization, whose resource control policies then do not reach it.
    #[test]
    fn an_unknown_owner_is_the_caller(world in any_world(Openness::ALL), managed in any::<bool>()) {
        let mut unknown = world;
        if managed {
            let deny = PolicyModel { manager: Some(OWN), ..PolicyModel::of(vec![StatementModel::all(false)]) };
            unknown = unknown.with(Layer::ResourceControl, ReadingModel::policy(deny));
        }
        unknown.request.owner = OwnerModel::Unknown;
        let mut own = unknown.clone();
        own.request.owner = OwnerModel::Own;
        if own.who.text.contains(OWN) {
            let (unknown, own) = (unknown.answer(), own.answer());
            prop_assert_eq!(unknown.verdict, own.verdict);
            prop_assert_eq!(unknown.blocked_by, own.blocked_by);
        }
    }

    /// A Deny with a `NotPrincipal` spares whom it lists in full, unless a boundary is attached: whatever it allows.
    #[test]
    fn a_not_principal_spares_nobody_with_a_boundary(world in any_world(Openness::ALL), user in any::<bool>()) {
        let mut world = world;
        world.who = &CALLERS[if user { 3 } else { 1 }];
        "s3:GetObject".clone_into(&mut world.request.action);
        "arn:aws:s3:::prod/a".clone_into(&mut world.request.resource);
        world.request.exact = true;
        world = world.with(Layer::Resource, but_for(SPARING[usize::from(user)]));
        let full = ReadingModel::policy(PolicyModel::of(vec![StatementModel::all(true)]));
        let block = Block { layer: Layer::Resource, deny: DenyKind::Explicit };
        let denies = |boundary| world.with(Layer::Boundary, boundary).answer().blocked_by.contains(&block);
        prop_assert_eq!((denies(full), denies(ReadingModel::Absent)), (true, false));
    }

    /// Whoever asks with the token of an identity provider, asks without credentials, and so without the boundary of
    /// anybody.
    #[test]
    fn no_boundary_limits_a_token(world in any_world(Openness::ALL)) {
        let mut world = world.with(Layer::Trust, but_for(SPARING[3]));
        "sts:AssumeRoleWithWebIdentity".clone_into(&mut world.request.action);
        world.request.provider = Fact::Value(Value::one(PROVIDERS[0]));
        let full = ReadingModel::policy(PolicyModel::of(vec![StatementModel::all(true)]));
        let (with, without) = (world.with(Layer::Boundary, full), world.with(Layer::Boundary, ReadingModel::Absent));
        prop_assert_eq!(with.answer().blocked_by, without.answer().blocked_by);
    }

    /// A ceiling that allows nothing stops every request that does not pass it by.
    #[test]
    fn an_empty_ceiling_stops(world in any_world(Openness::ALL), endpoint in any::<bool>()) {
        let layer = if endpoint { Layer::VpcEndpoint } else { Layer::ServiceControl };
        let below = world.with(layer, ReadingModel::policy(PolicyModel::of(Vec::new())));
        let answer = below.answer();
        if answer.layers[layer as usize].1 != Outcome::NotApplicable {
            prop_assert_eq!(answer.verdict, Verdict::Denied, "{:?}", layer);
        }
    }
}
