//! The resources of one side of a plan, and what their attributes refer to.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::refer::Referred;
use crate::arn::{Arn, is_account_id};

/// A resource as it is on one side of a plan.
#[derive(Debug, Clone)]
pub(super) struct Resource<'a> {
    /// `module.team["a"].aws_iam_role.deploy[0]`.
    pub(super) address: &'a str,
    /// The address of its module; empty for the root.
    pub(super) module: &'a str,
    /// `aws_iam_role`.
    pub(super) kind: &'a str,
    /// `deploy`.
    name: &'a str,
    /// Of one of several, its key.
    pub(super) index: Option<&'a Value>,
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

/// By type and name.
type Blocks<'a> = HashMap<(&'a str, &'a str), Vec<usize>>;

/// The resources of one side.
#[derive(Debug)]
pub(super) struct World<'a> {
    pub(super) resources: Vec<Resource<'a>>,
    configuration: &'a Value,
    /// By module, then by type and name: the numbers of the resources that one block of the configuration makes.
    blocks: BTreeMap<&'a str, Blocks<'a>>,
    /// The partition and account, where all ARNs that are known agree on them.
    pub(super) account: Option<(String, String)>,
    pub(super) notes: Vec<String>,
}

impl<'a> World<'a> {
    pub(super) fn new(resources: Vec<Resource<'a>>, configuration: &'a Value) -> Self {
        let mut blocks: BTreeMap<&'a str, Blocks<'a>> = BTreeMap::new();
        for (number, resource) in resources.iter().enumerate().filter(|(_, resource)| !resource.is_data) {
            let own = blocks.entry(resource.module).or_default();
            own.entry((resource.kind, resource.name)).or_default().push(number);
        }
        let account = account(&resources);
        Self { resources, configuration, blocks, account, notes: Vec::new() }
    }

    /// What an attribute that holds a name, an ARN, or a list of them stands for, among the resources that `is_meant` is
    /// about.
    pub(super) fn names(
        &self,
        from: &Resource<'a>,
        attribute: &str,
        is_meant: impl Fn(&Resource<'a>) -> bool,
    ) -> Names<'a> {
        let mut names = Names::default();
        match self.own(from, attribute) {
            Attribute::Known(Value::Array(items)) => names.known.extend(items.iter().filter_map(Value::as_str)),
            Attribute::Known(value) => names.known.extend(value.as_str()),
            Attribute::Absent => return names,
            Attribute::Unknown => {}
        }
        let unknown = from.unknown.get(attribute).map_or(Count::Exactly(0), count_unknown);
        let most = if LISTS.contains(&attribute) { unknown } else { unknown.min(Count::Exactly(1)) };
        if most == Count::Exactly(0) {
            return names;
        }
        let Referred { mut numbers, is_open } = self.referred(from, attribute);
        // Set to a value that turned out to be null: it is the provider's again.
        let is_null = numbers.is_empty() && !is_open && self.is_configured(from, attribute) == Some(true);
        if is_null && COMPUTED.contains(&attribute) {
            return names;
        }
        // What has an ARN already is not what will be known only later.
        let is_possible =
            |one: &Resource<'a>| is_meant(one) && (one.kind != "aws_iam_policy" || one.text("arn").is_none());
        numbers.retain(|number| self.resources.get(*number).is_some_and(is_possible));
        (names.is_open, names.referred) = match most {
            // Some of several: nobody knows which.
            Count::Exactly(count) if numbers.len() > count => (true, Vec::new()),
            Count::Exactly(count) => (numbers.len() < count, numbers),
            Count::Any => (numbers.is_empty() || is_open, numbers),
        };
        names
    }

    /// An attribute that the provider fills in where the configuration leaves it out: of what is made new, it is then
    /// empty, though Terraform says that it will be known only later.
    /// Source: AWS provider, `aws_iam_role`: `inline_policy` and `managed_policy_arns` are optional and computed.
    pub(super) fn own(&self, of: &Resource<'a>, name: &str) -> Attribute<'a> {
        let attribute = of.get(name);
        let is_computed = matches!(attribute, Attribute::Unknown) && COMPUTED.contains(&name);
        if is_computed && self.is_configured(of, name) == Some(false) { Attribute::Absent } else { attribute }
    }

    /// Whether the configuration sets an attribute; `None` = the file does not hold the configuration of the resource.
    pub(super) fn is_configured(&self, of: &Resource<'_>, name: &str) -> Option<bool> {
        Some(self.block(of)?.get("expressions").is_some_and(|all| all.get(name).is_some()))
    }

    /// The numbers of the resources that a block of a module makes: by module, type and name.
    pub(super) fn numbers<'s>(&'s self, (module, kind, name): (&'s str, &'s str, &'s str)) -> &'s [usize] {
        let own = self.blocks.get(module).and_then(|blocks| blocks.get(&(kind, name)));
        own.map_or(&[], Vec::as_slice)
    }

    /// The addresses of the modules that one call in a module makes.
    pub(super) fn instances(&self, module: &str, name: &str) -> Vec<&'a str> {
        let made = |address: &&'a str| {
            let own = module_steps(address).pop();
            own.is_some_and(|own| own.parent == module && own.name == name)
        };
        self.blocks.keys().copied().filter(made).collect()
    }

    /// The block of the configuration that makes a resource.
    pub(super) fn block(&self, resource: &Resource<'_>) -> Option<&'a Value> {
        let blocks = self.module(resource.module)?.get("resources")?.as_array()?;
        blocks.iter().find(|block| {
            text(block, "type") == Some(resource.kind)
                && text(block, "name") == Some(resource.name)
                && text(block, "mode") != Some("data")
        })
    }

    /// The configuration of a module.
    pub(super) fn module(&self, address: &str) -> Option<&'a Value> {
        let mut module = self.configuration;
        for step in module_steps(address) {
            module = module.get("module_calls")?.get(step.name)?.get("module")?;
        }
        Some(module)
    }
}

/// Attributes that hold several names; the others hold one.
const LISTS: [&str; 5] = ["roles", "users", "groups", "policy_arns", "managed_policy_arns"];
/// Attributes of roles that the provider fills in.
const COMPUTED: [&str; 2] = ["inline_policy", "managed_policy_arns"];

/// How many values are not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Count {
    Exactly(usize),
    /// Nobody knows how many there are.
    Any,
}

fn count_unknown(unknown: &Value) -> Count {
    match unknown {
        Value::Bool(true) => Count::Any,
        Value::Array(items) => Count::Exactly(items.iter().filter(|item| is_unknown_within(item)).count()),
        Value::Bool(false) | Value::Null | Value::Object(_) | Value::Number(_) | Value::String(_) => Count::Exactly(0),
    }
}

/// A module on the way to one within it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct ModuleStep<'m> {
    /// The address of the module that calls it; empty for the root.
    pub(super) parent: &'m str,
    /// Its name there.
    pub(super) name: &'m str,
}

/// `module.team["a.b"]` and `module.team["a.b"].module.deep[0]` of the latter, outermost first.
pub(super) fn module_steps(address: &str) -> Vec<ModuleStep<'_>> {
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some((parent, rest)) = address.split_at_checked(at) {
        let Some(own) = rest.strip_prefix('.').unwrap_or(rest).strip_prefix("module.") else { break };
        let name = own.split(['.', '[']).next().unwrap_or(own);
        steps.push(ModuleStep { parent, name });
        let behind = own.get(name.len()..).unwrap_or_default();
        // A key may hold anything, dots and brackets among it.
        let behind = match behind.strip_prefix("[\"") {
            Some(key) => key.split_once("\"]").map_or("", |(_, behind)| behind),
            None => behind.get(behind.find('.').unwrap_or(behind.len())..).unwrap_or_default(),
        };
        at = address.len() - behind.len();
    }
    steps
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
    use super::{ModuleStep, module_steps};

    #[test]
    fn modules_within_modules() {
        let step = |parent, name| ModuleStep { parent, name };
        assert!(module_steps("").is_empty());
        assert_eq!(module_steps("module.team"), [step("", "team")]);
        let deep = module_steps("module.team[\"a.module.b\"].module.deep[0]");
        assert_eq!(deep, [step("", "team"), step("module.team[\"a.module.b\"]", "deep")]);
        assert_eq!(module_steps("module.team[0].module.deep").last(), Some(&step("module.team[0]", "deep")));
        assert_eq!(module_steps("module.team[\"").len(), 1);
    }
}
