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
    /// How many sign-ins failed (Amazon Cognito, IAM Identity Center, the console): no denials by IAM, and in no group.
    pub sign_ins: u64,
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
    /// The action; of several in `one_of` the first.
    pub action: String,
    /// Where CloudTrail does not say which of the operation's actions was refused: all of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub one_of: Vec<String>,
    /// On what, sorted, the first 20.
    pub resources: Vec<String>,
    /// How many further resources there were; beyond 10,000 they are not told apart.
    pub more_resources: usize,
    /// The layer: as the messages name it, else the first that blocks now; `null` where neither tells.
    #[schemars(schema_with = "codes::layer_or_null")]
    pub layer: Option<&'static str>,
    /// Who says so: `message`, the messages; `now`, the policies of now, where the messages name no layer.
    #[schemars(schema_with = "codes::said_by_or_null")]
    pub layer_by: Option<&'static str>,
    /// `explicit` or `implicit`.
    #[schemars(schema_with = "codes::deny_or_null")]
    pub deny: Option<&'static str>,
    /// The policy that the messages name.
    pub policy_arn: Option<String>,
    /// What refused the calls, where that was no policy of IAM's; `null` where it was one.
    pub other: Option<OtherReport>,
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

/// What refuses calls beside IAM's policies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OtherReport {
    /// A stable name, `lake-formation`.
    pub code: &'static str,
    /// What it is.
    pub what: &'static str,
    /// What to do.
    pub next: &'static str,
}

/// What the policies say now of the calls of a group: of the last on each resource, and, where the policies test what was
/// not the same in all of them, of the last in each of the latest circumstances. Where these differ, the worst.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct NowReport {
    /// `allowed`: fixed since; `denied` or `undetermined`.
    #[schemars(schema_with = "codes::verdict")]
    pub verdict: &'static str,
    /// How many calls were asked again, each with its resource and in its circumstances.
    pub asked: usize,
    /// How many of these are still denied.
    pub denied: usize,
    /// How many calls there were for which none of these stands; beyond 10,000 they are not told apart.
    pub unseen: usize,
    /// Every layer that certainly blocks.
    pub blocked_by: Vec<BlockReport>,
    /// One sentence.
    pub explanation: String,
}

/// The group as it was found, before anything is evaluated.
pub fn group(group: &Group) -> GroupReport {
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let wrapping = group.sample().map(|denial| &denial.wrapping);
    GroupReport {
        principal: principal(&group.who),
        action: group.actions.first().cloned().unwrap_or_default(),
        one_of: if group.actions.len() > 1 { group.actions.clone() } else { Vec::new() },
        resources: group.resources().cloned().collect(),
        more_resources: group.more_resources(),
        layer: group.layer.map(Layer::code),
        layer_by: group.layer.map(|_| BY_MESSAGE),
        deny: group.deny.map(DenyKind::code),
        policy_arn: group.policy_arn.clone(),
        other: group.other.as_ref().map(|one| OtherReport { code: one.code, what: one.what, next: one.next }),
        count: group.count,
        first: time(group.first),
        last: time(group.last),
        request_id: wrapping.and_then(|wrapping| wrapping.request_id.clone()),
        error_code: wrapping.and_then(|wrapping| wrapping.error_code.clone()),
        encoded: group.encoded,
        now: None,
        not_evaluated: None,
        fixes: Vec::new(),
    }
}

/// Who says which layer it was.
pub(super) const BY_MESSAGE: &str = "message";
pub(super) const BY_NOW: &str = "now";

fn principal(who: &Who) -> PrincipalReport {
    if let Some(known) = who.arn.as_deref().and_then(Principal::from_arn) {
        return super::build::principal(&known);
    }
    PrincipalReport {
        arn: who.arn.clone(),
        kind: Principal::unknown().kind.code(),
        account: who.account.clone(),
        role: None,
        shown: words::caller(who),
    }
}

/// The answers of a group.
#[derive(Debug, Clone, Default)]
pub struct Answered {
    /// Of each call that was asked again, the numbers of its answers: one for each action of the group.
    pub calls: Vec<Vec<usize>>,
    /// How many calls there were for which none of these stands.
    pub unseen: usize,
}

/// Adds what the policies say now. `of`: the answers of each group.
pub fn evaluated(groups: &mut [GroupReport], results: &[ResultReport], of: &[Answered]) {
    // Where each fix of each answer stands among the fixes of the groups.
    let mut places: Vec<((usize, usize), SameAs)> = Vec::new();
    for (number, (group, answered)) in groups.iter_mut().zip(of).enumerate() {
        let Some(now) = now(answered, results) else { continue };
        if group.layer.is_none()
            && let Some(block) = now.blocked_by.first()
        {
            group.layer = Some(block.layer);
            group.layer_by = Some(BY_NOW);
            group.deny = Some(block.deny);
        }
        group.now = Some(now);
        for at in answered.calls.iter().flatten().copied() {
            let Some(result) = results.get(at) else { continue };
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

/// What the answers say of all calls of a group: the worst of them, and that the calls pass now only where every one of
/// them was looked at.
fn now(answered: &Answered, results: &[ResultReport]) -> Option<NowReport> {
    let worst =
        |numbers: &Vec<usize>| numbers.iter().filter_map(|at| results.get(*at)).min_by_key(|result| rank(result));
    let calls: Vec<&ResultReport> = answered.calls.iter().filter_map(worst).collect();
    let first = *calls.iter().min_by_key(|result| rank(result))?;
    let denied = calls.iter().filter(|result| rank(result) == 0).count();
    let (asked, unseen) = (calls.len(), answered.unseen);
    let is = |verdict: Verdict| first.verdict == verdict.code();
    let explanation = match (&first.explanation, denied) {
        (explanation, 1..) if denied < asked => format!("{denied} of the {asked} calls looked at. {explanation}"),
        (_, 0) if first.is_told => words::only_told(first),
        (_, 0) if is(Verdict::Allowed) && unseen > 0 => words::not_all_seen(asked, unseen),
        (explanation, _) => explanation.clone(),
    };
    let open = first.is_told || (is(Verdict::Allowed) && unseen > 0);
    let verdict = if open { Verdict::Undetermined.code() } else { first.verdict };
    let blocked_by = if first.is_told { Vec::new() } else { first.blocked_by.clone() };
    Some(NowReport { verdict, asked, denied, unseen, blocked_by, explanation })
}

/// The worst first. What only a message tells is no answer of today's policies.
fn rank(result: &ResultReport) -> usize {
    let order = [Verdict::Denied, Verdict::Undetermined, Verdict::Allowed];
    match order.iter().position(|one| one.code() == result.verdict) {
        Some(0) if result.is_told => 1,
        Some(place) => place,
        None => order.len(),
    }
}

impl OtherReport {
    /// Its name for people.
    pub fn shown(&self) -> String {
        if self.code == "lake-formation" { "Lake Formation".to_owned() } else { self.code.replace('-', " ") }
    }
}

impl GroupReport {
    /// Whether the policies allow it now.
    pub fn is_fixed(&self) -> bool {
        self.now.as_ref().is_some_and(|now| now.verdict == Verdict::Allowed.code())
    }

    /// The layer that the messages name.
    pub fn named_layer(&self) -> Option<&'static str> {
        self.layer.filter(|_| self.layer_by == Some(BY_MESSAGE))
    }

    /// The action, or the actions of which one was refused.
    pub fn actions_shown(&self) -> String {
        if self.one_of.is_empty() { self.action.clone() } else { self.one_of.join(" or ") }
    }

    /// `implicit deny in the permissions boundary`.
    pub fn blocked_shown(&self) -> String {
        if let Some(other) = &self.other {
            return other.shown();
        }
        if self.layer_by == Some(BY_NOW) {
            return "not named".to_owned();
        }
        let layer = |code: &str| Layer::ALL.into_iter().find(|layer| layer.code() == code).map_or("", words::layer);
        match (self.layer.map(layer), self.deny) {
            (Some(layer), Some(deny)) => format!("{deny} deny, {layer}"),
            (Some(layer), None) => layer.to_owned(),
            (None, Some(deny)) => format!("{deny} deny, layer not named"),
            (None, None) => "not named".to_owned(),
        }
    }
}
