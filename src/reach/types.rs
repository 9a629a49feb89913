//! Whether a statement lists every resource that actions take, though it does not say `*`.

use std::borrow::Cow;

use super::{Reach, Rule};
use crate::arn::Arn;
use crate::catalogue::{Ranges, holds};

impl Reach<'_> {
    /// The actions of which a statement names every resource of every type that they take.
    pub(super) fn listed<'r>(&self, rule: &Rule<'r>) -> Option<Cow<'r, Ranges>> {
        rule.about.listed(rule.statement, self.partition.as_deref()?)
    }

    /// Whether an action of a statement is one of those.
    pub(super) fn lists_types(&self, rule: &Rule<'_>, action: u32) -> bool {
        self.listed(rule).is_some_and(|listed| holds(&listed, action))
    }

    /// The partition of the principal, or the only one that policies name.
    pub(super) fn find_partition(&self) -> Option<String> {
        let own = self.snapshot.principal.arn.as_deref().and_then(Arn::parse);
        if let Some(arn) = own {
            return Some(arn.partition.to_owned());
        }
        let named = self.named.iter().filter_map(|named| Some(Arn::parse(named.text)?.partition));
        let mut named = named.filter(|partition| !partition.contains(['*', '?', '$']));
        let first = named.next()?;
        named.all(|other| other == first).then(|| first.to_owned())
    }
}
