//! What a boundary's own document says, whoever has it.

use std::collections::BTreeMap;

use super::escape::{Asker, Way};
use super::principal::{self, escapes_text};
use super::{Code, Finding, Row, Scope, Severity, finding};
use crate::policy::{Document, Effect};
use crate::principal::Principal;
use crate::snapshot::{Layer, Layers, Origin, Policy, Reading, Snapshot};

/// The boundary of one principal, as it is kept for the end.
#[derive(Debug)]
pub(super) struct Held {
    /// The policy; its document is shared.
    pub(super) policy: Policy,
    /// How many principals of the account have it, where the source tells.
    pub(super) users: Option<usize>,
    /// The principal can make or change principals without a boundary.
    pub(super) escapes: bool,
    /// Some of its policies could not be read or understood.
    pub(super) is_unclear: bool,
    /// The principal.
    pub(super) principal: Principal,
}

/// A boundary with those that have it.
#[derive(Debug)]
pub(super) struct Shared {
    held: Held,
    count: usize,
    /// The first few of them, for people.
    some: Vec<String>,
}

/// How many principals are named.
const NAMED: usize = 3;

/// Adds what one principal has.
pub(super) fn add(all: &mut BTreeMap<String, Shared>, held: Held, row: &Row) {
    let key = held.policy.arn.clone().unwrap_or_else(|| held.policy.name.clone());
    let shared = all.entry(key).or_insert_with(|| Shared {
        held: Held { escapes: false, policy: held.policy.clone(), principal: held.principal.clone(), ..held },
        count: 0,
        some: Vec::new(),
    });
    shared.count += 1;
    shared.held.escapes |= held.escapes;
    shared.held.is_unclear |= held.is_unclear;
    if shared.some.len() < NAMED {
        shared.some.push(row.name.clone());
    }
}

/// What there is to say about it.
pub(super) fn findings(shared: &Shared, scope: &Scope) -> Vec<Finding> {
    let policy = &shared.held.policy;
    let mut all = Vec::new();
    if policy.origin == Origin::AwsManaged {
        let text = format!(
            "{} is a policy of AWS: AWS changes what it allows, and nobody else can; {} it as boundary",
            policy.name,
            shared.have()
        );
        let low = finding(Code::BoundaryAwsManaged, Severity::Low, text).of_policy(policy, None);
        all.push(low.done(""));
    }
    if shared.users() > 1 {
        let text = format!("{} it as boundary: an edit of {} changes all of them", shared.have(), policy.name);
        all.push(finding(Code::BoundaryShared, Severity::Info, text).of_policy(policy, None).done(""));
    }
    if let Ok(document) = &policy.document {
        all.extend(everything(shared, document));
        all.extend(latent(shared, scope));
    }
    all
}

impl Shared {
    fn users(&self) -> usize {
        self.held.users.unwrap_or(0).max(self.count)
    }

    /// `4 principals have`, with some of their names.
    fn have(&self) -> String {
        match self.users() {
            1 => format!("{} has", self.some.join(", ")),
            users if users > self.some.len() => format!("{users} principals ({}, …) have", self.some.join(", ")),
            users => format!("{users} principals ({}) have", self.some.join(", ")),
        }
    }
}

/// An Allow of every action on every resource, without a condition: what is left are the Denys.
fn everything(shared: &Shared, document: &Document) -> Option<Finding> {
    let policy = &shared.held.policy;
    let is_open = |statement: &&crate::policy::Statement| {
        let all_actions = !statement.action.negated && statement.action.patterns.iter().any(|one| one.is_everything());
        let all_resources =
            !statement.resource.negated && statement.resource.patterns.iter().any(|one| one.arn.is_everything());
        statement.effect == Effect::Allow
            && !statement.doubtful
            && statement.conditions.is_empty()
            && all_actions
            && all_resources
    };
    let open = document.statements.iter().find(is_open)?;
    let denies = document.statements.iter().filter(|statement| statement.effect != Effect::Allow).count();
    let (severity, text) = match denies {
        0 => (
            Severity::High,
            format!(
                "{} allows every action on every resource and denies nothing: it is no limit ({} it)",
                policy.name,
                shared.have()
            ),
        ),
        denies => {
            let denied = if denies == 1 { "one statement of it denies" } else { "some statements of it deny" };
            let text = format!(
                "{} allows every action on every resource but for what {denied}: whatever AWS adds is allowed from its \
                 first day",
                policy.name
            );
            (Severity::Low, text)
        }
    };
    let found = finding(Code::BoundaryAllowsEverything, severity, text);
    Some(found.of_policy(policy, Some(open.span.start)).done(""))
}

/// A boundary that would let those who have it make principals without one, though none of them is granted that today.
fn latent(shared: &Shared, scope: &Scope) -> Option<Finding> {
    let held = &shared.held;
    if held.escapes || !scope.wants(Code::BoundaryIamWithoutConditions) {
        return None;
    }
    let mut layers = Layers::default();
    layers.set(Layer::Identity, Reading::policies(vec![held.policy.clone()]));
    layers.set(Layer::Boundary, Reading::Absent);
    let mut snapshot = Snapshot::without_policies(crate::snapshot::Source::Snapshot, held.principal.clone());
    snapshot.layers = layers;
    let asker = Asker::new(&snapshot, &scope.given, &scope.others);
    let makes: Vec<Way> = asker.makes().into_iter().filter(|way| way.is_certain).collect();
    if makes.is_empty() {
        return None;
    }
    let now = if held.is_unclear {
        "whether a principal that has this boundary is granted that is not known, for not all of their policies were read"
    } else {
        "no principal that has this boundary is granted that now"
    };
    let text = format!("{} lets whoever is granted it {}; {now}", held.policy.name, escapes_text(&makes));
    let mut found = finding(Code::BoundaryIamWithoutConditions, Severity::Low, text);
    found.actions = principal::actions(&makes);
    let at = allowing(&held.policy, makes.first()?.action);
    Some(found.of_policy(&held.policy, at).done(""))
}

/// Where the boundary allows an action.
fn allowing(policy: &Policy, action: &str) -> Option<u32> {
    let lower = action.to_lowercase();
    let document = policy.document.as_ref().ok()?;
    let allows = |statement: &&crate::policy::Statement| {
        let head = crate::policy::head_of(&lower);
        let matches = statement.action.patterns.iter().any(|pattern| pattern.matches(head, &lower));
        statement.effect == Effect::Allow && matches != statement.action.negated
    };
    document.statements.iter().find(allows).map(|statement| statement.span.start)
}
