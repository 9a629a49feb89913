//! What is new since an earlier audit: its JSON is the baseline.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use serde::Deserialize;

use super::{Audit, Code, Finding, Lack, Row, Severity, finding};
use crate::catalogue::ActionSet;
use crate::policy::actions_matching;

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
    /// What was blocked of each principal, by its ARN or address.
    blocked: BTreeMap<String, Blocked>,
    /// The principals of which something could not be read or understood.
    unclear: BTreeSet<String>,
    /// What could not be read: layer, principal and policy.
    unread: BTreeSet<(String, String, Option<String>)>,
}

/// What was blocked of a principal, as patterns.
#[derive(Debug)]
struct Blocked {
    /// Everywhere or partly.
    some: Vec<String>,
    /// Everywhere; `None` where the baseline is of a version that did not tell.
    everywhere: Option<Vec<String>>,
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
    #[serde(default)]
    unread: Vec<EarlierLack>,
    findings: Vec<EarlierFinding>,
}

#[derive(Deserialize)]
struct EarlierRow {
    #[serde(default)]
    arn: Option<String>,
    #[serde(default)]
    address: Option<String>,
    #[serde(default = "complete")]
    complete: bool,
    #[serde(default)]
    blocked_patterns: Vec<String>,
    #[serde(default)]
    blocked_everywhere_patterns: Option<Vec<String>>,
}

fn complete() -> bool {
    true
}

#[derive(Deserialize)]
struct EarlierLack {
    layer: String,
    principal: String,
    #[serde(default)]
    policy: Option<String>,
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
        let incomplete = earlier.principals.iter().filter(|row| !row.complete);
        let unclear = incomplete.filter_map(|row| row.arn.clone().or_else(|| row.address.clone())).collect();
        let unread = earlier.unread.into_iter().map(|lack| (lack.layer, lack.principal, lack.policy)).collect();
        let blocked = earlier.principals.into_iter().filter_map(|row| {
            let blocked = Blocked { some: row.blocked_patterns, everywhere: row.blocked_everywhere_patterns };
            Some((row.arn.or(row.address)?, blocked))
        });
        Ok(Self { findings: findings.collect(), blocked: blocked.collect(), unclear, unread })
    }

    /// An audit of what was there before.
    pub fn of(audit: &Audit) -> Self {
        let actions = |found: &Finding| found.actions.iter().cloned().collect();
        let findings = audit.findings.iter().map(|found| (found.fingerprint.clone(), actions(found)));
        let blocked = audit.rows.iter().map(|row| {
            let everywhere = Some(row.everywhere_patterns.to_vec());
            (row.id.clone(), Blocked { some: row.blocked_patterns.to_vec(), everywhere })
        });
        let unclear = audit.rows.iter().filter(|row| row.is_unclear).map(|row| row.id.clone()).collect();
        let unread = audit.unread.iter().map(lacking).collect();
        Self { findings: findings.collect(), blocked: blocked.collect(), unclear, unread }
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
    let broken = |found: &Finding| found.code == Code::PolicyBroken && found.drift == Some(Drift::New);
    // A managed policy that broke is of nobody, and may be of all.
    let is_anybody_broken = audit.findings.iter().any(|found| broken(found) && found.principal.is_none());
    let newly: HashSet<&str> =
        audit.findings.iter().filter(|found| broken(found)).filter_map(|found| found.principal.as_deref()).collect();
    let mut lacks: HashMap<&str, Vec<&Lack>> = HashMap::new();
    for lack in &audit.unread {
        lacks.entry(&lack.principal).or_default().push(lack);
    }
    for row in &mut audit.rows {
        let is_broken = is_anybody_broken || newly.contains(row.id.as_str());
        let own = lacks.get(row.id.as_str()).map_or(&[][..], |lacks| lacks);
        let is_known = own.iter().all(|lack| baseline.unread.contains(&lacking(lack)));
        row.was_unclear = is_known && !is_broken && baseline.unclear.contains(&row.id);
    }
    audit.findings.extend(appeared);
    audit.sort();
}

fn lacking(lack: &Lack) -> (String, String, Option<String>) {
    (lack.layer.code().to_owned(), lack.principal.clone(), lack.policy.clone())
}

/// What is blocked of a principal that was there before, and was not blocked then, or only partly.
fn appeared(row: &Row, baseline: &Baseline, file: Option<&str>) -> Option<Finding> {
    let before = baseline.blocked.get(&row.id)?;
    let new = Growth::between(&before.some, &row.blocked_patterns);
    let known = before.everywhere.as_ref();
    let wider = known.map(|before| Growth::between(before, &row.everywhere_patterns)).unwrap_or_default().beside(&new);
    let mut texts: Vec<String> = Vec::new();
    texts.extend(new.text(("is blocked that was not blocked before", "are blocked that were not blocked before")));
    texts.extend(wider.text((
        "is blocked everywhere that was blocked only partly before",
        "are blocked everywhere that were blocked only partly before",
    )));
    if texts.is_empty() {
        return None;
    }
    let actions: Vec<String> = new.patterns().into_iter().chain(wider.patterns()).collect();
    let text = texts.join("; ");
    let found = Finding { actions, drift: Some(Drift::New), ..finding(Code::GapAppears, Severity::High, text) };
    let place = row.line.zip(file).map(|(line, file)| (file.to_owned(), line));
    let part = found.actions.join(" ");
    Some(found.of_principal(&row.id, place).done(&part))
}

/// Actions that patterns stand for now and did not before.
#[derive(Debug, Default)]
struct Growth<'p> {
    known: ActionSet,
    /// Those that the catalogue does not know.
    named: BTreeSet<&'p str>,
}

impl<'p> Growth<'p> {
    fn between(before: &[String], now: &'p [String]) -> Self {
        if *before == *now {
            return Self::default();
        }
        let (known_before, named_before) = expand(before);
        let (known, named) = expand(now);
        let named = named.into_iter().filter(|name| !named_before.contains(name)).collect();
        Self { known: known.without(&known_before), named }
    }

    /// Without those of another.
    fn beside(self, other: &Growth<'_>) -> Self {
        let named = self.named.into_iter().filter(|name| !other.named.contains(name)).collect();
        Self { known: self.known.without(&other.known), named }
    }

    fn patterns(&self) -> Vec<String> {
        let mut list = crate::gap::compressed(&self.known, &crate::reach::Names::default());
        list.extend(self.named.iter().map(|name| (*name).to_owned()));
        list
    }

    /// `2 actions are blocked that were not blocked before: sqs:*`, by what is said of one and of several.
    fn text(&self, (one, several): (&str, &str)) -> Option<String> {
        const SHOWN: usize = 6;
        let list = self.patterns();
        let mut shown = list.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
        if list.len() > SHOWN {
            shown += ", …";
        }
        match self.known.len() + self.named.len() {
            0 => None,
            1 => Some(format!("1 action {one}: {shown}")),
            count => Some(format!("{count} actions {several}: {shown}")),
        }
    }
}

/// The actions of the catalogue that patterns stand for, and those that they name and the catalogue does not know.
fn expand(patterns: &[String]) -> (ActionSet, BTreeSet<&str>) {
    let (mut set, mut named) = (ActionSet::new(), BTreeSet::new());
    for pattern in patterns.iter().filter(|pattern| !pattern.starts_with('!')) {
        let matching = actions_matching(pattern);
        if matching.is_empty() && !pattern.contains(['*', '?']) {
            named.insert(pattern.as_str());
        }
        set.insert_all(&matching);
    }
    for pattern in patterns.iter().filter_map(|pattern| pattern.strip_prefix('!')) {
        set = set.without(&actions_matching(pattern));
    }
    (set, named)
}
