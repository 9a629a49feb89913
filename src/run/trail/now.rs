//! What the policies say now of calls that were refused then: still denied, or fixed since, and the fix.

use crate::cli::{OutputArgs, SourceArgs};
use crate::context::Value;
use crate::derive::Given;
use crate::message::Denial;
use crate::report::{GroupReport, ResultReport};
use crate::run::ask::{Flags, Question, Subjects};
use crate::run::policies::Policies;
use crate::run::{Failure, answer};
use crate::trail::Group;

/// The answers to all groups whose principal the source knows, and for each group the numbers of its answers. Why a group
/// has none is written into its report.
pub(super) fn answers(
    groups: &[Group],
    reports: &mut [GroupReport],
    policies: &mut Policies<'_>,
    source: &SourceArgs,
    output: &OutputArgs,
) -> Result<(Vec<ResultReport>, Vec<Vec<usize>>), Failure> {
    let mut asked: Vec<Question> = Vec::new();
    let mut of = Vec::new();
    for (group, report) in groups.iter().zip(reports) {
        let mut own = Vec::new();
        match questions(group, policies) {
            Ok(questions) => {
                for question in questions {
                    own.push(asked.len());
                    asked.push(question);
                }
            }
            Err(failure) if failure.of_principal => report.not_evaluated = Some(failure.lines.join("; ")),
            Err(failure) => return Err(failure),
        }
        of.push(own);
    }
    let results = answer::answers(&asked, policies, source, output)?;
    Ok((results, of))
}

/// One question a resource.
fn questions(group: &Group, policies: &mut Policies<'_>) -> Result<Vec<Question>, Failure> {
    let unknown = |why: &str| Err(Failure { of_principal: true, ..Failure::usage(why) });
    if group.is_guess {
        return unknown("which action the operation needs is not known");
    }
    let mut resources: Vec<Option<&String>> = group.resources.iter().map(Some).collect();
    if resources.is_empty() {
        resources.push(None);
    }
    let mut questions = Vec::new();
    for resource in resources {
        let question = flags(group).of_denial(&denial(group, resource))?;
        if question.principal.is_none() {
            return unknown("CloudTrail names no principal of IAM");
        }
        let subjects = Subjects::of(&question.requests, &question.given);
        policies.of(question.principal.as_ref(), &subjects, true)?;
        questions.push(question);
    }
    Ok(questions)
}

/// The denial of the group on one of its resources. A role stands for its sessions: its policies are read once.
fn denial(group: &Group, resource: Option<&String>) -> Denial {
    let mut denial = group.sample.clone();
    denial.principal.clone_from(&group.who.arn);
    denial.role = None;
    denial.count = group.count;
    if denial.resource.as_ref() != resource {
        denial.resource = resource.cloned();
        // The tags were those of the other one.
        denial.context.retain(|(key, _)| !key.starts_with("aws:ResourceTag/"));
    }
    denial
}

/// Nothing was asked by flags; the id of the session that made the last call is its own.
fn flags(group: &Group) -> Flags {
    let id = group.user_id.iter().map(|id| ("aws:userid".to_owned(), Value::one(id.clone())));
    Flags {
        principal: None,
        actions: Vec::new(),
        resources: Vec::new(),
        exact: false,
        given: Given { keys: id.collect(), complete: false, resource_account: None, now: jiff::Timestamp::now() },
        has_policies: true,
    }
}
