//! Every text of a report. A field that is added to a report does not compile until it is listed here.

use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

use super::known::is_service;
use super::words::is_our_word;
use super::{Kind, Redactor};
use crate::audit::{Code, Severity};
use crate::fix::Edited;
use crate::report::audit::{AuditFindingReport, AuditReport, AuditedReport, DriftReport, LackReport};
use crate::report::{
    AssumptionReport, BlockReport, BlockedReport, CaveatReport, CountsReport, DenialReport, DependencyReport,
    ExpectedReport, FindingReport, FixReport, FoundReport, GapCountsReport, GapReport, GroupReport, InOrder,
    LayerReport, LevelReport, MessageReport, NowReport, OtherReport, PrincipalReport, ReadReport, Report, ResultReport,
    RowReport, SaidStatementReport, SameAs, SkippedReport, SnippetReport, StandingReport, StatementReport, TallyReport,
    TestReport, TestsReport, TrailReport, UnreadReport, UnusedReport, VerifiedReport, WarningReport, WhyReport,
};

/// Something with texts in it.
pub trait Redact {
    /// Takes the names out.
    fn redact(&mut self, redactor: &mut Redactor);
}

impl Redact for String {
    fn redact(&mut self, redactor: &mut Redactor) {
        *self = redactor.walked(self);
    }
}

impl<T: Redact> Redact for Option<T> {
    fn redact(&mut self, redactor: &mut Redactor) {
        self.iter_mut().for_each(|one| one.redact(redactor));
    }
}

impl<T: Redact> Redact for Vec<T> {
    fn redact(&mut self, redactor: &mut Redactor) {
        self.iter_mut().for_each(|one| one.redact(redactor));
    }
}

impl Redact for Arc<[String]> {
    fn redact(&mut self, redactor: &mut Redactor) {
        *self = self.iter().map(|text| redactor.walked(text)).collect();
    }
}

/// Types without texts of anybody.
macro_rules! nothing_in {
    ($($name:ty),* $(,)?) => {
        $(impl Redact for $name {
            fn redact(&mut self, _: &mut Redactor) {}
        })*
    };
}

nothing_in!(
    &'static str,
    bool,
    u32,
    u64,
    usize,
    BlockReport,
    VerifiedReport,
    SameAs,
    TallyReport,
    CountsReport,
    GapCountsReport,
    LevelReport,
    Code,
    Severity,
    DriftReport,
);

/// Types by their fields, all of them.
macro_rules! redact_fields {
    ($($name:ident { $($field:ident),* $(,)? })*) => {
        $(impl $crate::redact::walk::Redact for $name {
            fn redact(&mut self, redactor: &mut $crate::redact::Redactor) {
                let Self { $($field),* } = self;
                $($crate::redact::walk::Redact::redact($field, redactor);)*
            }
        })*
    };
}

redact_fields! {
    Report { schema, source, message, results, unread, findings }
    MessageReport { denials, encoded, error_code, request_id, operation, service, client }
    DenialReport { principal, action, resource, deny, layer, policy_arn, statement, authorization_id, count }
    SaidStatementReport { sid, actions, resources }
    ResultReport {
        principal, action, resource, verdict, blocked_by, layers, depends_on, assumptions, caveats, explanation, count,
        fixes, verify, any_resource, is_told, slip,
    }
    PrincipalReport { arn, kind, account, role, shown }
    LayerReport { layer, outcome, evidence, reason, statements, decided_by, may_pass }
    StatementReport {
        policy, policy_arn, index, sid, line, effect, applies, relevance, why, policy_shown, sid_shown, snippet,
    }
    WhyReport { element, outcome, detail, line, column }
    AssumptionReport { key, value, because, assumed }
    UnreadReport { layer, operation, reason }
    FindingReport { policy, policy_arn, code, line, column, text, place_shown }
    WarningReport { code, text }
    GapReport {
        schema, source, principal, layers, counts, blocked, blocked_patterns, unused, fix, unread, findings, rows,
        headline, notes,
    }
    StandingReport { layer, standing, reason }
    BlockedReport {
        action, extent, layer, deny, statement, granted_on, allowed_on, conditions, nothing_passes_with, access_level,
    }
    UnusedReport { action, layer }
    TestsReport { schema, tests, counts }
    TestReport { file, name, passed, expected, found, problem }
    ExpectedReport { verdict, layer, policy, sid, statement }
    FoundReport { action, resource, verdict, blocked_by, explanation }
    AuditReport { schema, source, principals, findings, unread, baseline, file, source_again }
    AuditedReport {
        arn, address, kind, boundary, complete, counts, blocked_patterns, blocked_everywhere_patterns, shown, boundary_shown, flag, name,
    }
    AuditFindingReport {
        code, severity, principal, policy, policy_arn, line, file, file_line, actions, text, fingerprint, baseline,
        principal_shown, kind, weight,
    }
    LackReport { layer, operation, reason, principal, policy }
    TrailReport { schema, read, groups, unread, results, evaluated }
    ReadReport { files, events, denied, repeated, sign_ins, region, since, until, skipped }
    GroupReport {
        principal, action, one_of, resources, more_resources, layer, layer_by, deny, policy_arn, other, count, first, last,
        request_id, error_code, encoded, now, not_evaluated, fixes,
    }
    OtherReport { code, what, next }
    NowReport { verdict, asked, denied, unseen, blocked_by, explanation }
}

/// `resource`, `action` and `principal` are keys of the schema, whatever else has such a name.
impl Redact for DependencyReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        let Self { key, allowed_when, layer: _ } = self;
        if !is_our_word(key) {
            key.redact(redactor);
        }
        allowed_when.redact(redactor);
    }
}

/// A row is of a service, whatever else has its name; one that AWS does not have is somebody's.
impl Redact for RowReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        let Self { service, patterns, actions, levels: _, layer: _, extent: _, because } = self;
        if !is_service(service) {
            service.redact(redactor);
        }
        for texts in [patterns, actions, because] {
            texts.redact(redactor);
        }
    }
}

/// Codes are stable, whatever else has such a name.
impl Redact for CaveatReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        let Self { code: _, text, is_loud: _ } = self;
        text.redact(redactor);
    }
}

/// A path is somebody's, whatever its parts are.
impl Redact for SkippedReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        redactor.value(&self.file, Kind::File);
        self.file.redact(redactor);
        self.reason.redact(redactor);
    }
}

/// Arrows point at what they pointed at before.
impl Redact for SnippetReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        let (text, places) = redactor.mapped(&self.text);
        let moved = |at: usize| {
            let before = places.iter().rev().find(|(old, _)| *old <= at);
            let after = places.iter().find(|(old, _)| *old > at).map_or(text.len(), |(_, new)| *new);
            let (old, new) = before.copied().unwrap_or_default();
            (new + at - old).min(after)
        };
        for mark in &mut self.marks {
            mark.span = moved(mark.span.start)..moved(mark.span.end);
            mark.label = redactor.walked(&mark.label);
        }
        self.text = text.into();
    }
}

impl Redact for FixReport {
    fn redact(&mut self, redactor: &mut Redactor) {
        let Self {
            layer: _,
            policy,
            policy_arn,
            kind: _,
            editable: _,
            account,
            summary,
            document,
            patch,
            diff,
            commands,
            terraform,
            verified: _,
            newly_allowed,
            warnings,
            same_as: _,
            apart: _,
            edited,
            steps,
            guard,
            no_command: _,
            credentials,
            shown,
        } = self;
        for text in [policy, policy_arn, account, terraform] {
            text.redact(redactor);
        }
        for text in [summary, diff, credentials, shown] {
            text.redact(redactor);
        }
        document.redact(redactor);
        patch.redact(redactor);
        newly_allowed.redact(redactor);
        warnings.redact(redactor);
        for script in [commands, steps, guard] {
            script.redact(redactor);
            if redactor.writes && !script.is_empty() {
                not_runnable(script);
            }
        }
        if let Some(edit) = edited {
            let mut patch = edit.patch.clone();
            patch.redact(redactor);
            let (before, after) = (redactor.walked(&edit.before), redactor.walked(&edit.after));
            *edit = Rc::new(Edited { before, after, patch, diff: redactor.walked(&edit.diff) });
        }
    }
}

/// Nobody runs a command on placeholders.
fn not_runnable(script: &mut Vec<String>) {
    script.iter_mut().for_each(|line| line.insert_str(0, "# "));
    script.insert(0, "# redacted, not to be run: placeholders stand for names".to_owned());
}

impl Redact for InOrder {
    fn redact(&mut self, redactor: &mut Redactor) {
        let text = redactor.walked(self.text());
        self.set_text(&text);
    }
}

/// A patch: the names of members stay but for those of customers.
impl Redact for Value {
    fn redact(&mut self, redactor: &mut Redactor) {
        match self {
            Self::String(text) => text.redact(redactor),
            Self::Array(items) => items.iter_mut().for_each(|item| item.redact(redactor)),
            Self::Object(members) => {
                let old = std::mem::take(members);
                for (key, mut value) in old {
                    match (key.as_str(), &mut value) {
                        ("path" | "from", Self::String(pointer)) => {
                            let parts: Vec<String> = pointer.split('/').map(|part| redactor.walked(part)).collect();
                            *pointer = parts.join("/");
                        }
                        (_, value) => value.redact(redactor),
                    }
                    members.insert(redactor.walked(&key), value);
                }
            }
            Self::Null | Self::Bool(_) | Self::Number(_) => {}
        }
    }
}
