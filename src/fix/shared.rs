//! Who else has the document that is edited: the edit is for all of them.

use super::Warning;
use super::draft::{Base, Draft};
use super::warn::warning;
use super::words::{self, and};
use crate::arn::Arn;
use crate::snapshot::{Layer, Origin, Policy, Snapshot, Use};

/// How many of the others are named.
const NAMED: usize = 3;

/// The warnings of a draft.
pub(super) fn shared(draft: &Draft, snapshot: &Snapshot) -> Vec<Warning> {
    let shown = words::shown(&draft.document);
    let found = [
        of_boundary(draft, snapshot, &shown),
        of_attached(draft, snapshot, &shown),
        of_group(draft, &shown),
        of_the_organization(draft, &shown),
    ];
    found.into_iter().flatten().collect()
}

/// A policy that is the boundary of others, or may be.
fn of_boundary(draft: &Draft, snapshot: &Snapshot, shown: &str) -> Option<Warning> {
    let is_own = draft.layer == Layer::Boundary && draft.policy.origin != Origin::File;
    let whose = match Others::of(draft, snapshot, Use::Boundary)? {
        Others::NotKnown => is_own.then(|| "may be the boundary of other principals too".to_owned())?,
        Others::Known(all) => format!("is also the boundary of {all}"),
        Others::Some(some) => {
            format!("is also the boundary of {some}, and perhaps of principals that the snapshot does not hold")
        }
    };
    Some(warning("shared-boundary", format!("{shown} {whose}: the edit raises the ceiling of all of them")))
}

/// A policy that is attached to others, or may be.
fn of_attached(draft: &Draft, snapshot: &Snapshot, shown: &str) -> Option<Warning> {
    let is_own = draft.layer == Layer::Identity && draft.policy.origin == Origin::CustomerManaged;
    let whose = match Others::of(draft, snapshot, Use::Attachment)? {
        Others::NotKnown => is_own.then(|| "may be attached to others too".to_owned())?,
        Others::Known(all) => format!("is also attached to {all}"),
        Others::Some(some) => {
            format!("is also attached to {some}, and perhaps to others that the snapshot does not hold")
        }
    };
    Some(warning("shared-policy", format!("{shown} {whose}: the edit is for all of them")))
}

/// A policy of a group is its other members' too.
fn of_group(draft: &Draft, shown: &str) -> Option<Warning> {
    let Origin::Group(group) = &draft.policy.origin else { return None };
    let text = format!("{shown} is a policy of the group {group}: the edit is for all of its members");
    Some(warning("shared-policy", text))
}

/// An edit for everybody below a level of the organization.
///
/// Source: Organizations User Guide, "SCP evaluation": a policy applies to all accounts below what it is attached to.
fn of_the_organization(draft: &Draft, shown: &str) -> Option<Warning> {
    let target = draft.document.attached_to.as_deref().unwrap_or("what it is attached to");
    let whose = match draft.layer {
        Layer::ServiceControl => "every principal",
        Layer::ResourceControl => "every request for a resource",
        Layer::VpcEndpoint | Layer::Resource | Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session => {
            return None;
        }
    };
    let text = format!("{shown} applies to {whose} under {target}, and so does the edit");
    Some(warning("shared-scp", text))
}

/// Who has a managed policy beside the principal that asks, in words.
enum Others {
    /// All of them.
    Known(String),
    /// There may be more.
    Some(String),
    /// Nobody knows.
    NotKnown,
}

impl Others {
    /// `None` where there is nobody else: nobody has a policy that is about to be made.
    fn of(draft: &Draft, snapshot: &Snapshot, how: Use) -> Option<Self> {
        if draft.base != Base::Edited {
            return None;
        }
        let arn = draft.policy.arn.as_deref();
        let layer = match how {
            Use::Boundary => Layer::Boundary,
            Use::Attachment => Layer::Identity,
        };
        let own = snapshot.layers.policies(layer).find(|policy| arn.is_some() && policy.arn.as_deref() == arn);
        let holders = arn.and_then(|arn| snapshot.layers.sharing.as_ref()?.of(how, arn));
        let held = holders.map_or(0, |holders| holders.held.saturating_sub(usize::from(own.is_some())));
        let told = snapshot.layers.boundary_users.filter(|_| draft.layer == layer && how == Use::Boundary);
        let count = holders.map_or(told, |holders| holders.count.or(told.filter(|told| *told >= holders.held)));
        let first = holders.map_or(&[][..], |holders| &holders.first);
        let others = first.iter().filter(|holder| !own.is_some_and(|own| is_holder(own, snapshot, holder)));
        let mut named: Vec<String> = others.take(NAMED).map(|arn| name(arn)).collect();
        let all = count.map(|count| count.saturating_sub(usize::from(own.is_some())));
        let more = all.unwrap_or(held).saturating_sub(named.len());
        match (more, named.is_empty()) {
            (0, _) => {}
            (1, _) => named.push("one other".to_owned()),
            (more, _) => named.push(format!("{more} others")),
        }
        match (all, named.is_empty()) {
            (Some(_), true) => None,
            (Some(_), false) => Some(Self::Known(and(&named))),
            (None, false) => Some(Self::Some(and(&named))),
            (None, true) => Some(Self::NotKnown),
        }
    }
}

/// Whether the one by whom the principal has its policy is this one: itself, or its group.
fn is_holder(own: &Policy, snapshot: &Snapshot, holder: &str) -> bool {
    let who = &snapshot.principal;
    match &own.origin {
        Origin::Group(group) => is_of_kind(holder, "group") && last(holder) == group,
        Origin::Inline | Origin::CustomerManaged | Origin::AwsManaged | Origin::File => {
            who.entity_arn.as_deref().or(who.arn.as_deref()) == Some(holder)
        }
    }
}

/// `role MyRole`.
fn name(arn: &str) -> String {
    let kind = ["role", "user", "group"].into_iter().find(|kind| is_of_kind(arn, kind));
    kind.map_or_else(|| arn.to_owned(), |kind| format!("{kind} {}", last(arn)))
}

fn is_of_kind(arn: &str, kind: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| arn.resource.split('/').next() == Some(kind))
}

fn last(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}
