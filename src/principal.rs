//! Who asks: the principal of a request, and what its ARN alone says about it.
//!
//! Source: IAM User Guide, "IAM identifiers" and "AWS JSON policy elements: Principal".

use crate::arn::{Arn, is_account_id};

/// The kinds of principal that AWS tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// An IAM role, asked for without one of its sessions.
    Role,
    /// A session of an IAM role.
    AssumedRole,
    /// An IAM user.
    User,
    /// A session of `sts:GetFederationToken`.
    FederatedUser,
    /// The account's root user.
    Root,
    /// An AWS service that calls in its own name.
    Service,
    /// Nobody in particular: a request without credentials.
    Anonymous,
    /// Nothing is known: loose policy files without a principal.
    Unknown,
}

impl PrincipalKind {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Role => "role",
            Self::AssumedRole => "assumed-role",
            Self::User => "user",
            Self::FederatedUser => "federated-user",
            Self::Root => "root",
            Self::Service => "service",
            Self::Anonymous => "anonymous",
            Self::Unknown => "unknown",
        }
    }

    /// Whether it is a role or one of its sessions.
    pub fn is_role(self) -> bool {
        matches!(self, Self::Role | Self::AssumedRole)
    }
}

/// A principal, as far as it is known.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Principal {
    /// What it is.
    pub kind: PrincipalKind,
    /// Its ARN as asked for and resolved: a session keeps its session ARN. For a service, its name.
    pub arn: Option<String>,
    /// The ARN of the IAM entity that carries the policies: the role (with its path) of a session, else the same as
    /// `arn`. `None` where the path is not known.
    pub entity_arn: Option<String>,
    /// The 12-digit account.
    pub account: Option<String>,
    /// The role's or user's name without its path.
    pub name: Option<String>,
    /// The name of the role session, where one was asked for.
    pub session: Option<String>,
    /// The unique id (`AROA…`, `AIDA…`) of the entity, where the source gives it.
    pub unique_id: Option<String>,
}

impl Principal {
    /// Nobody in particular: the policies are looked at for any principal.
    pub fn unknown() -> Self {
        Self {
            kind: PrincipalKind::Unknown,
            arn: None,
            entity_arn: None,
            account: None,
            name: None,
            session: None,
            unique_id: None,
        }
    }

    /// The principal that an ARN (or the name of an AWS service, `ec2.amazonaws.com`) names, or `None` where AWS has no
    /// such principal.
    pub fn from_arn(text: &str) -> Option<Self> {
        let mut principal = Self::unknown();
        principal.arn = Some(text.to_owned());
        if text == "anonymous" {
            principal.kind = PrincipalKind::Anonymous;
            return Some(principal);
        }
        let Some(arn) = Arn::parse(text) else {
            let service = text.contains(".amazonaws.com") && !text.contains([':', '/', ' ']);
            principal.kind = PrincipalKind::Service;
            return service.then_some(principal);
        };
        if !is_account_id(arn.account) {
            return None;
        }
        principal.account = Some(arn.account.to_owned());
        let (kind, rest) = arn.resource.split_once('/').unwrap_or((arn.resource, ""));
        let last = rest.rsplit('/').next().unwrap_or(rest);
        match (arn.service, kind) {
            ("iam", "root") if rest.is_empty() => {
                principal.kind = PrincipalKind::Root;
                principal.entity_arn = Some(text.to_owned());
            }
            ("iam", "role" | "user") if !last.is_empty() => {
                principal.kind = if kind == "role" { PrincipalKind::Role } else { PrincipalKind::User };
                principal.entity_arn = Some(text.to_owned());
                principal.name = Some(last.to_owned());
            }
            ("sts", "assumed-role") => {
                let (role, session) = rest.split_once('/')?;
                if role.is_empty() || session.is_empty() || session.contains('/') {
                    return None;
                }
                principal.kind = PrincipalKind::AssumedRole;
                principal.name = Some(role.to_owned());
                principal.session = Some(session.to_owned());
            }
            ("sts", "federated-user") if !rest.is_empty() => {
                principal.kind = PrincipalKind::FederatedUser;
                principal.name = Some(rest.to_owned());
            }
            _ => return None,
        }
        Some(principal)
    }

    /// Whether it is a service-linked role. The ARN of a session does not tell the path of its role; then the name does, which
    /// the service gave it.
    pub fn is_service_linked(&self) -> bool {
        match &self.entity_arn {
            Some(arn) => Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("role/aws-service-role/")),
            None => self.kind.is_role() && self.name.as_ref().is_some_and(|name| name.starts_with("AWSServiceRoleFor")),
        }
    }

    /// Whether IAM Identity Center keeps it for a permission set; of a session's role, whose path its ARN does not tell, by its
    /// name.
    ///
    /// Source: IAM Identity Center User Guide, "Referencing permission sets in resource policies".
    pub fn is_of_permission_set(&self) -> bool {
        match &self.entity_arn {
            Some(arn) => Arn::parse(arn).is_some_and(|arn| arn.resource.starts_with("role/aws-reserved/")),
            None => self.kind.is_role() && self.name.as_ref().is_some_and(|name| name.starts_with("AWSReservedSSO_")),
        }
    }

    /// The permission set that IAM Identity Center keeps it for: the name of `AWSReservedSSO_Dev_0123456789abcdef` without what
    /// stands around it.
    pub fn permission_set(&self) -> Option<&str> {
        let name = self.name.as_deref().filter(|_| self.is_of_permission_set())?;
        name.strip_prefix("AWSReservedSSO_")?.rsplit_once('_').map(|(set, _)| set).filter(|set| !set.is_empty())
    }

    /// A role or user by its name alone.
    pub fn named(kind: PrincipalKind, name: &str) -> Self {
        Self { kind, name: Some(name.to_owned()), ..Self::unknown() }
    }

    /// The principal as it was asked for, with what was found about the entity behind it: a session stays a session.
    #[must_use]
    pub fn asked_as(self, ask: &Self) -> Self {
        if ask.kind != PrincipalKind::AssumedRole {
            return self;
        }
        Self { entity_arn: self.entity_arn, unique_id: self.unique_id, name: self.name, ..ask.clone() }
    }
}
