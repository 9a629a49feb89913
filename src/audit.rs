//! The audit: every role and user of an account, its gap, and what is unsafe, idle or missing about boundaries.
//!
//! Each principal is judged by itself, on all cores, and forgotten: what is kept are results. What several principals
//! share (the boundaries' own documents) is judged once, at the end, in an order that does not depend on the cores.
//!
//! Only what is certain is severe: what hangs on a condition or on a policy that was not read says so, or is not said.
//!
//! Sources: IAM User Guide, "Permissions boundaries for IAM entities" and "Delegating responsibility to others using
//! permissions boundaries"; Service Authorization Reference, "AWS Identity and Access Management (IAM)".

mod baseline;
mod boundary;
mod code;
mod escape;
mod others;
mod policies;
mod principal;
mod ways;

pub use baseline::{Baseline, BaselineError, Drift, compare};
pub use code::{Code, Severity};
pub use others::Others;

use std::cmp::Ordering;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use rayon::prelude::*;

use crate::arn::Arn;
use crate::derive::Given;
use crate::pattern::{NoVariables, Pattern, Syntax};
use crate::snapshot::{BrokenEntry, FileRef, Layer, Member, Policy};
use crate::truth::Truth;

/// What is looked at.
#[derive(Debug)]
pub struct Scope {
    /// What is known of the context of every request.
    pub given: Given,
    /// The kinds of finding that are wanted; empty = all.
    pub codes: Vec<Code>,
    /// The principals that are wanted, by name or ARN; empty = all.
    pub principals: Vec<Pattern>,
    /// Who else there is.
    pub others: Others,
    /// The file in which the principals stand, where it is one.
    pub file: Option<String>,
}

impl Scope {
    /// A pattern of `--principal`; `*` and `?` are wildcards and case does not matter, as in names of roles.
    pub fn pattern(text: &str) -> Pattern {
        Pattern::parse(text, Syntax { wildcards: true, variables: false, fold_case: true })
    }

    /// Whether findings of this kind are wanted.
    pub fn wants(&self, code: Code) -> bool {
        self.codes.is_empty() || self.codes.contains(&code)
    }

    fn covers(&self, member: &Member) -> bool {
        let name = member.snapshot.principal.name.as_deref().unwrap_or_default();
        let is_it = |text: &str| {
            let text = text.to_lowercase();
            self.principals.iter().any(|pattern| pattern.matches(&text, &NoVariables) == Truth::Yes)
        };
        self.principals.is_empty() || is_it(name) || is_it(member.id())
    }
}

/// The permissions boundary of a principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Limit {
    /// There is none.
    None,
    /// This policy: its name and, where it is known, its ARN.
    Policy {
        /// The name, with the version where it is known.
        name: String,
        /// The ARN.
        arn: Option<String>,
    },
    /// Not known, for this reason.
    Unknown(String),
}

/// The gap of a principal in numbers of actions. `granted == effective + blocked`; `partly` are among the blocked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// What the identity policies grant.
    pub granted: usize,
    /// What no ceiling stops.
    pub effective: usize,
    /// What a ceiling stops, everywhere or partly.
    pub blocked: usize,
    /// What a ceiling stops on some resources or under some conditions only.
    pub partly: usize,
}

/// A principal that was audited.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its ARN; in a plan, before it has one, its address.
    pub id: String,
    /// Its name without the path.
    pub name: String,
    /// `role` or `user`.
    pub kind: &'static str,
    /// Its boundary.
    pub boundary: Limit,
    /// Its gap. Unless all was read, there may be more.
    pub counts: Counts,
    /// Some of its identity policies or its boundary could not be read or understood.
    pub is_unclear: bool,
    /// Its boundary could not be read or understood.
    pub is_boundary_unclear: bool,
    /// The same of them could not be read or understood in the baseline.
    pub was_unclear: bool,
    /// What is blocked, as a person would write it; `!` = but not.
    pub blocked_patterns: Arc<[String]>,
    /// What of it is blocked everywhere, in the same way.
    pub everywhere_patterns: Arc<[String]>,
    /// The line of the source's file on which it stands.
    pub line: Option<usize>,
}

impl Row {
    /// Whether there may be a finding of this kind behind what was not read: which boundary a principal has is known
    /// whatever its identity policies are.
    fn may_hide(&self, code: Code) -> bool {
        let names_boundary = matches!(code, Code::BoundaryMissing | Code::BoundaryAwsManaged | Code::BoundaryShared);
        match &self.boundary {
            Limit::Unknown(_) => true,
            Limit::None | Limit::Policy { .. } if names_boundary => false,
            Limit::None | Limit::Policy { .. } if code.is_of_boundary() => self.is_boundary_unclear,
            Limit::None | Limit::Policy { .. } => self.is_unclear,
        }
    }

    /// Whether a pattern of `--principal` is about it.
    pub fn is_named(&self, pattern: &str) -> bool {
        let pattern = Scope::pattern(pattern);
        [&self.name, &self.id].into_iter().any(|text| pattern.matches(&text.to_lowercase(), &NoVariables) == Truth::Yes)
    }
}

/// Something that was found.
#[derive(Debug, Clone)]
pub struct Finding {
    /// Its kind.
    pub code: Code,
    /// How much it matters.
    pub severity: Severity,
    /// The ARN (or address) of the principal that it is about; `None` = of all that have the policy.
    pub principal: Option<String>,
    /// The name of the policy that it is about.
    pub policy: Option<String>,
    /// Its ARN; `None` for inline policies.
    pub policy_arn: Option<String>,
    /// The line of the policy's document, from 1.
    pub line: Option<usize>,
    /// Where it can be seen: the file and the line there.
    pub place: Option<(String, usize)>,
    /// The actions that it rests on, in AWS's spelling.
    pub actions: Vec<String>,
    /// In words, without a full stop.
    pub text: String,
    /// What tells it from others of its kind, whatever lines and numbers are: stable from run to run.
    pub fingerprint: String,
    /// Whether it is new since the baseline; `None` where there is none.
    pub drift: Option<Drift>,
}

/// A read that failed, or what a source lacks.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Lack {
    /// The layer.
    pub layer: Layer,
    /// The API operation that would have told it.
    pub operation: String,
    /// A stable code.
    pub reason: String,
    /// The principal that lacks it.
    pub principal: String,
    /// The policy, where one is known to be there.
    pub policy: Option<String>,
}

/// The result.
#[derive(Debug, Default)]
pub struct Audit {
    /// Largest gap first, then by ARN.
    pub rows: Vec<Row>,
    /// Most severe first, then by code, principal and policy.
    pub findings: Vec<Finding>,
    /// What could not be read, in the order of the principals.
    pub unread: Vec<Lack>,
    /// The file in which the principals stand, where it is one.
    pub file: Option<String>,
    /// What the source lacks as a whole.
    pub lacking: Lacking,
}

/// What a source lacks beside what is said of single principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub enum Lacking {
    /// Nothing.
    #[default]
    Nothing,
    /// To whom some policies are attached.
    Attachments,
    /// Some roles or users.
    Principals,
}

/// What is kept of one principal.
struct Judged {
    row: Row,
    findings: Vec<Finding>,
    unread: Vec<Lack>,
    boundary: Option<boundary::Held>,
}

/// Audits the members 0 to `count`; `member` gives each, or `None` where it turns out to be no principal.
pub fn audit(count: usize, member: impl Fn(usize) -> Option<Member> + Sync, scope: &Scope) -> Audit {
    let patterns = principal::Patterns::default();
    let judged: Vec<Judged> = (0..count)
        .into_par_iter()
        .filter_map(|index| {
            let member = member(index).filter(|member| scope.covers(member))?;
            Some(principal::judge(&member, scope, &patterns))
        })
        .collect();
    let mut audit = Audit { file: scope.file.clone(), ..Audit::default() };
    let mut boundaries: BTreeMap<String, boundary::Shared> = BTreeMap::new();
    for one in judged {
        if let Some(held) = one.boundary {
            boundary::add(&mut boundaries, held, &one.row);
        }
        audit.rows.push(one.row);
        audit.findings.extend(one.findings);
        audit.unread.extend(one.unread);
    }
    for shared in boundaries.values() {
        audit.findings.extend(boundary::findings(shared, scope));
    }
    audit.findings.retain(|finding| scope.wants(finding.code));
    audit.sort();
    audit
}

impl Audit {
    /// Whether there may be a finding of this kind, which could not have been in a baseline, behind what was not read.
    pub fn may_hide(&self, code: Code) -> bool {
        let is_hidden = match self.lacking {
            Lacking::Nothing => false,
            Lacking::Attachments => !code.is_of_boundary(),
            Lacking::Principals => true,
        };
        is_hidden || self.rows.iter().any(|row| !row.was_unclear && row.may_hide(code))
    }

    /// Adds that entries of the source are not of the shape that they should have.
    pub fn add_broken(&mut self, entries: &[BrokenEntry], scope: &Scope) {
        if entries.is_empty() {
            return;
        }
        if entries.iter().any(|entry| entry.hides_principal) {
            self.lacking = Lacking::Principals;
        }
        // Of a principal that is not looked at, nothing is said; a managed policy or a group may be anybody's.
        let known: HashSet<&str> = self.rows.iter().map(|row| row.id.as_str()).collect();
        let is_other = |entry: &BrokenEntry| {
            let arn = entry.arn.as_deref().and_then(Arn::parse);
            let is_person =
                arn.is_some_and(|arn| arn.resource.starts_with("role/") || arn.resource.starts_with("user/"));
            is_person && !entry.arn.as_deref().is_some_and(|arn| known.contains(arn))
        };
        let told = entries.iter().filter(|entry| entry.hides_principal || !is_other(entry));
        let found: Vec<Finding> = told.map(|entry| broken_entry(entry, self.file.as_deref())).collect();
        self.findings.extend(found.into_iter().filter(|found| scope.wants(found.code)));
        self.sort();
    }

    /// Puts rows and findings into their order, and drops what was found twice: a broken managed policy is one finding.
    pub fn sort(&mut self) {
        let by_gap = |one: &Row| (std::cmp::Reverse(one.counts.blocked), one.id.clone());
        self.rows.sort_by_cached_key(by_gap);
        let mut seen = HashSet::new();
        self.findings.retain(|finding| seen.insert(finding.fingerprint.clone()));
        self.findings.sort_by(Finding::by_weight);
    }
}

fn broken_entry(entry: &BrokenEntry, file: Option<&str>) -> Finding {
    let what = entry.arn.as_ref().map_or_else(|| entry.at.clone(), |arn| format!("{} ({arn})", entry.at));
    let whose = if entry.hides_principal { "; which role or user it is about is not known" } else { "" };
    let text = format!("the entry {what} cannot be read: {}{whose}", entry.problem);
    let mut found = finding(Code::PolicyBroken, Severity::Medium, text);
    found.place = file.map(str::to_owned).zip(entry.line);
    let arn = entry.arn.as_deref().and_then(Arn::parse);
    match arn.and_then(|arn| arn.resource.split('/').next()) {
        Some("role" | "user") => found.principal.clone_from(&entry.arn),
        Some("policy") => found.policy_arn.clone_from(&entry.arn),
        Some(_) | None => {}
    }
    found.done(if entry.arn.is_some() { "entry" } else { &entry.text })
}

/// A finding without its principal, policy and place.
fn finding(code: Code, severity: Severity, text: String) -> Finding {
    Finding {
        code,
        severity,
        principal: None,
        policy: None,
        policy_arn: None,
        line: None,
        place: None,
        actions: Vec::new(),
        text,
        fingerprint: String::new(),
        drift: None,
    }
}

impl Finding {
    /// Most severe first, then by code, principal and policy.
    fn by_weight(&self, other: &Self) -> Ordering {
        let subject = |one: &Self, other: &Self| {
            let principal = one.principal.cmp(&other.principal);
            let policy = || one.policy_arn.cmp(&other.policy_arn).then_with(|| one.policy.cmp(&other.policy));
            principal.then_with(policy).then_with(|| one.line.cmp(&other.line))
        };
        let severity = other.severity.cmp(&self.severity);
        severity.then_with(|| self.code.cmp(&other.code)).then_with(|| subject(self, other))
    }

    /// About a principal, which stands on a line of a file.
    fn of_principal(mut self, id: &str, place: Option<(String, usize)>) -> Self {
        self.principal = Some(id.to_owned());
        self.place = self.place.or(place);
        self
    }

    /// About a policy, at a byte of its document.
    fn of_policy(mut self, policy: &Policy, at: Option<u32>) -> Self {
        self.policy = Some(policy.name.clone());
        self.policy_arn.clone_from(&policy.arn);
        self.line = match (&policy.document, at) {
            (Ok(document), Some(at)) => Some(document.place(at).line),
            (Ok(_) | Err(_), _) => None,
        };
        if let Some(FileRef { path, start: Some(start) }) = &policy.file {
            self.place = Some((path.clone(), start.line + self.line.unwrap_or(1) - 1));
        }
        self
    }

    /// Made: `part` tells it from others about the same principal and policy.
    fn done(mut self, part: &str) -> Self {
        let policy = self.policy_arn.as_deref().or(self.policy.as_deref()).unwrap_or_default();
        let principal = self.principal.as_deref().unwrap_or_default();
        self.fingerprint = fingerprint(&[self.code.code(), principal, policy, part]);
        self
    }
}

/// 128 bits of FNV-1a over the parts, in hexadecimal: the same on every machine and in every version.
/// Source: draft-eastlake-fnv, "The FNV Non-Cryptographic Hash Algorithm".
fn fingerprint(parts: &[&str]) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let mut hash = OFFSET;
    for part in parts {
        // No part ends with the byte between them.
        for byte in part.bytes().chain(std::iter::once(0)) {
            hash = (hash ^ u128::from(byte)).wrapping_mul(PRIME);
        }
    }
    format!("{hash:032x}")
}

#[cfg(test)]
mod tests;
