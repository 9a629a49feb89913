//! What is asked: an action, on a resource, in a context.

use std::sync::Arc;

use crate::catalogue::{self, Need, Needs};
use crate::context::Context;
use crate::pattern::{ArnPattern, Pattern, Syntax};
use crate::policy::{head_of, tail_of};
use crate::principal::Principal;
use crate::truth::Truth;

/// The action of a request, `ec2:TerminateInstances`, or a pattern that stands for several.
#[derive(Debug, Clone)]
pub struct Action {
    /// As it is printed.
    pub text: String,
    /// Lower case, as it is matched.
    pub lower: String,
    /// Its first sixteen bytes.
    pub head: u128,
    /// Its last eight bytes, last byte first.
    pub tail: u64,
    /// With wildcards: every action that it matches.
    pub pattern: Option<Pattern>,
    /// What the catalogue knows of it.
    pub known: Option<catalogue::Action>,
    /// Looked up once: it has no resource-level permissions.
    only_star: bool,
    /// Looked up once: where its service prefix ends in `lower`; none where it stands for several services.
    service_end: Option<usize>,
    /// What there is to say about how it was named.
    pub notes: Vec<ActionNote>,
}

/// What there is to say about how an action was named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActionNote {
    /// An operation was named, `s3:HeadObject`; this is the action that it needs.
    Operation {
        /// As it was named.
        asked: String,
        /// Whether AWS's documentation confirms it.
        confirmed: bool,
        /// The actions of which a request needs one, where that is so; which one depends on the request.
        one_of: Vec<String>,
        /// Further actions that some requests need.
        others: Vec<String>,
    },
    /// A denial's text names no action; this is what its operation needs.
    Derived {
        /// The operation, `PutObject`.
        operation: String,
    },
    /// An operation that needs no permission was named.
    NoPermission {
        /// As it was named.
        asked: String,
    },
    /// The catalogue does not know it: a slip of the hand, or newer than the data.
    Unknown {
        /// Actions with a similar name.
        similar: Vec<String>,
    },
    /// The alias of a KMS key was named, of which the action is no action: it is evaluated on the key, which is not known.
    KeyOfAlias {
        /// The alias's ARN.
        asked: String,
    },
    /// The action has no resource-level permissions, and the resource was named with `--exact-resource`.
    ResourceBelieved,
    /// The action has no resource-level permissions, so that the resource that was named does not count.
    ResourceIgnored {
        /// As it was named.
        asked: String,
    },
}

/// Why a text is no action.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ActionError {
    /// Nothing stands before a colon.
    #[error("action `{text}` has no service prefix; write it as service:Name, such as ec2:TerminateInstances")]
    NoService {
        /// What was given.
        text: String,
    },
    /// An operation that has no action of its name.
    #[error(
        "`{text}` is an operation without an action of its name, and which actions it needs is not known; name the action \
         that the policy must allow"
    )]
    Operation {
        /// What was given.
        text: String,
    },
    /// Something AWS has in no action.
    #[error("action `{text}` is malformed: {problem}; write it as service:Name, such as ec2:TerminateInstances")]
    Malformed {
        /// What was given.
        text: String,
        /// What is wrong.
        problem: &'static str,
    },
}

impl Action {
    /// Every action.
    pub fn every() -> Self {
        Self::new("*")
    }

    /// Reads an action; `*` and `?` make it a pattern.
    ///
    /// # Errors
    /// Where it is not of the form `service:Name`.
    pub fn parse(text: &str) -> Result<Self, ActionError> {
        let malformed = |problem| ActionError::Malformed { text: text.to_owned(), problem };
        if text == "*" {
            return Ok(Self::every());
        }
        let Some((service, name)) = text.split_once(':') else {
            return Err(ActionError::NoService { text: text.to_owned() });
        };
        let in_service = |letter: char| letter.is_ascii_alphanumeric() || "-_*?".contains(letter);
        let in_name = |letter: char| letter.is_ascii_alphanumeric() || "-_.*?".contains(letter);
        if service.is_empty() {
            Err(ActionError::NoService { text: text.to_owned() })
        } else if name.is_empty() {
            Err(malformed("no name behind the colon"))
        } else if !service.chars().all(in_service) {
            Err(malformed("a service prefix has letters, digits and hyphens only"))
        } else if !name.chars().all(in_name) {
            Err(malformed("an action's name has letters and digits only"))
        } else {
            Ok(Self::new(text))
        }
    }

    /// The actions that a text stands for: those that a pattern matches, those that an operation (`s3:HeadObject`)
    /// needs, or the one that it names. One that nobody knows stands for itself, with a note.
    ///
    /// # Errors
    /// Where it is not of the form `service:Name`.
    pub fn expand(text: &str) -> Result<Vec<Self>, ActionError> {
        let mut action = Self::parse(text)?;
        if action.known.is_some() || action.lower == "*" || action.lower == "*:*" {
            return Ok(vec![action]);
        }
        if action.pattern.is_some() {
            let all: Vec<Self> = catalogue::expand(text).into_iter().map(Self::known).collect();
            if !all.is_empty() {
                return Ok(all);
            }
        } else if let Some(needed) = needed_by_operation(text) {
            return Ok(needed);
        } else if is_operation_without_action(text) {
            return Err(ActionError::Operation { text: text.to_owned() });
        }
        let similar = catalogue::similar_action(text).iter().map(catalogue::Action::text).collect();
        action.notes.push(ActionNote::Unknown { similar });
        Ok(vec![action])
    }

    /// Whether it has no resource-level permissions: requests for it are made on `*` alone.
    pub fn takes_only_star(&self) -> bool {
        self.only_star
    }

    /// The action of an entry of the catalogue.
    pub fn known(known: catalogue::Action) -> Self {
        let text = known.text();
        let lower = text.to_lowercase();
        let (head, tail) = (head_of(&lower), tail_of(&lower));
        let only_star = known.takes_only_star();
        let service_end = service_end(&lower);
        Self { text, head, tail, lower, pattern: None, known: Some(known), only_star, service_end, notes: Vec::new() }
    }

    fn new(text: &str) -> Self {
        let syntax = Syntax { wildcards: true, variables: false, fold_case: true };
        let lower = text.to_lowercase();
        let pattern = text.contains(['*', '?']).then(|| Pattern::parse(text, syntax));
        let known = if pattern.is_none() { catalogue::action(text) } else { None };
        let only_star = known.is_some_and(|known| known.takes_only_star());
        let text = known.map_or_else(|| text.to_owned(), |known| known.text());
        let (head, tail, service_end) = (head_of(&lower), tail_of(&lower), service_end(&lower));
        Self { text, head, tail, lower, pattern, known, only_star, service_end, notes: Vec::new() }
    }

    /// The service prefix in lower case; `None` where the action stands for several services.
    pub fn service(&self) -> Option<&str> {
        self.lower.get(..self.service_end?)
    }
}

fn service_end(lower: &str) -> Option<usize> {
    let (service, _) = lower.split_once(':')?;
    (!service.contains(['*', '?'])).then_some(service.len())
}

/// The actions that the operation of a text like `s3:HeadObject` needs; `None` where it is no operation, or what it needs
/// is not known.
fn needed_by_operation(text: &str) -> Option<Vec<Action>> {
    let (client, name) = text.split_once(':')?;
    let operation = catalogue::operation(client, name)?;
    let Needs::Actions(needs) = operation.needs else {
        let mut action = Action::new(&format!("{}:{}", client.to_lowercase(), operation.name));
        action.notes.push(ActionNote::NoPermission { asked: text.to_owned() });
        return (operation.needs == Needs::Nothing).then(|| vec![action]);
    };
    let texts =
        |need: &Need, skip: usize| need.any_of.iter().skip(skip).map(catalogue::Action::text).collect::<Vec<_>>();
    // Of S3's alternatives the first is the plain request, and the others are about versions.
    let first_alone = |need: &Need| need.any_of.first().is_some_and(|first| first.service().prefix() == "s3");
    let optional = needs.iter().filter(|need| !need.always).flat_map(|need| texts(need, 0));
    let alternatives = needs.iter().filter(|need| need.always && first_alone(need)).flat_map(|need| texts(need, 1));
    let others: Vec<String> = alternatives.chain(optional).collect();
    let mut actions: Vec<Action> = Vec::new();
    for need in needs.iter().filter(|need| need.always) {
        let taken = if first_alone(need) { 1 } else { need.any_of.len() };
        let one_of = if taken > 1 { texts(need, 0) } else { Vec::new() };
        for known in need.any_of.iter().take(taken) {
            let note = ActionNote::Operation {
                asked: text.to_owned(),
                confirmed: operation.confirmed,
                one_of: one_of.clone(),
                others: others.clone(),
            };
            actions.push(Action { notes: vec![note], ..Action::known(*known) });
        }
    }
    (!actions.is_empty()).then_some(actions)
}

/// Whether a text like `cloudfront:CreateDistributionWithTags` is an operation of which the needed actions are not known.
fn is_operation_without_action(text: &str) -> bool {
    let operation = text.split_once(':').and_then(|(client, name)| catalogue::operation(client, name));
    operation.is_some_and(|operation| operation.needs == Needs::NotKnown)
}

/// The resource of a request.
#[derive(Debug, Clone)]
pub enum Resource {
    /// The string that AWS evaluates, character by character.
    Exact(String),
    /// Every resource that the pattern matches.
    Pattern {
        /// As it was written.
        text: String,
        /// Compiled.
        pattern: ArnPattern,
    },
}

impl Resource {
    /// A resource as given by a user: with wildcards it stands for all that it matches, unless `exact`.
    pub fn new(text: &str, exact: bool) -> Self {
        if exact || !text.contains(['*', '?']) {
            return Self::Exact(text.to_owned());
        }
        Self::Pattern { text: text.to_owned(), pattern: ArnPattern::resource(text, false) }
    }

    /// Any resource at all.
    pub fn any() -> Self {
        Self::new("*", false)
    }

    /// As it is printed.
    pub fn text(&self) -> &str {
        match self {
            Self::Exact(text) | Self::Pattern { text, .. } => text,
        }
    }
}

/// Who asks, as statements with a `Principal` see it.
#[derive(Debug, Clone)]
pub struct Caller {
    /// The principal, resolved; many requests have the same.
    pub principal: Arc<Principal>,
    /// Whether it has a permissions boundary.
    pub has_boundary: Truth,
}

/// One question to the evaluator.
#[derive(Debug, Clone)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// What is to be done.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// In which circumstances.
    pub context: Context,
}

#[cfg(test)]
mod tests {
    use super::Action;

    #[test]
    fn actions_have_a_service_and_a_name() {
        for good in ["ec2:TerminateInstances", "s3:Get*", "*", "*:*", "sqs:createqueue", "execute-api:Invoke", "a4b:?x"]
        {
            assert!(Action::parse(good).is_ok(), "{good}");
        }
        for bad in [
            "TerminateInstances",
            "ec2.Terminate",
            "",
            ":x",
            "ec2:",
            "ec2:a b",
            "ec2:a:b",
            "ec2 :x",
            "s3:Ünïx",
            "a\u{1b}:b",
        ] {
            assert!(Action::parse(bad).is_err(), "{bad}");
        }
    }
}
