//! What the snapshot holds beside its principals: the organization's policies, those of resources and endpoints, and the
//! trust policies of the roles that are assumed.

use std::collections::HashSet;

use super::{Entry, File, PolicyEntry, ResourceEntry, Target, lenient, policy, present_policies, trust};
use crate::arn::Arn;
use crate::snapshot::{Attached, Holders, Layer, Level, Origin, Policy, Reading, Sharing, Snapshot, Use};
use crate::source::broken::{self, List, SHAPE};
use crate::source::{Ask, document};

/// Adds it.
pub(super) fn add(file: &File<'_>, asked: Ask<'_>, mut snapshot: Snapshot) -> Snapshot {
    for (layer, reading) in organization(file) {
        snapshot.layers.set(layer, reading);
    }
    if let Some(entries) = &file.resource_policies {
        let entries = entries.as_deref().unwrap_or_default();
        let others = others(file, &lenient::RESOURCES, entries.is_empty(), "the policy of this resource");
        snapshot.layers.set(Layer::Resource, others);
        for entry in entries {
            snapshot.layers.attach(Layer::Resource, resource(entry));
        }
    }
    if let Some(entries) = &file.vpc_endpoint_policies {
        let entries = entries.as_deref().unwrap_or_default();
        let others = others(file, &lenient::ENDPOINTS, entries.is_empty(), "the policy of this endpoint");
        snapshot.layers.set(Layer::VpcEndpoint, others);
        for entry in entries {
            let reading = Reading::policies(vec![policy(file, entry, "endpoint policy", Origin::Inline)]);
            let attached = Attached { to: entry.name.clone(), account: None, reading };
            snapshot.layers.attach(Layer::VpcEndpoint, attached);
        }
    }
    for entry in file.principals.iter().filter(|entry| asked.roles.iter().any(|arn| *arn == entry.arn)) {
        attach_trust(&mut snapshot, file, entry);
    }
    let unread = file.unread.iter().flatten().find(|unread| unread.layer == Layer::Trust.code());
    for arn in asked.roles.iter().filter(|arn| !file.principals.iter().any(|entry| entry.arn == **arn)) {
        let Some(unread) = unread else { continue };
        let reading = Reading::Failed { reason: format!("{} failed: {}", unread.operation, unread.reason) };
        let account = Arn::parse(arn).map(|arn| arn.account.to_owned());
        snapshot.layers.attach(Layer::Trust, Attached { to: Some(arn.clone()), account, reading });
    }
    snapshot
}

/// Who of its roles and users has which managed policy. It need not hold everybody.
pub(super) fn sharing(file: &File<'_>) -> Sharing {
    let mut sharing = Sharing::default();
    let mut seen = HashSet::new();
    let mut note = |how, policy: &str, holder: &str| {
        if seen.insert((how, policy.to_owned(), holder.to_owned())) {
            sharing.note(how, policy, holder);
        }
    };
    let is_person = |entry: &&Entry<'_>| Arn::parse(&entry.arn).is_some_and(|arn| arn.service == "iam");
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for entry in file.principals.iter().filter(is_person) {
        let boundary = entry.permissions_boundary.iter().flatten().find_map(|policy| policy.arn.as_deref());
        if let Some(arn) = boundary {
            note(Use::Boundary, arn, &entry.arn);
            counts.extend(entry.boundary_users.map(|count| (arn, count)));
        }
        for policy in entry.identity_policies.iter().flatten().flatten() {
            let Some(arn) = policy.arn.as_deref() else { continue };
            let group = policy.origin.as_deref().and_then(|origin| origin.strip_prefix("group:"));
            let account = Arn::parse(&entry.arn).map_or_else(String::new, |own| own.account.to_owned());
            match group {
                Some(group) => note(Use::Attachment, arn, &format!("arn:aws:iam::{account}:group/{group}")),
                None => note(Use::Attachment, arn, &entry.arn),
            }
        }
    }
    for told in file.policy_holders.iter().flatten() {
        let holders = Holders { first: told.some.clone(), held: told.known.max(told.some.len()), count: told.count };
        if let Some(how) = Use::ALL.into_iter().find(|how| how.code() == told.how) {
            sharing.told(how, &told.policy, holders);
        }
    }
    for (arn, count) in counts {
        sharing.counted(Use::Boundary, arn, count);
    }
    sharing
}

/// Its SCPs and RCPs, as far as the snapshot says anything about them.
pub(super) fn organization(file: &File<'_>) -> Vec<(Layer, Reading)> {
    let kinds = [
        (Layer::ServiceControl, &file.service_control_policies, "SCP"),
        (Layer::ResourceControl, &file.resource_control_policies, "RCP"),
    ];
    let read = kinds.into_iter().filter_map(|(layer, levels, name)| {
        let levels = levels.as_ref()?.as_deref().unwrap_or_default();
        let missing = file.unread.iter().flatten().any(|unread| unread.layer == layer.code());
        Some((layer, levels_of(file, levels, name, missing)))
    });
    read.collect()
}

/// What is known of whatever no entry of a list is about: an entry that cannot be read may be.
fn others(file: &File<'_>, list: &List, is_empty: bool, what: &str) -> Reading {
    let reason = match file.broken.iter().find(|broken| broken.is_in(list)) {
        Some(broken) => format!("{} of the snapshot cannot be read: {SHAPE}", broken.at()),
        None if is_empty => return Reading::Absent,
        None => format!("the snapshot does not hold {what}"),
    };
    Reading::NotChecked { reason: Some(reason) }
}

fn levels_of<'a>(file: &File<'a>, targets: &[Target<'a>], name: &str, missing: bool) -> Reading {
    let policies = |target: &Target<'a>| -> Vec<Policy> {
        let present = present_policies(target);
        let mut all: Vec<Policy> =
            present.map(|entry: &PolicyEntry<'a>| policy(file, entry, name, Origin::CustomerManaged)).collect();
        if target.policies.is_none() {
            all.push(Policy::unread("policies", None, Origin::CustomerManaged, "the level was not read"));
        }
        all
    };
    let level = |target: &Target<'a>| Level { target: target.target.clone(), policies: policies(target) };
    if targets.is_empty() {
        return Reading::Absent;
    }
    let mut levels: Vec<Level> = targets.iter().map(level).collect();
    let is_told = levels.iter().flat_map(|level| &level.policies).any(Policy::is_unread);
    if let (true, false, Some(last)) = (missing, is_told, levels.last_mut()) {
        // A read that failed without leaving a policy behind: there may be more than are listed.
        let reason = "the snapshot lists a failed read";
        last.policies.push(Policy::unread("further policies", None, Origin::CustomerManaged, reason));
    }
    Reading::Levels(levels)
}

fn resource(entry: &ResourceEntry<'_>) -> Attached {
    let last = entry.resource.rsplit([':', '/']).next().unwrap_or_default();
    let name = format!("policy of {last}");
    let reading = match entry.document {
        None => Reading::NotChecked { reason: Some("the snapshot does not hold its document".to_owned()) },
        Some(raw) if raw.get() == "null" => Reading::Absent,
        Some(raw) => Reading::policies(vec![document::policy(&name, None, Origin::Inline, None, Some(raw))]),
    };
    Attached { to: Some(entry.resource.clone()), account: entry.account.clone(), reading }
}

fn attach_trust<'a>(snapshot: &mut Snapshot, file: &File<'a>, entry: &Entry<'a>) {
    let reading = match trust(file, entry) {
        Some(policy) => Reading::policies(vec![policy]),
        None if entry.is_broken => broken::reading(),
        None => return,
    };
    let account = Arn::parse(&entry.arn).map(|arn| arn.account.to_owned());
    let attached = Attached { to: Some(entry.arn.to_string()), account, reading };
    snapshot.layers.attach(Layer::Trust, attached);
}
