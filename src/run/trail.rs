//! `diagnose trail`: from events to groups of denials, and to what the policies say of them now.

mod events;
mod now;

use std::fmt::Write as _;
use std::io::IsTerminal as _;

use jiff::Timestamp;

use super::policies::Policies;
use super::{Exit, Failure, answer, ask, code};
use crate::cli::{FixFormat, Format, OutputArgs, PrincipalArgs, TrailArgs, TrailFailOn};
use crate::redact::Redactor;
use crate::render::{self, clean};
use crate::report::{self, GroupReport, ReadReport, SCHEMA, TrailReport};
use crate::snapshot::Layer;
use crate::source::Files;
use crate::trail::sql::query;
use crate::trail::{self, Filter, Group, LayerFilter, parse_end, parse_time};

/// How far back the event history is read if nobody says.
const LIVE: &str = "24h";

/// Answers `diagnose trail`.
pub(super) fn trail(args: &TrailArgs, redactor: &mut Redactor) -> Result<Exit, Failure> {
    let now = Timestamp::now();
    let mut filter = filter(args, now)?;
    if let (Some(sql), Some(table)) = (args.wanted.sql, &args.wanted.table) {
        let Some(text) = query(sql.dialect(), table, filter.since, filter.until) else {
            return Err(Failure::usage(format!(
                "--table: `{table}` is no name of a table: letters, digits, _ and - only, with a database before it as in \
                 logs.cloudtrail; for lake, the id of the event data store"
            )));
        };
        return Ok(Exit { stdout: text.into_bytes(), stderr: not_in_query(args), ..Exit::default() });
    }
    let mut files = Files::default();
    let mut source = args.source.clone();
    // Policy files alone are the whole source: AWS's policies are read where --now asks for them.
    source.offline |= !args.wanted.now;
    let mut policies = Policies::open(&source, &mut files)?;
    let has_policies = args.wanted.now || source.snapshot.is_some() || policies.has_files();
    let paths = paths(args, &mut files)?;
    if paths.is_empty() && filter.since.is_none() {
        filter.since = parse_time(LIVE, now);
    }
    let (groups, read) = events::collect(args, &paths, &filter, &mut files)?;
    let mut groups = groups.finish();
    let mut evaluate = |groups: &[Group], output: &OutputArgs| {
        let mut reports: Vec<GroupReport> = groups.iter().map(report::group).collect();
        if !has_policies {
            return Ok((reports, Vec::new()));
        }
        let (results, of) = now::answers(groups, &mut reports, &mut policies, &source, output)?;
        report::evaluated(&mut reports, &results, &of);
        Ok::<_, Failure>((reports, results))
    };
    if !args.wanted.layer.is_empty() {
        // The layer of a denial whose message names none is known when it was evaluated; nobody wants its fix if it is
        // another one.
        let alone = OutputArgs { fix: FixFormat::None, output: Format::Human, ..args.output.clone() };
        let (unnamed, named): (Vec<Group>, Vec<Group>) = groups.into_iter().partition(|group| group.layer.is_none());
        let (reports, _) = evaluate(&unnamed, &alone)?;
        let layers = &args.wanted.layer;
        groups = named.into_iter().filter(|group| layers.iter().any(|layer| layer.is(group.layer))).collect();
        let kept = unnamed.into_iter().zip(&reports).filter(|(_, report)| is_wanted(report, layers));
        groups.extend(kept.map(|(group, _)| group));
        trail::sort(&mut groups);
    }
    let (reports, results) = evaluate(&groups, &args.output)?;
    let unread = report::report(&policies.read(), None, Vec::new()).unread;
    let mut report = TrailReport { schema: SCHEMA, read, groups: reports, unread, results, evaluated: has_policies };
    policies.read().into_iter().for_each(|snapshot| redactor.snapshot(snapshot));
    groups.iter().for_each(|group| redactor.group(group));
    redactor.apply(&mut report);
    if redactor.is_on() {
        // Commands with placeholders are no commands.
        report.results.iter_mut().for_each(|result| result.verify.insert_str(0, "# "));
    }
    Ok(finish(&report, args))
}

/// What was asked for and is no part of the query, in a line.
fn not_in_query(args: &TrailArgs) -> String {
    let PrincipalArgs { role, user, principal } = &args.principal;
    let flags = [
        ("--role", role.is_some()),
        ("--user", user.is_some()),
        ("--principal", principal.is_some()),
        ("--layer", !args.wanted.layer.is_empty()),
        ("--now", args.wanted.now),
        ("--fail-on", !args.wanted.fail_on.is_empty()),
    ];
    let given: Vec<&str> = flags.into_iter().filter(|(_, is_given)| *is_given).map(|(flag, _)| flag).collect();
    match given.as_slice() {
        [] => String::new(),
        flags => format!("note: not in the query: {}; give it again with the result\n", flags.join(", ")),
    }
}

fn filter(args: &TrailArgs, now: Timestamp) -> Result<Filter, Failure> {
    let time = |flag: &str, text: &Option<String>, parse: fn(&str, Timestamp) -> Option<Timestamp>| {
        match text {
        None => Ok(None),
        Some(text) => parse(text, now).map(Some).ok_or_else(|| {
            Failure::usage(format!(
                "{flag}: `{text}` is no time: write a span before now (90m, 24h, 7d), a date (2026-11-21) or an RFC 3339 time"
            ))
        }),
    }
    };
    let filter = Filter {
        principal: ask::principal(&args.principal).map_err(Failure::usage)?,
        since: time("--since", &args.wanted.since, parse_time)?,
        until: time("--until", &args.wanted.until, parse_end)?,
    };
    if filter.since.zip(filter.until).is_some_and(|(since, until)| since > until) {
        return Err(Failure::usage("--since is later than --until"));
    }
    Ok(filter)
}

/// The files to read; none where AWS is to be asked.
fn paths(args: &TrailArgs, files: &mut Files) -> Result<Vec<String>, Failure> {
    let takes_stdin = args.source.names_stdin();
    let named = args.files.iter().filter(|path| *path == "-").count();
    if named > 1 || (named == 1 && takes_stdin) {
        return Err(Failure::usage("standard input (-) can be read only once; give one of them as a file"));
    }
    if !args.files.is_empty() {
        return Ok(args.files.clone());
    }
    if !takes_stdin && !std::io::stdin().is_terminal() && files.has_input() {
        return Ok(vec!["-".to_owned()]);
    }
    if args.source.offline {
        return Err(Failure::usage(
            "--offline needs events from files: name CloudTrail's files or folders, or pipe them in",
        ));
    }
    Ok(Vec::new())
}

/// Whether a group is of a layer that was asked for.
fn is_wanted(group: &GroupReport, layers: &[LayerFilter]) -> bool {
    layers.iter().any(|layer| layer.is(layer_of(group)))
}

fn layer_of(group: &GroupReport) -> Option<Layer> {
    Layer::ALL.into_iter().find(|layer| Some(layer.code()) == group.layer)
}

/// Whether a group is what `--fail-on` looks for: by the layer that stopped it then, or by one that stops it now.
fn fails(group: &GroupReport, on: &[TrailFailOn]) -> bool {
    let now = group.now.iter().flat_map(|now| &now.blocked_by);
    let layers: Vec<Option<Layer>> = now
        .map(|block| Layer::ALL.into_iter().find(|layer| layer.code() == block.layer))
        .chain([layer_of(group)])
        .collect();
    let is = |on: &TrailFailOn| match on {
        TrailFailOn::Any => true,
        TrailFailOn::Layer(wanted) => layers.iter().any(|layer| wanted.is(*layer)),
    };
    !group.is_fixed() && on.iter().any(is)
}

fn finish(report: &TrailReport, args: &TrailArgs) -> Exit {
    let output = &args.output;
    let failing = !output.exit_zero && report.groups.iter().any(|group| fails(group, &args.wanted.fail_on));
    let code = if failing { code::DENIED } else { code::ALLOWED };
    if output.quiet {
        return Exit { code, ..Exit::default() };
    }
    let look = answer::look(output);
    let stdout = match output.output {
        Format::Json => render::json(report),
        Format::Jsonl => render::jsonl(&report.groups),
        Format::Human if output.fix == FixFormat::Cli => render::commands(&report.results),
        Format::Human => render::trail(report, look),
        Format::Markdown => render::trail_markdown(report, look),
    };
    let mut stderr = match output.output {
        Format::Json => String::new(),
        Format::Human | Format::Jsonl | Format::Markdown => answer::not_read(&report.unread),
    };
    let is_script = output.output == Format::Human && output.fix == FixFormat::Cli;
    if is_script {
        stderr.push_str(&render::notes_on_fixes(&report.results));
    }
    if is_script || output.output == Format::Jsonl {
        stderr.push_str(&skipped(&report.read));
    }
    Exit { code, stdout, stderr, ..Exit::default() }
}

/// Files that were not read, where the output has no place for them.
fn skipped(read: &ReadReport) -> String {
    let mut lines = String::new();
    for one in &read.skipped {
        let _ = writeln!(lines, "warning: {}: {}", clean(&one.file), clean(&one.reason));
    }
    lines
}
