//! The report of an audit.

use std::collections::BTreeSet;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::{CountsReport, SCHEMA, codes};
use crate::arn::Arn;
use crate::audit::{Audit, Baseline, Code, Drift, Finding, Lack, Limit, Row, Severity};

/// An audit.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditReport {
    /// [`SCHEMA`].
    #[schemars(range(min = 1, max = 1))]
    pub schema: u32,
    /// `aws`, `snapshot` or `plan`.
    #[schemars(schema_with = "codes::audit_source")]
    pub source: &'static str,
    /// Every principal that was audited, the largest gap first.
    pub principals: Vec<AuditedReport>,
    /// What was found, most severe first.
    pub findings: Vec<AuditFindingReport>,
    /// What could not be read.
    pub unread: Vec<LackReport>,
    /// How the findings stand to the baseline; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub baseline: Option<DriftReport>,
    /// The file in which the principals stand, where it is one.
    #[serde(skip)]
    pub file: Option<String>,
    /// The arguments that name the source again, quoted for a shell.
    #[serde(skip)]
    pub source_again: String,
}

/// An audited principal.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditedReport {
    /// Its ARN; `null` in a plan, before it has one.
    pub arn: Option<String>,
    /// Its address in a plan, before it has an ARN.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// `role` or `user`.
    pub kind: &'static str,
    /// The ARN of its permissions boundary, or its name where it has none; `null` = it has no boundary, or it is not known.
    pub boundary: Option<String>,
    /// Whether all of its identity policies and its boundary were read and understood.
    pub complete: bool,
    /// Its gap in numbers of actions.
    pub counts: CountsReport,
    /// The blocked actions as a person would write them; `!` = but not.
    #[serde(serialize_with = "shared")]
    #[schemars(with = "Vec<String>")]
    pub blocked_patterns: Arc<[String]>,
    /// Those of them that are blocked on every resource and under every condition, in the same way.
    #[serde(serialize_with = "shared")]
    #[schemars(with = "Vec<String>")]
    pub blocked_everywhere_patterns: Arc<[String]>,
    /// As people see it, `role team/MyRole`.
    #[serde(skip)]
    pub shown: String,
    /// The boundary as people see it.
    #[serde(skip)]
    pub boundary_shown: String,
    /// `--role` or `--user`.
    #[serde(skip)]
    pub flag: &'static str,
    /// Its name.
    #[serde(skip)]
    pub name: String,
}

/// Something that was found.
#[derive(Debug, Serialize, JsonSchema)]
pub struct AuditFindingReport {
    /// A stable name.
    #[schemars(schema_with = "codes::finding")]
    pub code: &'static str,
    /// `high`, `medium`, `low` or `info`.
    #[schemars(schema_with = "codes::severity")]
    pub severity: &'static str,
    /// The ARN (or the address in a plan) of the principal; `null` = it is about a policy whoever has it.
    pub principal: Option<String>,
    /// The name of the policy.
    pub policy: Option<String>,
    /// The ARN of the policy; `null` for inline policies.
    pub policy_arn: Option<String>,
    /// The line of the policy's document, from 1.
    pub line: Option<usize>,
    /// The file in which it can be seen.
    pub file: Option<String>,
    /// The line of that file, from 1.
    pub file_line: Option<usize>,
    /// The actions that it rests on.
    pub actions: Vec<String>,
    /// In words.
    pub text: String,
    /// The same from run to run, whatever lines and numbers are.
    pub fingerprint: String,
    /// `new` or `unchanged` since the baseline; missing where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(schema_with = "codes::drift")]
    pub baseline: Option<&'static str>,
    /// The principal as people see it.
    #[serde(skip)]
    pub principal_shown: Option<String>,
    /// Its kind.
    #[serde(skip)]
    #[schemars(skip)]
    pub kind: Code,
    /// How much it matters.
    #[serde(skip)]
    #[schemars(skip)]
    pub weight: Severity,
}

/// A read that failed.
#[derive(Debug, Serialize, JsonSchema)]
pub struct LackReport {
    /// The layer that lacks something.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// The API operation that would have told it.
    pub operation: String,
    /// A stable code.
    pub reason: String,
    /// The ARN (or the address in a plan) of the principal.
    pub principal: String,
    /// The policy, where it is known to be there.
    pub policy: Option<String>,
}

/// How findings stand to the baseline.
#[derive(Debug, Serialize, JsonSchema)]
pub struct DriftReport {
    /// There now, and not then.
    pub new: usize,
    /// There now and then.
    pub unchanged: usize,
    /// There then, and not now.
    pub gone: usize,
}

/// The report of an audit; `baseline` is what it was compared with.
pub fn audit(audit: &Audit, source: &'static str, baseline: Option<&Baseline>) -> AuditReport {
    let count = |drift: Drift| audit.findings.iter().filter(|found| found.drift == Some(drift)).count();
    let drift = baseline.map(|baseline| DriftReport {
        new: count(Drift::New),
        unchanged: count(Drift::Unchanged),
        gone: baseline.gone(audit),
    });
    let accounts: BTreeSet<&str> =
        audit.rows.iter().filter_map(|row| Arn::parse(&row.id)).map(|arn| arn.account).collect();
    let several = accounts.len() > 1;
    AuditReport {
        schema: SCHEMA,
        source,
        principals: audit.rows.iter().map(|row| audited(row, several)).collect(),
        findings: audit.findings.iter().map(|found| finding(found, several)).collect(),
        unread: audit.unread.iter().map(lack).collect(),
        baseline: drift,
        file: audit.file.clone(),
        source_again: String::new(),
    }
}

fn audited(row: &Row, several: bool) -> AuditedReport {
    let (boundary, boundary_shown) = match &row.boundary {
        Limit::None => (None, "none".to_owned()),
        Limit::Policy { name, arn } => (Some(arn.as_ref().unwrap_or(name).clone()), name.clone()),
        Limit::Unknown(_) => (None, "not known".to_owned()),
    };
    let has_arn = Arn::parse(&row.id).is_some();
    AuditedReport {
        arn: has_arn.then(|| row.id.clone()),
        address: (!has_arn).then(|| row.id.clone()),
        kind: row.kind,
        boundary,
        complete: !row.is_unclear,
        counts: CountsReport {
            granted: row.counts.granted,
            effective: row.counts.effective,
            blocked: row.counts.blocked,
            partly: row.counts.partly,
        },
        blocked_patterns: Arc::clone(&row.blocked_patterns),
        blocked_everywhere_patterns: Arc::clone(&row.everywhere_patterns),
        shown: shown(&row.id, several),
        boundary_shown,
        flag: if row.kind == "user" { "--user" } else { "--role" },
        name: row.name.clone(),
    }
}

/// A list that many principals have in common.
fn shared<S: Serializer>(list: &Arc<[String]>, serializer: S) -> Result<S::Ok, S::Error> {
    (**list).serialize(serializer)
}

/// `role team/MyRole` of `arn:aws:iam::123456789012:role/team/MyRole`; of several accounts, with the account.
fn shown(id: &str, several: bool) -> String {
    let Some(arn) = Arn::parse(id) else { return id.to_owned() };
    let name = arn.resource.replacen('/', " ", 1);
    if several { format!("{name} (account {})", arn.account) } else { name }
}

fn finding(found: &Finding, several: bool) -> AuditFindingReport {
    AuditFindingReport {
        code: found.code.code(),
        severity: found.severity.code(),
        principal: found.principal.clone(),
        policy: found.policy.clone(),
        policy_arn: found.policy_arn.clone(),
        line: found.line,
        file: found.place.as_ref().map(|(file, _)| file.clone()),
        file_line: found.place.as_ref().map(|(_, line)| *line),
        actions: found.actions.clone(),
        text: found.text.clone(),
        fingerprint: found.fingerprint.clone(),
        baseline: found.drift.map(Drift::code),
        principal_shown: found.principal.as_ref().map(|id| shown(id, several)),
        kind: found.code,
        weight: found.severity,
    }
}

fn lack(lack: &Lack) -> LackReport {
    LackReport {
        layer: lack.layer.code(),
        operation: lack.operation.clone(),
        reason: lack.reason.clone(),
        principal: lack.principal.clone(),
        policy: lack.policy.clone(),
    }
}
