//! What the changes of a document could let pass: what its new and longer Allow statements are about, and what its Deny
//! statements were about and are not any more.
//!
//! What a pattern stands for is told by a name and a resource that nobody uses: where the edited document denies these, it
//! denies the pattern, but for what its statements name one by one.

use super::draft::Draft;
use super::scope::all_written;
use super::{Change, NewStatement};
use crate::arn::Arn;
use crate::eval;
use crate::policy::{Document, Effect, State, Statement};
use crate::request::{Action, Request, Resource};
use crate::snapshot::Layer;
use crate::truth::Truth;

/// A pattern of actions on a pattern of resources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reach {
    pub(super) actions: String,
    pub(super) resources: String,
    pub(super) by: By,
}

/// How they come to pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// An Allow grants them.
    Grant,
    /// A Deny is not about them any more.
    Sparing,
    /// A Deny is not about some of them any more, which the edited document names.
    SparingSome,
}

/// Everything that the changes of a document bear on; `caller`: a request of the one for whom its conditions are judged.
pub(super) fn reach(draft: &Draft, caller: Option<&Request>) -> Vec<Reach> {
    let Ok(document) = Document::parse(&draft.text) else { return Vec::new() };
    let mut found = allowed(draft, &document);
    let guard = caller.map(|caller| Guard::of(draft, caller));
    for one in spared(draft, &document) {
        let one = on_one_resource(draft, one);
        // What is named for another statement's sake, this document may never have denied.
        if guard.as_ref().is_some_and(|guard| !guard.denied(&one.actions, &one.resources)) {
            continue;
        }
        let denied = guard.as_ref().is_some_and(|guard| guard.denies(&one.actions, &one.resources));
        if !denied {
            found.push(Reach { by: By::Sparing, ..one });
        } else if one.actions.contains(['*', '?']) {
            found.push(Reach { by: By::SparingSome, ..one });
        }
    }
    let mut all: Vec<Reach> = Vec::new();
    for one in found.into_iter().map(|one| on_one_resource(draft, one)) {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}

/// A document before and after its edit, asked whether it denies any action of a pattern on any resource of one, but for
/// those that it names.
pub(super) struct Guard<'a> {
    layer: Layer,
    caller: &'a Request,
    before: Option<Document>,
    after: Option<Document>,
}

impl<'a> Guard<'a> {
    /// Of a draft; `caller`: a request of the one for whom its conditions are judged.
    pub(super) fn of(draft: &Draft, caller: &'a Request) -> Self {
        let after = draft.edited.as_ref().and_then(|edited| Document::parse(&edited.after).ok());
        Self { layer: draft.layer, caller, before: Document::parse(&draft.text).ok(), after }
    }

    /// Whether the edited document certainly does.
    pub(super) fn denies(&self, actions: &str, resources: &str) -> bool {
        self.judged(self.after.as_ref(), actions, resources) == Truth::Yes
    }

    /// Whether the document did, or may have.
    fn denied(&self, actions: &str, resources: &str) -> bool {
        self.judged(self.before.as_ref(), actions, resources) != Truth::No
    }

    fn judged(&self, document: Option<&Document>, actions: &str, resources: &str) -> Truth {
        let (Some(document), Ok(action)) = (document, Action::parse(&any_of(actions))) else { return Truth::Unknown };
        let resource = if action.takes_only_star() { "*".to_owned() } else { any_resource(resources) };
        let request = Request { action, resource: Resource::Exact(resource), ..self.caller.clone() };
        let denies = document.statements.iter().filter(|one| one.effect == Effect::Deny);
        Truth::any(denies.map(|one| eval::judge(one, self.layer, &request).any()))
    }
}

/// A text that a pattern matches and, most likely, nobody uses.
fn any_of(pattern: &str) -> String {
    if pattern == "*" {
        return "zzqx:Zzqx".to_owned();
    }
    pattern.replace('*', "Zzqx").replace('?', "z")
}

fn any_resource(pattern: &str) -> String {
    if !pattern.is_empty() && pattern.bytes().all(|byte| byte == b'*') {
        return "arn:aws:zzqx:::zzqx".to_owned();
    }
    super::blast::without_variables(pattern).replace('*', "zzqx").replace('?', "z")
}

/// Every one of these actions on every one of these resources.
fn cross(actions: &[String], resources: &[String]) -> Vec<Reach> {
    let pair = |actions: &String, resources: &String| Reach {
        actions: actions.clone(),
        resources: resources.clone(),
        by: By::Grant,
    };
    actions.iter().flat_map(|action| resources.iter().map(move |resource| pair(action, resource))).collect()
}

/// What the new and longer Allow statements are about.
fn allowed(draft: &Draft, document: &Document) -> Vec<Reach> {
    let of = |change: &Change| match change {
        Change::AddActions { statement, actions } => cross(actions, &with_added(draft, document, *statement)),
        Change::AddResources { statement, resources } => {
            cross(&actions_of(document, document.statements.get(*statement)), resources)
        }
        Change::AddStatement(one) if one.effect == "Allow" => {
            cross(&one.actions, &one.resources.clone().unwrap_or_else(everything))
        }
        Change::AddPrincipals { statement, .. } | Change::AddValues { statement, .. } => {
            let one = document.statements.get(*statement);
            cross(&actions_of(document, one), &resources_of(document, one))
        }
        Change::AddStatement(_)
        | Change::RemoveActions { .. }
        | Change::ExceptResources { .. }
        | Change::ExceptActions { .. }
        | Change::ExceptPrincipals { .. } => Vec::new(),
    };
    draft.changes.iter().flat_map(of).collect()
}

/// What the Deny statements that are changed were about, as far as the changes can tell its parts apart: by all actions and
/// resources that they name.
fn spared(draft: &Draft, document: &Document) -> Vec<Reach> {
    let added = || {
        draft.changes.iter().filter_map(|change| {
            let Change::AddStatement(one) = change else { return None };
            (one.effect == "Deny").then_some(one)
        })
    };
    let on = |one: &NewStatement| [one.resources.clone(), one.not_resources.clone()].into_iter().flatten().flatten();
    let named: Vec<String> = added().flat_map(on).collect();
    let excepted: Vec<String> = added().filter_map(|one| one.not_actions.clone()).flatten().collect();
    let of = |change: &Change| match change {
        Change::RemoveActions { statement, actions } | Change::ExceptActions { statement, actions } => {
            let own = resources_of(document, document.statements.get(*statement));
            cross(actions, &[own, named.clone()].concat())
        }
        Change::ExceptResources { statement, resources } => {
            let own = actions_of(document, document.statements.get(*statement));
            cross(&[own, excepted.clone()].concat(), &[resources.clone(), named.clone()].concat())
        }
        Change::ExceptPrincipals { statement, .. } => {
            let one = document.statements.get(*statement);
            cross(&actions_of(document, one), &resources_of(document, one))
        }
        Change::AddStatement(_)
        | Change::AddActions { .. }
        | Change::AddResources { .. }
        | Change::AddValues { .. }
        | Change::AddPrincipals { .. } => Vec::new(),
    };
    draft.changes.iter().flat_map(of).collect()
}

/// In a policy that hangs on one key, queue, topic, secret or role, `*` is that one.
fn on_one_resource(draft: &Draft, mut one: Reach) -> Reach {
    if let Some(only) = draft.document.attached_to.as_deref()
        && (draft.layer == Layer::Trust || draft.layer == Layer::Resource && is_one_resource(only))
        && one.resources == "*"
    {
        only.clone_into(&mut one.resources);
    }
    one
}

/// Whether the policy of this resource can be about nothing else than the resource itself.
///
/// Source: KMS Developer Guide, "Key policies": `*` means "this KMS key"; Secrets Manager User Guide, "Resource-based
/// policies": the secret it is attached to. Of ECR and EFS see [`crate::eval::needs_no_resource`].
pub(super) fn is_one_resource(arn: &str) -> bool {
    Arn::parse(arn).is_some_and(|arn| {
        matches!(arn.service, "ecr" | "elasticfilesystem" | "kms" | "secretsmanager" | "sns" | "sqs")
    })
}

fn everything() -> Vec<String> {
    vec!["*".to_owned()]
}

/// The resources of a statement with those that the same edit adds to it.
fn with_added(draft: &Draft, document: &Document, number: usize) -> Vec<String> {
    let mut all = resources_of(document, document.statements.get(number));
    for change in &draft.changes {
        if let Change::AddResources { statement, resources } = change
            && *statement == number
        {
            all.extend(resources.clone());
        }
    }
    all
}

fn actions_of(document: &Document, statement: Option<&Statement>) -> Vec<String> {
    let Some(element) = statement.map(|one| &one.action) else { return Vec::new() };
    if element.negated || element.state != State::Given {
        return everything();
    }
    all_written(document, element.patterns.iter().map(|pattern| pattern.span))
}

fn resources_of(document: &Document, statement: Option<&Statement>) -> Vec<String> {
    let Some(element) = statement.map(|one| &one.resource) else { return Vec::new() };
    if element.negated || element.state != State::Given {
        return everything();
    }
    all_written(document, element.patterns.iter().map(|pattern| pattern.span))
}
