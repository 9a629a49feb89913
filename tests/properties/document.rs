//! Statements and policies as plain data, and as JSON.

use diagnose::snapshot::{Layer, Origin, Policy};

use super::random::Random;

#[derive(Debug, Clone)]
pub(super) struct ConditionModel {
    pub(super) operator: String,
    pub(super) key: String,
    /// JSON scalars as text.
    pub(super) values: Vec<String>,
}

/// `Principal` or `NotPrincipal`.
#[derive(Debug, Clone)]
pub(super) struct PrincipalModel {
    pub(super) not: bool,
    /// With their kinds; none: `"*"`.
    pub(super) entries: Vec<(&'static str, &'static str)>,
}

#[derive(Debug, Clone)]
pub(super) struct StatementModel {
    pub(super) sid: String,
    pub(super) allow: bool,
    /// Written in the layers whose statements have one.
    pub(super) principal: Option<PrincipalModel>,
    pub(super) not_action: bool,
    pub(super) actions: Vec<String>,
    pub(super) not_resource: bool,
    /// Written everywhere but in trust policies.
    pub(super) resources: Vec<String>,
    /// No operator and key twice.
    pub(super) conditions: Vec<ConditionModel>,
}

#[derive(Debug, Clone)]
pub(super) struct PolicyModel {
    pub(super) name: String,
    /// The account in its ARN: of a policy of an organization, the one that manages it; `aws` where it is AWS's own.
    pub(super) manager: Option<&'static str>,
    pub(super) version: Option<&'static str>,
    /// `None`: the document could not be read.
    pub(super) statements: Option<Vec<StatementModel>>,
}

/// Whether the statements of a layer say whom they are about.
pub(super) fn has_principals(layer: Layer) -> bool {
    matches!(layer, Layer::ResourceControl | Layer::VpcEndpoint | Layer::Resource | Layer::Trust)
}

impl PrincipalModel {
    pub(super) const EVERYBODY: Self = Self { not: false, entries: Vec::new() };

    fn json(&self, random: &mut Option<Random>) -> String {
        let name = if self.not { "NotPrincipal" } else { "Principal" };
        if self.entries.is_empty() {
            return format!("\"{name}\": \"*\"");
        }
        let mut kinds: Vec<(&str, Vec<String>)> = Vec::new();
        for (kind, entry) in &self.entries {
            match kinds.iter_mut().find(|(own, _)| own == kind) {
                Some((_, entries)) => entries.push(quoted(entry)),
                None => kinds.push((kind, vec![quoted(entry)])),
            }
        }
        let kinds: Vec<String> =
            kinds.into_iter().map(|(kind, entries)| format!("\"{kind}\": {}", one_or_many(random, entries))).collect();
        format!("\"{name}\": {{{}}}", kinds.join(", "))
    }
}

impl StatementModel {
    /// Of everything, to everybody.
    pub(super) fn all(allow: bool) -> Self {
        Self {
            sid: "S".to_owned(),
            allow,
            principal: Some(PrincipalModel::EVERYBODY),
            not_action: false,
            actions: vec!["*".to_owned()],
            not_resource: false,
            resources: vec!["*".to_owned()],
            conditions: Vec::new(),
        }
    }

    /// `random` chooses what AWS says does not matter: the order of elements, a single value or a list of one.
    fn json(&self, layer: Layer, random: &mut Option<Random>) -> String {
        let mut operators: Vec<(&str, Vec<String>)> = Vec::new();
        for condition in &self.conditions {
            let key = format!(
                "{}: {}",
                quoted(&condition.key),
                one_or_many(random, condition.values.iter().map(|text| scalar(text)).collect())
            );
            match operators.iter_mut().find(|(operator, _)| *operator == condition.operator) {
                Some((_, keys)) => keys.push(key),
                None => operators.push((&condition.operator, vec![key])),
            }
        }
        let operators: Vec<String> =
            operators.iter().map(|(operator, keys)| format!("\"{operator}\": {{{}}}", keys.join(", "))).collect();
        let mut members = vec![
            format!("\"Sid\": \"{}\"", self.sid),
            format!("\"Effect\": \"{}\"", if self.allow { "Allow" } else { "Deny" }),
        ];
        if has_principals(layer) {
            members.extend(self.principal.as_ref().map(|principal| principal.json(random)));
        }
        members.push(format!(
            "\"{}\": {}",
            if self.not_action { "NotAction" } else { "Action" },
            one_or_many(random, self.actions.iter().map(|text| quoted(text)).collect())
        ));
        if layer != Layer::Trust {
            members.push(format!(
                "\"{}\": {}",
                if self.not_resource { "NotResource" } else { "Resource" },
                one_or_many(random, self.resources.iter().map(|text| quoted(text)).collect())
            ));
        }
        if !operators.is_empty() {
            members.push(format!("\"Condition\": {{{}}}", operators.join(", ")));
        }
        if let Some(random) = random {
            random.shuffle(&mut members);
        }
        format!("{{{}}}", members.join(", "))
    }
}

/// A list; with `random`, one alone may stand without it.
fn one_or_many(random: &mut Option<Random>, items: Vec<String>) -> String {
    match (items.as_slice(), random) {
        ([only], Some(random)) => [only.clone(), format!("[{only}]")][random.below(2)].clone(),
        _ => format!("[{}]", items.join(", ")),
    }
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

/// Numbers and booleans stand without quotes where they can.
fn scalar(text: &str) -> String {
    match text {
        "true" | "false" | "300" | "3600" | "3600.5" | "-1" | "1e3" => text.to_owned(),
        _ => quoted(text),
    }
}

impl PolicyModel {
    pub(super) fn of(statements: Vec<StatementModel>) -> Self {
        Self { name: "P".to_owned(), manager: None, version: Some("2012-10-17"), statements: Some(statements) }
    }

    /// One line of JSON, as a policy of `layer`; empty for a document that could not be read.
    pub(super) fn json(&self, layer: Layer, random: &mut Option<Random>) -> String {
        let statements: Vec<String> =
            self.statements.iter().flatten().map(|statement| statement.json(layer, random)).collect();
        let statements = one_or_many(random, statements);
        let mut members = vec![format!("\"Statement\": {statements}")];
        members.extend(self.version.map(|version| format!("\"Version\": \"{version}\"")));
        if let Some(random) = random {
            random.shuffle(&mut members);
        }
        format!("{{{}}}", members.join(", "))
    }

    /// As JSON, with what JSON does not show.
    pub(super) fn shown(&self, layer: Layer) -> String {
        let unread = if self.statements.is_none() { "not read: " } else { "" };
        let manager = self.manager.map_or(String::new(), |account| format!("managed by {account}: "));
        format!("{unread}{manager}{}", self.json(layer, &mut None))
    }

    pub(super) fn policy(&self, layer: Layer, random: &mut Option<Random>) -> Policy {
        let (name, of_iam) = (self.name.as_str(), matches!(layer, Layer::Identity | Layer::Boundary));
        let service = if of_iam { "iam" } else { "organizations" };
        let place = if of_iam { "policy" } else { "policy/o-1/p" };
        let arn = self.manager.map(|account| format!("arn:aws:{service}::{account}:{place}/{name}"));
        let origin = arn.as_deref().filter(|_| of_iam).map_or(Origin::Inline, Origin::of_managed);
        if self.statements.is_none() {
            return Policy::unread(name, arn, origin, "for the sake of it");
        }
        let policy = Policy::new(name, arn, origin, None, &self.json(layer, random));
        assert!(policy.document.is_ok(), "{:?}", policy.document);
        policy
    }
}
