//! Files of CloudTrail events: what S3 delivers, what the CLI prints, what queries give. One or a whole folder, compressed
//! or not, of any size: nothing is held but the object that is being read.
//!
//! Files are read on all cores at once, and their denials are given away in the order of the files, so that the same files
//! give the same answer. A file that cannot be read, or only in part, is named and the others are read.
//!
//! Source: CloudTrail User Guide, "CloudTrail log file examples", "Finding your CloudTrail log files".

mod ahead;
mod open;
mod stream;
mod walk;

use std::sync::atomic::{AtomicU64, Ordering};

use super::error::SourceError;
use super::files::{Files, shown_path};
use crate::trail::read::{Reader, Seen};
use crate::trail::{Denied, Filter};

/// What was read.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// How many files held events, or could have held some.
    pub files: u64,
    /// What was in them.
    pub seen: Seen,
    /// What was not read, or only in part.
    pub skipped: Vec<Skipped>,
}

/// A file that was not read, or only in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Its path, as it was found.
    pub file: String,
    /// Why.
    pub reason: String,
}

/// How far the reading is, for whoever shows it.
#[derive(Debug, Default)]
pub struct Progress {
    /// How many bytes there are in the files, compressed as they are.
    pub total: AtomicU64,
    /// How many of them were read.
    pub done: AtomicU64,
}

/// Reads the events of files, of folders with all that is below them, and of standard input (`-`); every refused call that
/// passes the filter is given away.
///
/// # Errors
/// Where nothing could be read at all: the first reason.
pub fn read(
    files: &mut Files,
    paths: &[String],
    filter: &Filter,
    progress: &Progress,
    mut denied: impl FnMut(Denied),
) -> Result<Told, SourceError> {
    let mut told = Told::default();
    let mut found = Vec::new();
    for path in paths {
        if path == "-" {
            let mut reader = Reader::default();
            let outcome = stream::read(files.stdin()?, &mut reader, filter, &|_| {}, &mut denied);
            told.add(shown_path(path), outcome, reader.next_file());
        } else {
            walk::files(path, &mut found, &mut told.skipped);
        }
    }
    progress.total.store(found.iter().map(|file| file.size).sum(), Ordering::Relaxed);
    let read = |bytes: u64| {
        progress.done.fetch_add(bytes, Ordering::Relaxed);
    };
    ahead::each(&found, filter, &read, &mut denied, |file, outcome, seen| told.add(&file.path, outcome, seen));
    if told.files == 0 {
        let first = told.skipped.first().cloned();
        let first = first.unwrap_or_else(|| Skipped {
            file: paths.first().cloned().unwrap_or_default(),
            reason: "there is no file in it".to_owned(),
        });
        return Err(SourceError::File { path: first.file, reason: first.reason });
    }
    Ok(told)
}

impl Told {
    /// Adds what came of one file.
    fn add(&mut self, file: &str, outcome: Outcome, seen: Seen) {
        let reasons = outcome.reasons(seen);
        self.files += u64::from(seen.events > 0 || (reasons.is_empty() && outcome.problem.is_none()));
        self.seen += seen;
        self.skipped.extend(reasons.into_iter().map(|reason| Skipped { file: file.to_owned(), reason }));
    }
}

/// How the reading of one file ended.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Outcome {
    /// Why it ended before the file's end.
    problem: Option<String>,
    /// It ends within an object.
    is_cut: bool,
    /// Objects that were not read.
    lost: u64,
    /// Lists of events.
    lists: u64,
    /// Whether there was anything in it.
    is_empty: bool,
}

impl Outcome {
    /// What has to be told of the file.
    fn reasons(&self, seen: Seen) -> Vec<String> {
        let mut reasons = Vec::new();
        reasons.extend(self.problem.clone());
        if self.is_cut && self.problem.is_none() {
            reasons.push("it ends within an event; what stands before that was read".to_owned());
        }
        let count =
            |number: u64, one: &str, many: &str| if number == 1 { one.to_owned() } else { format!("{number} {many}") };
        let broken = seen.broken + self.lost;
        if broken > 0 {
            reasons.push(count(broken, "one event is broken or cut off", "events are broken or cut off"));
        }
        if seen.digests > 0 {
            reasons.push("a digest, with which CloudTrail signs its files".to_owned());
        }
        if seen.insights > 0 {
            reasons.push(count(
                seen.insights,
                "one Insights event, which is no call",
                "Insights events, which are no calls",
            ));
        }
        let nothing = seen == Seen { others: seen.others, ..Seen::default() } && reasons.is_empty() && self.lists == 0;
        match (nothing, self.is_empty, seen.others) {
            (true, true, _) => reasons.push("it is empty".to_owned()),
            (true, false, 0) => reasons.push("there is no JSON in it, and no query's result".to_owned()),
            (true, false, _) => reasons.push("JSON without CloudTrail events".to_owned()),
            (false, ..) if seen.events == 0 && seen.others > 0 && reasons.is_empty() => {
                reasons.push("its list holds no CloudTrail events".to_owned());
            }
            (false, ..) => {}
        }
        reasons
    }
}
