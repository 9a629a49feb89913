//! `diagnose trail` for people: how many denials of whom, a row for each group, then what there is to say of each.

use std::fmt::Write as _;

use super::Look;
use super::grid::fitting;
use super::human::fixes::of_list;
use super::human::{name, wrap};
use super::markdown::{code, table, text};
use super::safe::clean;
use super::ticket::{edits, items};
use crate::report::{GroupReport, NowReport, OtherReport, TrailReport};

/// How many groups have a row without `--verbose`.
const ROWS: usize = 50;

/// How many groups are told of in full without `--verbose`.
const IN_FULL: usize = 10;

/// How many resources of a group are named without `--verbose`.
const RESOURCES: usize = 3;

/// How many skipped files are named without `--verbose`.
const SKIPPED: usize = 10;

/// The whole report for a terminal.
pub fn trail(report: &TrailReport, look: Look) -> Vec<u8> {
    let mut out = wrap(&clean(&headline(report)), look.width, 0);
    if !report.groups.is_empty() {
        out.push('\n');
        rows(&mut out, report, look);
        for (number, group) in report.groups.iter().enumerate().take(shown(IN_FULL, look)) {
            let _ = write!(out, "\n{}", wrap(&clean(&title(number, group)), look.width, 3).trim_start());
            for line in lines(group, look) {
                out.push_str(&wrap(&clean(&line), look.width, 4));
            }
        }
        of_list(&mut out, &report.results, look);
    }
    let notes = notes(report, look);
    if !notes.is_empty() {
        out.push('\n');
    }
    for note in notes {
        out.push_str(&wrap(&clean(&note), look.width, 0));
    }
    out.into_bytes()
}

/// The whole report for a ticket.
pub fn markdown(report: &TrailReport, look: Look) -> Vec<u8> {
    let mut out = format!("## {}\n", text(&headline(report)));
    if !report.groups.is_empty() {
        let cells = |group: &GroupReport| {
            let who = group.principal.arn.as_deref().unwrap_or(&group.principal.shown);
            let row = [group.count.to_string(), code(who), code(&group.actions_shown()), text(&group.blocked_shown())];
            let now = report.evaluated.then(|| text(now_shown(group)));
            row.into_iter().chain([minute(group.last.as_deref())]).chain(now).collect::<Vec<_>>()
        };
        let rows: Vec<Vec<String>> = report.groups.iter().take(shown(ROWS, look)).map(cells).collect();
        let _ = write!(out, "\n{}", table(&head(report), &rows));
        for (number, group) in report.groups.iter().enumerate().take(shown(IN_FULL, look)) {
            let _ = write!(out, "\n### {}\n", text(&title(number, group)));
            items(&mut out, lines(group, look).iter().map(String::as_str));
        }
        edits(&mut out, &report.results, look);
    }
    items(&mut out, notes(report, look).iter().map(String::as_str));
    out.into_bytes()
}

fn shown(most: usize, look: Look) -> usize {
    if look.verbose { usize::MAX } else { most }
}

/// `311 denials of 7 principals since 2026-11-21 03:10 UTC: 200 by identity policies, 111 by the permissions boundary`
fn headline(report: &TrailReport) -> String {
    let read = &report.read;
    let where_read = match &read.region {
        Some(region) => format!("{} of the event history of {region}", count(read.events, "event")),
        None => format!("{} of {}", count(read.events, "event"), count(read.files, "file")),
    };
    let since = read.since.as_deref().map_or_else(String::new, |since| format!(" since {} UTC", minute(Some(since))));
    if report.groups.is_empty() {
        let other = if read.denied == 0 { String::new() } else { format!(", of {}", count(read.denied, "denial")) };
        return format!("No such denials{since}{other}, in {where_read}.");
    }
    let calls: u64 = report.groups.iter().map(|group| group.count).sum();
    let mut who: Vec<&str> = report.groups.iter().map(|group| group.principal.shown.as_str()).collect();
    who.sort_unstable();
    who.dedup();
    let first = report.groups.iter().filter_map(|group| group.first.as_deref()).min();
    let mut layers: Vec<(String, u64)> = Vec::new();
    for group in &report.groups {
        let other = || group.other.as_ref().map(OtherReport::shown);
        let layer = group.named_layer().map(name).or_else(other).unwrap_or_default();
        match layers.iter_mut().find(|(known, _)| *known == layer) {
            Some((_, count)) => *count += group.count,
            None => layers.push((layer, group.count)),
        }
    }
    layers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let by = |(layer, count): &(String, u64)| match layer.as_str() {
        "" => format!("{count} by a layer that AWS does not name"),
        layer => format!("{count} by {layer}"),
    };
    let by: Vec<String> = layers.iter().map(by).collect();
    format!(
        "{} of {} since {} UTC, in {where_read}: {}.",
        count(calls, "denial"),
        count(who.len() as u64, "principal"),
        minute(first),
        by.join(", ")
    )
}

/// `1 file`, `12 files`
fn count(number: u64, noun: &str) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A time of the report to the minute: `2026-11-21 03:10`.
fn minute(time: Option<&str>) -> String {
    time.map_or_else(|| "?".to_owned(), |time| time.chars().take(16).collect::<String>().replace('T', " "))
}

/// The least room for who denied, with the spaces around it: `permissions boundary` stays in one line.
const LAYER: usize = 22;

fn rows(out: &mut String, report: &TrailReport, look: Look) {
    let alone = |who: &str| who.split(" (account ").next().unwrap_or(who).to_owned();
    // The account is told with the details, unless it tells two of one name apart.
    let is_one = |who: &str| {
        let same = report.groups.iter().map(|group| &group.principal.shown).filter(|other| alone(other) == alone(who));
        same.into_iter().all(|other| other == who)
    };
    let row = |group: &GroupReport| {
        let who = &group.principal.shown;
        let who = if is_one(who) { alone(who) } else { who.clone() };
        let row = [group.count.to_string(), who, group.actions_shown(), group.blocked_shown()];
        let now = report.evaluated.then(|| now_shown(group).to_owned());
        row.into_iter().chain([minute(group.last.as_deref())]).chain(now).collect::<Vec<_>>()
    };
    let rows: Vec<Vec<String>> = report.groups.iter().take(shown(ROWS, look)).map(row).collect();
    let head = head(report);
    match fitting(&head, &rows, 3, LAYER, look.width) {
        Some(table) => out.push_str(&table),
        None => narrow(out, &head, &rows, look),
    }
    let more = report.groups.len().saturating_sub(rows.len());
    if more > 0 {
        let _ = writeln!(out, " and {more} more; all with --verbose");
    }
}

/// The columns; whether it is still so only where there are policies to tell.
fn head(report: &TrailReport) -> Vec<&'static str> {
    let all = ["Times", "Principal", "Action", "Denied by", "Last (UTC)", "Now"];
    all.into_iter().take(if report.evaluated { 6 } else { 5 }).collect()
}

/// Two lines a row, what and who in the first: on 80 columns as well no name and no date is broken.
fn narrow(out: &mut String, head: &[&str], rows: &[Vec<String>], look: Look) {
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    let indent =
        rows.iter().chain([&head]).filter_map(|row| row.first()).map(String::len).max().unwrap_or_default() + 3;
    for row in std::iter::once(&head).chain(rows) {
        let [times, who, action, by, last, now @ ..] = row.as_slice() else { continue };
        let what = wrap(&clean(&format!("{action}, {who}")), look.width, indent);
        let _ = write!(out, " {times:<room$}{}", what.trim_start(), room = indent - 1);
        let facts = format!("{:indent$}{last:<18}", "");
        let facts = now.iter().fold(facts, |facts, now| format!("{facts}{now:<14}"));
        let by = wrap(&clean(by), look.width, facts.len());
        let _ = write!(out, "{facts}{}", by.trim_start());
    }
}

fn now_shown(group: &GroupReport) -> &'static str {
    match &group.now {
        Some(NowReport { verdict: "allowed", .. }) => "fixed since",
        Some(NowReport { verdict: "denied", .. }) => "still denied",
        Some(_) => "open",
        None => "?",
    }
}

fn title(number: usize, group: &GroupReport) -> String {
    let times = if group.count == 1 { "once".to_owned() } else { count(group.count, "time") };
    format!("{}. {} for {}, {times}", number + 1, group.actions_shown(), group.principal.shown)
}

/// What there is to say of a group.
fn lines(group: &GroupReport, look: Look) -> Vec<String> {
    let mut lines = Vec::new();
    if group.resources.iter().any(|resource| resource != "*") {
        let named = shown(RESOURCES, look).min(group.resources.len());
        let more = group.resources.len() - named + group.more_resources;
        let list: Vec<&str> = group.resources.iter().take(named).map(String::as_str).collect();
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        lines.push(format!("on {}{more}", list.join(", ")));
    }
    let policy = group.policy_arn.as_ref().map_or_else(String::new, |arn| format!(", {arn}"));
    let code = group.error_code.as_ref().map_or_else(String::new, |code| format!(" ({code})"));
    lines.push(format!("denied by: {}{policy}{code}", group.blocked_shown()));
    let request = group.request_id.as_ref().map_or_else(String::new, |id| format!("; the last is request {id}"));
    lines.push(match (&group.first, &group.last) {
        (Some(first), Some(last)) if first == last => format!("at {first}{request}"),
        (Some(first), Some(last)) => format!("from {first} to {last}{request}"),
        _ => format!("at an unknown time{request}"),
    });
    if let Some(other) = group.other.as_ref().filter(|_| group.not_evaluated.is_none()) {
        lines.push(format!("{}; {}", other.what, other.next));
    }
    if group.encoded > 0 && group.deny.is_none() {
        lines.push(format!(
            "encoded in {}: paste the error itself, whole, into `diagnose` (CloudTrail cuts long ones)",
            count(group.encoded, "message")
        ));
    }
    match (&group.now, &group.not_evaluated) {
        (Some(now), _) => lines.push(format!("now {}: {}", now_shown(group), now.explanation)),
        (None, Some(why)) => lines.push(format!("not evaluated: {why}")),
        (None, None) => {}
    }
    lines
}

/// What was not read, and what else to know.
fn notes(report: &TrailReport, look: Look) -> Vec<String> {
    let mut notes = Vec::new();
    let read = &report.read;
    let more = report.groups.len().saturating_sub(shown(IN_FULL, look));
    if more > 0 {
        notes.push(format!("Details of {} with --verbose.", count(more as u64, "more group")));
    }
    if !report.evaluated && !report.groups.is_empty() {
        notes.push("Whether they are still denied, and the fix: --snapshot FILE, or --now to ask AWS.".to_owned());
    }
    if let Some(region) = &read.region {
        notes.push(format!(
            "The event history of {region} has management events of the last 90 days only; --region asks another region, and \
             IAM's own events are in us-east-1."
        ));
    }
    if read.sign_ins > 0 {
        notes.push(format!(
            "No denials by IAM, and not counted: {} that failed (Amazon Cognito, IAM Identity Center, the console).",
            count(read.sign_ins, "sign-in")
        ));
    }
    if read.repeated > 0 {
        notes.push(format!("Counted once, though they stand in several places: {}.", count(read.repeated, "denial")));
    }
    for one in read.skipped.iter().take(shown(SKIPPED, look)) {
        notes.push(format!("Not read: {}: {}", one.file, one.reason));
    }
    let more = read.skipped.len().saturating_sub(shown(SKIPPED, look));
    if more > 0 {
        notes.push(format!("Not read: {more} more; all with --verbose."));
    }
    notes
}
