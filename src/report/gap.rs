//! The gap as the JSON output has it, and beside that what people are shown of it.

mod lines;

use schemars::JsonSchema;
use serde::Serialize;

use super::build::{findings, principal};
use super::{FindingReport, FixReport, PrincipalReport, SCHEMA, StatementReport, UnreadReport, codes, words};
use crate::catalogue::{self, AccessLevel};
use crate::catalogue::{ActionSet, Catalogued};
use crate::eval::DenyKind;
use crate::gap::{Decider, Entry, Gap, by_service, compressed};
use crate::policy::Effect;
use crate::reach::{Extent, Names, Standing};
use crate::snapshot::{Layer, Snapshot};

/// What the identity policies of a principal grant and a ceiling blocks.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GapReport {
    /// The number of this schema; it grows when a field changes its meaning.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: u32,
    /// `aws`, `snapshot` or `files`.
    #[schemars(schema_with = "codes::source")]
    pub source: &'static str,
    /// Whose policies.
    pub principal: PrincipalReport,
    /// What is known of each layer: the identity policies, then the ceilings.
    pub layers: Vec<StandingReport>,
    /// Numbers of actions.
    pub counts: GapCountsReport,
    /// One entry an action and layer that blocks it, by actions, then in listing order.
    pub blocked: Vec<BlockedReport>,
    /// The blocked actions: what a pattern matches, but for what one with `!` does, wherever it stands.
    pub blocked_patterns: Vec<String>,
    /// What the boundary or the session policies allow and no identity policy grants, in patterns as above.
    pub unused: Vec<UnusedReport>,
    /// The boundary that would block less; `null` where nothing is blocked by one, or no edit helps.
    pub fix: Option<FixReport>,
    /// Reads that failed.
    pub unread: Vec<UnreadReport>,
    /// What AWS would refuse in the documents, or what does not do what it seems to.
    pub findings: Vec<FindingReport>,
    /// For people: the blocked actions by what blocks them and by service.
    #[serde(skip)]
    pub rows: Vec<RowReport>,
    /// For people: the answer in one sentence.
    #[serde(skip)]
    pub headline: String,
    /// For people: what to know of the layers.
    #[serde(skip)]
    pub notes: Vec<String>,
}

/// What is known of a layer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct StandingReport {
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// `read`, `absent`, `not-checked` or `unclear` (some of it could not be read or understood).
    #[schemars(schema_with = "codes::standing")]
    pub standing: &'static str,
    /// Why it was not read.
    pub reason: Option<String>,
}

/// Numbers of actions. `granted` = `effective` + `blocked`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CountsReport {
    /// Those that the identity policies grant on some resource, under some circumstances.
    pub granted: usize,
    /// Those of them of which no ceiling blocks anything.
    pub effective: usize,
    /// Those of which a ceiling blocks all or some.
    pub blocked: usize,
    /// Those of the blocked ones that no ceiling blocks everywhere.
    pub partly: usize,
}

/// Numbers of actions. `granted` = `effective` + `blocked`. Of policies that could not be read or understood the last three are
/// `null`: how many they block nobody knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct GapCountsReport {
    /// Those that the identity policies grant on some resource, under some circumstances.
    pub granted: usize,
    /// Those of them of which no ceiling blocks anything.
    pub effective: Option<usize>,
    /// Those of which a ceiling blocks all or some.
    pub blocked: Option<usize>,
    /// Those of the blocked ones that no ceiling blocks everywhere.
    pub partly: Option<usize>,
}

/// An action that a layer blocks.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct BlockedReport {
    /// The action.
    pub action: String,
    /// `everywhere`: nothing of what is granted passes; `partly`: some certainly or perhaps does not.
    #[schemars(schema_with = "codes::extent")]
    pub extent: &'static str,
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
    /// `explicit` or `implicit`.
    #[schemars(schema_with = "codes::deny")]
    pub deny: &'static str,
    /// The Deny that blocks it, certainly (`applies` is `yes`) or perhaps; `null` where nothing allows it.
    pub statement: Option<StatementReport>,
    /// The resources on which it is granted, as the identity policies name them.
    pub granted_on: Vec<String>,
    /// The resources on which some of that passes, or all.
    pub allowed_on: Vec<String>,
    /// The conditions on which it depends what passes.
    pub conditions: Vec<String>,
    /// The other layers that block some of it as well, where nothing passes all of them though each lets some pass.
    pub nothing_passes_with: Vec<&'static str>,
    /// AWS's access levels; empty for an action that the catalogue does not know.
    pub access_level: Vec<&'static str>,
}

/// What a layer allows and no identity policy grants.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct UnusedReport {
    /// A pattern; with `!` an exception.
    pub action: String,
    /// The layer.
    #[schemars(schema_with = "codes::layer")]
    pub layer: &'static str,
}

/// Actions of one service that one layer blocks in one way, for people.
#[derive(Debug, Clone)]
pub struct RowReport {
    /// The service's prefix.
    pub service: String,
    /// The actions, compressed.
    pub patterns: Vec<String>,
    /// The actions.
    pub actions: Vec<String>,
    /// How many of them have which level, the one to care about first.
    pub levels: Vec<LevelReport>,
    /// The layer.
    pub layer: &'static str,
    /// `everywhere` or `partly`.
    pub extent: &'static str,
    /// Why, in words; one part a line.
    pub because: Vec<String>,
}

/// How many actions have a level.
#[derive(Debug, Clone, Copy)]
pub struct LevelReport {
    /// AWS's name of it.
    pub level: &'static str,
    /// How many; an action with several counts for the one to care about most.
    pub count: usize,
}

/// The report of a gap, without a fix.
pub fn gap_report(gap: &Gap<'_>, snapshot: &Snapshot) -> GapReport {
    let identity = (Layer::Identity, gap.identity.clone());
    let standings = std::iter::once(&identity).chain(&gap.ceilings);
    let layers: Vec<StandingReport> = standings.map(|(layer, standing)| self::standing(*layer, standing)).collect();
    let is_open = layers.iter().any(StandingReport::is_open);
    let known = |count: usize| (!is_open).then_some(count);
    let counts = GapCountsReport {
        granted: gap.granted.len(),
        effective: known(gap.granted.without(&gap.blocked).len()),
        blocked: known(gap.blocked.len()),
        partly: known(gap.partly.len()),
    };
    GapReport {
        schema: SCHEMA,
        source: snapshot.source.code(),
        principal: principal(&snapshot.principal),
        counts,
        blocked: blocked(gap),
        blocked_patterns: compressed(&gap.blocked, &gap.names),
        unused: unused(gap),
        fix: None,
        unread: snapshot.unread.iter().map(super::build::unread).collect(),
        findings: findings(snapshot),
        rows: rows(gap),
        headline: lines::headline(gap, snapshot),
        notes: lines::notes(&layers),
        layers,
    }
}

fn standing(layer: Layer, standing: &Standing) -> StandingReport {
    let reason = match standing {
        Standing::Read | Standing::Absent => None,
        Standing::NotChecked(reason) => reason.clone(),
        Standing::Unclear(reason) => Some(reason.clone()),
    };
    StandingReport { layer: layer.code(), standing: standing.code(), reason }
}

fn blocked(gap: &Gap<'_>) -> Vec<BlockedReport> {
    let mut all: Vec<(u32, &Entry<'_>)> =
        gap.entries.iter().flat_map(|entry| entry.actions.iter().map(move |action| (*action, entry))).collect();
    all.sort_by_key(|(action, entry)| (*action, entry.layer));
    let report = |(action, entry): (u32, &Entry<'_>)| BlockedReport {
        action: gap.names.text(action),
        extent: entry.extent.code(),
        layer: entry.layer.code(),
        deny: entry.deny.code(),
        statement: entry.denied_by.as_ref().map(|found| statement(found, entry.extent)),
        granted_on: entry.granted_on.clone(),
        allowed_on: entry.allowed_on.clone(),
        conditions: entry.conditions.clone(),
        nothing_passes_with: entry.closed_with.iter().map(|layer| layer.code()).collect(),
        access_level: levels(action).into_iter().map(AccessLevel::words).collect(),
    };
    all.into_iter().map(report).collect()
}

fn levels(action: u32) -> Vec<AccessLevel> {
    Catalogued::get().action(action).map(|action| action.levels().collect()).unwrap_or_default()
}

fn statement(found: &Decider<'_>, extent: Extent) -> StatementReport {
    let sid = found.statement.sid.as_deref();
    StatementReport {
        policy: found.policy.name.clone(),
        policy_arn: found.policy.arn.clone(),
        index: found.index,
        sid: sid.map(str::to_owned),
        line: found.document.place(found.statement.span.start).line,
        effect: match found.statement.effect {
            Effect::Allow => Some("Allow"),
            Effect::Deny => Some("Deny"),
            Effect::Unknown => None,
        },
        applies: if extent == Extent::Everywhere { "yes" } else { "unknown" },
        relevance: "deciding",
        why: Vec::new(),
        policy_shown: words::policy(found.policy),
        sid_shown: sid.filter(|sid| !sid.is_empty()).map_or_else(String::new, |sid| format!(" ({sid})")),
        snippet: None,
    }
}

fn unused(gap: &Gap<'_>) -> Vec<UnusedReport> {
    let of_layer = |(layer, set): &(Layer, ActionSet)| {
        let layer = layer.code();
        compressed(set, &gap.names).into_iter().map(move |action| UnusedReport { action, layer }).collect::<Vec<_>>()
    };
    gap.unused.iter().flat_map(of_layer).collect()
}

/// What is blocked in one way, by services.
fn rows(gap: &Gap<'_>) -> Vec<RowReport> {
    let mut ways: Vec<(&Entry<'_>, ActionSet)> = Vec::new();
    for entry in &gap.entries {
        let own = || entry.actions.iter().copied();
        match ways.iter_mut().find(|(known, _)| is_alike(known, entry)) {
            Some((_, set)) => own().for_each(|action| set.insert(action)),
            None => ways.push((entry, own().collect())),
        }
    }
    let mut rows: Vec<RowReport> = Vec::new();
    for (entry, set) in ways {
        let row = |service: String, own: &ActionSet, patterns| RowReport {
            service,
            patterns,
            actions: own.iter().map(|action| gap.names.text(action)).collect(),
            levels: counted(own),
            layer: entry.layer.code(),
            extent: entry.extent.code(),
            because: because(entry).into_iter().chain(unknown(own, &gap.names)).collect(),
        };
        let parts = by_service(&set, &gap.names);
        if is_guard(entry) && parts.len() > 1 {
            rows.push(row(format!("{} services", parts.len()), &set, compressed(&set, &gap.names)));
        } else {
            rows.extend(parts.into_iter().map(|(service, own, patterns)| row(service, &own, patterns)));
        }
    }
    let rank = |row: &RowReport| {
        let worst = row.levels.first().map(|first| first.level);
        let harmless = !matches!(worst, Some("Permissions management" | "Write" | "Tagging"));
        (row.extent == Extent::Partly.code(), harmless, row.service.clone(), row.layer)
    };
    rows.sort_by_cached_key(rank);
    rows
}

/// Whether a Deny under a condition stops some of it: that is meant for many services at once.
fn is_guard(entry: &Entry<'_>) -> bool {
    entry.extent == Extent::Partly && entry.denied_by.is_some()
}

fn is_alike(one: &Entry<'_>, other: &Entry<'_>) -> bool {
    let at = |entry: &Entry<'_>| entry.denied_by.map(|found| (std::ptr::from_ref(found.document), found.index));
    (one.layer, one.extent, one.deny) == (other.layer, other.extent, other.deny)
        && at(one) == at(other)
        && one.conditions == other.conditions
        && one.closed_with == other.closed_with
        && (is_guard(one) || (one.granted_on == other.granted_on && one.allowed_on == other.allowed_on))
}

/// How many actions have which level; an action counts for the level to care about most.
fn counted(set: &ActionSet) -> Vec<LevelReport> {
    let mut counts: Vec<(AccessLevel, usize)> = Vec::new();
    for action in set.iter() {
        let Some(level) = levels(action).into_iter().max_by_key(|level| weight(*level)) else { continue };
        match counts.iter_mut().find(|(known, _)| *known == level) {
            Some((_, count)) => *count += 1,
            None => counts.push((level, 1)),
        }
    }
    counts.sort_by_key(|(level, _)| std::cmp::Reverse(weight(*level)));
    counts.into_iter().map(|(level, count)| LevelReport { level: level.words(), count }).collect()
}

fn weight(level: AccessLevel) -> u8 {
    match level {
        AccessLevel::PermissionsManagement => 4,
        AccessLevel::Write => 3,
        AccessLevel::Tagging => 2,
        AccessLevel::Read => 1,
        AccessLevel::List => 0,
    }
}

/// Why, and what is left.
fn because(entry: &Entry<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if let (DenyKind::Explicit, Some(found)) = (entry.deny, &entry.denied_by) {
        let shown = statement(found, entry.extent);
        lines.push(format!("denied by {}, Statement[{}]{}", shown.policy_shown, shown.index, shown.sid_shown));
        let element = &found.statement.resource;
        let on: Vec<String> = element.patterns.iter().filter_map(|one| found.document.written(one.span)).collect();
        if on.iter().any(|one| one != "*") {
            lines.push(format!("denied on {}{}", if element.negated { "all but " } else { "" }, named(&on)));
        }
    } else if entry.extent == Extent::Everywhere {
        lines.push("nothing allows it".to_owned());
    }
    let is_anywhere = entry.granted_on.iter().any(|one| one == "*");
    let is_narrower = entry.extent == Extent::Partly && entry.granted_on != entry.allowed_on && !is_guard(entry);
    if is_narrower && !entry.allowed_on.is_empty() {
        let granted = if is_anywhere { "any resource".to_owned() } else { named(&entry.granted_on) };
        lines.push(format!("granted on {granted}"));
        lines.push(format!("allowed on {}", named(&entry.allowed_on)));
    } else if !is_anywhere && !is_guard(entry) {
        lines.push(format!("granted on {}", named(&entry.granted_on)));
    }
    lines.extend(entry.conditions.iter().cloned());
    if !entry.closed_with.is_empty() {
        let others: Vec<String> = entry.closed_with.iter().map(|layer| format!("the {}", layer.words())).collect();
        lines.push(format!("nothing passes both this and {}", others.join(" and ")));
    }
    lines
}

/// That the catalogue does not know an action, with what may be meant.
fn unknown(actions: &ActionSet, names: &Names) -> Option<String> {
    let (_, text) = actions.iter().find_map(|action| names.unknown(action))?;
    let similar = catalogue::similar_action(text).iter().map(|one| format!("; did you mean {one}?")).next();
    Some(format!("not in the catalogue: newer than it, or misspelt{}", similar.unwrap_or_default()))
}

/// How many resources are named in a row.
const NAMED: usize = 4;

fn named(resources: &[String]) -> String {
    let shown: Vec<&str> = resources.iter().take(NAMED).map(String::as_str).collect();
    match resources.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", shown.join(", ")),
        Some(_) | None => shown.join(", "),
    }
}
