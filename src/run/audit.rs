//! `diagnose audit`.

use std::io::IsTerminal as _;

use super::policies::{Policies, run};
use super::{Exit, Failure, answer, code};
use crate::audit::{self, Audit, Baseline, Drift, Lacking, Others, Scope, compare};
use crate::cli::SourceArgs;
use crate::cli::audit::{AuditArgs, AuditFormat, FailOn};
use crate::derive::Given;
use crate::fix::commands::quote;
use crate::redact::Redactor;
use crate::render::{self, Look, clean};
use crate::report;
use crate::snapshot::{Layer, Member, Reading, Source};
use crate::source::aws::{self, AwsOptions};
use crate::source::{Files, Loaded, SnapshotFile, plan};

/// Audits the whole of the source.
pub(super) fn audit(args: &AuditArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    check(&args.source)?;
    check_codes(args)?;
    let mut files = Files::default();
    let baseline = args.scope.baseline.as_deref().map(|path| baseline(path, &mut files)).transpose()?;
    let (mut audit, baseline, source, notes) = match &args.plan {
        Some(path) => of_plan(path, args, &mut files, baseline, redactor)?,
        None => of_account(args, &mut files, baseline, redactor)?,
    };
    if let Some(nobody) = args.scope.principal.iter().find(|text| !audit.rows.iter().any(|row| row.is_named(text))) {
        return Err(Failure::usage(format!("--principal {}: no role or user is called so", clean(nobody))));
    }
    if !args.scope.check.is_empty() {
        audit.findings.retain(|found| args.scope.check.contains(&found.code));
    }
    let code = exit_code(&audit, args);
    if args.output.quiet {
        return Ok(Exit { code, ..Exit::default() });
    }
    let mut report = report::audit::audit(&audit, source, baseline.as_ref());
    report.source_again = source_again(&args.source);
    redactor.apply(&mut report);
    let stdout = match args.output.output {
        AuditFormat::Human => render::audit::human(&report, look(args)),
        AuditFormat::Json => render::json(&report),
        AuditFormat::Jsonl => render::jsonl(&report.findings),
        AuditFormat::Markdown => render::audit::markdown(&report, args.output.verbose),
        AuditFormat::Sarif => render::audit::sarif(&report),
    };
    let stderr = notes.iter().map(|note| format!("warning: {}\n", clean(&redactor.line(note)))).collect();
    Ok(Exit { code, stdout, stderr, ..Exit::default() })
}

type Outcome = (Audit, Option<Baseline>, &'static str, Vec<String>);

/// Layers that belong to one request or one principal cannot be given for all.
fn check(source: &SourceArgs) -> Result<(), Failure> {
    let given = [
        ("--identity-policy", &source.identity_policy),
        ("--session-policy", &source.session_policy),
        ("--resource-policy", &source.resource_policy),
        ("--vpc-endpoint-policy", &source.vpc_endpoint_policy),
    ];
    match given.into_iter().find(|(_, list)| !list.is_empty()) {
        None => Ok(()),
        Some((flag, _)) => Err(Failure::usage(format!(
            "{flag} is about one principal or one request, and an audit is about all; use `diagnose gap` with it"
        ))),
    }
}

/// What is not looked for cannot make the audit fail: a gate that is always open.
fn check_codes(args: &AuditArgs) -> Result<(), Failure> {
    let looked_for = &args.scope.check;
    let missing = args.scope.fail_on.iter().find_map(|wanted| match wanted {
        FailOn::Code(code) if !looked_for.is_empty() && !looked_for.contains(code) => Some(code.code()),
        FailOn::Code(_) | FailOn::Any => None,
    });
    match missing {
        None => Ok(()),
        Some(code) => Err(Failure::usage(format!(
            "--fail-on {code} can never be found: --check leaves it out; add --check {code}"
        ))),
    }
}

fn baseline(path: &str, files: &mut Files) -> Result<Baseline, Failure> {
    let text = files.read(path)?;
    Baseline::parse(&text).map_err(|error| Failure::usage(format!("{path}: {error}")))
}

fn scope(args: &AuditArgs, file: Option<&str>) -> Scope {
    let given = Given::nothing(jiff::Timestamp::now());
    // Only what is compared with nothing can be left out before.
    let codes =
        if args.plan.is_some() || args.scope.baseline.is_some() { Vec::new() } else { args.scope.check.clone() };
    let principals = args.scope.principal.iter().map(|text| Scope::pattern(text)).collect();
    Scope { given, codes, principals, others: Others::default(), file: file.map(str::to_owned) }
}

/// The account of a file or of AWS.
fn of_account(
    args: &AuditArgs,
    files: &mut Files,
    baseline: Option<Baseline>,
    redactor: &mut Redactor,
) -> Result<Outcome, Failure> {
    let (file, loaded) = Policies::open(&args.source, files)?.into_parts();
    let file = match file {
        Some(file) => file,
        None if args.source.offline => {
            return Err(Failure::usage("--offline needs a whole account from a file: --snapshot FILE or --plan FILE"));
        }
        None => live(&args.source)?,
    };
    let account = file.account()?;
    // With a boundary for all, nobody is without one.
    let one_for_all = args.source.boundary.is_some();
    let others = if one_for_all { Others { is_whole: true, ..Others::default() } } else { account.others() };
    let scope = Scope { others, ..scope(args, account.file()) };
    let member = |index: usize| account.member(index).map(|member| with(member, &loaded));
    if redactor.is_on() {
        (0..account.len()).filter_map(&member).for_each(|member| redactor.snapshot(&member.snapshot));
    }
    let mut audit = audit::audit(account.len(), member, &scope);
    audit.add_broken(&account.broken(), &scope);
    let notes = account.notes();
    if !notes.is_empty() {
        audit.lacking = Lacking::Principals;
    }
    if let Some(baseline) = &baseline {
        compare(&mut audit, baseline, account.file());
    }
    let source = if account.source() == Source::Aws { "aws" } else { "snapshot" };
    Ok((audit, baseline, source, notes))
}

/// Puts the loose files in the place of a principal's layers. A service-linked role has no boundary, whatever is asked.
fn with(mut member: Member, loaded: &Loaded) -> Member {
    let linked = member.snapshot.principal.is_service_linked();
    loaded.apply(&mut member.snapshot);
    if linked {
        member.snapshot.layers.set(Layer::Boundary, Reading::Absent);
    }
    member
}

fn live(source: &SourceArgs) -> Result<SnapshotFile, Failure> {
    let options = AwsOptions {
        profile: source.profile.clone(),
        region: source.region.clone(),
        endpoint_url: source.endpoint_url.clone(),
        ..AwsOptions::default()
    };
    let bar = std::io::stderr().is_terminal().then(indicatif::ProgressBar::new_spinner);
    let progress = |count: usize| {
        if let Some(bar) = &bar {
            bar.set_message(format!("{count} roles and users read"));
            bar.tick();
        }
    };
    progress(0);
    let text = run(aws::account(&options, progress));
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    Ok(SnapshotFile::of_aws(text?.map_err(crate::source::SourceError::from)?))
}

/// What a plan leaves behind; what is there before it is the baseline, unless there is another one.
fn of_plan(
    path: &str,
    args: &AuditArgs,
    files: &mut Files,
    baseline: Option<Baseline>,
    redactor: &mut Redactor,
) -> Result<Outcome, Failure> {
    let (_, loaded) = Policies::open(&args.source, files)?.into_parts();
    let plan = plan::read(files, path)?;
    let scope = scope(args, Some(plan.path()));
    plan.before.iter().flatten().chain(&plan.after).for_each(|member| redactor.snapshot(&member.snapshot));
    let audited = |members: &[Member]| {
        let member = |index: usize| members.get(index).cloned().map(|member| with(member, &loaded));
        audit::audit(members.len(), member, &scope)
    };
    let mut audit = audited(&plan.after);
    if !plan.notes.is_empty() {
        audit.lacking = Lacking::Attachments;
    }
    let baseline = baseline.or_else(|| plan.before.as_deref().map(|before| Baseline::of(&audited(before))));
    if let Some(baseline) = &baseline {
        compare(&mut audit, baseline, scope.file.as_deref());
    }
    Ok((audit, baseline, "plan", plan.notes))
}

/// 1 by what was asked for alone; 3 where that was not found but may be behind what could not be read, and could be before.
fn exit_code(audit: &Audit, args: &AuditArgs) -> u8 {
    let counts = |found: &&audit::Finding| found.drift != Some(Drift::Unchanged);
    let fails = |found: audit::Code| {
        args.scope.fail_on.iter().any(|wanted| match wanted {
            FailOn::Any => true,
            FailOn::Code(code) => *code == found,
        })
    };
    let may_hide = |wanted: &FailOn| match wanted {
        FailOn::Any => audit::Code::ALL.into_iter().any(|code| audit.may_hide(code)),
        FailOn::Code(code) => audit.may_hide(*code),
    };
    if args.output.exit_zero || args.scope.fail_on.is_empty() {
        code::ALLOWED
    } else if audit.findings.iter().filter(counts).any(|found| fails(found.code)) {
        code::DENIED
    } else if args.scope.fail_on.iter().any(may_hide) {
        code::UNDETERMINED
    } else {
        code::ALLOWED
    }
}

fn look(args: &AuditArgs) -> Look {
    Look { verbose: args.output.verbose, ..answer::plain_look(args.output.color) }
}

/// The flags that name the source again, each behind a space.
fn source_again(source: &SourceArgs) -> String {
    let mut words = String::new();
    let mut add = |flag: &str, value: &str| {
        words.push(' ');
        words.push_str(flag);
        words.push(' ');
        words.push_str(&quote(value));
    };
    let single = [
        ("--snapshot", &source.snapshot),
        ("--boundary", &source.boundary),
        ("--profile", &source.profile),
        ("--region", &source.region),
        ("--endpoint-url", &source.endpoint_url),
    ];
    for (flag, value) in single.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?))) {
        add(flag, value);
    }
    for (flag, list) in [("--scp", &source.scp), ("--rcp", &source.rcp)] {
        list.iter().for_each(|value| add(flag, value));
    }
    words
}
