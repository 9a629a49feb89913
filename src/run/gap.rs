//! `diagnose gap`: what the identity policies of one principal grant that a ceiling blocks.

use std::rc::Rc;

use super::again::aws_cli;
use super::answer::{look, not_read, warnings};
use super::ask::Subjects;
use super::policies::{NO_PRINCIPAL_IN_SNAPSHOT, Policies};
use super::{Exit, Failure, ask, code};
use crate::cli::{FixFormat, Format, GapArgs};
use crate::derive::Given;
use crate::fix;
use crate::gap::gap as gap_of;
use crate::principal::PrincipalKind;
use crate::reach::Standing;
use crate::redact::Redactor;
use crate::render;
use crate::report::{self, GapReport};
use crate::snapshot::{Layer, Reading, Snapshot};
use crate::source::Files;

/// Runs the command.
pub(super) fn gap(args: &GapArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    let principal = ask::principal(&args.principal).map_err(Failure::usage)?;
    if principal.is_none() && args.source.snapshot.is_some() {
        return Err(Failure::usage(NO_PRINCIPAL_IN_SNAPSHOT));
    }
    if let Some(who) = principal.as_ref().filter(|who| !has_policies(who.kind)) {
        let kind = who.kind.code();
        return Err(Failure::usage(format!(
            "a principal of kind {kind} has no identity policies; name a role or a user"
        )));
    }
    let mut policies = Policies::open(&args.source, &mut Files::default())?;
    let mut snapshot = policies.of(principal.as_ref(), &Subjects::default(), false)?;
    let given = Given::nothing(jiff::Timestamp::now());
    let ignores_boundary = snapshot.principal.is_service_linked() && args.source.boundary.is_some();
    if snapshot.principal.is_service_linked() {
        Rc::make_mut(&mut snapshot).layers.set(Layer::Boundary, Reading::Absent);
    }
    let mut report = answer(&snapshot, &given, args)?;
    if ignores_boundary {
        let why =
            "a service-linked role cannot have a permissions boundary (IAM refuses to set one): --boundary is left out";
        report.notes.push(why.to_owned());
    }
    redactor.snapshot(&snapshot);
    redactor.apply(&mut report);
    Ok(finish(&report, args))
}

fn has_policies(kind: PrincipalKind) -> bool {
    matches!(kind, PrincipalKind::Role | PrincipalKind::AssumedRole | PrincipalKind::User | PrincipalKind::Unknown)
}

fn answer(snapshot: &Snapshot, given: &Given, args: &GapArgs) -> Result<GapReport, Failure> {
    let gap = gap_of(snapshot, given);
    if matches!(gap.identity, Standing::NotChecked(_)) {
        return Err(Failure::usage(
            "no identity policies: give them with --identity-policy FILE, or name a source that has them",
        ));
    }
    let mut report = report::gap_report(&gap, snapshot);
    let wanted = match args.output.output {
        Format::Json | Format::Jsonl => true,
        Format::Human | Format::Markdown => args.output.fix != FixFormat::None,
    };
    if wanted && !args.output.quiet {
        let found = fix::raise(&gap, snapshot, given);
        report.fix = found.map(|found| report::fix(&found, &snapshot.principal, &aws_cli(&args.source), "", true));
    }
    Ok(report)
}

fn finish(report: &GapReport, args: &GapArgs) -> Exit {
    let code = match (args.output.exit_zero, args.fail_on) {
        (true, _) => code::ALLOWED,
        (false, Some(_)) if !report.blocked.is_empty() => code::DENIED,
        (false, _) if report.is_unclear() => code::UNDETERMINED,
        (false, _) => code::ALLOWED,
    };
    if args.output.quiet {
        return Exit { code, ..Exit::default() };
    }
    let stdout = match args.output.output {
        Format::Json => render::json(report),
        Format::Jsonl => render::jsonl(&report.blocked),
        Format::Human => render::gap(report, look(&args.output)),
        Format::Markdown => render::gap_markdown(report, look(&args.output)),
    };
    let stderr = match args.output.output {
        Format::Json => String::new(),
        Format::Human | Format::Markdown => warnings(&report.findings),
        Format::Jsonl => warnings(&report.findings) + &not_read(&report.unread),
    };
    Exit { code, stdout, stderr, ..Exit::default() }
}
