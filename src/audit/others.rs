//! The other principals of an account, as far as it matters whether a principal can reach one that has no boundary.

/// Who there is. All lists are sorted and hold each ARN once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Others {
    /// Roles and users that certainly have no boundary. Not service-linked roles, which nobody can change.
    pub unlimited: Vec<String>,
    /// Roles and users that have one.
    pub limited: Vec<String>,
    /// The account's own managed policies that are attached to the unlimited.
    pub their_policies: Vec<String>,
    /// The groups that have some of the unlimited as members.
    pub their_groups: Vec<String>,
    /// There are no others.
    pub is_whole: bool,
}

impl Others {
    /// Puts the lists into their order.
    pub fn sorted(mut self) -> Self {
        for list in [&mut self.unlimited, &mut self.limited, &mut self.their_policies, &mut self.their_groups] {
            list.sort_unstable();
            list.dedup();
        }
        self
    }
}
