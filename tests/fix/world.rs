//! A principal with policies around it, and what is asked.

use diagnose::context::Value;
use diagnose::derive::{self, Given};
use diagnose::eval::{Verdict, evaluate};
use diagnose::fix::{Ask, Fix, plan};
use diagnose::principal::Principal;
use diagnose::request::{Action, Request, Resource};
use diagnose::snapshot::{Attached, Layer, Layers, Level, Origin, Policy, Reading, Snapshot, Source};
use serde_json::{Value as Json, json};

pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/MyRole";

/// Everything known; layer by layer.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) snapshot: Snapshot,
    given: Given,
    /// Resources are the strings that AWS evaluated, as in a message.
    exact: bool,
}

/// A document of these statements.
pub(super) fn document(statements: &Json) -> String {
    serde_json::to_string_pretty(&json!({"Version": "2012-10-17", "Statement": statements})).unwrap()
}

pub(super) fn allow(action: impl Into<Json>, resource: impl Into<Json>) -> Json {
    json!({"Effect": "Allow", "Action": action.into(), "Resource": resource.into()})
}

pub(super) fn deny(action: impl Into<Json>, resource: impl Into<Json>) -> Json {
    json!({"Effect": "Deny", "Action": action.into(), "Resource": resource.into()})
}

pub(super) fn inline(name: &str, statements: &Json) -> Policy {
    Policy::new(name, None, Origin::Inline, None, &document(statements))
}

pub(super) fn managed(arn: &str, version: &str, statements: &Json) -> Policy {
    let name = arn.rsplit('/').next().unwrap();
    Policy::new(name, Some(arn.to_owned()), Origin::of_managed(arn), Some(version.to_owned()), &document(statements))
}

pub(super) fn boundary(statements: &Json) -> Policy {
    managed("arn:aws:iam::123456789012:policy/Boundary", "v3", statements)
}

impl World {
    /// A role with these identity policies, no boundary and no tags.
    pub(super) fn new(identity: Vec<Policy>) -> Self {
        let mut layers = Layers::default();
        layers.set(Layer::Identity, Reading::policies(identity));
        layers.set(Layer::Boundary, Reading::Absent);
        let principal = Principal { name: Some("MyRole".to_owned()), ..Principal::from_arn(ROLE).unwrap() };
        let snapshot = Snapshot {
            source: Source::Snapshot,
            principal,
            tags: Some(std::collections::BTreeMap::new()),
            trust_policy: None,
            layers,
            unread: Vec::new(),
        };
        let now = jiff::Timestamp::UNIX_EPOCH;
        Self { snapshot, given: Given { complete: true, ..Given::nothing(now) }, exact: false }
    }

    pub(super) fn who(mut self, arn: &str) -> Self {
        self.snapshot.principal = Principal::from_arn(arn).unwrap();
        self
    }

    /// A session whose role is known.
    pub(super) fn session_of(mut self, role: &str, session: &str) -> Self {
        let ask = Principal::from_arn(session).unwrap();
        self.snapshot.principal = Principal::from_arn(role).unwrap().asked_as(&ask);
        self
    }

    pub(super) fn set(mut self, layer: Layer, policy: Policy) -> Self {
        self.snapshot.layers.set(layer, Reading::policies(vec![policy]));
        self
    }

    pub(super) fn reading(mut self, layer: Layer, reading: Reading) -> Self {
        self.snapshot.layers.set(layer, reading);
        self
    }

    /// Level by level, each with its target.
    pub(super) fn levels(mut self, layer: Layer, levels: Vec<(&str, Vec<Policy>)>) -> Self {
        let levels = levels.into_iter().map(|(target, policies)| Level { target: Some(target.to_owned()), policies });
        self.snapshot.layers.set(layer, Reading::Levels(levels.collect()));
        self
    }

    pub(super) fn attach(mut self, layer: Layer, to: &str, account: &str, reading: Reading) -> Self {
        let attached = Attached { to: Some(to.to_owned()), account: Some(account.to_owned()), reading };
        self.snapshot.layers.attach(layer, attached);
        self
    }

    pub(super) fn tag(mut self, key: &str, value: &str) -> Self {
        self.snapshot.tags.get_or_insert_default().insert(key.to_owned(), value.to_owned());
        self
    }

    pub(super) fn context(mut self, key: &str, value: &str) -> Self {
        self.given.keys.push((key.to_owned(), Value::one(value)));
        self
    }

    pub(super) fn owned_by(mut self, account: &str) -> Self {
        self.given.resource_account = Some(account.to_owned());
        self
    }

    /// Resources are the strings that AWS evaluated, as in a message.
    pub(super) fn exactly(mut self) -> Self {
        self.exact = true;
        self
    }

    pub(super) fn request(&self, action: &str, resource: &str) -> Request {
        let resource = Resource::new(resource, self.exact);
        derive::request(&self.given, Action::parse(action).unwrap(), resource, self.exact, &self.snapshot)
    }

    /// The fixes of these questions, none of which is allowed before.
    pub(super) fn plan(&self, asked: &[(&str, &str)]) -> Vec<Vec<Fix>> {
        let requests: Vec<Request> = asked.iter().map(|(action, resource)| self.request(action, resource)).collect();
        let decisions: Vec<_> = requests.iter().map(|request| evaluate(request, &self.snapshot)).collect();
        let asks: Vec<Ask<'_>> = requests
            .iter()
            .zip(&decisions)
            .map(|(request, decision)| Ask { request, snapshot: &self.snapshot, decision, denial: None })
            .collect();
        plan(&asks)
    }

    /// The fixes of one question.
    pub(super) fn fixes(&self, action: &str, resource: &str) -> Vec<Fix> {
        self.plan(&[(action, resource)]).remove(0)
    }

    /// The only fix of one question.
    #[track_caller]
    pub(super) fn fix(&self, action: &str, resource: &str) -> Fix {
        let mut fixes = self.fixes(action, resource);
        assert_eq!(fixes.len(), 1, "{fixes:#?}");
        fixes.remove(0)
    }
}

/// What is asserted of every fix.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) kind: &'static str,
    pub(super) layer: &'static str,
    pub(super) document: String,
    pub(super) verdict: &'static str,
    pub(super) blocked_by: Vec<&'static str>,
    pub(super) newly: Vec<String>,
    pub(super) codes: Vec<&'static str>,
}

pub(super) fn seen(fix: &Fix) -> Seen {
    Seen {
        kind: fix.kind.code(),
        layer: fix.layer.code(),
        document: fix.document.name.clone(),
        verdict: fix.verified.verdict.code(),
        blocked_by: fix.verified.blocked_by.iter().map(|block| block.layer.code()).collect(),
        newly: fix.newly_allowed.clone(),
        codes: fix.warnings.iter().map(|warning| warning.code).collect(),
    }
}

/// A fix after which the request is allowed.
#[track_caller]
pub(super) fn allowed(fix: &Fix, kind: &str, layer: &str, document: &str, newly: &[&str], codes: &[&str]) {
    let found = seen(fix);
    assert_eq!((found.kind, found.layer, found.document.as_str()), (kind, layer, document), "{fix:#?}");
    assert_eq!((found.verdict, found.blocked_by.len()), ("allowed", 0), "{fix:#?}");
    assert_eq!(found.newly, newly, "{fix:#?}");
    assert_eq!(found.codes, codes, "{fix:#?}");
    assert_eq!(fix.verified.verdict, Verdict::Allowed);
    sound(fix);
}

/// A fix that is none, with a part of what to do instead.
#[track_caller]
pub(super) fn nothing(fix: &Fix, layer: &str, instead: &str) {
    assert_eq!((fix.kind.code(), fix.layer.code()), ("none", layer), "{fix:#?}");
    assert!(fix.summary.contains(instead), "{}", fix.summary);
    assert!(fix.edited.is_none() && fix.newly_allowed.is_empty() && !fix.editable);
}

/// The patch makes the document after from the one before.
#[track_caller]
pub(super) fn sound(fix: &Fix) {
    let edited = fix.edited.as_ref().unwrap();
    let mut value: Json =
        if edited.before.is_empty() { Json::Null } else { serde_json::from_str(&edited.before).unwrap() };
    let patch: json_patch::Patch = serde_json::from_value(edited.patch.clone()).unwrap();
    json_patch::patch(&mut value, &patch).unwrap();
    assert_eq!(value, serde_json::from_str::<Json>(&edited.after).unwrap());
    assert!(edited.diff.contains("\n+") || edited.diff.contains("\n-"), "{}", edited.diff);
    let document = diagnose::policy::Document::parse(&edited.after).unwrap();
    assert!(
        document.findings.is_empty() && document.findings_as(fix.layer.document_kind()).is_empty(),
        "{document:#?}"
    );
}

/// The statements of the edited document.
#[track_caller]
pub(super) fn statements(fix: &Fix) -> Json {
    let value: Json = serde_json::from_str(&fix.edited.as_ref().unwrap().after).unwrap();
    value["Statement"].clone()
}

#[track_caller]
pub(super) fn has_warning(fix: &Fix, code: &str, part: &str) {
    let found = fix.warnings.iter().find(|warning| warning.code == code);
    let found = found.unwrap_or_else(|| panic!("no `{code}`: {:#?}", fix.warnings));
    assert!(found.text.contains(part), "{}", found.text);
}
