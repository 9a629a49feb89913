//! Who has a managed policy, as far as a source tells.

use std::collections::HashMap;

/// How a managed policy is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Use {
    /// As a permissions boundary.
    Boundary,
    /// Attached to a role, a user or a group.
    Attachment,
}

/// Those who have a managed policy.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Holders {
    /// The ARNs of the first few that the source holds, in its order.
    pub first: Vec<String>,
    /// How many the source holds.
    pub held: usize,
    /// How many there are; `None` where the source may lack some.
    pub count: Option<usize>,
}

/// How many holders of a policy are kept by name: one who asks, and three others.
const NAMED: usize = 4;

/// Who has which managed policy of a source. Asked by name only: the order of the map is nowhere seen.
#[derive(Debug, Clone, Default)]
pub struct Sharing(HashMap<(Use, String), Holders>);

impl Use {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Boundary, Self::Attachment];

    /// The name in a snapshot's file.
    pub fn code(self) -> &'static str {
        match self {
            Self::Boundary => "boundary",
            Self::Attachment => "attachment",
        }
    }
}

impl Sharing {
    /// A role, a user or a group, by its ARN, has the policy.
    pub fn note(&mut self, how: Use, policy: &str, holder: &str) {
        let holders = self.0.entry((how, policy.to_owned())).or_default();
        holders.held += 1;
        if holders.first.len() < NAMED {
            holders.first.push(holder.to_owned());
        }
    }

    /// The source holds everybody of the account.
    pub fn is_whole(&mut self) {
        self.0.values_mut().for_each(|holders| holders.count = Some(holders.held));
    }

    /// IAM counted so many users of a policy. A count below what the source holds is of another time.
    pub fn counted(&mut self, how: Use, policy: &str, count: usize) {
        if let Some(holders) = self.0.get_mut(&(how, policy.to_owned())).filter(|holders| holders.held <= count) {
            holders.count = Some(count);
        }
    }

    /// What a source says of a policy as a whole, if it holds no more itself.
    pub fn told(&mut self, how: Use, policy: &str, holders: Holders) {
        let own = self.0.entry((how, policy.to_owned())).or_default();
        if own.held <= holders.held {
            *own = holders;
        }
    }

    /// Those who have a policy; `None` where the source holds nobody.
    pub fn of(&self, how: Use, policy: &str) -> Option<&Holders> {
        self.0.get(&(how, policy.to_owned()))
    }
}
