//! Where the events come from: files, or AWS's event history; and a sign of life while they are read.

use std::cell::RefCell;
use std::io::IsTerminal as _;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::TrailArgs;
use crate::report::{ReadReport, SkippedReport};
use crate::run::{Failure, policies};
use crate::source::aws::{self, Page};
use crate::source::trail::{Progress, Told, read};
use crate::source::{Files, SourceError};
use crate::trail::{Filter, Groups};

/// The groups of all denials that pass the filter, and what was read for them.
pub(super) fn collect(
    args: &TrailArgs,
    paths: &[String],
    filter: &Filter,
    files: &mut Files,
) -> Result<(Groups, ReadReport), Failure> {
    let mut groups = Groups::default();
    let time = |time: Option<jiff::Timestamp>| time.map(|time| time.to_string());
    let mut report = ReadReport { since: time(filter.since), until: time(filter.until), ..ReadReport::default() };
    let seen = if paths.is_empty() {
        let looked = history(args, filter, &mut groups)?;
        report.region = Some(looked.region);
        looked.seen
    } else {
        let told = from_files(paths, filter, files, &mut groups)?;
        report.files = told.files;
        let skipped = |one: crate::source::trail::Skipped| SkippedReport { file: one.file, reason: one.reason };
        report.skipped = told.skipped.into_iter().map(skipped).collect();
        told.seen
    };
    report.events = seen.events;
    report.repeated = groups.repeated();
    report.sign_ins = groups.sign_ins();
    report.denied = seen.denied.saturating_sub(groups.repeated());
    Ok((groups, report))
}

fn from_files(paths: &[String], filter: &Filter, files: &mut Files, groups: &mut Groups) -> Result<Told, SourceError> {
    let progress = Progress::default();
    if !std::io::stderr().is_terminal() {
        return read(files, paths, filter, &progress, |denied| groups.add(denied));
    }
    let bar = bar("{spinner} {bytes} of {total_bytes} read, {eta} left");
    let bar = &bar;
    thread::scope(|scope| {
        let progress = &progress;
        let watch = scope.spawn(move || {
            while !bar.is_finished() {
                bar.set_length(progress.total.load(Ordering::Relaxed));
                bar.set_position(progress.done.load(Ordering::Relaxed));
                thread::park_timeout(Duration::from_millis(100));
            }
        });
        let told = read(files, paths, filter, progress, |denied| groups.add(denied));
        bar.finish_and_clear();
        watch.thread().unpark();
        told
    })
}

/// AWS's event history. It tells of no total, but it goes from the latest event to the first, so that the time reached is
/// the measure.
fn history(args: &TrailArgs, filter: &Filter, groups: &mut Groups) -> Result<aws::Looked, Failure> {
    let until = filter.until.unwrap_or_else(jiff::Timestamp::now);
    let bar = std::io::stderr().is_terminal().then(|| bar("{spinner} {msg}, {percent} % of the time, {eta} left"));
    if let (Some(bar), Some(since)) = (&bar, filter.since) {
        bar.set_length(u64::try_from(until.as_second() - since.as_second()).unwrap_or_default());
    }
    let count = RefCell::new(0_u64);
    let page = |page: Page| {
        if let Some(bar) = &bar {
            let reached = page.reached.map_or(0, |reached| until.as_second() - reached.as_second());
            bar.set_position(u64::try_from(reached).unwrap_or_default());
            bar.set_message(format!("{} events, {} denied", page.events, count.borrow()));
        }
    };
    let options = policies::options(&args.source);
    let looked = policies::run(aws::lookup(&options, filter, page, |denied| {
        *count.borrow_mut() += 1;
        groups.add(denied);
    }))?;
    if let Some(bar) = &bar {
        bar.finish_and_clear();
    }
    Ok(looked.map_err(SourceError::from)?)
}

fn bar(template: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    // The templates are ours, and hold.
    bar.with_style(ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_spinner()))
}
