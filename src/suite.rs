//! Files of expectations: what a team's policies should allow and deny, as TOML or JSON.
//!
//! ```toml
//! [defaults]
//! snapshot = "account.json"
//! role = "MyRole"
//!
//! [[test]]
//! name = "the boundary keeps instances alive"
//! action = "ec2:TerminateInstances"
//! expect = "denied:boundary"
//! ```
//!
//! The members have the names of the flags. What a test does not say is taken from `defaults`; its context is added to
//! theirs. Nothing is read here: paths stay as they are written.

mod place;
mod value;

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::expect::Expected;
pub use place::Place;
pub use value::ContextValue;
use value::{Texts, Wanted};

/// A file of expectations.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with `test` and perhaps `defaults`")]
pub struct Suite {
    /// What tests do not say.
    #[serde(default)]
    defaults: Entry,
    /// The tests, in their order.
    #[serde(default, rename = "test")]
    tests: Vec<Entry>,
    /// Where they stand.
    #[serde(skip)]
    places: Vec<Place>,
}

/// A test, or the defaults.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default, expecting = "a table of a test's members")]
struct Entry {
    name: Option<String>,
    expect: Option<Wanted>,
    role: Option<String>,
    user: Option<String>,
    principal: Option<String>,
    action: Option<Texts>,
    resource: Option<Texts>,
    exact_resource: Option<bool>,
    resource_account: Option<String>,
    context: BTreeMap<String, ContextValue>,
    complete_context: Option<bool>,
    snapshot: Option<String>,
    identity_policy: Option<Texts>,
    boundary: Option<String>,
    no_boundary: Option<bool>,
    session_policy: Option<Texts>,
    resource_policy: Option<Texts>,
    vpc_endpoint_policy: Option<Texts>,
    scp: Option<Texts>,
    rcp: Option<Texts>,
}

/// A test, with what the defaults say.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// Its name; of a test without one what it asks and expects.
    pub name: String,
    /// The verdict, and the layer.
    pub expected: Expected,
    /// The statement that decides.
    pub statement: StatementWanted,
    /// `--role`.
    pub role: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// `--principal`.
    pub principal: Option<String>,
    /// `--action`.
    pub actions: Vec<String>,
    /// `--resource`.
    pub resources: Vec<String>,
    /// `--exact-resource`.
    pub exact_resource: bool,
    /// `--resource-account`.
    pub resource_account: Option<String>,
    /// `--context`, key by key.
    pub context: BTreeMap<String, ContextValue>,
    /// `--complete-context`.
    pub complete_context: bool,
    /// Where the policies are.
    pub source: SourceWanted,
}

/// The statement that should decide; what is `None` does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatementWanted {
    /// The policy's name.
    pub policy: Option<String>,
    /// The statement's `Sid`.
    pub sid: Option<String>,
    /// Its number in the document, from 0.
    pub statement: Option<u32>,
}

/// Files, relative to the file of expectations.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceWanted {
    /// `--snapshot`.
    pub snapshot: Option<String>,
    /// `--identity-policy`.
    pub identity_policy: Vec<String>,
    /// `--boundary`.
    pub boundary: Option<String>,
    /// `--no-boundary`.
    pub no_boundary: bool,
    /// `--session-policy`.
    pub session_policy: Vec<String>,
    /// `--resource-policy`.
    pub resource_policy: Vec<String>,
    /// `--vpc-endpoint-policy`.
    pub vpc_endpoint_policy: Vec<String>,
    /// `--scp`.
    pub scp: Vec<String>,
    /// `--rcp`.
    pub rcp: Vec<String>,
}

/// A file that holds no expectations.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SuiteError {
    /// It is broken.
    #[error("{place}: {problem}")]
    Syntax {
        /// Where.
        place: Place,
        /// What is wrong there.
        problem: String,
    },
    /// A test that cannot be asked.
    #[error("{place}: test {number}{name}: {problem}")]
    Test {
        /// Where it begins.
        place: Place,
        /// Its number, from 1.
        number: usize,
        /// ` ("NAME")`, or nothing.
        name: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// There is nothing in it.
    #[error("{}: it holds no tests: expected [[test]] in TOML, a list \"test\" in JSON", Place::START)]
    Empty,
}

impl Suite {
    /// Reads a file: JSON where it begins as an object or a list of objects does, else TOML.
    ///
    /// # Errors
    /// Where it is neither, or holds a member that there is not.
    pub fn parse(text: &str) -> Result<Self, SuiteError> {
        let start = text.trim_start();
        let list = start.strip_prefix('[').map(str::trim_start);
        if start.starts_with('{') || list.is_some_and(|rest| rest.starts_with(['{', ']'])) {
            let mut suite: Self = serde_json::from_str(text).map_err(|error| {
                let words = error.to_string();
                SuiteError::Syntax {
                    place: Place { line: error.line().max(1), column: error.column().max(1) },
                    problem: problem(words.split(" at line ").next().unwrap_or(&words)),
                }
            })?;
            suite.places = place::in_json(text);
            return Ok(suite);
        }
        let mut suite: Self = toml::from_str(text).map_err(|error| {
            let place = Place::of(text, error.span().map_or(0, |span| span.start));
            SuiteError::Syntax { place, problem: problem(&error.message().replace('\n', ", ")) }
        })?;
        suite.places = place::in_toml(text);
        Ok(suite)
    }

    /// The tests, each with what the defaults say.
    ///
    /// # Errors
    /// Every test that does not say what is asked or expected.
    pub fn tests(&self) -> Result<Vec<Test>, Vec<SuiteError>> {
        if self.tests.is_empty() {
            return Err(vec![SuiteError::Empty]);
        }
        let (mut tests, mut errors) = (Vec::new(), Vec::new());
        for (index, entry) in self.tests.iter().enumerate() {
            match test(entry, &self.defaults) {
                Ok(test) => tests.push(test),
                Err(problem) => {
                    let name = entry.name.as_ref().map_or_else(String::new, |name| format!(" (\"{name}\")"));
                    let place = self.places.get(index).copied().unwrap_or(Place::START);
                    errors.push(SuiteError::Test { place, number: index + 1, name, problem });
                }
            }
        }
        if errors.is_empty() { Ok(tests) } else { Err(errors) }
    }
}

/// What a parser says, in words of the file, and what was probably meant.
fn problem(said: &str) -> String {
    let mut quoted = said.split('`').skip(1).step_by(2);
    if let Some(typed) = quoted.next().filter(|_| said.starts_with("unknown field")) {
        let distance = |known: &&str| strsim::osa_distance(typed, known);
        let near = quoted.min_by_key(distance).filter(|known| distance(known) * 3 <= typed.len().max(3));
        return near
            .map_or_else(|| said.to_owned(), |known| format!("unknown field `{typed}`; did you mean `{known}`?"));
    }
    let hint = if said.starts_with("key with no value") { "; a file of expectations is TOML or JSON" } else { "" };
    let words = said.replace("type: sequence", "type: a list").replace("type: map", "type: a table");
    format!("{}{hint}", words.replace("expected a map", "expected a table of keys and values"))
}

fn test(own: &Entry, defaults: &Entry) -> Result<Test, &'static str> {
    let who = |entry: &Entry| [&entry.role, &entry.user, &entry.principal].into_iter().flatten().count();
    if who(own) > 1 || who(defaults) > 1 {
        return Err("it names more than one of role, user and principal");
    }
    // Somebody named in the test stands for whoever the defaults name.
    let asker = if who(own) == 1 { own } else { defaults };
    let wanted = own.expect.clone().or_else(|| defaults.expect.clone()).ok_or("it does not say what it expects")?;
    let actions = texts(&own.action, &defaults.action);
    if actions.is_empty() {
        return Err("it names no action");
    }
    let resources = texts(&own.resource, &defaults.resource);
    let mut context = defaults.context.clone();
    for (key, value) in &own.context {
        context.retain(|known, _| !known.eq_ignore_ascii_case(key));
        context.insert(key.clone(), value.clone());
    }
    let named = own.name.clone().filter(|name| !name.trim().is_empty());
    let on = if resources.is_empty() { String::new() } else { format!(" on {}", resources.join(", ")) };
    Ok(Test {
        name: named.unwrap_or_else(|| format!("{}{on} is {}", actions.join(", "), wanted.expected)),
        expected: wanted.expected,
        statement: wanted.statement,
        role: asker.role.clone(),
        user: asker.user.clone(),
        principal: asker.principal.clone(),
        actions,
        resources,
        exact_resource: own.exact_resource.or(defaults.exact_resource).unwrap_or_default(),
        resource_account: own.resource_account.clone().or_else(|| defaults.resource_account.clone()),
        context,
        complete_context: own.complete_context.or(defaults.complete_context).unwrap_or_default(),
        source: source(own, defaults)?,
    })
}

fn source(own: &Entry, defaults: &Entry) -> Result<SourceWanted, &'static str> {
    // A boundary of the test's own stands for the defaults' `no-boundary`, and the other way round.
    let says = |entry: &Entry| entry.boundary.is_some() || entry.no_boundary.is_some();
    let of_boundary = if says(own) { own } else { defaults };
    let no_boundary = of_boundary.no_boundary.unwrap_or_default();
    if no_boundary && of_boundary.boundary.is_some() {
        return Err("it has a boundary and says no-boundary");
    }
    let source = SourceWanted {
        snapshot: own.snapshot.clone().or_else(|| defaults.snapshot.clone()),
        identity_policy: texts(&own.identity_policy, &defaults.identity_policy),
        boundary: of_boundary.boundary.clone(),
        no_boundary,
        session_policy: texts(&own.session_policy, &defaults.session_policy),
        resource_policy: texts(&own.resource_policy, &defaults.resource_policy),
        vpc_endpoint_policy: texts(&own.vpc_endpoint_policy, &defaults.vpc_endpoint_policy),
        scp: texts(&own.scp, &defaults.scp),
        rcp: texts(&own.rcp, &defaults.rcp),
    };
    let is_named = source != SourceWanted::default();
    is_named.then_some(source).ok_or("it names no policies: snapshot, or identity-policy with boundary or no-boundary")
}

fn texts(own: &Option<Texts>, defaults: &Option<Texts>) -> Vec<String> {
    own.as_ref().or(defaults.as_ref()).map(|texts| texts.0.clone()).unwrap_or_default()
}
