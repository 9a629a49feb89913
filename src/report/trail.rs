//! The report of `diagnose trail`.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BlockReport, FixReport, PrincipalReport, ResultReport, SCHEMA, SameAs, UnreadReport, codes, words};
use crate::eval::{DenyKind, Verdict};
use crate::principal::Principal;
use crate::snapshot::Layer;
use crate::trail::{Group, Who};

/// The denials that already happened.
#[derive(Debug, Serialize, JsonSchema)]
pub struct TrailReport {
    /// The number of this schema; it grows when a field changes its meaning.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// What was read.
    pub read: ReadReport,
    /// The denials that have principal, action, layer and policy in common: those first that happened most often, then
    /// those that happened last.
    pub groups: Vec<GroupReport>,
    /// Reads of policies that failed.
    pub unread: Vec<UnreadReport>,
    /// The answers behind the groups, each with its edits.
    #[serde(skip)]
    pub results: Vec<ResultReport>,
    /// Whether there were policies to evaluate the denials with.
    #[serde(skip)]
    pub evaluated: bool,
}

/// What was read.
#[derive(Debug, Clone, Default, Serialize, JsonSchema)]
pub struct ReadReport {
    /// How many files could be read, at least in part; 0 of the event history.
    pub files: u64,
    /// How many CloudTrail events were in them.
    pub events: u64,
    /// How many of these tell of a refused call within the time asked for, each event once.
    pub denied: u64,
    /// How many events stood in several files, and were counted once.
    pub repeated: u64,
    /// The region whose event history was asked; `null` of files.
    pub region: Option<String>,
    /// Not before, RFC 3339 in UTC; `null` where that was not asked.
    pub since: Option<String>,
    /// Not after.
    pub until: Option<String>,
    /// What was not read, or only in part.
    pub skipped: Vec<SkippedReport>,
}

/// A file that was not read, or only in part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SkippedReport {
    /// Its path.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// Denials that are the same.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct GroupReport {
    /// Who; a role stands for all its sessions.
    pub principal: PrincipalReport,
    /// The action.
    pub action: String,
    /// On what, sorted, the first 20.
    pub resources: Vec<String>,
    /// How many further resources there were; beyond 10,000 they are not told apart.
    pub more_resources: usize,
    /// The layer: as the messages name it, else the first that blocks now; `null` where neither tells.
    #[schemars(schema_with = "codes::layer_or_null")]
    pub layer: Option<&'static str>,
    /// `explicit` or `implicit`.
    #[schemars(schema_with = "codes::deny_or_null")]
    pub deny: Option<&'static str>,
    /// The policy that the messages name.
    pub policy_arn: Option<String>,
    /// How many calls.
    pub count: u64,
    /// The time of the first, RFC 3339 in UTC.
    pub first: Option<String>,
    /// The time of the last.
    pub last: Option<String>,
    /// The request id of the last.
    pub request_id: Option<String>,
    /// The error code of the last.
    pub error_code: Option<String>,
    /// In how many of them the message is encoded (`aws sts decode-authorization-message`).
    pub encoded: u64,
    /// What the policies say now; `null` where it was not evaluated.
    pub now: Option<NowReport>,
    /// Why it was not, where there were policies to evaluate it with.
    pub not_evaluated: Option<String>,
    /// The edits that would let these calls pass. One that several groups need stands with the first of them.
    pub fixes: Vec<FixReport>,
}

/// What the policies say now of the last call of a group, with its circumstances; where the resources give different
/// answers, the worst.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NowReport {
    /// `allowed`: fixed since; `denied` or `undetermined`.
    #[schemars(schema_with = "codes::verdict")]
    pub verdict: &'static str,
    /// Every layer that certainly blocks.
    pub blocked_by: Vec<BlockReport>,
    /// One sentence.
    pub explanation: String,
}

/// The group as it was found, before anything is evaluated.
pub fn group(group: &Group) -> GroupReport {
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let wrapping = &group.sample.wrapping;
    GroupReport {
        principal: principal(&group.who),
        action: group.action.clone(),
        resources: group.resources.iter().cloned().collect(),
        more_resources: group.more_resources,
        layer: group.layer.map(Layer::code),
        deny: group.deny.map(DenyKind::code),
        policy_arn: group.policy_arn.clone(),
        count: group.count,
        first: time(group.first),
        last: time(group.last),
        request_id: wrapping.request_id.clone(),
        error_code: wrapping.error_code.clone(),
        encoded: group.encoded,
        now: None,
        not_evaluated: None,
        fixes: Vec::new(),
    }
}

fn principal(who: &Who) -> PrincipalReport {
    if let Some(known) = who.arn.as_deref().and_then(Principal::from_arn) {
        return super::build::principal(&known);
    }
    let name = who.arn.as_deref().or(who.id.as_deref()).unwrap_or("?");
    let account = who.account.as_ref().map_or_else(String::new, |account| format!(" (account {account})"));
    PrincipalReport {
        arn: who.arn.clone(),
        kind: Principal::unknown().kind.code(),
        account: who.account.clone(),
        role: None,
        shown: format!("{name}{account}"),
    }
}

/// Adds what the policies say now. `of`: for each group the numbers of its answers.
pub fn evaluated(groups: &mut [GroupReport], results: &[ResultReport], of: &[Vec<usize>]) {
    // Where each fix of each answer stands among the fixes of the groups.
    let mut places: Vec<((usize, usize), SameAs)> = Vec::new();
    for (number, (group, answers)) in groups.iter_mut().zip(of).enumerate() {
        let own: Vec<(usize, &ResultReport)> = answers.iter().filter_map(|at| Some((*at, results.get(*at)?))).collect();
        let Some((_, worst)) = own.iter().min_by_key(|(_, result)| rank(result.verdict)) else { continue };
        group.now = Some(now(worst, answers.len(), group.more_resources));
        if group.layer.is_none()
            && let Some(block) = worst.blocked_by.first()
        {
            group.layer = Some(block.layer);
            group.deny = Some(block.deny);
        }
        for (at, result) in own {
            for (place, fix) in result.fixes.iter().enumerate() {
                let first = fix.same_as.map_or((at, place), |same| (same.result, same.fix));
                let known = places.iter().find(|(of, _)| *of == first).map(|(_, place)| *place);
                // Without an edit, the words are all there is to it.
                let is_told =
                    |other: &FixReport| fix.kind == "none" && other.kind == "none" && other.summary == fix.summary;
                if known.is_some_and(|known| known.result == number) || group.fixes.iter().any(is_told) {
                    continue;
                }
                places.push((first, SameAs { result: number, fix: group.fixes.len() }));
                group.fixes.push(FixReport { same_as: known, ..fix.clone() });
            }
        }
    }
}

/// What one answer says of all calls of a group: that they pass now, only where every resource was looked at.
fn now(worst: &ResultReport, looked_at: usize, more: usize) -> NowReport {
    let blocked_by = worst.blocked_by.clone();
    if more > 0 && worst.verdict == Verdict::Allowed.code() {
        let explanation = format!("Allowed on the {looked_at} resources looked at; {more} more were not looked at.");
        return NowReport { verdict: Verdict::Undetermined.code(), blocked_by, explanation };
    }
    NowReport { verdict: worst.verdict, blocked_by, explanation: worst.explanation.clone() }
}

/// The worst first.
fn rank(verdict: &str) -> usize {
    let order = [Verdict::Denied, Verdict::Undetermined, Verdict::Allowed];
    order.iter().position(|one| one.code() == verdict).unwrap_or(order.len())
}

impl GroupReport {
    /// Whether the policies allow it now.
    pub fn is_fixed(&self) -> bool {
        self.now.as_ref().is_some_and(|now| now.verdict == Verdict::Allowed.code())
    }

    /// `implicit deny in the permissions boundary`.
    pub fn blocked_shown(&self) -> String {
        let layer = |code: &str| Layer::ALL.into_iter().find(|layer| layer.code() == code).map_or("", words::layer);
        match (self.layer.map(layer), self.deny) {
            (Some(layer), Some(deny)) => format!("{deny} deny, {layer}"),
            (Some(layer), None) => layer.to_owned(),
            (None, Some(deny)) => format!("{deny} deny, layer not named"),
            (None, None) => "not named".to_owned(),
        }
    }
}
