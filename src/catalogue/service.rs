//! A service: finding its lines, and reading them.

use std::cmp::Ordering;
use std::fmt;

use super::{Action, ConditionKey, DATA, MARK, ResourceType, Row, action, lower_case};

/// A service, by its IAM prefix.
#[derive(Clone, Copy)]
pub struct Service {
    prefix: &'static str,
    lines: &'static str,
}

impl PartialEq for Service {
    fn eq(&self, other: &Self) -> bool {
        self.prefix == other.prefix
    }
}

impl Eq for Service {}

impl fmt::Debug for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Service").field(&self.prefix).finish()
    }
}

impl Service {
    /// The IAM prefix, `ec2`: always lower case.
    pub fn prefix(&self) -> &'static str {
        self.prefix
    }

    /// Its actions, in no order.
    pub fn actions(&self) -> impl Iterator<Item = Action> + use<> {
        action::parse(*self)
    }

    /// Its action of a name; case does not matter.
    pub fn action(&self, name: &str) -> Option<Action> {
        action::find(*self, name)
    }

    /// The condition keys that its actions and resource types can carry, sorted; global ones only where it lists them.
    pub fn condition_keys(&self) -> impl Iterator<Item = ConditionKey> + use<> {
        self.rows("k\t").filter_map(ConditionKey::parse)
    }

    /// Its resource types, sorted.
    pub fn resource_types(&self) -> impl Iterator<Item = ResourceType> + use<> {
        self.rows("r\t").map(ResourceType::new)
    }

    pub(super) fn lines(self) -> std::str::Lines<'static> {
        self.lines.lines()
    }

    /// Lines of one letter; keys come first, then types, then actions.
    fn rows(self, letter: &'static str) -> impl Iterator<Item = Row> + use<> {
        let before_actions = self.lines().take_while(|line| !line.starts_with("p\t"));
        before_actions.filter_map(move |line| line.strip_prefix(letter)).map(Row)
    }
}

/// The service of the text between two marks.
pub(super) fn parse(text: &'static str) -> Option<Service> {
    let (prefix, lines) = text.split_once('\n')?;
    Some(Service { prefix, lines })
}

/// Finds a service by bisection: the services are sorted, and few pages of the data are touched.
pub(super) fn find(prefix: &str) -> Option<Service> {
    let (mut low, mut high) = (0, DATA.len());
    while low < high {
        let middle = low.midpoint(high);
        let start = match DATA.get(low..middle)?.rfind(MARK) {
            Some(before) => low + before,
            None => middle + DATA.get(middle..high)?.find(MARK)?,
        };
        let text = DATA.get(start + MARK.len_utf8()..)?.split(MARK).next()?;
        let service = parse(text)?;
        match ignoring_case(service.prefix, prefix) {
            Ordering::Equal => return Some(service),
            Ordering::Less => low = start + MARK.len_utf8() + text.len(),
            Ordering::Greater => high = start,
        }
    }
    None
}

/// `prefix` is lower case already.
fn ignoring_case(prefix: &str, text: &str) -> Ordering {
    prefix.bytes().cmp(lower_case(text))
}
