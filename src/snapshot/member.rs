//! The roles and users of a whole account.

use super::Snapshot;

/// One role or user of many.
#[derive(Debug, Clone)]
pub struct Member {
    /// What is known of it, but for its trust policy and the policies of resources.
    pub snapshot: Snapshot,
    /// The line of the source's file on which it stands, from 1; `None` where the source is no text file.
    pub line: Option<usize>,
    /// What it is called where it has no ARN yet: its address in a Terraform plan.
    pub address: Option<String>,
}

impl Member {
    /// Its ARN; before it has one, its address.
    pub fn id(&self) -> &str {
        let principal = &self.snapshot.principal;
        principal.arn.as_deref().or(self.address.as_deref()).or(principal.name.as_deref()).unwrap_or_default()
    }
}

/// An entry of an account's lists that is not of the shape that it should have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokenEntry {
    /// Where it stands, `RoleDetailList[2]`.
    pub at: String,
    /// The ARN of what it is about, where it says so.
    pub arn: Option<String>,
    /// What is wrong, in words.
    pub problem: &'static str,
    /// The line of the source's file on which that is, from 1.
    pub line: Option<usize>,
    /// It is about a role or user of which nobody knows which.
    pub hides_principal: bool,
    /// Its text.
    pub text: String,
}
