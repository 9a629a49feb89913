//! The result of tests of policies, as JSON has it and as the other formats take it.

use schemars::JsonSchema;
use serde::Serialize;

use super::{BlockReport, ResultReport};
use crate::expect::{Expected, found};
use crate::suite::{StatementWanted, Test};

/// A run of tests.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TestsReport {
    /// The number of this schema; it grows when a field changes its meaning.
    #[schemars(extend("const" = super::SCHEMA))]
    pub schema: u32,
    /// The tests, in the order of the files.
    pub tests: Vec<TestReport>,
    /// How many there are of which kind.
    pub counts: TallyReport,
}

/// How many tests passed.
#[derive(Debug, Clone, Copy, Serialize, JsonSchema)]
pub struct TallyReport {
    /// As expected.
    pub passed: usize,
    /// Not as expected.
    pub failed: usize,
    /// Could not be asked: a file that cannot be read, a principal that is not there.
    pub errors: usize,
}

/// A test.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct TestReport {
    /// The file that it stands in, as given.
    pub file: String,
    /// Its name.
    pub name: String,
    /// Whether everything was as expected.
    pub passed: bool,
    /// What was expected.
    pub expected: ExpectedReport,
    /// The first answer that is not as expected, else the first; `null` where it could not be asked.
    pub found: Option<FoundReport>,
    /// What is not as expected, or why it could not be asked; `null` of a test that passed.
    pub problem: Option<String>,
}

impl TestReport {
    /// Whether it could not be asked.
    pub fn is_error(&self) -> bool {
        self.found.is_none()
    }
}

/// What was expected.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct ExpectedReport {
    /// The verdict.
    #[schemars(schema_with = "super::codes::verdict")]
    pub verdict: &'static str,
    /// The layer that denies.
    #[schemars(schema_with = "super::codes::layer_or_null")]
    pub layer: Option<&'static str>,
    /// The policy of the statement that decides.
    pub policy: Option<String>,
    /// Its `Sid`.
    pub sid: Option<String>,
    /// Its number, from 0.
    pub statement: Option<u32>,
}

/// An answer.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FoundReport {
    /// The action.
    pub action: String,
    /// The resource; `*` = any.
    pub resource: String,
    /// The verdict.
    #[schemars(schema_with = "super::codes::verdict")]
    pub verdict: &'static str,
    /// Every layer that blocks.
    pub blocked_by: Vec<BlockReport>,
    /// One sentence.
    pub explanation: String,
}

/// The report of all tests.
pub fn tests(tests: Vec<TestReport>) -> TestsReport {
    let passed = tests.iter().filter(|test| test.passed).count();
    let errors = tests.iter().filter(|test| test.is_error()).count();
    let counts = TallyReport { passed, failed: tests.len() - passed - errors, errors };
    TestsReport { schema: super::SCHEMA, tests, counts }
}

/// The report of a test; `answers`: of every request, or the line that says why there are none.
pub fn test(file: &str, test: &Test, answers: Result<&[ResultReport], String>) -> TestReport {
    let (found, problem) = match answers {
        Err(problem) => (None, Some(problem)),
        Ok(results) => {
            let wrong = results.iter().find_map(|result| Some((result, problem(test, result)?)));
            let shown = wrong.as_ref().map(|(result, _)| *result).or(results.first());
            let more = results.iter().filter(|result| self::problem(test, result).is_some()).count().saturating_sub(1);
            let and =
                if more > 0 { format!(" (and {more} more of {} requests)", results.len()) } else { String::new() };
            (shown.map(answer), wrong.map(|(_, problem)| problem + &and))
        }
    };
    TestReport {
        file: file.to_owned(),
        name: test.name.clone(),
        passed: problem.is_none(),
        expected: expected(test.expected, &test.statement),
        found,
        problem,
    }
}

fn expected(expected: Expected, statement: &StatementWanted) -> ExpectedReport {
    ExpectedReport {
        verdict: expected.verdict.code(),
        layer: expected.layer.map(crate::snapshot::Layer::code),
        policy: statement.policy.clone(),
        sid: statement.sid.clone(),
        statement: statement.statement,
    }
}

fn answer(result: &ResultReport) -> FoundReport {
    FoundReport {
        action: result.action.clone(),
        resource: result.resource.clone(),
        verdict: result.verdict,
        blocked_by: result.blocked_by.clone(),
        explanation: result.explanation.clone(),
    }
}

/// What is not as expected of an answer.
fn problem(test: &Test, result: &ResultReport) -> Option<String> {
    if let Some(slip) = &result.slip {
        return Some(slip.clone());
    }
    let on = if result.resource == "*" { String::new() } else { format!(" on {}", result.resource) };
    if !test.expected.holds(result) {
        return Some(format!("expected {}, but {}{on} is {}", test.expected, result.action, found(result)));
    }
    let StatementWanted { policy, sid, statement } = &test.statement;
    if policy.is_none() && sid.is_none() && statement.is_none() {
        return None;
    }
    let of_layer = |code: &str| test.expected.layer.is_none_or(|layer| layer.code() == code);
    let layers = result.layers.iter().filter(|layer| of_layer(layer.layer));
    let deciding: Vec<_> =
        layers.flat_map(|layer| &layer.statements).filter(|found| found.relevance == "deciding").collect();
    let is_it = deciding.iter().any(|found| {
        policy.as_ref().is_none_or(|policy| found.policy == *policy)
            && sid.as_ref().is_none_or(|sid| found.sid.as_ref() == Some(sid))
            && statement.is_none_or(|index| found.index == index)
    });
    if is_it {
        return None;
    }
    let names: Vec<String> = deciding
        .iter()
        .map(|found| format!("{}, Statement[{}]{}", found.policy_shown, found.index, found.sid_shown))
        .collect();
    let decides =
        if names.is_empty() { "no statement decides".to_owned() } else { format!("decided by {}", names.join("; ")) };
    Some(format!("{}{on} is {} as expected, but not by that statement: {decides}", result.action, result.verdict))
}
