//! What to know before a fix is made: stable codes with a text each.
//!
//! Sources: IAM User Guide, "Permissions boundaries for IAM entities", "Delegating responsibility to others using permissions
//! boundaries"; Service Authorization Reference, AWS Identity and Access Management; AWS Control Tower, Landing Zone
//! Accelerator, IAM Identity Center and CDK user guides for the names of what they generate.

use super::draft::{Base, Draft};
use super::edit::size;
use super::escalate::escalation;
use super::plan::{GaveUp, Narrowed, Planner};
use super::target::TRUST_UNRAISED;
use super::words::{self, and};
use super::{Ask, Change, Fix, FixKind, Verified, Warning, guard, literal, narrow, owner, shared, unmet};
use crate::arn::Arn;
use crate::eval::{Decision, LayerDecision, Outcome, Owner, Verdict};
use crate::explain::{self, Subject};
use crate::policy::Document;
use crate::principal::Principal;
use crate::request::Request;
use crate::snapshot::{Layer, Origin, Reading, Snapshot};

/// The warnings of a question's fixes; `drafts` are those of them that edit something, in order.
pub(super) fn add(planner: &Planner<'_>, ask: usize, drafts: &[usize], fixes: &mut [Fix]) {
    let Some(one) = planner.work.asks.get(ask) else { return };
    let beyond = planner.beyond.get(planner.work.snapshot_of(ask)).copied().flatten();
    let mut drafts = drafts.iter();
    for fix in fixes.iter_mut().filter(|fix| fix.kind != FixKind::Nothing) {
        let Some(number) = drafts.next() else { break };
        let Some(draft) = planner.work.drafts.get(*number) else { continue };
        let mut list: Vec<Warning> = settled_otherwise(planner, *number, draft, one.request).into_iter().collect();
        list.extend(unmet::warnings(planner, *number));
        list.extend(escalation(draft, one.snapshot, Some(one.request)));
        list.extend(meant(planner, *number, draft));
        list.extend(narrow::warnings(planner, *number));
        fix.account = owner::account(fix, one);
        list.extend(of_another_account(fix, one));
        list.extend(of_characters(fix, one.request));
        list.extend(of_document(fix, draft, one.snapshot, beyond));
        fix.editable = !list.iter().any(|warning| matches!(warning.code, "permission-set" | "service-linked"))
            && fix.layer != Layer::Session;
        fix.warnings = list;
    }
    rest(planner, ask, fixes);
}

/// Of a layer that is left as it is.
pub(super) fn of_left(why: &GaveUp) -> Vec<Warning> {
    let too_large = why.too_large.then(|| warning("too-large", why.why.clone()));
    too_large.into_iter().collect()
}

pub(super) fn warning(code: &'static str, text: impl Into<String>) -> Warning {
    Warning { code, text: text.into() }
}

/// What the caller can do instead, where a Deny that was narrowed is meant for calls of another kind.
fn settled_otherwise(planner: &Planner<'_>, number: usize, draft: &Draft, request: &Request) -> Option<Warning> {
    let document = Document::parse(&draft.text).ok()?;
    let narrowed = planner.narrowed.iter().filter(|one| one.draft == number);
    let statement = |one: &Narrowed| document.statements.get(one.statement);
    let ways: Option<Vec<String>> = narrowed.map(|one| guard::otherwise(&document, statement(one)?, request)).collect();
    let ways = ways.filter(|ways| !ways.is_empty())?;
    let text = format!("first see whether you can {}: then this policy need not change", and(&ways));
    Some(warning("settled-otherwise", text))
}

/// What the Deny statements that were narrowed are there for.
fn meant(planner: &Planner<'_>, number: usize, draft: &Draft) -> Option<Warning> {
    let mut guards: Vec<String> = Vec::new();
    for narrowed in planner.narrowed.iter().filter(|one| one.draft == number) {
        let text = words::guards(draft, narrowed.statement);
        if !text.is_empty() && !guards.contains(&text) {
            guards.push(text);
        }
    }
    let whom = if draft.layer.document_kind().has_principals() { ", for everybody whom it names" } else { "" };
    (!guards.is_empty()).then(|| {
        let text = format!(
            "somebody denied this on purpose: the statement guards {}{whom}; ask its owner first",
            and(&guards)
        );
        warning("deny-is-a-guard", text)
    })
}

pub(super) fn of_document(fix: &Fix, draft: &Draft, snapshot: &Snapshot, beyond: Option<usize>) -> Vec<Warning> {
    let mut list = Vec::new();
    let who = &snapshot.principal;
    let on_principal = draft.base != Base::Edited || draft.policy.origin == Origin::Inline;
    let identity = matches!(draft.layer, Layer::Identity | Layer::Boundary);
    if identity && on_principal {
        list.extend(reserved(who));
    }
    if draft.base == Base::Copied {
        let text = "AWS manages this boundary: it is copied, and from then on AWS's changes do not reach the copy";
        list.push(warning("aws-managed", text));
        if snapshot.layers.policy_names.is_none() {
            let text = format!(
                "if the account has a policy {} already, the copy is not made and no boundary is switched: choose another name",
                fix.document.name
            );
            list.push(warning("name-may-be-taken", text));
        }
    }
    list.extend(shared::shared(draft, snapshot));
    list.extend(generated(draft, snapshot));
    list.extend(version_limit(fix, draft));
    let others = match draft.layer {
        Layer::ServiceControl | Layer::ResourceControl | Layer::Session => true,
        Layer::Resource | Layer::Trust | Layer::VpcEndpoint | Layer::Identity | Layer::Boundary => false,
    };
    if others {
        let text = format!("only {} can change this", words::who(draft.layer, snapshot, None));
        list.push(warning("changed-by-others", text));
    }
    list.extend(long_trust_policy(draft));
    list.extend(empty_level(draft, snapshot));
    if limits_a_role(draft, snapshot) {
        let text = "the grant names the role: its permissions boundary and session policies still limit it";
        list.push(warning("role-stays-limited", text));
    }
    if let Some(count) = beyond.filter(|_| draft.layer == Layer::Boundary) {
        list.push(last_resort(count, snapshot));
    }
    list
}

/// A name with characters that look like wildcards, as somebody gets who writes a pattern where AWS takes names.
fn of_characters(fix: &Fix, request: &Request) -> Option<Warning> {
    let edited = fix.edited.as_ref().filter(|_| literal::holds_wildcards(&request.resource))?;
    let version = Document::parse(&edited.after).ok()?.version;
    let text = request.resource.text();
    let written = literal::written_in(&request.resource, version);
    let said = if literal::can_be_said(&request.resource, version) {
        "the edit is about that one name; if a pattern was meant, ask with --resource and the pattern".to_owned()
    } else {
        "Version 2008-10-17 cannot say that, so the edit is about every name that the pattern matches; in Version 2012-10-17 it \
         would be ${*} or ${?}"
            .to_owned()
    };
    let text = format!("AWS took the wildcard in {text} for a character of the name: {said}");
    let written = serde_json::Value::from(written).to_string();
    edited.after.contains(&written).then(|| warning("literal-wildcard", text))
}

/// A document that hangs on what another account owns.
fn of_another_account(fix: &Fix, ask: &Ask<'_>) -> Option<Warning> {
    let on_resource = matches!(fix.layer, Layer::Resource | Layer::Trust | Layer::VpcEndpoint);
    let owner = fix.account.as_deref().filter(|owner| ask.snapshot.principal.account.as_deref() != Some(owner));
    let owner = owner.filter(|_| on_resource)?;
    let text = format!("only {} can change this", words::who(fix.layer, ask.snapshot, Some(owner)));
    Some(warning("changed-by-others", text))
}

/// A trust policy that is longer than most accounts allow.
fn long_trust_policy(draft: &Draft) -> Option<Warning> {
    let length = draft.edited.as_ref().map_or(0, |edited| size(&edited.after));
    let text = format!(
        "the trust policy becomes {length} characters long: that takes an account whose quota ({TRUST_UNRAISED}) was raised"
    );
    (draft.layer == Layer::Trust && length > TRUST_UNRAISED).then(|| warning("trust-policy-length", text))
}

/// A level of the organization at which nothing is allowed.
///
/// Source: Organizations User Guide, "SCP evaluation": without FullAWSAccess or what replaces it, everything below is denied.
fn empty_level(draft: &Draft, snapshot: &Snapshot) -> Option<Warning> {
    let target = draft.document.attached_to.as_deref().filter(|_| draft.base == Base::New)?;
    let Reading::Levels(levels) = snapshot.layers.get(draft.layer) else { return None };
    let level = levels.iter().find(|level| level.target.as_deref() == Some(target))?;
    let bare = draft.layer == Layer::ServiceControl && level.policies.is_empty();
    let text = format!(
        "no service control policy is attached to {target}, so everything in it is denied; if FullAWSAccess was detached by \
         mistake, attach it again instead"
    );
    bare.then(|| warning("empty-level", text))
}

/// Removing the boundary, which is never among the commands.
fn last_resort(count: usize, snapshot: &Snapshot) -> Warning {
    let kind = if snapshot.principal.kind.is_role() { "role" } else { "user" };
    let noun = if count == 1 { "action" } else { "actions" };
    let text = format!(
        "removing the boundary (delete-{kind}-permissions-boundary) is the last resort: {count} {noun} would become effective by it"
    );
    warning("last-resort", text)
}

fn limits_a_role(draft: &Draft, snapshot: &Snapshot) -> bool {
    let grants = draft.changes.iter().any(|change| match change {
        Change::AddStatement(new) => new.effect == "Allow",
        Change::AddActions { .. }
        | Change::AddResources { .. }
        | Change::AddPrincipals { .. }
        | Change::AddValues { .. } => true,
        Change::RemoveActions { .. }
        | Change::ExceptResources { .. }
        | Change::ExceptActions { .. }
        | Change::ExceptPrincipals { .. } => false,
    });
    let has = |layer: Layer| snapshot.layers.policies(layer).next().is_some();
    matches!(draft.layer, Layer::Resource | Layer::Trust)
        && grants
        && snapshot.principal.kind.is_role()
        && (has(Layer::Boundary) || has(Layer::Session))
}

/// How many versions a managed policy has at most.
const VERSIONS: usize = 5;

/// The version that has to go: known where the source lists them, else guessed from the number of the default one.
fn version_limit(fix: &Fix, draft: &Draft) -> Option<Warning> {
    fix.document.arn.as_ref()?;
    let text = match &draft.policy.versions {
        Some(versions) => {
            let oldest = versions.oldest.as_deref().filter(|_| versions.count >= VERSIONS)?;
            format!("{VERSIONS} versions exist: {oldest}, the oldest that is not the default, is deleted")
        }
        None => {
            let number = fix.document.version.as_deref()?.strip_prefix('v')?;
            number.parse().ok().filter(|number: &usize| *number >= VERSIONS)?;
            format!(
                "five versions may exist already (v{number} is the default), and then the oldest that is not the default is \
                 deleted"
            )
        }
    };
    Some(warning("version-limit", text))
}

/// Roles that IAM does not let anybody change.
fn reserved(who: &Principal) -> Option<Warning> {
    if who.is_of_permission_set() {
        let set =
            who.permission_set().map_or_else(|| "its permission set".to_owned(), |set| format!("permission set {set}"));
        let text = format!("IAM Identity Center keeps this role: change {set} and provision it again");
        return Some(warning("permission-set", text));
    }
    let text = "an AWS service keeps this role, and IAM refuses to change it";
    who.is_service_linked().then(|| warning("service-linked", text))
}

/// Beginnings of names, and who writes what is named so.
const GENERATORS: [(&str, &str); 8] = [
    ("aws-controltower-", "AWS Control Tower"),
    ("AWSControlTower", "AWS Control Tower"),
    ("AWSAccelerator-", "the Landing Zone Accelerator"),
    ("AWSReservedSSO_", "IAM Identity Center"),
    ("cdk-hnb659fds-", "the CDK's bootstrap stack"),
    ("cdk-", "the CDK"),
    ("StackSet-", "a CloudFormation stack set"),
    ("AWSQuickSetup", "AWS Quick Setup"),
];

/// What will be written again by what generated it.
fn generated(draft: &Draft, snapshot: &Snapshot) -> Option<Warning> {
    let by_name = |name: &str| GENERATORS.iter().find(|(start, _)| name.starts_with(start)).map(|(_, who)| *who);
    let path = draft.document.arn.as_deref().and_then(Arn::parse).map_or("", |arn| arn.resource);
    let reserved = path.contains("/aws-reserved/").then_some("IAM Identity Center");
    let of_policy = by_name(&draft.document.name).or(reserved);
    let identity = draft.layer == Layer::Identity && draft.document.arn.is_none();
    let tag = snapshot.tags.as_ref().and_then(|tags| tags.get("aws:cloudformation:stack-name"));
    // Of a role that is kept for a permission set another warning tells.
    let is_told = snapshot.principal.is_of_permission_set();
    let of_role = snapshot.principal.name.as_deref().filter(|_| identity && !is_told).and_then(by_name);
    let text = match (of_policy, of_role, tag) {
        (Some(who), ..) => format!("{} looks generated by {who}", draft.document.name),
        (None, Some(who), _) => format!("{} looks generated by {who}", words::principal(&snapshot.principal)),
        (None, None, Some(stack)) if identity || draft.base == Base::Copied => {
            format!("{} belongs to the CloudFormation stack {stack}", words::principal(&snapshot.principal))
        }
        (None, None, _) => return None,
    };
    Some(warning("generated", format!("{text}, which will undo the edit: change it at its source")))
}

/// The layer of another account that nobody read, and without whose grant nothing is allowed.
fn granted_unseen(decision: &Decision<'_>, request: &Request) -> Option<Layer> {
    let unread = |layer: &&LayerDecision<'_>| {
        matches!(layer.layer, Layer::Resource | Layer::Trust) && layer.outcome == Outcome::NotChecked
    };
    let found = decision.layers.iter().find(unread).map(|layer| layer.layer);
    found.filter(|_| Owner::of(request) == Owner::Other)
}

/// What the fixes together leave open, on the last of them.
fn rest(planner: &Planner<'_>, ask: usize, fixes: &mut [Fix]) {
    let Some(one) = planner.work.asks.get(ask) else { return };
    let Some(last) = fixes.last_mut() else { return };
    let Verified { verdict, blocked_by } = last.verified.clone();
    match verdict {
        Verdict::Allowed => {
            let Some(layer) = planner.work.decide(ask).and_then(|decision| granted_unseen(&decision, one.request))
            else {
                return;
            };
            let whose = owner::of_resource(one.request).map_or_else(String::new, |id| format!(" of account {id}"));
            let text = format!(
                "whether it is allowed depends on the {}{whose}, which was not read and must allow it too",
                layer.words()
            );
            last.warnings.push(warning("depends-on", text));
            for fix in fixes.iter_mut().filter(|fix| fix.verified.verdict == Verdict::Allowed) {
                fix.verified.verdict = Verdict::Undetermined;
            }
        }
        Verdict::Denied => {
            let each: Vec<String> = blocked_by
                .iter()
                .map(|block| {
                    let layer = block.layer.words();
                    if planner.unmet.contains(&(ask, block.layer)) {
                        return format!("the {layer} until it meets the condition");
                    }
                    let who = words::who(block.layer, one.snapshot, owner::of_resource(one.request));
                    format!("the {layer} (to be changed by {who})")
                })
                .collect();
            let what = if each.is_empty() { "what nobody read".to_owned() } else { and(&each) };
            last.warnings.push(warning("remains", format!("the request stays denied by {what}")));
        }
        Verdict::Undetermined => {
            let open = planner.work.decide(ask).map(|decision| {
                let found = explain::explain(&decision, one.request, false).depends_on;
                let mut subjects: Vec<String> = Vec::new();
                for dependency in found {
                    let name = match dependency.subject {
                        Subject::Key(key) => format!("{key} (--context {key}=VALUE)"),
                        Subject::Resource => "which resource it is (--resource ARN)".to_owned(),
                        Subject::Action => "which action it is".to_owned(),
                        Subject::Principal => "which principal it is".to_owned(),
                    };
                    if !subjects.contains(&name) {
                        subjects.push(name);
                    }
                }
                subjects
            });
            let open = open
                .filter(|subjects| !subjects.is_empty())
                .map_or_else(|| "what was not read".to_owned(), |all| and(&all));
            last.warnings.push(warning("depends-on", format!("whether it is allowed depends on {open}")));
        }
    }
}
