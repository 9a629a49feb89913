//! One principal: its gap, its boundary, and what it could do about it.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use super::boundary::Held;
use super::escape::{Asker, Way, With};
use super::ways::{ACTS_AS, TAKES};
use super::{Code, Counts, Finding, Judged, Lack, Limit, Row, Scope, Severity, finding, policies};
use crate::arn::Arn;
use crate::catalogue::{ActionSet, Quick};
use crate::gap::{self, Summary};
use crate::reach::Standing;
use crate::snapshot::{Layer, Member, Origin, Policy, Reading, Snapshot, Unreadable};

/// Blocked actions as a person would write them: many principals of one template have the same.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    known: RwLock<HashMap<ActionSet, Arc<[String]>, Quick>>,
}

/// How many of them are kept: an account may have any number.
const KEPT: usize = 4_000;

impl Patterns {
    /// Of some of the blocked actions of a summary.
    fn of(&self, set: &ActionSet, summary: &Summary) -> Arc<[String]> {
        let write = || -> Arc<[String]> { gap::compressed(set, &summary.names).into() };
        // Numbers of actions that the catalogue does not know mean something else for every principal.
        if summary.names.unknowns().any(|number| set.contains(number)) {
            return write();
        }
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).get(set).cloned();
        known.unwrap_or_else(|| {
            let written = write();
            let mut all = self.known.write().unwrap_or_else(PoisonError::into_inner);
            if all.len() < KEPT { Arc::clone(all.entry(set.clone()).or_insert(written)) } else { written }
        })
    }
}

/// Judges one principal.
pub(super) fn judge(member: &Member, scope: &Scope, patterns: &Patterns) -> Judged {
    let snapshot = &member.snapshot;
    let id = member.id().to_owned();
    let summary = gap::summary(snapshot, &scope.given);
    let place = member.line.zip(scope.file.clone()).map(|(line, file)| (file, line));
    let broken = policies::broken(snapshot, &id, place.as_ref());
    let mut row = row(member, &summary, patterns);
    row.is_unclear |= !broken.is_empty();
    let mut findings: Vec<Finding> = Vec::new();
    findings.extend(gap_of(&row));
    findings.extend(missing(snapshot, &row, scope));
    findings.extend(dangling(member));
    findings.extend(never_limits(snapshot, &summary));
    let boundary = snapshot.layers.policies(Layer::Boundary).next().cloned();
    let mut escapes = false;
    if let Some(policy) = boundary.as_ref().filter(|policy| policy.document.is_ok()) {
        let asker = Asker::new(snapshot, &scope.given, &scope.others);
        let own = policy.arn.as_deref();
        let removals = asker.removals(own);
        findings.extend(removable(policy, &removals));
        findings.extend(own.and_then(|own| editable(policy, &asker.edits(own))));
        let mut makes = asker.makes();
        escapes = !makes.is_empty();
        makes.extend(asker.takes());
        // Who can take off its own boundary needs nobody else.
        makes.extend(if removals.is_empty() { asker.lifts(own) } else { Vec::new() });
        findings.extend(escaping(policy, &makes, &asker.acts_as()));
    }
    findings.extend(policies::without_effect(snapshot, &summary));
    let about = |finding: Finding| {
        let part = finding.fingerprint.clone();
        finding.of_principal(&id, place.clone()).done(&part)
    };
    let mut findings: Vec<Finding> = findings.into_iter().map(about).collect();
    findings.extend(broken);
    let held = boundary.map(|policy| Held {
        policy,
        users: snapshot.layers.boundary_users,
        escapes,
        is_unclear: row.is_unclear,
        principal: snapshot.principal.clone(),
    });
    Judged { unread: unread(snapshot, &id), row, findings, boundary: held }
}

fn row(member: &Member, summary: &Summary, patterns: &Patterns) -> Row {
    let principal = &member.snapshot.principal;
    let boundary = match member.snapshot.layers.get(Layer::Boundary) {
        Reading::Absent => Limit::None,
        Reading::Failed { reason } => Limit::Unknown(reason.clone()),
        Reading::NotChecked { reason } => {
            Limit::Unknown(reason.clone().unwrap_or_else(|| "it was not read".to_owned()))
        }
        reading @ Reading::Levels(_) => match reading.all_policies().next() {
            Some(policy) => {
                let version = policy.version.as_ref().map_or_else(String::new, |version| format!(" ({version})"));
                Limit::Policy { name: format!("{}{version}", policy.name), arn: policy.arn.clone() }
            }
            None => Limit::None,
        },
    };
    let is_unclear = |standing: &Standing| matches!(standing, Standing::Unclear(_) | Standing::NotChecked(_));
    Row {
        id: member.id().to_owned(),
        name: principal.name.clone().unwrap_or_else(|| member.id().to_owned()),
        kind: principal.kind.code(),
        boundary,
        counts: Counts {
            granted: summary.granted,
            effective: summary.effective,
            blocked: summary.blocked.len(),
            partly: summary.partly,
        },
        is_unclear: is_unclear(&summary.identity) || is_unclear(&summary.boundary),
        is_boundary_unclear: is_unclear(&summary.boundary),
        was_unclear: false,
        blocked_patterns: patterns.of(&summary.blocked, summary),
        everywhere_patterns: patterns.of(&summary.everywhere, summary),
        line: member.line,
    }
}

/// The text of a gap, without who has it: `120 of 340 granted actions are blocked: ec2:*, rds:*`.
fn gap_of(row: &Row) -> Option<Finding> {
    const SHOWN: usize = 6;
    let Counts { granted, blocked, partly, .. } = row.counts;
    if blocked == 0 {
        return None;
    }
    let mut list = row.blocked_patterns.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if row.blocked_patterns.len() > SHOWN {
        list += ", …";
    }
    let partly = if partly > 0 {
        format!(" ({partly} of them only on some resources or under conditions)")
    } else {
        String::new()
    };
    let text = format!("{blocked} of {granted} granted actions are blocked{partly}: {list}");
    Some(finding(Code::Gap, Severity::Low, text))
}

/// No boundary, where there could be one.
fn missing(snapshot: &Snapshot, row: &Row, scope: &Scope) -> Option<Finding> {
    // AWS: service-linked roles cannot have one.
    if row.boundary != Limit::None || snapshot.principal.is_service_linked() {
        return None;
    }
    let asker = Asker::new(snapshot, &scope.given, &scope.others);
    let makes: Vec<Way> = asker.makes().into_iter().filter(|way| way.is_certain).collect();
    let mut text = "has no permissions boundary".to_owned();
    let severity = if makes.is_empty() {
        Severity::Low
    } else {
        text += &format!(", and may {}", escapes_text(&makes));
        Severity::Medium
    };
    if snapshot.principal.is_of_permission_set() {
        text += "; the role is IAM Identity Center's: the boundary is set in its permission set";
    }
    let mut found = finding(Code::BoundaryMissing, severity, text);
    found.actions = actions(&makes);
    Some(found)
}

/// A boundary of which the policy is not there. AWS's own are left out by most ways to read an account, and a plan holds
/// only what it makes.
fn dangling(member: &Member) -> Option<Finding> {
    let policy = member.snapshot.layers.policies(Layer::Boundary).next()?;
    let Err(Unreadable::NotRead(reason)) = &policy.document else { return None };
    if policy.origin == Origin::AwsManaged || member.address.is_some() {
        return None;
    }
    let text = format!(
        "the boundary {} has no document here ({reason}): if the policy was deleted, the principal is denied everything",
        policy.arn.as_deref().unwrap_or(&policy.name)
    );
    Some(finding(Code::BoundaryDangling, Severity::Medium, text).of_policy(policy, None))
}

fn never_limits(snapshot: &Snapshot, summary: &Summary) -> Option<Finding> {
    let policy = snapshot.layers.policies(Layer::Boundary).next()?;
    let is_known = summary.identity == Standing::Read && summary.boundary == Standing::Read;
    let blocks = summary.by_layer.iter().any(|(layer, set)| *layer == Layer::Boundary && !set.is_empty());
    if !is_known || blocks || summary.granted == 0 {
        return None;
    }
    let actions = if summary.granted == 1 { "1 action".to_owned() } else { format!("{} actions", summary.granted) };
    let text = format!("{} blocks nothing that the identity policies grant ({actions})", policy.name);
    Some(finding(Code::BoundaryNeverLimits, Severity::Info, text).of_policy(policy, None))
}

/// The highest severity, where one way is certain.
fn weigh(ways: &[Way], severity: Severity) -> Severity {
    if ways.iter().any(|way| way.is_certain) { severity } else { severity.min(Severity::Medium) }
}

fn condition(ways: &[Way]) -> &'static str {
    if ways.iter().any(|way| way.is_certain) {
        ""
    } else if ways.iter().any(|way| way.may_be_denied) {
        ", unless a policy that was not read denies it"
    } else {
        ", depending on conditions or resources"
    }
}

fn removable(policy: &Policy, ways: &[Way]) -> Option<Finding> {
    let first = ways.first()?;
    // That somebody named the other boundary is no accident; it may still be wider.
    let named = |way: &Way| match &way.with {
        Some(With::Named(arn)) => Some(arn.clone()),
        Some(With::Any) | None => None,
    };
    let another = ways.iter().find_map(named).map_or_else(String::new, |arn| format!(" (with {arn})"));
    let all_named = ways.iter().all(|way| named(way).is_some());
    let severity = if all_named { Severity::Medium } else { Severity::High };
    let text =
        format!("may call {}{another} on itself{}: {} does not deny it", list(ways), condition(ways), policy.name);
    let mut found = finding(Code::BoundaryCanBeRemoved, weigh(ways, severity), text);
    found.actions = actions(ways);
    Some(found.of_policy(policy, first.allowed_by))
}

fn editable(policy: &Policy, ways: &[Way]) -> Option<Finding> {
    let first = ways.first()?;
    let changes = ways.iter().any(|way| !way.action.starts_with("iam:Delete"));
    let (severity, rest) = if changes {
        (weigh(ways, Severity::High), "")
    } else {
        (Severity::Low, "; what is in use cannot be deleted, so this alone lifts nothing")
    };
    let text = format!("may call {} on its own boundary {}{}{rest}", list(ways), policy.name, condition(ways));
    let mut found = finding(Code::BoundaryCanBeEdited, severity, text);
    found.actions = actions(ways);
    Some(found.of_policy(policy, first.allowed_by))
}

fn escaping(policy: &Policy, makes: &[Way], acts_as: &[Way]) -> Option<Finding> {
    let mut text = String::new();
    let mut severity = Severity::Low;
    if !makes.is_empty() {
        severity = weigh(makes, Severity::High);
        text = format!("may {}{}", escapes_text(makes), condition(makes));
    }
    if !acts_as.is_empty() {
        // Alone, it needs a role that trusts a service or the principal.
        let pass = acts_as.iter().any(|way| way.action == "iam:PassRole");
        severity = severity.max(if pass { Severity::Medium } else { Severity::Low });
        text = if text.is_empty() { "may".to_owned() } else { text + ", and may" };
        let (acts, runs): (Vec<Way>, Vec<Way>) = acts_as.iter().cloned().partition(|way| ACTS_AS.contains(&way.action));
        text += &format!(" call {} on every role, those without a boundary among them", list(&acts));
        if !runs.is_empty() {
            text += &format!(" (and {}, which act as a role that is passed to them)", list(&runs));
        }
    }
    let first = makes.first().or(acts_as.first())?;
    text += &format!(": {} {}", policy.name, without_condition(makes));
    let mut found = finding(Code::BoundaryIamWithoutConditions, severity, text);
    found.actions = actions(makes).into_iter().chain(actions(acts_as)).collect();
    Some(found.of_policy(policy, first.allowed_by))
}

/// What a boundary lacks that has these ways past it.
fn without_condition(ways: &[Way]) -> &'static str {
    let has_key = |way: &Way| !TAKES.iter().any(|(action, _)| *action == way.action);
    if !ways.iter().all(has_key) || ways.is_empty() {
        "does not deny it"
    } else if ways.iter().all(|way| way.with.is_some()) {
        "allows it with other boundaries than its own"
    } else {
        "allows it without a condition on iam:PermissionsBoundary"
    }
}

/// What the ways to other principals come to: `create principals without a boundary (iam:CreateRole)`.
pub(super) fn escapes_text(ways: &[Way]) -> String {
    let of = |is_it: &dyn Fn(&Way) -> bool| ways.iter().filter(|way| is_it(way)).cloned().collect::<Vec<Way>>();
    let creates = |way: &Way| matches!(way.action, "iam:CreateRole" | "iam:CreateUser");
    let signs_in = |way: &Way| way.action == "iam:CreateAccessKey" || way.action.ends_with("LoginProfile");
    let lifts = |way: &Way| way.action.ends_with("PermissionsBoundary");
    let part = |what: &str, ways: &[Way]| (!ways.is_empty()).then(|| format!("{what} ({})", list(ways)));
    let parts = [
        part("create principals without a boundary", &of(&|way| creates(way) && way.with.is_none())),
        part("create principals with a boundary of its own choice", &of(&|way| creates(way) && way.with.is_some())),
        part(
            "change the policies of principals without a boundary",
            &of(&|way| !creates(way) && !signs_in(way) && !lifts(way)),
        ),
        part("get the credentials of users without a boundary", &of(&signs_in)),
        part("take the boundary of others off or replace it", &of(&lifts)),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" and ")
}

/// `iam:PassRole, iam:CreateRole on role/app/*`.
fn list(ways: &[Way]) -> String {
    let one = |way: &Way| match way.on.as_deref().map(|on| Arn::parse(on).map_or(on, |arn| arn.resource)) {
        Some(on) => format!("{} on {on}", way.action),
        None => way.action.to_owned(),
    };
    ways.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// The actions of some ways.
pub(super) fn actions(ways: &[Way]) -> Vec<String> {
    ways.iter().map(|way| way.action.to_owned()).collect()
}

/// What of the identity policies and the boundary is not known.
fn unread(snapshot: &Snapshot, id: &str) -> Vec<Lack> {
    let mut all: Vec<Lack> = Vec::new();
    let lack = |layer: Layer, policy: Option<&Policy>| {
        let told = snapshot.unread.iter().find(|unread| unread.layer == layer);
        Lack {
            layer,
            operation: told
                .map_or_else(|| "iam:GetAccountAuthorizationDetails".to_owned(), |told| told.operation.clone()),
            reason: told.map_or_else(|| "not-in-source".to_owned(), |told| told.reason.clone()),
            principal: id.to_owned(),
            policy: policy.map(|policy| policy.arn.clone().unwrap_or_else(|| policy.name.clone())),
        }
    };
    for layer in [Layer::Identity, Layer::Boundary] {
        match snapshot.layers.get(layer) {
            Reading::Failed { .. } | Reading::NotChecked { .. } => all.push(lack(layer, None)),
            Reading::Absent => {}
            reading @ Reading::Levels(_) => {
                all.extend(
                    reading.all_policies().filter(|policy| policy.is_unread()).map(|policy| lack(layer, Some(policy))),
                );
            }
        }
    }
    all
}
