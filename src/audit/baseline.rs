//! What is new since an earlier audit: its JSON is the baseline.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{Audit, Code, Finding, Row, Severity, finding};
use crate::reach::{ActionSet, Catalogued};

/// How a finding stands to the baseline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drift {
    /// It was not there, or rested on fewer actions.
    New,
    /// It was there.
    Unchanged,
}

impl Drift {
    /// The name in JSON and SARIF output.
    /// Source: SARIF 2.1.0, "baselineState property".
    pub fn code(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Unchanged => "unchanged",
        }
    }
}

/// An earlier audit, as far as it is compared.
#[derive(Debug, Default)]
pub struct Baseline {
    /// The actions of each finding, by fingerprint.
    findings: BTreeMap<String, BTreeSet<String>>,
    /// The blocked patterns of each principal, by its ARN or address.
    blocked: BTreeMap<String, Vec<String>>,
}

/// Why a text is no baseline.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BaselineError {
    /// It is no JSON object of an audit.
    #[error("line {line}, column {column}: it is not the JSON that `diagnose audit -o json` prints")]
    NotAnAudit {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// It is of another schema.
    #[error("it has the schema {0}, and this program reads 1; make the baseline anew")]
    Schema(u64),
}

#[derive(Deserialize)]
struct Earlier {
    schema: u64,
    principals: Vec<EarlierRow>,
    findings: Vec<EarlierFinding>,
}

#[derive(Deserialize)]
struct EarlierRow {
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default)]
    blocked_patterns: Vec<String>,
}

#[derive(Deserialize)]
struct EarlierFinding {
    #[serde(default)]
    fingerprint: Option<String>,
    #[serde(default)]
    actions: Vec<String>,
}

impl Baseline {
    /// Reads the JSON of an earlier audit.
    ///
    /// # Errors
    /// Where it is none, or of another schema.
    pub fn parse(text: &str) -> Result<Self, BaselineError> {
        let earlier: Earlier = serde_json::from_str(text)
            .map_err(|error| BaselineError::NotAnAudit { line: error.line().max(1), column: error.column().max(1) })?;
        if earlier.schema != 1 {
            return Err(BaselineError::Schema(earlier.schema));
        }
        let findings = earlier
            .findings
            .into_iter()
            .filter_map(|found| Some((found.fingerprint?, found.actions.into_iter().collect())));
        let blocked =
            earlier.principals.into_iter().filter_map(|row| Some((row.arn.or(row.address)?, row.blocked_patterns)));
        Ok(Self { findings: findings.collect(), blocked: blocked.collect() })
    }

    /// An audit of what was there before.
    pub fn of(audit: &Audit) -> Self {
        let actions = |found: &Finding| found.actions.iter().cloned().collect();
        let findings = audit.findings.iter().map(|found| (found.fingerprint.clone(), actions(found)));
        let blocked = audit.rows.iter().map(|row| (row.id.clone(), row.blocked_patterns.to_vec()));
        Self { findings: findings.collect(), blocked: blocked.collect() }
    }

    /// How many of its findings are no longer there.
    pub fn gone(&self, audit: &Audit) -> usize {
        let now: BTreeSet<&str> = audit.findings.iter().map(|found| found.fingerprint.as_str()).collect();
        self.findings.keys().filter(|fingerprint| !now.contains(fingerprint.as_str())).count()
    }
}

/// Marks what is new in an audit, and adds the gaps that appeared or grew; `file` is where its principals stand.
pub fn compare(audit: &mut Audit, baseline: &Baseline, file: Option<&str>) {
    let appeared: Vec<Finding> = audit.rows.iter().filter_map(|row| appeared(row, baseline, file)).collect();
    for found in &mut audit.findings {
        let known = baseline.findings.get(&found.fingerprint);
        let is_known = known.is_some_and(|actions| found.actions.iter().all(|action| actions.contains(action)));
        found.drift = Some(if is_known { Drift::Unchanged } else { Drift::New });
    }
    audit.findings.extend(appeared);
    audit.sort();
}

/// What is blocked of a principal that was there before, and was not blocked then.
fn appeared(row: &Row, baseline: &Baseline, file: Option<&str>) -> Option<Finding> {
    const SHOWN: usize = 6;
    let before = baseline.blocked.get(&row.id)?;
    if *before == *row.blocked_patterns {
        return None;
    }
    let (known_before, named_before) = expand(before);
    let (known_now, named_now) = expand(&row.blocked_patterns);
    let new = known_now.without(&known_before);
    let unknown: Vec<&str> = named_now.difference(&named_before).copied().collect();
    let count = new.len() + unknown.len();
    if count == 0 {
        return None;
    }
    let mut list = crate::gap::compressed(&new, &crate::reach::Names::default());
    list.extend(unknown.into_iter().map(str::to_owned));
    let mut shown = list.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if list.len() > SHOWN {
        shown += ", …";
    }
    let verbs = if count == 1 { ("action is", "was") } else { ("actions are", "were") };
    let text = format!("{count} {} blocked that {} not blocked before: {shown}", verbs.0, verbs.1);
    let found = Finding { actions: list, drift: Some(Drift::New), ..finding(Code::GapAppears, Severity::High, text) };
    let place = row.line.zip(file).map(|(line, file)| (file.to_owned(), line));
    let part = found.actions.join(" ");
    Some(found.of_principal(&row.id, place).done(&part))
}

/// The actions of the catalogue that patterns stand for, and those that they name and the catalogue does not know.
fn expand(patterns: &[String]) -> (ActionSet, BTreeSet<&str>) {
    let all = Catalogued::get();
    let (mut set, mut named) = (ActionSet::new(), BTreeSet::new());
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
        let matching = all.matching(pattern);
        if matching.is_empty() && !pattern.contains(['*', '?']) {
            named.insert(pattern.as_str());
        }
        set.insert_all(&matching);
    }
    for pattern in patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')) {
        set = set.without(&all.matching(pattern));
    }
    (set, named)
}
