//! What is said to block a request blocks it, and nothing else does: each block is real, and all of them are told.

use diagnose::eval::{Block, DenyKind, Idle, Verdict, evaluate, is_unsigned};
use diagnose::principal::PrincipalKind;
use diagnose::snapshot::Layer;
use proptest::prelude::*;

use super::callers::OWN;
use super::cases;
use super::document::{PolicyModel, PrincipalModel, StatementModel};
use super::model::{ReadingModel, World};
use super::plain::any_world;
use super::strategies::Openness;

/// What blocks the request, and could be changed by a policy: not that the action is about no resource, where the
/// resource's policy would have to allow it.
fn blocks(world: &World) -> Vec<Block> {
    let snapshot = world.snapshot(None);
    let decision = evaluate(&world.request(), &snapshot);
    let has_say = |block: &&Block| decision.layers[block.layer as usize].idle == Idle::None;
    decision.blocked_by.iter().filter(has_say).copied().collect()
}

/// Whether the resource's policy would have to allow, of an action that is about no resource.
fn is_hopeless(world: &World) -> bool {
    let snapshot = world.snapshot(None);
    let decision = evaluate(&world.request(), &snapshot);
    decision.blocked_by.iter().any(|block| decision.layers[block.layer as usize].idle != Idle::None)
}

/// The smallest that a policy of the layer can say to let the request pass. Of a resource's policy: to leave it to the
/// caller's account, where that has a say.
fn smallest_grant(layer: Layer, world: &World) -> StatementModel {
    let request = world.request();
    let alone = is_unsigned(&request) || request.caller.principal.kind == PrincipalKind::Service;
    let by_account = matches!(layer, Layer::Resource | Layer::Trust) && !alone;
    let account = PrincipalModel { not: false, entries: vec![("AWS", OWN)] };
    let principal = if by_account { account } else { PrincipalModel::EVERYBODY };
    StatementModel { principal: Some(principal), ..StatementModel::all(true) }
}

/// The same without what blocks it in one layer: its Denys are gone, and every level allows.
fn fixed(world: &World, block: Block) -> World {
    let mut other = world.clone();
    let allow = PolicyModel::of(vec![smallest_grant(block.layer, world)]);
    let reading = &mut other.readings[block.layer as usize];
    if !matches!(reading, ReadingModel::Levels(_)) {
        *reading = ReadingModel::Levels(vec![Vec::new()]);
    }
    for policies in reading.levels_mut() {
        for statements in policies.iter_mut().filter_map(|policy| policy.statements.as_mut()) {
            statements.retain(|statement| statement.allow);
        }
        policies.push(allow.clone());
    }
    other
}

proptest! {
    #![proptest_config(cases(512))]

    /// If the layer said a plain Allow to everything and to everybody, it would not be listed.
    #[test]
    fn every_block_is_real(world in any_world(Openness::ALL)) {
        for block in blocks(&world) {
            let full = PolicyModel::of(vec![StatementModel::all(true)]);
            let other = world.with(block.layer, ReadingModel::policy(full));
            let left = blocks(&other);
            prop_assert!(left.iter().all(|other| other.layer != block.layer), "{block:?}, then {left:?}");
        }
    }

    /// Whoever puts right all that is listed is done: the request is not denied.
    #[test]
    fn fixing_all_blocks_finishes(world in any_world(Openness::ALL)) {
        let all = blocks(&world);
        let other = all.iter().fold(world.clone(), |world, block| fixed(&world, *block));
        prop_assert_eq!(other.verdict() == Verdict::Denied, is_hopeless(&world), "{:?}, then {:?}", all, blocks(&other));
        prop_assert_eq!(blocks(&other), vec![]);
    }

    /// And not before: with all but one put right, that one still blocks it, and it alone.
    #[test]
    fn every_block_has_to_be_fixed(world in any_world(Openness::ALL)) {
        // An account may be all that an unknown caller is.
        let all = if world.who.text == "unknown" { Vec::new() } else { blocks(&world) };
        for left in &all {
            let others = all.iter().filter(|block| *block != left);
            let other = others.fold(world.clone(), |world, block| fixed(&world, *block));
            prop_assert_eq!(other.verdict(), Verdict::Denied);
            prop_assert_eq!(blocks(&other), vec![*left], "of {:?}", all);
        }
    }

    /// An explicit block is a Deny statement that applies: without the layer's Denys there is none, and without those of all
    /// other layers it stays.
    #[test]
    fn an_explicit_block_is_a_deny(world in any_world(Openness::ALL)) {
        for block in blocks(&world).into_iter().filter(|block| block.deny == DenyKind::Explicit) {
            let (mut without, mut alone) = (world.clone(), world.clone());
            for statements in without.documents(|layer| layer == block.layer) {
                statements.retain(|statement| statement.allow);
            }
            for statements in alone.documents(|layer| layer != block.layer) {
                statements.retain(|statement| statement.allow);
            }
            prop_assert!(!blocks(&without).contains(&block), "{block:?} without a Deny");
            prop_assert!(blocks(&alone).contains(&block), "{block:?} needs another layer's Deny");
        }
    }
}
