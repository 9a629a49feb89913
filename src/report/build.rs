//! From causes to the report.

use super::message::MessageReport;
use super::words;
use super::{
    AssumptionReport, BlockReport, CaveatReport, DependencyReport, FindingReport, LayerReport, Mark, PrincipalReport,
    Report, ResultReport, SCHEMA, SnippetReport, StatementReport, UnreadReport, WhyReport,
};
use crate::eval::{Block, Decision, Outcome};
use crate::explain::{Assumption, Dependency, Explanation, LayerExplanation, Role, StatementTrace, Subject};
use crate::explain::{every_policy, policy_at};
use crate::message::Denial;
use crate::policy::{Effect, Place, Span};
use crate::principal::{Principal, PrincipalKind};
use crate::request::{ActionNote, Request, Resource};
use crate::snapshot::{Layer, Policy, Reading, Snapshot, Source, Unread, Unreadable};
use crate::truth::Truth;

/// One decided and explained request.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The question.
    pub request: &'a Request,
    /// Everything known.
    pub snapshot: &'a Snapshot,
    /// What the text of the denial says, where there is one.
    pub denial: Option<&'a Denial>,
    /// The answer.
    pub decision: &'a Decision<'a>,
    /// Its causes.
    pub explanation: &'a Explanation<'a>,
}

/// The report of one run, of everything that was read for it.
pub fn report(snapshots: &[&Snapshot], message: Option<MessageReport>, results: Vec<ResultReport>) -> Report {
    let mut unread: Vec<UnreadReport> = Vec::new();
    let mut findings: Vec<FindingReport> = Vec::new();
    for snapshot in snapshots {
        unread.extend(snapshot.unread.iter().map(self::unread));
        findings.extend(self::findings(snapshot));
    }
    // What several principals share is told once.
    let mut seen = std::collections::BTreeSet::new();
    findings.retain(|found| seen.insert((found.place_shown.clone(), found.text.clone())));
    let rank = |source: &Source| *source != Source::Message;
    let source = snapshots.iter().map(|snapshot| snapshot.source).max_by_key(rank).unwrap_or(Source::Message);
    Report { schema: SCHEMA, source: source.code(), message, results, unread, findings }
}

/// A read that failed.
pub(super) fn unread(unread: &Unread) -> UnreadReport {
    UnreadReport { layer: unread.layer.code(), operation: unread.operation.clone(), reason: unread.reason.clone() }
}

pub(super) fn findings(snapshot: &Snapshot) -> Vec<FindingReport> {
    let mut all = Vec::new();
    let readings =
        Layer::ALL.iter().flat_map(|layer| snapshot.layers.readings(*layer).map(|reading| (*layer, reading)));
    for (layer, policy) in
        readings.flat_map(|(layer, reading)| reading.all_policies().map(move |policy| (layer, policy)))
    {
        let finding = |code, place: Place, text| FindingReport {
            policy: policy.name.clone(),
            policy_arn: policy.arn.clone(),
            code,
            line: place.line,
            column: place.column,
            text,
            place_shown: words::place_in_source(policy, place),
        };
        match &policy.document {
            Ok(document) => {
                let mut found = document.findings.clone();
                let is_resource = layer == Layer::Resource;
                let kind = if is_resource { document.kind_of_resource() } else { layer.document_kind() };
                found.extend(document.findings_as(kind));
                found.sort_by_key(|one| one.span.start);
                all.extend(
                    found.into_iter().map(|one| finding(one.code.code(), document.place(one.span.start), one.text)),
                );
            }
            Err(Unreadable::Malformed { error, .. }) => {
                all.push(finding("malformed", error.place, error.problem.clone()));
            }
            Err(Unreadable::NotRead(_)) => {}
        }
    }
    all
}

/// The report of one request, without fixes.
pub fn result(answer: &Answer<'_>) -> ResultReport {
    let Answer { request, snapshot, decision, explanation, .. } = answer;
    let layers = explanation.layers.iter().map(|layer| layer_report(layer, answer)).collect();
    let blocks = &decision.blocked_by;
    ResultReport {
        principal: principal(&snapshot.principal),
        action: request.action.text.clone(),
        resource: request.resource.text().to_owned(),
        verdict: decision.verdict.code(),
        blocked_by: self::blocks(blocks),
        layers,
        depends_on: dependencies(&explanation.depends_on, answer),
        assumptions: explanation.assumptions.iter().map(assumption).collect(),
        caveats: explanation
            .caveats
            .iter()
            .map(|caveat| CaveatReport {
                code: words::caveat_code(caveat),
                text: words::caveat(caveat, answer),
                is_loud: words::is_loud(caveat, answer),
            })
            .collect(),
        explanation: words::sentence(answer),
        count: answer.denial.map(|denial| denial.count),
        fixes: Vec::new(),
        verify: String::new(),
        any_resource: matches!(request.resource, Resource::Pattern { .. }),
        is_told: false,
        slip: request.action.notes.iter().find_map(|note| slip(&request.action.text, note)),
    }
}

fn slip(action: &str, note: &ActionNote) -> Option<String> {
    let ActionNote::Unknown { similar } = note else { return None };
    let meant = similar.join(" or ");
    (!similar.is_empty()).then(|| format!("{action} is not in the catalogue; did you mean {meant}?"))
}

/// The layers that block.
pub(super) fn blocks(blocks: &[Block]) -> Vec<BlockReport> {
    blocks.iter().map(|block| BlockReport { layer: block.layer.code(), deny: block.deny.code() }).collect()
}

pub(super) fn principal(principal: &Principal) -> PrincipalReport {
    let session = principal.kind == PrincipalKind::AssumedRole;
    PrincipalReport {
        arn: principal.arn.clone(),
        kind: principal.kind.code(),
        account: principal.account.clone(),
        role: principal.entity_arn.clone().filter(|_| session),
        shown: words::principal(principal),
    }
}

fn assumption(found: &Assumption) -> AssumptionReport {
    AssumptionReport {
        key: found.key.clone(),
        value: found.value.clone(),
        because: found.because,
        assumed: found.assumed,
    }
}

fn dependencies(found: &[Dependency], answer: &Answer<'_>) -> Vec<DependencyReport> {
    let mut all: Vec<DependencyReport> = Vec::new();
    for dependency in found {
        let key = match &dependency.subject {
            Subject::Key(key) => key.clone(),
            Subject::Principal => "principal".to_owned(),
            Subject::Resource => "resource".to_owned(),
            Subject::Action => "action".to_owned(),
        };
        let allowed_when = words::allowed_when(dependency, answer);
        let report = DependencyReport { key, allowed_when, layer: dependency.layer.code() };
        if !all.contains(&report) {
            all.push(report);
        }
    }
    all
}

fn layer_report(layer: &LayerExplanation<'_>, answer: &Answer<'_>) -> LayerReport {
    let reading = layer.reading;
    let statements: Vec<StatementReport> =
        layer.statements.iter().filter_map(|trace| statement(trace, policy_at(reading, trace.at)?, answer)).collect();
    LayerReport {
        layer: layer.layer.code(),
        outcome: layer.outcome.code(),
        evidence: layer.evidence.code(),
        reason: reason(layer, reading).or_else(|| words::idle(layer, answer)),
        decided_by: words::decided_by(layer, answer, &statements),
        may_pass: may_pass(layer.layer, &answer.snapshot.unread),
        statements,
    }
}

/// Whether all reads of a layer that failed may be answered in a while.
fn may_pass(layer: Layer, unread: &[Unread]) -> bool {
    let mut reasons = unread.iter().filter(|one| one.layer == layer).map(|one| &*one.reason).peekable();
    let passes =
        |reason: &str| matches!(reason, "throttled" | "network" | "timeout" | "malformed-reply" | "service-error");
    reasons.peek().is_some() && reasons.all(passes)
}

/// Why a layer could not be decided, or was not checked.
fn reason(layer: &LayerExplanation<'_>, reading: &Reading) -> Option<String> {
    match reading {
        Reading::NotChecked { reason } => reason.clone(),
        Reading::Failed { reason } => Some(reason.clone()),
        Reading::Absent => None,
        Reading::Levels(_) if !matches!(layer.outcome, Outcome::Undetermined | Outcome::NotChecked) => None,
        Reading::Levels(_) => {
            let unreadable: Vec<String> =
                every_policy(reading).filter_map(|(_, policy)| words::unreadable(policy)).collect();
            (!unreadable.is_empty()).then(|| unreadable.join("; "))
        }
    }
}

fn statement(trace: &StatementTrace, policy: &Policy, answer: &Answer<'_>) -> Option<StatementReport> {
    let document = policy.document.as_ref().ok()?;
    let found = document.statements.get(trace.at.statement as usize)?;
    let why: Vec<WhyReport> = trace
        .elements
        .iter()
        .map(|element| {
            let place = document.place(element.span.start);
            WhyReport {
                element: element.kind.code(),
                outcome: words::outcome(element.truth),
                detail: words::detail(element, policy, answer.request),
                line: place.line,
                column: place.column,
            }
        })
        .collect();
    Some(StatementReport {
        policy: policy.name.clone(),
        policy_arn: policy.arn.clone(),
        index: trace.at.statement,
        sid: found.sid.as_deref().map(str::to_owned),
        line: document.place(found.span.start).line,
        effect: match found.effect {
            Effect::Allow => Some("Allow"),
            Effect::Deny => Some("Deny"),
            Effect::Unknown => None,
        },
        applies: match trace.applies {
            Truth::Yes => "yes",
            Truth::No => "no",
            Truth::Unknown => "unknown",
        },
        relevance: match trace.role {
            Role::Deciding => "deciding",
            Role::Nearest | Role::Unrelated => "nearest",
            Role::Other => "other",
        },
        why,
        policy_shown: words::policy(policy),
        sid_shown: words::sid(found.sid.as_deref()),
        snippet: snippet(trace, policy, found.effect_span, answer),
    })
}

/// Where to look: at the element that kept an Allow from applying, at what a Deny hit, at what is not known.
fn snippet(trace: &StatementTrace, policy: &Policy, effect: Span, answer: &Answer<'_>) -> Option<SnippetReport> {
    let mark = |span: Span, label: String| Mark { span: span.start as usize..span.end as usize, label };
    let of = |wanted: Truth| {
        let elements = trace.elements.iter().filter(move |element| element.truth == wanted);
        elements.map(|element| mark(element.span, words::label(element, trace.role, answer.request)))
    };
    let marks: Vec<Mark> = match (trace.applies, trace.effect) {
        (Truth::No, _) => of(Truth::No).take(1).collect(),
        (Truth::Unknown, _) => of(Truth::Unknown).take(2).collect(),
        (Truth::Yes, Effect::Deny) => {
            let denies = mark(effect, format!("denies {}", answer.request.action.text));
            std::iter::once(denies).chain(of(Truth::Yes)).collect()
        }
        (Truth::Yes, Effect::Allow | Effect::Unknown) => of(Truth::Yes).collect(),
    };
    (!marks.is_empty()).then(|| SnippetReport { text: policy.text().into(), marks })
}
