//! `diagnose test`: files of expectations, asked like any other question.

use super::answer::{self, answers};
use super::policies::Policies;
use super::{Exit, Failure, ask, code};
use crate::cli::{DiagnoseArgs, OutputArgs, PrincipalArgs, RequestArgs, SourceArgs, TestArgs, TestFormat};
use crate::redact::Redactor;
use crate::render;
use crate::report::{self, ResultReport, TallyReport, TestReport};
use crate::source::Files;
use crate::suite::{SourceWanted, Suite, Test};

/// Asks all tests of all files.
///
/// # Errors
/// Files that are broken, each with what is wrong with it. A test that cannot be asked is one of many: the others are, and the
/// report and the exit code say so.
pub(super) fn test(args: &TestArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    let mut tests: Vec<(&str, Test)> = Vec::new();
    let mut errors: Vec<String> = Vec::new();
    for file in &args.files {
        match read(file) {
            Ok(found) => tests.extend(found.into_iter().map(|test| (file.as_str(), test))),
            Err(failure) => errors.extend(failure.lines),
        }
    }
    if !errors.is_empty() {
        return Err(Failure::new(code::USAGE, errors));
    }
    if let Some(part) = &args.filter {
        tests.retain(|(_, test)| test.name.contains(part));
        if tests.is_empty() {
            return Err(Failure::usage(format!("no test has `{part}` in its name")));
        }
    }
    let sources = sources(&tests);
    let mut opened: Vec<Result<Policies<'_>, Failure>> =
        sources.iter().map(|source| Policies::open(source, &mut Files::default())).collect();
    let mut reports: Vec<TestReport> = Vec::new();
    for (file, test) in &tests {
        redactor.test(test);
        let args = arguments(file, test);
        let at = sources.iter().position(|source| *source == args.source);
        let line = |failure: &Failure| failure.lines.join("; ");
        let answers = match at.and_then(|at| opened.get_mut(at)) {
            Some(Ok(policies)) => ask_one(&args, policies).map_err(|failure| line(&failure)),
            Some(Err(failure)) => Err(line(failure)),
            None => Err(line(&Failure::usage("it names no policies"))),
        };
        reports.push(report::test(file, test, answers.as_deref().map_err(|line| redactor.line(line))));
    }
    for policies in opened.iter().flatten() {
        policies.read().into_iter().for_each(|snapshot| redactor.snapshot(snapshot));
    }
    let mut report = report::tests(reports);
    redactor.apply(&mut report);
    // The codes 2 and 4 would leave no report of the tests that were asked.
    let code = match report.counts {
        TallyReport { failed: 1.., .. } => code::DENIED,
        TallyReport { errors: 1.., .. } => code::UNDETERMINED,
        TallyReport { .. } => code::ALLOWED,
    };
    let stdout = match args.output {
        _ if args.quiet => Vec::new(),
        TestFormat::Human => render::tests(&report, answer::plain_look(args.color)),
        TestFormat::Tap => render::tap(&report),
        TestFormat::Junit => render::junit(&report),
        TestFormat::Json => render::json(&report),
    };
    let is_told = !args.quiet && matches!(args.output, TestFormat::Human | TestFormat::Tap);
    let stderr = if is_told { String::new() } else { render::tests_not_asked(&report) };
    Ok(Exit { code, stdout, stderr, ..Exit::default() })
}

fn read(file: &str) -> Result<Vec<Test>, Failure> {
    let text = Files::default().read(file)?;
    let suite = Suite::parse(&text).map_err(|error| Failure::usage(format!("{file}:{error}")))?;
    suite
        .tests()
        .map_err(|errors| Failure::new(code::USAGE, errors.iter().map(|error| format!("{file}:{error}")).collect()))
}

/// Every source of policies once: each is read once, however many tests ask it.
fn sources(tests: &[(&str, Test)]) -> Vec<SourceArgs> {
    let mut all: Vec<SourceArgs> = Vec::new();
    for (file, test) in tests {
        let source = source(file, &test.source);
        if !all.contains(&source) {
            all.push(source);
        }
    }
    all
}

fn ask_one(args: &DiagnoseArgs, policies: &mut Policies<'_>) -> Result<Vec<ResultReport>, Failure> {
    let flags = ask::Flags::read(args).map_err(Failure::usage)?;
    if flags.principal.is_none() && args.source.snapshot.is_some() {
        return Err(Failure::usage("it names no role, user or principal of the snapshot"));
    }
    answers(&[flags.alone()], policies, &args.source, &args.output)
}

/// The same question on the command line.
fn arguments(file: &str, test: &Test) -> DiagnoseArgs {
    let context = test.context.iter().flat_map(|(key, value)| {
        let one = |item: &String| format!("{key}={item}");
        let empty = value.items.is_empty().then(|| format!("{key}[]"));
        value.items.iter().map(one).chain(empty).collect::<Vec<_>>()
    });
    DiagnoseArgs {
        principal: PrincipalArgs {
            role: test.role.clone(),
            user: test.user.clone(),
            principal: test.principal.clone(),
        },
        request: RequestArgs {
            action: test.actions.clone(),
            resource: test.resources.clone(),
            exact_resource: test.exact_resource,
            resource_account: test.resource_account.clone(),
            context: context.collect(),
            complete_context: test.complete_context,
            ..RequestArgs::default()
        },
        source: source(file, &test.source),
        output: OutputArgs { quiet: true, ..OutputArgs::default() },
        expect: None,
    }
}

/// The files beside the file of expectations. No test opens a connection.
fn source(file: &str, wanted: &SourceWanted) -> SourceArgs {
    let folder = file.rfind('/').and_then(|end| file.get(..=end)).unwrap_or_default();
    let beside = |text: &String| {
        let (name, path) = text.rsplit_once('=').map_or(("", text.as_str()), |(name, path)| (name, path));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("{folder}{path}") };
        if name.is_empty() { path } else { format!("{name}={path}") }
    };
    let all = |list: &[String]| list.iter().map(beside).collect();
    SourceArgs {
        snapshot: wanted.snapshot.as_ref().map(beside),
        identity_policy: all(&wanted.identity_policy),
        boundary: wanted.boundary.as_ref().map(beside),
        no_boundary: wanted.no_boundary,
        session_policy: all(&wanted.session_policy),
        resource_policy: all(&wanted.resource_policy),
        vpc_endpoint_policy: all(&wanted.vpc_endpoint_policy),
        scp: all(&wanted.scp),
        rcp: all(&wanted.rcp),
        offline: true,
        ..SourceArgs::default()
    }
}
