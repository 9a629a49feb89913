//! An edit that opens a way to more permissions, for the caller itself or for others.
//!
//! Sources: IAM User Guide, "Delegating responsibility to others using permissions boundaries"; Service Authorization
//! Reference, AWS Identity and Access Management.

use super::draft::Draft;
use super::opened::{By, Guard, Reach, reach};
use super::{Warning, blast, words};
use crate::pattern::{ArnPattern, NoVariables};
use crate::policy::{ActionPattern, Span, head_of};
use crate::request::{Action, Request};
use crate::snapshot::{Layer, Origin, Reading, Snapshot};
use crate::truth::Truth;

/// Actions with which a principal can give itself, or another one, more than it has.
pub(super) const ESCALATING: [&str; 22] = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:CreateRole",
    "iam:CreateUser",
    "iam:DeletePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePermissionsBoundary",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRole",
];

/// Whether it is, or as a pattern may be, one of those.
pub(super) fn is_escalating(action: &Action) -> bool {
    let is_it = |name: &str| match &action.pattern {
        None => name.eq_ignore_ascii_case(&action.text),
        Some(_) => {
            let lower = name.to_lowercase();
            ActionPattern::new(&action.text, Span::default()).matches(head_of(&lower), &lower)
        }
    };
    ESCALATING.iter().any(|name| is_it(name))
}

/// What an action could do to the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Own {
    /// Give it more permissions.
    Grants,
    /// Take away, or change, the boundary that limits it.
    Lifts,
}

/// An edit that opens a way to more permissions; `caller`: a request of the one for whom it is made.
pub(super) fn escalation(draft: &Draft, snapshot: &Snapshot, caller: Option<&Request>) -> Option<Warning> {
    let guard = caller.map(|caller| Guard::of(draft, caller));
    let mut found: Vec<String> = Vec::new();
    let mut own: Option<Own> = None;
    for Reach { actions, resources, by } in reach(draft, caller) {
        let pattern = ActionPattern::new(&actions, Span::default());
        for name in ESCALATING {
            let lower = name.to_lowercase();
            // Assuming one role that was named is what roles are for.
            let harmless = name == "sts:AssumeRole" && !resources.contains('*');
            if !pattern.matches(head_of(&lower), &lower) || harmless {
                continue;
            }
            if by != By::Grant && guard.as_ref().is_some_and(|guard| guard.denies(name, &resources)) {
                continue;
            }
            own = own.max(touches(name, &resources, snapshot));
            if !found.iter().any(|own| own == name) {
                found.push(name.to_owned());
            }
        }
    }
    if found.is_empty() || draft.layer == Layer::Trust {
        return None;
    }
    let who = words::principal(&snapshot.principal);
    let own = match own {
        Some(Own::Lifts) => format!(", {who} among them: it could lift the very limit that its boundary sets"),
        Some(Own::Grants) => {
            format!(", {who} among them: it could give itself whatever its boundary, if it has one, lets pass")
        }
        None => String::new(),
    };
    let text = format!(
        "ESCALATION: with {} a principal can get permissions that nobody gave it{own}; let whoever answers for the \
         account's security decide, and limit it by resource and by a condition on iam:PermissionsBoundary or iam:PassedToService",
        words::list(&found)
    );
    Some(super::warn::warning("escalation", text))
}

/// What an action on these resources could do to the caller, by its own ARN and by those of its policies.
fn touches(action: &str, resources: &str, snapshot: &Snapshot) -> Option<Own> {
    let pattern = blast::without_variables(resources);
    let pattern = ArnPattern::resource(&pattern, false);
    let may_be = |arn: &str| pattern.matches_all_of(&ArnPattern::resource(arn, false), &NoVariables).truth != Truth::No;
    let has = |layer: Layer| {
        let mut arns = snapshot.layers.policies(layer).map(|policy| policy.arn.as_deref());
        // A document without an ARN (a file) may be any managed policy.
        arns.any(|arn| arn.is_none_or(may_be))
    };
    let who = &snapshot.principal;
    let is_role = who.kind.is_role();
    let is_caller = || who.entity_arn.as_deref().or(who.arn.as_deref()).is_none_or(may_be);
    let has_boundary = !matches!(snapshot.layers.get(Layer::Boundary), Reading::Absent);
    let name = action.split_once(':').map_or(action, |(_, name)| name);
    let of_its_kind = match name {
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" if has(Layer::Boundary) => return Some(Own::Lifts),
        "CreatePolicyVersion" | "SetDefaultPolicyVersion" => {
            return has_managed(snapshot, &may_be).then_some(Own::Grants);
        }
        // A user is put into a group by the group's ARN.
        "AddUserToGroup" => return (!is_role).then_some(Own::Grants),
        "AttachGroupPolicy" | "PutGroupPolicy" => return of_group(snapshot, resources).then_some(Own::Grants),
        "AttachRolePolicy" | "PutRolePolicy" => is_role,
        "AttachUserPolicy" | "PutUserPolicy" => !is_role,
        "DeleteRolePermissionsBoundary" | "PutRolePermissionsBoundary" => is_role && has_boundary,
        "DeleteUserPermissionsBoundary" | "PutUserPermissionsBoundary" => !is_role && has_boundary,
        // What a role may be passed to, who may be it, who is created, a key of one's own: nothing that the caller has not.
        _ => false,
    };
    let own = if name.contains("Boundary") { Own::Lifts } else { Own::Grants };
    (of_its_kind && is_caller()).then_some(own)
}

/// Whether a managed policy of the caller could be one of them.
fn has_managed(snapshot: &Snapshot, may_be: &impl Fn(&str) -> bool) -> bool {
    snapshot.layers.policies(Layer::Identity).filter_map(|policy| policy.arn.as_deref()).any(may_be)
}

/// Whether a group of the caller could be one of them: their paths are not known.
fn of_group(snapshot: &Snapshot, resources: &str) -> bool {
    let groups = snapshot.layers.policies(Layer::Identity).filter_map(|policy| match &policy.origin {
        Origin::Group(name) => Some(name),
        Origin::Inline | Origin::CustomerManaged | Origin::AwsManaged | Origin::File => None,
    });
    groups.into_iter().any(|name| resources.contains('*') || resources.rsplit('/').next() == Some(name))
}
