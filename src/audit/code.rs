//! What an audit can find: stable codes, each with what it means and what to do.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is wrong.
    Info,
    /// A limit that is weaker than it looks, or a grant that does nothing.
    Low,
    /// May let a principal past its boundary, or stops it without anybody meaning to.
    Medium,
    /// Certainly lets a principal past its boundary.
    High,
}

impl Severity {
    /// Most severe first.
    pub const ALL: [Self; 4] = [Self::High, Self::Medium, Self::Low, Self::Info];

    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::High => "high",
            Self::Medium => "medium",
            Self::Low => "low",
            Self::Info => "info",
        }
    }
}

/// The kinds of finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// The principal may remove or replace its own boundary.
    BoundaryCanBeRemoved,
    /// The principal may change the document of its own boundary.
    BoundaryCanBeEdited,
    /// The principal may create or change principals that have no boundary.
    BoundaryIamWithoutConditions,
    /// The boundary allows every action on every resource.
    BoundaryAllowsEverything,
    /// A gap that was not there before.
    GapAppears,
    /// The boundary's document is missing.
    BoundaryDangling,
    /// A policy, or an entry of the account, that cannot be understood.
    PolicyBroken,
    /// There is no boundary.
    BoundaryMissing,
    /// The boundary is a policy of AWS.
    BoundaryAwsManaged,
    /// Identity policies grant what a boundary or another ceiling stops.
    Gap,
    /// A statement that never has an effect, because a ceiling stops all that it grants.
    GrantWithoutEffect,
    /// The boundary stops nothing that the identity policies grant.
    BoundaryNeverLimits,
    /// Several principals have the boundary.
    BoundaryShared,
}

impl Code {
    /// Every code, the most urgent first.
    pub const ALL: [Self; 13] = [
        Self::BoundaryCanBeRemoved,
        Self::BoundaryCanBeEdited,
        Self::BoundaryIamWithoutConditions,
        Self::BoundaryAllowsEverything,
        Self::GapAppears,
        Self::BoundaryDangling,
        Self::PolicyBroken,
        Self::BoundaryMissing,
        Self::BoundaryAwsManaged,
        Self::Gap,
        Self::GrantWithoutEffect,
        Self::BoundaryNeverLimits,
        Self::BoundaryShared,
    ];

    /// The stable name in flags and in output.
    pub fn code(self) -> &'static str {
        match self {
            Self::BoundaryCanBeRemoved => "boundary-can-be-removed",
            Self::BoundaryCanBeEdited => "boundary-can-be-edited",
            Self::BoundaryIamWithoutConditions => "boundary-iam-without-conditions",
            Self::BoundaryAllowsEverything => "boundary-allows-everything",
            Self::GapAppears => "gap-appears",
            Self::BoundaryDangling => "boundary-dangling",
            Self::PolicyBroken => "policy-broken",
            Self::BoundaryMissing => "boundary-missing",
            Self::BoundaryAwsManaged => "boundary-aws-managed",
            Self::Gap => "gap",
            Self::GrantWithoutEffect => "grant-without-effect",
            Self::BoundaryNeverLimits => "boundary-never-limits",
            Self::BoundaryShared => "boundary-shared",
        }
    }

    /// The code of a name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|code| code.code() == name)
    }

    /// What it says, in one sentence without a full stop.
    pub fn title(self) -> &'static str {
        match self {
            Self::BoundaryCanBeRemoved => "A principal may remove or replace its own permissions boundary",
            Self::BoundaryCanBeEdited => "A principal may change the policy that is its permissions boundary",
            Self::BoundaryIamWithoutConditions => {
                "A permissions boundary lets principals make or change others that have no boundary"
            }
            Self::BoundaryAllowsEverything => "A permissions boundary allows every action on every resource",
            Self::GapAppears => "A boundary or another ceiling stops what it did not stop before",
            Self::BoundaryDangling => "The policy that is a permissions boundary is missing",
            Self::PolicyBroken => "A policy, or an entry of the account, cannot be understood",
            Self::BoundaryMissing => "A principal has no permissions boundary",
            Self::BoundaryAwsManaged => "A permissions boundary is a policy of AWS, which AWS changes",
            Self::Gap => "Identity policies grant what a boundary or another ceiling stops",
            Self::GrantWithoutEffect => "A statement grants nothing, because a ceiling stops all of it",
            Self::BoundaryNeverLimits => "A permissions boundary stops nothing that the identity policies grant",
            Self::BoundaryShared => "Several principals have one permissions boundary",
        }
    }

    /// What to do about it.
    pub fn advice(self) -> &'static str {
        match self {
            Self::BoundaryCanBeRemoved => {
                "In the boundary, deny iam:DeleteRolePermissionsBoundary and iam:DeleteUserPermissionsBoundary on *, and allow \
                 iam:PutRolePermissionsBoundary and iam:PutUserPermissionsBoundary only with StringEquals \
                 iam:PermissionsBoundary = the boundary's ARN."
            }
            Self::BoundaryCanBeEdited => {
                "In the boundary, deny iam:CreatePolicyVersion, iam:SetDefaultPolicyVersion, iam:DeletePolicyVersion and \
                 iam:DeletePolicy on the boundary's own ARN."
            }
            Self::BoundaryIamWithoutConditions => {
                "Allow the IAM actions that create principals or change their permissions only with StringEquals \
                 iam:PermissionsBoundary = the boundary's ARN, and limit iam:PassRole and sts:AssumeRole to roles that have \
                 a boundary."
            }
            Self::BoundaryAllowsEverything => "List what principals with this boundary may at most do.",
            Self::GapAppears => "See diagnose gap for the principal; allow in the boundary what is still needed.",
            Self::BoundaryDangling => {
                "Restore the policy or set another boundary; until then nothing certain can be said of the principal."
            }
            Self::PolicyBroken => "Correct it; until then what it grants or denies is not known.",
            Self::BoundaryMissing => "Set a permissions boundary where your rules ask for one.",
            Self::BoundaryAwsManaged => {
                "Use a customer managed copy, so that the limit changes only when you change it."
            }
            Self::Gap => {
                "See diagnose gap for the principal: allow it in the boundary, or take it out of the identity policies."
            }
            Self::GrantWithoutEffect => "Take the statement out, or allow in the boundary what it is meant to grant.",
            Self::BoundaryNeverLimits => "Nothing need be done: the identity policies stay within the boundary.",
            Self::BoundaryShared => {
                "Know that a change of this policy changes all of them; an audit with --boundary shows how."
            }
        }
    }

    /// Whether it is told by the boundary alone, whatever the identity policies are.
    pub(super) fn is_of_boundary(self) -> bool {
        match self {
            Self::BoundaryAllowsEverything
            | Self::BoundaryDangling
            | Self::BoundaryMissing
            | Self::BoundaryAwsManaged
            | Self::BoundaryShared => true,
            Self::BoundaryCanBeRemoved
            | Self::BoundaryCanBeEdited
            | Self::BoundaryIamWithoutConditions
            | Self::GapAppears
            | Self::PolicyBroken
            | Self::Gap
            | Self::GrantWithoutEffect
            | Self::BoundaryNeverLimits => false,
        }
    }

    /// How much it matters at most.
    pub fn severity(self) -> Severity {
        match self {
            Self::BoundaryCanBeRemoved
            | Self::BoundaryCanBeEdited
            | Self::BoundaryIamWithoutConditions
            | Self::BoundaryAllowsEverything
            | Self::GapAppears => Severity::High,
            Self::BoundaryDangling | Self::PolicyBroken | Self::BoundaryMissing => Severity::Medium,
            Self::BoundaryAwsManaged | Self::Gap | Self::GrantWithoutEffect => Severity::Low,
            Self::BoundaryNeverLimits | Self::BoundaryShared => Severity::Info,
        }
    }
}
