//! The table of evaluation cases: every file of `fixtures/cases/`, each case asserting the verdict, the layers, the
//! deciding statements with the element that decided and the reason shown for it, what an undetermined verdict
//! depends on, and what the action catalogue has to say.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use diagnose::context::Value;
use diagnose::derive::Given;
use diagnose::eval::{DenyKind, Outcome, evaluate};
use diagnose::explain::{Explanation, LayerExplanation, Role, Subject, explain};
use diagnose::principal::Principal;
use diagnose::report::{Answer, ResultReport, result};
use diagnose::request::{Action, Request, Resource};
use diagnose::snapshot::{Attached, Layer, Layers, Level, Origin, Policy, Reading, Snapshot, Source};
use diagnose::truth::Truth;
use serde::{Deserialize, Deserializer};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    shows: String,
    source: String,
    #[serde(flatten)]
    shared: Facts,
    cases: Vec<Case>,
}

#[derive(Debug, Clone, Default, Deserialize)]
struct Facts {
    principal: Option<String>,
    tags: Option<BTreeMap<String, String>>,
    identity: Option<Vec<serde_json::Value>>,
    #[serde(default, deserialize_with = "present")]
    boundary: Option<Option<serde_json::Value>>,
    /// Session policies; an empty list = the session has none.
    session: Option<Vec<serde_json::Value>>,
    /// The trust policy of the role that `resource` names.
    trust: Option<serde_json::Value>,
    /// The policy of the resource; `null` = it has none.
    #[serde(default, deserialize_with = "present")]
    resource_policy: Option<Option<serde_json::Value>>,
    /// Level by level, from the root to the account.
    scp: Option<Vec<Vec<serde_json::Value>>>,
    rcp: Option<Vec<Vec<serde_json::Value>>>,
    vpc_endpoint: Option<serde_json::Value>,
}

#[derive(Debug, Deserialize)]
struct Case {
    name: String,
    #[serde(flatten)]
    facts: Facts,
    action: String,
    resource: Option<String>,
    #[serde(default)]
    exact_resource: bool,
    resource_account: Option<String>,
    #[serde(default)]
    context: BTreeMap<String, OneOrMany>,
    #[serde(default)]
    complete_context: bool,
    time: Option<String>,
    expect: Expect,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum OneOrMany {
    One(String),
    Many(Vec<String>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Expect {
    verdict: String,
    identity: Option<String>,
    boundary: Option<String>,
    /// What further layers say.
    #[serde(default)]
    layers: BTreeMap<String, String>,
    blocked_by: Vec<String>,
    #[serde(default)]
    decided_by: Vec<Decided>,
    depends_on: Vec<String>,
    /// The catalogue's caveats, by code; all others are ignored.
    caveats: Option<Vec<String>>,
    /// Each is a part of the text of some caveat.
    #[serde(default)]
    caveat_text: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Decided {
    layer: String,
    #[serde(default)]
    level: u32,
    policy: u32,
    statement: u32,
    applies: String,
    element: Option<String>,
    outcome: Option<String>,
    /// A part of the reason shown for that element.
    detail: Option<String>,
}

/// The caveats that come from the action catalogue.
const OF_THE_CATALOGUE: [&str; 6] = [
    "operation-named",
    "unknown-action",
    "needs-no-permission",
    "no-resource-level-permissions",
    "resource-type-mismatch",
    "dependent-actions",
];

fn present<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

fn policy(name: &str, document: &serde_json::Value) -> Policy {
    let raw = document.as_str().map(str::to_owned);
    let text = raw.unwrap_or_else(|| serde_json::to_string_pretty(document).unwrap());
    Policy::new(name, None, Origin::Inline, None, &text)
}

fn snapshot(shared: &Facts, own: &Facts) -> Snapshot {
    let default = "arn:aws:iam::123456789012:role/MyRole";
    let arn = own.principal.as_deref().or(shared.principal.as_deref()).unwrap_or(default);
    let mut layers = Layers::default();
    if let Some(list) = own.identity.as_ref().or(shared.identity.as_ref()) {
        let policies = list.iter().enumerate().map(|(index, document)| policy(&format!("identity-{index}"), document));
        layers.set(Layer::Identity, Reading::policies(policies.collect()));
    }
    match own.boundary.as_ref().or(shared.boundary.as_ref()) {
        None => {}
        Some(None) => layers.set(Layer::Boundary, Reading::Absent),
        Some(Some(document)) => layers.set(Layer::Boundary, Reading::policies(vec![policy("boundary", document)])),
    }
    set_further_layers(&mut layers, shared, own);
    Snapshot {
        source: Source::Files,
        principal: Principal::from_arn(arn).expect("a principal"),
        tags: own.tags.clone().or_else(|| shared.tags.clone()),
        trust_policy: None,
        layers,
        unread: Vec::new(),
    }
}

fn set_further_layers(layers: &mut Layers, shared: &Facts, own: &Facts) {
    let one = |name: &str, document: &serde_json::Value| Reading::policies(vec![policy(name, document)]);
    let whatever = |reading| Attached { to: None, account: None, reading };
    if let Some(list) = own.session.as_ref().or(shared.session.as_ref()) {
        let policies: Vec<_> = list.iter().map(|document| policy("session", document)).collect();
        layers.set(Layer::Session, if policies.is_empty() { Reading::Absent } else { Reading::policies(policies) });
    }
    if let Some(document) = own.trust.as_ref().or(shared.trust.as_ref()) {
        layers.attach(Layer::Trust, whatever(one("trust", document)));
    }
    if let Some(document) = own.resource_policy.as_ref().or(shared.resource_policy.as_ref()) {
        let reading = document.as_ref().map_or(Reading::Absent, |document| one("resource", document));
        layers.attach(Layer::Resource, whatever(reading));
    }
    if let Some(document) = own.vpc_endpoint.as_ref().or(shared.vpc_endpoint.as_ref()) {
        layers.attach(Layer::VpcEndpoint, whatever(one("vpc-endpoint", document)));
    }
    let organization = [
        (Layer::ServiceControl, own.scp.as_ref().or(shared.scp.as_ref())),
        (Layer::ResourceControl, own.rcp.as_ref().or(shared.rcp.as_ref())),
    ];
    for (layer, levels) in organization {
        let Some(levels) = levels else { continue };
        let levels = levels.iter().enumerate().map(|(number, list)| Level {
            target: Some(format!("level-{number}")),
            policies: list.iter().map(|document| policy(layer.code(), document)).collect(),
        });
        layers.set(layer, Reading::Levels(levels.collect()));
    }
}

/// The one action that a case names; a pattern stays one, which stands for all that it matches.
fn action(text: &str) -> Action {
    if text.contains(['*', '?']) {
        return Action::parse(text).expect("an action");
    }
    let mut all = Action::expand(text).expect("an action");
    assert!(all.len() == 1, "{text} stands for {} actions", all.len());
    all.remove(0)
}

fn request(case: &Case, snapshot: &Snapshot) -> Request {
    let action = action(&case.action);
    let resource = case.resource.as_ref().map_or_else(Resource::any, |text| Resource::new(text, case.exact_resource));
    let keys = case.context.iter().map(|(key, value)| {
        let value = match value.clone() {
            OneOrMany::One(item) => Value::one(item),
            OneOrMany::Many(items) => Value { items, list: true },
        };
        (key.clone(), value)
    });
    let given = Given {
        keys: keys.collect(),
        complete: case.complete_context,
        resource_account: case.resource_account.clone(),
        ..Given::nothing(case.time.as_deref().unwrap_or("2026-11-22T00:00:00Z").parse().expect("a time"))
    };
    diagnose::derive::request(&given, action, resource, case.exact_resource, snapshot)
}

/// Everything that differs from what the case expects.
fn differences(case: &Case, shared: &Facts) -> String {
    let snapshot = snapshot(shared, &case.facts);
    let request = request(case, &snapshot);
    let decision = evaluate(&request, &snapshot);
    let explanation = explain(&decision, &request, false);
    let verbose = explain(&decision, &request, true);
    let mut found = String::new();
    let mut compare = |what: &str, expected: String, actual: String| {
        if expected != actual {
            writeln!(found, "    {what}: expected {expected}, found {actual}").unwrap();
        }
    };
    compare("verdict", case.expect.verdict.clone(), decision.verdict.code().to_owned());
    let outcome = |layer| {
        let all = decision.layers.iter();
        all.clone().find(|one| one.layer == layer).map(|one| one.outcome.code().to_owned()).unwrap()
    };
    let named = [(Layer::Identity, &case.expect.identity), (Layer::Boundary, &case.expect.boundary)];
    for (layer, expected) in named.into_iter().filter_map(|(layer, expected)| Some((layer, expected.clone()?))) {
        compare(layer.code(), expected, outcome(layer));
    }
    for (name, expected) in &case.expect.layers {
        let layer = Layer::ALL.into_iter().find(|layer| layer.code() == name).expect("a layer");
        compare(name, expected.clone(), outcome(layer));
    }
    let blocks = decision.blocked_by.iter().map(|block| {
        let kind = if block.deny == DenyKind::Explicit { "explicit" } else { "implicit" };
        format!("{} {kind}", block.layer.code())
    });
    compare("blocked_by", format!("{:?}", case.expect.blocked_by), format!("{:?}", blocks.collect::<Vec<_>>()));
    compare("depends_on", format!("{:?}", sorted(&case.expect.depends_on)), format!("{:?}", depends_on(&explanation)));
    let report = result(&Answer {
        request: &request,
        snapshot: &snapshot,
        denial: None,
        decision: &decision,
        explanation: &explanation,
    });
    for decided in &case.expect.decided_by {
        let problem = decided_by(decided, &explanation, &verbose).or_else(|| reason_shown(decided, &report));
        if let Some(problem) = problem {
            compare("decided_by", format!("{decided:?}"), problem);
        }
    }
    if let Some(expected) = &case.expect.caveats {
        let codes = report.caveats.iter().map(|caveat| caveat.code.clone());
        let codes: Vec<_> = codes.filter(|code| OF_THE_CATALOGUE.contains(&code.as_str())).collect();
        compare("caveats", format!("{expected:?}"), format!("{codes:?}"));
    }
    let texts: Vec<&str> = report.caveats.iter().map(|caveat| caveat.text.as_str()).collect();
    for part in case.expect.caveat_text.iter().filter(|part| !texts.iter().any(|text| text.contains(*part))) {
        compare("caveat_text", part.clone(), format!("{texts:?}"));
    }
    found
}

fn sorted(list: &[String]) -> Vec<String> {
    let mut list = list.to_vec();
    list.sort();
    list
}

fn depends_on(explanation: &Explanation<'_>) -> Vec<String> {
    let name = |subject: &Subject| match subject {
        Subject::Key(key) => key.to_lowercase(),
        Subject::Principal => "principal".to_owned(),
        Subject::Resource => "resource".to_owned(),
        Subject::Action => "action".to_owned(),
    };
    let mut names: Vec<String> = explanation.depends_on.iter().map(|dependency| name(&dependency.subject)).collect();
    names.sort();
    names.dedup();
    names
}

fn layer_of<'e, 's>(explanation: &'e Explanation<'s>, name: &str) -> &'e LayerExplanation<'s> {
    explanation.layers.iter().find(|layer| layer.layer.code() == name).expect("a layer")
}

/// What is wrong with the statement that should have decided, if anything.
fn decided_by(expected: &Decided, explanation: &Explanation<'_>, verbose: &Explanation<'_>) -> Option<String> {
    let of = |explanation| layer_of(explanation, &expected.layer);
    let brief = of(explanation);
    // Of several levels, those that let the request pass beside one that does not are told with --verbose.
    let beside = brief.level != expected.level || brief.outcome == Outcome::Undetermined;
    let layer = if beside { of(verbose) } else { brief };
    let here = |trace: &&diagnose::explain::StatementTrace| {
        (beside || trace.role != Role::Other)
            && trace.at.level == expected.level
            && trace.at.policy == expected.policy
            && trace.at.statement == expected.statement
    };
    let Some(trace) = layer.statements.iter().find(here) else {
        let shown: Vec<_> = layer.statements.iter().map(|trace| (trace.at.policy, trace.at.statement)).collect();
        return Some(format!("not shown; shown are {shown:?}"));
    };
    let word = |truth| match truth {
        Truth::Yes => ("yes", "match"),
        Truth::No => ("no", "no-match"),
        Truth::Unknown => ("unknown", "unknown"),
    };
    if word(trace.applies).0 != expected.applies {
        return Some(format!("applies {}", word(trace.applies).0));
    }
    let element = expected.element.as_ref()?;
    let outcomes: Vec<(&str, &str)> =
        trace.elements.iter().map(|element| (element.kind.code(), word(element.truth).1)).collect();
    let wanted = (element.as_str(), expected.outcome.as_deref().unwrap_or("match"));
    (!outcomes.contains(&wanted)).then(|| format!("{outcomes:?}"))
}

/// What is wrong with the reason shown for the element that should have decided, if anything.
fn reason_shown(expected: &Decided, report: &ResultReport) -> Option<String> {
    let wanted = expected.detail.as_ref()?;
    let name =
        if expected.layer == "identity" { format!("identity-{}", expected.policy) } else { expected.layer.clone() };
    let layer = report.layers.iter().find(|layer| layer.layer == expected.layer).expect("a layer");
    let statement = layer.statements.iter().find(|found| found.policy == name && found.index == expected.statement);
    let why = &statement.expect("a statement").why;
    let element = expected.element.as_deref().expect("an element whose reason is expected");
    let outcome = expected.outcome.as_deref().unwrap_or("match");
    let shown = why.iter().filter(|why| why.element == element && why.outcome == outcome).map(|why| &*why.detail);
    let shown: Vec<&str> = shown.collect();
    (!shown.iter().any(|detail| detail.contains(wanted))).then(|| format!("shown for it: {shown:?}"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("the folder of cases") {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            found.push(path);
        }
    }
    found.sort();
}

#[test]
fn every_case_holds() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cases");
    let mut paths = Vec::new();
    files(&root, &mut paths);
    let (mut count, mut failed, mut report) = (0, 0, String::new());
    for path in &paths {
        let text = std::fs::read_to_string(path).unwrap();
        let file: File = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(!file.shows.is_empty() && !file.source.is_empty(), "{}: no rule or no source", path.display());
        for case in &file.cases {
            count += 1;
            let differences = differences(case, &file.shared);
            if !differences.is_empty() {
                failed += 1;
                let shown = path.strip_prefix(&root).unwrap().display();
                writeln!(report, "  {shown}: {}\n{differences}", case.name).unwrap();
            }
        }
    }
    assert!(count >= 250, "only {count} cases");
    assert!(failed == 0, "{failed} of {count} cases fail:\n{report}");
}
