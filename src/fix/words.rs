//! What a fix does, and who can make it, in words.

use super::draft::{Base, Draft};
use super::narrow::{Whom, actions, guarded};
use super::plan::{Narrowed, Planner};
use super::scope::Basis;
use super::{Change, FixedDocument, NewStatement, owner};
use crate::policy::Document;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Snapshot};

/// How many actions or resources are named.
const NAMED: usize = 3;

/// A phrase that begins with a verb: what the edit of a document does; `switched`: see [`super::Fix::switched`].
pub(super) fn summary(planner: &Planner<'_>, ask: usize, draft: &Draft, switched: &[Principal]) -> String {
    let document = Document::parse(&draft.text).ok();
    let in_it = shown(&draft.document);
    let is_it = |number: usize| planner.work.drafts.get(number).is_some_and(|one| one.key == draft.key);
    let allowed = planner.allowed.iter().filter(|one| is_it(one.draft));
    let parts: Vec<String> = allowed
        .map(|one| {
            let under = one.under.as_ref().map_or_else(String::new, |under| format!(" with {}", under.shown()));
            what(&one.actions, &one.resources) + &under
        })
        .collect();
    let spared: Vec<String> = planner
        .narrowed
        .iter()
        .filter(|one| is_it(one.draft))
        .map(|one| {
            let what = what(std::slice::from_ref(&one.action), &one.resources);
            let alone = one.whom == Whom::Caller;
            let whom = if alone { format!(" for {} alone", name(planner, ask)) } else { String::new() };
            let rest = if alone { String::new() } else { still_denied(draft, document.as_ref(), one) };
            format!("{what}{whom} from {}{rest}", denying(document.as_ref(), one.statement))
        })
        .collect();
    let allowing = (!parts.is_empty()).then(|| match draft.base {
        Base::New if draft.layer == Layer::Identity => {
            format!("allow {} in a new inline policy {} of {}", series(&parts), in_it, name(planner, ask))
        }
        Base::New if draft.layer == Layer::ServiceControl => format!(
            "allow {} in a new service control policy {in_it}, attached to {}",
            series(&parts),
            draft.document.attached_to.as_deref().unwrap_or("the level")
        ),
        // What a resource holds has no name.
        Base::New => {
            let whose = draft.document.attached_to.as_deref().unwrap_or("the resource");
            format!("allow {} in a new policy of {whose}", series(&parts))
        }
        Base::Edited | Base::Copied => format!("allow {} in {in_it}", series(&parts)),
    });
    let sparing = (!spared.is_empty()).then(|| format!("exempt {} in {in_it}", series(&spared)));
    let all: Vec<String> = [allowing, sparing].into_iter().flatten().collect();
    let text = all.join(", and ");
    let text = match draft.base {
        Base::Copied => {
            let whose: Vec<String> = switched.iter().map(principal).collect();
            format!("{text}, a copy of the boundary, and make that the boundary of {}", and(&whose))
        }
        Base::Edited | Base::New => text,
    };
    match planner.basis(ask) {
        Some(Basis::Granted) => format!("{text} (no resource was named: as far as the identity policies grant it)"),
        Some(Basis::Everything) => format!("{text} (no resource was named: on every one)"),
        Some(Basis::Asked | Basis::NoResource | Basis::GrantedOnAny) | None => text,
    }
}

/// `s3:GetObject on arn:…`; any resource is not named.
fn what(actions: &[String], resources: &[String]) -> String {
    let any = resources.iter().any(|one| one == "*");
    if any || resources.is_empty() { list(actions) } else { format!("{} on {}", list(actions), list(resources)) }
}

fn denying(document: Option<&Document>, number: usize) -> String {
    let sid = document.and_then(|document| document.statements.get(number)).and_then(|one| one.sid.as_deref());
    let sid = sid.filter(|sid| !sid.is_empty()).map_or_else(String::new, |sid| format!(" ({sid})"));
    format!("the Deny of Statement[{number}]{sid}")
}

/// What a Deny that was narrowed by resource goes on denying: by the list of those that it spares, or by the statement that
/// keeps the rest of it.
fn still_denied(draft: &Draft, document: Option<&Document>, narrowed: &Narrowed) -> String {
    let spares = draft
        .changes
        .iter()
        .any(|change| matches!(change, Change::ExceptResources { statement, .. } if *statement == narrowed.statement));
    let keeps = |new: &NewStatement| {
        new.effect == "Deny" && new.actions.iter().any(|own| own.eq_ignore_ascii_case(&narrowed.action))
    };
    let kept = draft.changes.iter().any(|change| matches!(change, Change::AddStatement(new) if keeps(new)));
    if spares {
        let statement = document.and_then(|document| Some((document, document.statements.get(narrowed.statement)?)));
        let what = statement.map_or_else(|| "it".to_owned(), |(document, statement)| actions(document, statement));
        let there = |new: &NewStatement| {
            new.effect == "Deny" && new.condition.is_none() && new.resources.as_ref() == Some(&narrowed.resources)
        };
        let rest = draft.changes.iter().any(|change| matches!(change, Change::AddStatement(new) if there(new)));
        let rest = if rest { ", and the rest of it there," } else { "" };
        return format!(", which goes on denying {what} on everything else{rest}");
    }
    if kept { format!(", which goes on denying {} elsewhere", narrowed.action) } else { String::new() }
}

/// What a statement of a document guards.
pub(super) fn guards(draft: &Draft, number: usize) -> String {
    let document = Document::parse(&draft.text).ok();
    let statement = document.as_ref().and_then(|document| Some((document, document.statements.get(number)?)));
    statement.map_or_else(String::new, |(document, statement)| guarded(document, statement))
}

/// `BoundaryPolicy (v3)`.
pub(super) fn shown(document: &FixedDocument) -> String {
    match &document.version {
        Some(version) => format!("{} ({version})", document.name),
        None => document.name.clone(),
    }
}

fn name(planner: &Planner<'_>, ask: usize) -> String {
    let who = planner.work.asks.get(ask).map(|one| &one.snapshot.principal);
    who.map_or_else(|| "the principal".to_owned(), principal)
}

/// `role MyRole`.
pub(super) fn principal(who: &Principal) -> String {
    let name = who.name.as_deref().unwrap_or("?");
    match who.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => format!("role {name}"),
        PrincipalKind::User => format!("user {name}"),
        PrincipalKind::FederatedUser
        | PrincipalKind::Root
        | PrincipalKind::Service
        | PrincipalKind::Anonymous
        | PrincipalKind::Unknown => "the principal".to_owned(),
    }
}

/// At most three, and how many more.
pub(super) fn list(items: &[String]) -> String {
    let more = items.len().saturating_sub(NAMED);
    let shown: Vec<String> = items.iter().take(NAMED).cloned().collect();
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { and(&shown) }
}

pub(super) fn and(items: &[String]) -> String {
    match items {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// As [`and`]; what is a list itself stands between semicolons.
fn series(items: &[String]) -> String {
    match items {
        [first @ .., last]
            if !first.is_empty() && items.iter().any(|one| one.contains(", ") || one.contains(" and ")) =>
        {
            format!("{}; and {last}", first.join("; "))
        }
        _ => and(items),
    }
}

/// Who can change a layer; `owner`: the account of the resource, where it is known.
pub(super) fn who(layer: Layer, snapshot: &Snapshot, owner: Option<&str>) -> String {
    let owning = owner.map_or_else(String::new, |owner| format!(" (account {owner})"));
    let account = snapshot.principal.account.as_deref();
    let of_account = account.map_or_else(|| "the account".to_owned(), |account| format!("account {account}"));
    match layer {
        Layer::ServiceControl | Layer::ResourceControl => match owner::managing(snapshot, layer) {
            Some(managing) => format!("the organization (management account {managing})"),
            None => "the organization (its management account)".to_owned(),
        },
        Layer::VpcEndpoint => "the owner of the VPC endpoint".to_owned(),
        Layer::Resource => format!("the owner of the resource{owning}"),
        Layer::Trust => format!("the owner of the role that is assumed{owning}"),
        Layer::Identity => format!("an administrator of {of_account}"),
        Layer::Boundary => format!("whoever answers for the boundaries of {of_account}"),
        Layer::Session => "whoever makes the session, with the policies passed to it".to_owned(),
    }
}

/// What to read where only the text of a denial names a layer.
pub(super) fn read_first(layer: Layer) -> String {
    let how = match layer {
        Layer::ServiceControl => "--scp FILE, or a snapshot with service_control_policies",
        Layer::ResourceControl => "--rcp FILE, or a snapshot with resource_control_policies",
        Layer::VpcEndpoint => "--vpc-endpoint-policy FILE",
        Layer::Resource | Layer::Trust => "--resource-policy FILE",
        Layer::Identity => "--identity-policy FILE, or credentials that may read IAM",
        Layer::Boundary => "--boundary FILE, or credentials that may read IAM",
        Layer::Session => "--session-policy FILE",
    };
    format!("read the {} first, which only the message names: {how}", layer.words())
}

/// What to do where a layer has no document that could be edited.
pub(super) fn no_document(layer: Layer) -> String {
    match layer {
        Layer::ServiceControl => {
            "attach a service control policy that allows it: this level has none that can be edited"
        }
        Layer::Session => "make the session with a session policy that allows it",
        Layer::ResourceControl
        | Layer::VpcEndpoint
        | Layer::Resource
        | Layer::Trust
        | Layer::Identity
        | Layer::Boundary => "no document of this layer can be edited so that it allows the request",
    }
    .to_owned()
}
