//! Who has which of the account's policies.
//!
//! Source: IAM API Reference, `ManagedPolicyDetail`: `AttachmentCount`, `PermissionsBoundaryUsageCount`.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::account_of;
use super::page::{Attached, Page};
use crate::snapshot::{Sharing, Use};

/// Reads it. A page that is one of several, and one with entries that cannot be read (`is_sound` says that there are none),
/// lack some of them, unless IAM's own counts stand in it.
pub(super) fn sharing(all: &Page<'_>, is_sound: bool) -> Sharing {
    let mut sharing = Sharing::default();
    let mut seen = HashSet::new();
    let lists = [&all.role_detail_list, &all.user_detail_list, &all.group_detail_list];
    for entity in lists.into_iter().flatten().filter(|entity| seen.insert(&*entity.arn)) {
        if let Some(arn) = entity.boundary_arn() {
            sharing.note(Use::Boundary, arn, &entity.arn);
        }
        let of_account = |policy: &&Attached<'_>| account_of(&policy.policy_arn) != Some("aws");
        for policy in entity.attached_managed_policies.iter().filter(of_account) {
            sharing.note(Use::Attachment, &policy.policy_arn, &entity.arn);
        }
    }
    if is_sound && all.is_truncated != Some(true) {
        sharing.is_whole();
    }
    let number = |raw: Option<&RawValue>| raw.and_then(|raw| raw.get().parse::<usize>().ok());
    for policy in &all.policies {
        let uses = [
            (Use::Boundary, number(policy.permissions_boundary_usage_count)),
            (Use::Attachment, number(policy.attachment_count)),
        ];
        for (how, count) in uses {
            if let Some(count) = count {
                sharing.counted(how, &policy.arn, count);
            }
        }
    }
    sharing
}
