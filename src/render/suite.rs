//! Tests of policies, for people and for CI servers.

use std::fmt::Write as _;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::Look;
use super::human::{GREEN, RED, RESET, wrap};
use super::safe::clean;
use crate::report::{TallyReport, TestReport, TestsReport};

/// The column of names, behind the word that says how it went.
const NAME: usize = 10;

/// A line a test, and why those that failed did.
pub fn tests(report: &TestsReport, look: Look) -> Vec<u8> {
    let mut out = String::new();
    let mut file = "";
    for test in &report.tests {
        if test.file != file {
            let gap = if file.is_empty() { "" } else { "\n" };
            let _ = writeln!(out, "{gap}{}", clean(&test.file));
            file = &test.file;
        }
        let (word, color) = match test.passed {
            true => ("ok    ", GREEN),
            false if test.is_error() => ("ERROR ", RED),
            false => ("FAILED", RED),
        };
        let word = if look.color { format!("{color}{word}{RESET}") } else { word.to_owned() };
        let name = wrap(&clean(&test.name), look.width, NAME);
        let _ = write!(out, "  {word}  {}", name.trim_start());
        for line in why(test) {
            out.push_str(&wrap(&clean(&line), look.width, NAME));
        }
    }
    let TallyReport { passed, failed, errors } = report.counts;
    let not_asked = if errors == 0 { String::new() } else { format!(", {errors} could not be asked") };
    let _ = writeln!(out, "\n{passed} passed, {failed} failed{not_asked}");
    out.into_bytes()
}

/// The line on standard error, beside reports that nobody reads, that says how many tests could not be asked, and why the first of them could not; empty if
/// all could.
pub fn tests_not_asked(report: &TestsReport) -> String {
    let first = report.tests.iter().find(|test| test.is_error());
    first.map_or_else(String::new, |test| {
        let (count, all) = (report.counts.errors, report.tests.len());
        let problem = test.problem.as_deref().unwrap_or_default();
        let line = format!("{count} of {all} tests could not be asked; \"{}\" of {}: {problem}", test.name, test.file);
        format!("error: {}\n", clean(&line))
    })
}

/// What is not as expected, and the sentence of the answer.
fn why(test: &TestReport) -> Vec<String> {
    let explanation = test.found.as_ref().map(|found| found.explanation.clone());
    let problem = test.problem.clone();
    let explanation = explanation.filter(|_| problem.is_some());
    problem.into_iter().chain(explanation).collect()
}

/// Source: "Test Anything Protocol", version 14.
pub fn tap(report: &TestsReport) -> Vec<u8> {
    let mut out = format!("TAP version 14\n1..{}\n", report.tests.len());
    for (number, test) in report.tests.iter().enumerate() {
        let word = if test.passed { "ok" } else { "not ok" };
        let (severity, mark) = if test.is_error() { ("error", " # error") } else { ("fail", "") };
        // A hash sign begins a directive.
        let name = clean(&test.name).replace('\\', "\\\\").replace('#', "\\#");
        let _ = writeln!(out, "{word} {} - {name}{mark}", number + 1);
        if !test.passed {
            let message = serde_json::to_string(&why(test).join("; ")).unwrap_or_default();
            let file = serde_json::to_string(&test.file).unwrap_or_default();
            let _ = write!(out, "  ---\n  severity: {severity}\n  message: {}\n", super::escape_json(message));
            let _ = write!(out, "  file: {}\n  ...\n", super::escape_json(file));
        }
    }
    out.into_bytes()
}

/// A suite a file. Without times: the same input gives the same bytes.
pub fn junit(report: &TestsReport) -> Vec<u8> {
    let mut whole = Report::new("diagnose");
    for tests in report.tests.chunk_by(|one, other| one.file == other.file) {
        let file = tests.first().map(|test| clean(&test.file).into_owned()).unwrap_or_default();
        let mut suite = TestSuite::new(file.clone());
        for test in tests {
            let mut status = TestCaseStatus::success();
            if !test.passed {
                let kind = if test.is_error() { NonSuccessKind::Error } else { NonSuccessKind::Failure };
                status = TestCaseStatus::non_success(kind);
                let why: Vec<String> = why(test).iter().map(|line| clean(line).into_owned()).collect();
                status.set_message(why.first().cloned().unwrap_or_default()).set_description(why.join("\n"));
            }
            let mut case = TestCase::new(clean(&test.name).into_owned(), status);
            case.set_classname(file.clone());
            suite.add_test_case(case);
        }
        whole.add_test_suite(suite);
    }
    // Into memory: there is nothing that could fail.
    whole.to_string().map(String::into_bytes).unwrap_or_default()
}
