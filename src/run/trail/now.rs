//! What the policies say now of calls that were refused then: still denied, or fixed since, and the fix.

use std::collections::HashSet;
use std::rc::Rc;

use crate::cli::{OutputArgs, SourceArgs};
use crate::context::Value;
use crate::derive::Given;
use crate::message::Denial;
use crate::principal::Principal;
use crate::report::{Answered, GroupReport, ResultReport};
use crate::run::ask::{Flags, Question, Subjects};
use crate::run::policies::Policies;
use crate::run::{Failure, answer};
use crate::snapshot::{Layer, Reading, Snapshot};
use crate::trail::{Call, Group, Who};

/// How often AWS may leave a question unanswered before it has answered one.
const PATIENCE: usize = 3;

/// The answers to all groups whose principal the source knows, and which are each group's. Why a group has none is written
/// into its report.
pub(super) fn answers(
    groups: &[Group],
    reports: &mut [GroupReport],
    policies: &mut Policies<'_>,
    source: &SourceArgs,
    output: &OutputArgs,
) -> Result<(Vec<ResultReport>, Vec<Answered>), Failure> {
    policies.read_ahead(groups.iter().flat_map(wanted))?;
    let mut asked: Vec<Question> = Vec::new();
    let mut of = Vec::new();
    let mut unanswered: Vec<Failure> = Vec::new();
    for (group, report) in groups.iter().zip(reports) {
        let mut own = Answered::default();
        match questions(group, policies) {
            Ok((calls, unseen)) => {
                own.unseen = unseen;
                for call in calls {
                    own.calls.push((asked.len()..asked.len() + call.len()).collect());
                    asked.extend(call);
                }
            }
            Err(failure) if failure.of_principal => {
                report.not_evaluated = Some(failure.lines.join("; "));
            }
            Err(failure) if failure.is_unanswered => {
                report.not_evaluated = Some(failure.lines.join("; "));
                unanswered.push(failure);
            }
            Err(failure) => return Err(failure),
        }
        of.push(own);
        // Who is not answered about anybody need not ask about the rest.
        let is_last = of.len() == groups.len();
        if policies.read().is_empty()
            && (is_last || unanswered.len() >= PATIENCE)
            && let Some(first) = unanswered.first()
        {
            return Err(first.clone());
        }
    }
    let results = answer::answers_apart(&asked, policies, source, output)?;
    Ok((results, of))
}

/// Whose policies a group needs, and which roles' trust policies.
fn wanted(group: &Group) -> Vec<(Principal, Subjects)> {
    let asked =
        group.calls().flat_map(|call| call.denials.iter().map(move |denial| question(group, call, Some(denial))));
    let about = |question: Question| {
        let subjects = Subjects::of(&question.requests, &question.given);
        question.principal.map(|principal| (principal, subjects))
    };
    asked.filter_map(|question| question.ok().flatten().and_then(about)).collect()
}

/// One question for each action of each call that is asked again, and how many calls are not.
fn questions(group: &Group, policies: &mut Policies<'_>) -> Result<(Vec<Vec<Question>>, usize), Failure> {
    let unknown = |why: String| Err(Failure { of_principal: true, ..Failure::usage(why) });
    if let Some(other) = &group.other {
        return unknown(format!("{}; {}", other.what, other.next));
    }
    if group.is_guess {
        return unknown("which action the operation needs is not known".to_owned());
    }
    if group.who.arn.is_none() {
        return unknown(nobody(&group.who));
    }
    // Which condition keys matter, the policies of the principal tell.
    let first = question(group, group.latest(), group.sample())?;
    let snapshot = match &first {
        Some(first) if first.principal.is_some() => read(first, policies)?,
        Some(_) | None => return unknown(nobody(&group.who)),
    };
    let documents = Layer::ALL.into_iter().flat_map(|layer| snapshot.layers.readings(layer));
    let documents = documents.flat_map(Reading::all_policies).filter_map(|policy| policy.document.as_ref().ok());
    let tested: HashSet<&str> = documents.flat_map(|document| &document.keys).map(|(key, _)| &**key).collect();
    let chosen = group.asked_again(|key| tested.contains(key));
    let mut calls = Vec::new();
    for call in &chosen.calls {
        let mut questions = Vec::new();
        for denial in &call.denials {
            let Some(question) = question(group, call, Some(denial))? else { continue };
            read(&question, policies)?;
            questions.push(question);
        }
        calls.push(questions);
    }
    Ok((calls, chosen.unseen))
}

/// Why a caller without an ARN has no policies to be evaluated.
fn nobody(who: &Who) -> String {
    match (who.kind.as_deref(), &who.account) {
        (Some("AWSAccount"), Some(account)) => {
            format!(
                "CloudTrail has the id of the caller alone; who that is, and what it may do, account {account} can tell"
            )
        }
        (Some("WebIdentityUser" | "SAMLUser"), _) => {
            "a token asked, and no principal of IAM: the trust policy of the role decides".to_owned()
        }
        _ => "CloudTrail names no principal of IAM".to_owned(),
    }
}

fn read(question: &Question, policies: &mut Policies<'_>) -> Result<Rc<Snapshot>, Failure> {
    policies.of(question.principal.as_ref(), &Subjects::of(&question.requests, &question.given), true)
}

/// Whether one of the call's requests is allowed now. A role stands for its sessions: its policies are read once.
fn question(group: &Group, call: &Call, denial: Option<&Denial>) -> Result<Option<Question>, Failure> {
    let Some(mut denial) = denial.cloned() else { return Ok(None) };
    denial.principal.clone_from(&group.who.arn);
    denial.role = None;
    denial.count = group.count;
    flags(call).of_denial(&denial).map(Some)
}

/// Nothing was asked by flags; the id of the session that made the call is its own.
fn flags(call: &Call) -> Flags {
    let id = call.user_id.iter().map(|id| ("aws:userid".to_owned(), Value::one(id.clone())));
    Flags {
        principal: None,
        actions: Vec::new(),
        resources: Vec::new(),
        exact: false,
        given: Given { keys: id.collect(), ..Given::nothing(jiff::Timestamp::now()) },
        has_policies: true,
    }
}
