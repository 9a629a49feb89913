//! The resources of one side of a plan, and what their attributes refer to.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use crate::arn::{Arn, is_account_id};

/// A resource as it is on one side of a plan.
#[derive(Debug, Clone)]
pub(super) struct Resource<'a> {
    /// `module.team["a"].aws_iam_role.deploy[0]`.
    pub(super) address: &'a str,
    /// The address of its module; empty for the root.
    module: &'a str,
    /// `aws_iam_role`.
    pub(super) kind: &'a str,
    /// `deploy`.
    name: &'a str,
    /// Of one of several, its key.
    index: Option<&'a Value>,
    /// It is read, not managed.
    pub(super) is_data: bool,
    values: &'a Value,
    /// In the place of what is known only after the plan is applied: `true`.
    unknown: &'a Value,
}

/// An attribute.
#[derive(Debug, Clone, Copy)]
pub(super) enum Attribute<'a> {
    /// It has this value; what within it is unknown is `null` there.
    Known(&'a Value),
    /// It has none, or an empty one.
    Absent,
    /// Nobody knows before the plan is applied.
    Unknown,
}

const NOTHING: &Value = &Value::Null;

impl<'a> Resource<'a> {
    /// The side `before` or `after` of an entry of `resource_changes`; `None` where the resource is not there.
    pub(super) fn of_change(change: &'a Value, side: &str) -> Option<Self> {
        let module = text(change, "module_address").unwrap_or_default();
        let own = change.get("change")?;
        // What replaces a deposed object is listed by itself.
        let values = own.get(side).filter(|values| values.is_object() && change.get("deposed").is_none())?;
        let unknown = if side == "after" { own.get("after_unknown").unwrap_or(NOTHING) } else { NOTHING };
        Some(Self { values, unknown, ..Self::of_values(change, module)? })
    }

    /// An entry of a module's `resources`.
    pub(super) fn of_values(resource: &'a Value, module: &'a str) -> Option<Self> {
        Some(Self {
            address: text(resource, "address")?,
            module,
            kind: text(resource, "type")?,
            name: text(resource, "name")?,
            index: resource.get("index").filter(|index| !index.is_null()),
            is_data: text(resource, "mode") == Some("data"),
            values: resource.get("values").unwrap_or(NOTHING),
            unknown: NOTHING,
        })
    }

    /// An attribute of it.
    pub(super) fn get(&self, name: &str) -> Attribute<'a> {
        if self.unknown.get(name) == Some(&Value::Bool(true)) {
            return Attribute::Unknown;
        }
        match self.values.get(name) {
            None | Some(Value::Null) => Attribute::Absent,
            Some(Value::String(text)) if text.is_empty() => Attribute::Absent,
            Some(value) => Attribute::Known(value),
        }
    }

    /// The text of an attribute, where it is known.
    pub(super) fn text(&self, name: &str) -> Option<&'a str> {
        match self.get(name) {
            Attribute::Known(value) => value.as_str(),
            Attribute::Absent | Attribute::Unknown => None,
        }
    }

    /// Whether something within the attribute is unknown.
    pub(super) fn has_unknown(&self, name: &str) -> bool {
        self.unknown.get(name).is_some_and(is_unknown_within)
    }
}

fn is_unknown_within(unknown: &Value) -> bool {
    match unknown {
        Value::Bool(unknown) => *unknown,
        Value::Array(items) => items.iter().any(is_unknown_within),
        Value::Object(members) => members.values().any(is_unknown_within),
        Value::Null | Value::Number(_) | Value::String(_) => false,
    }
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name)?.as_str()
}

/// What an attribute names: text that is known, and addresses of resources that it refers to.
#[derive(Debug, Default)]
pub(super) struct Names<'a> {
    /// Names or ARNs.
    pub(super) known: Vec<&'a str>,
    /// Numbers of resources.
    pub(super) referred: Vec<usize>,
    /// It names more, and nobody knows what.
    pub(super) is_open: bool,
}

/// The resources of one side.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) resources: Vec<Resource<'a>>,
    configuration: &'a Value,
    /// By module, type and name: the numbers of the resources that one block of the configuration makes.
    blocks: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    /// The partition and account, where all ARNs that are known agree on them.
    pub(super) account: Option<(String, String)>,
    pub(super) notes: Vec<String>,
}

impl<'a> World<'a> {
    pub(super) fn new(resources: Vec<Resource<'a>>, configuration: &'a Value) -> Self {
        let mut blocks: HashMap<(&'a str, &'a str, &'a str), Vec<usize>> = HashMap::new();
        for (number, resource) in resources.iter().enumerate().filter(|(_, resource)| !resource.is_data) {
            blocks.entry((resource.module, resource.kind, resource.name)).or_default().push(number);
        }
        let account = account(&resources);
        Self { resources, configuration, blocks, account, notes: Vec::new() }
    }

    /// What an attribute that holds a name, an ARN, or a list of them stands for.
    pub(super) fn names(&self, from: &Resource<'a>, attribute: &str) -> Names<'a> {
        let mut names = Names::default();
        match from.get(attribute) {
            Attribute::Known(Value::Array(items)) => names.known.extend(items.iter().filter_map(Value::as_str)),
            Attribute::Known(value) => names.known.extend(value.as_str()),
            Attribute::Absent | Attribute::Unknown => {}
        }
        if from.has_unknown(attribute) {
            let referred = self.referred(from, attribute);
            names.is_open = referred.is_empty();
            names.referred = referred;
        }
        names
    }

    /// The resources that the configuration of an attribute refers to. Of several that one block makes, the one of the
    /// same key; where none has it, nobody knows which.
    fn referred(&self, from: &Resource<'a>, attribute: &str) -> Vec<usize> {
        let mut found = Vec::new();
        let expression = self.block(from).and_then(|block| block.get("expressions")?.get(attribute)?.get("references"));
        for reference in expression.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str) {
            let mut parts = reference.split(['.', '[']);
            let (Some(kind), Some(name)) = (parts.next(), parts.next()) else { continue };
            let Some(numbers) = self.blocks.get(&(from.module, kind, name)) else { continue };
            let same_key = |number: &&usize| {
                let other = self.resources.get(**number);
                other.is_some_and(|other| other.index.is_none() || other.index == from.index)
            };
            found.extend(numbers.iter().filter(same_key).copied());
        }
        found.sort_unstable();
        found.dedup();
        found
    }

    /// The block of the configuration that makes a resource.
    fn block(&self, resource: &Resource<'_>) -> Option<&'a Value> {
        let mut module = self.configuration;
        for name in module_names(resource.module) {
            module = module.get("module_calls")?.get(name)?.get("module")?;
        }
        let blocks = module.get("resources")?.as_array()?;
        blocks.iter().find(|block| {
            text(block, "type") == Some(resource.kind)
                && text(block, "name") == Some(resource.name)
                && text(block, "mode") != Some("data")
        })
    }
}

/// `team` and `deep` of `module.team["a.b"].module.deep[0]`.
fn module_names(address: &str) -> Vec<&str> {
    let mut names = Vec::new();
    let mut rest = address;
    while let Some((_, behind)) = rest.split_once("module.") {
        let end = behind.find(['.', '[']).unwrap_or(behind.len());
        let (name, tail) = behind.split_at(end);
        names.push(name);
        // A key may hold anything, dots and brackets among it.
        rest = match tail.strip_prefix("[\"") {
            Some(key) => key.split_once("\"]").map_or("", |(_, rest)| rest),
            None => tail,
        };
    }
    names
}

/// The account of the ARNs of IAM that are known, where it is one.
fn account(resources: &[Resource<'_>]) -> Option<(String, String)> {
    let mut seen: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for arn in resources.iter().filter_map(|resource| Arn::parse(resource.text("arn")?)) {
        if arn.service == "iam" && is_account_id(arn.account) {
            *seen.entry((arn.partition, arn.account)).or_default() += 1;
        }
    }
    for resource in resources.iter().filter(|resource| resource.kind == "aws_caller_identity") {
        if let Some(id) = resource.text("account_id").filter(|id| is_account_id(id)) {
            let partition = resource.text("arn").and_then(Arn::parse).map_or("aws", |arn| arn.partition);
            *seen.entry((partition, id)).or_default() += 1;
        }
    }
    match seen.into_keys().collect::<Vec<_>>().as_slice() {
        [(partition, id)] => Some(((*partition).to_owned(), (*id).to_owned())),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::module_names;

    #[test]
    fn modules_within_modules() {
        assert!(module_names("").is_empty());
        assert_eq!(module_names("module.team"), ["team"]);
        assert_eq!(module_names("module.team[\"a.module.b\"].module.deep[0]"), ["team", "deep"]);
    }
}
