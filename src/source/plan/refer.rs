//! What the expressions of a configuration refer to: which resource an attribute means whose value is not known yet.
//!
//! A reference is followed through `each.value`, the variables of modules and their outputs. What it is in the end is told
//! by nobody where it goes through a local value or a data source: they are open.
//!
//! Source: Terraform, "JSON Output Format", expression representation: "references" lists what an expression refers to,
//! each followed by its own beginnings; `dynamic` blocks and local values are left out.

use serde_json::Value;

use super::world::{Resource, World, module_steps};

/// What an expression refers to.
#[derive(Debug, Default)]
pub(super) struct Referred {
    /// Numbers of resources, ascending.
    pub(super) numbers: Vec<usize>,
    /// It also refers to what cannot be followed.
    pub(super) is_open: bool,
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy)]
struct Place<'a> {
    /// The address of the module.
    module: &'a str,
    /// Of one of several, its key.
    key: Option<&'a Value>,
    /// What `each.value` is of.
    for_each: Option<&'a Value>,
}

/// Modules within modules, and references that go round: no configuration of people is deeper.
const DEPTH: usize = 16;

impl<'a> World<'a> {
    /// The resources that an attribute refers to.
    pub(super) fn referred(&self, from: &Resource<'a>, attribute: &str) -> Referred {
        let mut found = Referred::default();
        if let Some(block) = self.block(from) {
            let place = Place { module: from.module, key: from.index, for_each: block.get("for_each_expression") };
            let expression = block.get("expressions").and_then(|all| all.get(attribute));
            self.follow(expression, place, false, DEPTH, &mut found);
        }
        found.numbers.sort_unstable();
        found.numbers.dedup();
        found
    }

    /// Follows an expression; `is_keyed` = it is taken at the key of its place.
    fn follow(
        &self,
        expression: Option<&'a Value>,
        place: Place<'a>,
        is_keyed: bool,
        depth: usize,
        found: &mut Referred,
    ) {
        let Some(depth) = depth.checked_sub(1) else {
            found.is_open = true;
            return;
        };
        let list = expression.and_then(|one| one.get("references")?.as_array()).map_or(&[][..], Vec::as_slice);
        let is_keyed = is_keyed || list.iter().filter_map(Value::as_str).any(is_of_key);
        let mut last = "";
        for reference in list.iter().filter_map(Value::as_str) {
            if last.strip_prefix(reference).is_some_and(|rest| rest.starts_with(['.', '['])) {
                continue;
            }
            last = reference;
            let steps = steps(reference);
            match steps.as_slice() {
                [Step::Name("each"), Step::Name("value"), ..] => {
                    self.follow(place.for_each, Place { for_each: None, ..place }, true, depth, found);
                }
                [Step::Name("each" | "count" | "path" | "terraform" | "self"), ..] => {}
                [Step::Name("var"), Step::Name(name), ..] => self.of_variable(place.module, name, depth, found),
                [Step::Name("local" | "data"), ..] => found.is_open = true,
                [Step::Name("module"), Step::Name(name), rest @ ..] => {
                    self.of_output(place, (name, rest), is_keyed, depth, found);
                }
                [Step::Name(kind), Step::Name(name), rest @ ..] => {
                    let key = match rest.first() {
                        Some(Step::Key(key)) => Some(key.clone()),
                        Some(Step::Name(_)) | None => place.key.filter(|_| is_keyed).cloned(),
                    };
                    found.numbers.extend(self.of_block((place.module, kind, name), key.as_ref()));
                }
                _ => {}
            }
        }
    }

    /// The resources that a block makes: the one of this key where there is one, else all of them.
    fn of_block(&self, block: (&str, &str, &str), key: Option<&Value>) -> Vec<usize> {
        let all = self.numbers(block);
        let of_key =
            |number: &&usize| key.is_some() && self.resources.get(**number).is_some_and(|one| one.index == key);
        match all.iter().find(of_key) {
            Some(number) => vec![*number],
            None => all.to_vec(),
        }
    }

    /// What the module was called with. Variables of the root module have values, which are known.
    fn of_variable(&self, module: &'a str, name: &str, depth: usize, found: &mut Referred) {
        let Some(own) = module_steps(module).pop() else { return };
        let call = self.module(own.parent).and_then(|parent| parent.get("module_calls")?.get(own.name));
        let expression = call.and_then(|call| call.get("expressions")?.get(name));
        let for_each = call.and_then(|call| call.get("for_each_expression"));
        // The key of a module is text of its address, which is not kept as a value: nothing is taken at it.
        self.follow(expression, Place { module: own.parent, key: None, for_each }, false, depth, found);
    }

    /// What a module gives back, `[KEY]` and `.NAME` behind its own name.
    fn of_output(
        &self,
        place: Place<'a>,
        (module, rest): (&str, &[Step<'_>]),
        is_keyed: bool,
        depth: usize,
        found: &mut Referred,
    ) {
        let (key, output) = match rest {
            [Step::Key(key), Step::Name(output), ..] => (Some(key.clone()), output),
            [Step::Name(output), ..] => (place.key.filter(|_| is_keyed).cloned(), output),
            _ => {
                found.is_open = true;
                return;
            }
        };
        let called = self.module(place.module).and_then(|own| own.get("module_calls")?.get(module)?.get("module"));
        let expression = called.and_then(|called| called.get("outputs")?.get(*output)?.get("expression"));
        let instances = self.instances(place.module, module);
        let keyed = key.map(|key| format!("[{key}]"));
        let of_key = keyed.and_then(|key| instances.iter().find(|address| address.ends_with(&key)));
        for address in of_key.map_or(&*instances, std::slice::from_ref) {
            self.follow(expression, Place { module: address, key: None, for_each: None }, false, depth, found);
        }
        found.is_open |= expression.is_none();
    }
}

fn is_of_key(reference: &str) -> bool {
    ["each.key", "each.value", "count.index"].iter().any(|of| reference.starts_with(of))
}

/// A part of a reference.
#[derive(Debug, Clone, PartialEq)]
enum Step<'r> {
    Name(&'r str),
    /// `[0]` or `["a"]`.
    Key(Value),
}

/// The parts of `aws_iam_role.app["a.b"].name`.
fn steps(reference: &str) -> Vec<Step<'_>> {
    let mut steps = Vec::new();
    let mut rest = reference;
    while !rest.is_empty() {
        if let Some(inner) = rest.strip_prefix('[') {
            let mut values = serde_json::Deserializer::from_str(inner).into_iter::<Value>();
            let Some(Ok(key)) = values.next() else { break };
            let behind = inner.get(values.byte_offset()..).and_then(|behind| behind.strip_prefix(']'));
            steps.push(Step::Key(key));
            rest = behind.unwrap_or_default();
        } else {
            let own = rest.strip_prefix('.').unwrap_or(rest);
            let (name, behind) = own.split_at(own.find(['.', '[']).unwrap_or(own.len()));
            steps.push(Step::Name(name));
            rest = behind;
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Step, steps};

    #[test]
    fn the_steps_of_a_reference() {
        let (name, key) = (Step::Name, |value| Step::Key(value));
        assert_eq!(steps("each.value"), [name("each"), name("value")]);
        assert_eq!(
            steps("aws_iam_role.app[\"a.b]\"].name"),
            [name("aws_iam_role"), name("app"), key(json!("a.b]")), name("name")]
        );
        assert_eq!(steps("module.team[0].arn"), [name("module"), name("team"), key(json!(0)), name("arn")]);
        for broken in ["", "[", "a[", "a[\"", "a[0", "..", "a..b", "a[0]b"] {
            let _ = steps(broken);
        }
    }
}
