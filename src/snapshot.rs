//! Everything known for one answer. "Not read" is not "absent": each layer says which of the two it is.

mod layers;
mod member;
mod sharing;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use layers::{Attached, Layers};
pub use member::{BrokenEntry, Member};
pub use sharing::{Holders, Sharing, Use};

use crate::policy::{Document, DocumentKind, ParseError, Place};
use crate::principal::{Principal, PrincipalKind};

/// The layers of policies that decide a request: AWS calls them policy types.
///
/// In the order in which they are listed to the user, from the organization down to the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Layer {
    /// Service control policies of the principal's account.
    ServiceControl,
    /// Resource control policies of the resource's account.
    ResourceControl,
    /// The policy of the VPC endpoint that the request passes.
    VpcEndpoint,
    /// The policy attached to the resource.
    Resource,
    /// The role trust policy, for `sts:AssumeRole*`.
    Trust,
    /// Identity-based policies: inline, attached, and those of a user's groups.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// Session policies.
    Session,
}

impl Layer {
    /// Every layer, in listing order.
    pub const ALL: [Self; 8] = [
        Self::ServiceControl,
        Self::ResourceControl,
        Self::VpcEndpoint,
        Self::Resource,
        Self::Trust,
        Self::Identity,
        Self::Boundary,
        Self::Session,
    ];

    /// The name in JSON output and in flags.
    pub fn code(self) -> &'static str {
        match self {
            Self::ServiceControl => "scp",
            Self::ResourceControl => "rcp",
            Self::VpcEndpoint => "vpc-endpoint",
            Self::Resource => "resource",
            Self::Trust => "trust",
            Self::Identity => "identity",
            Self::Boundary => "boundary",
            Self::Session => "session",
        }
    }

    /// The name that people give it.
    pub fn words(self) -> &'static str {
        match self {
            Self::ServiceControl => "service control policies",
            Self::ResourceControl => "resource control policies",
            Self::VpcEndpoint => "VPC endpoint policy",
            Self::Resource => "resource-based policy",
            Self::Trust => "role trust policy",
            Self::Identity => "identity policies",
            Self::Boundary => "permissions boundary",
            Self::Session => "session policies",
        }
    }

    /// How AWS's grammar reads its documents.
    pub fn document_kind(self) -> DocumentKind {
        match self {
            Self::ResourceControl | Self::VpcEndpoint | Self::Resource => DocumentKind::OfResource,
            Self::Trust => DocumentKind::Trust,
            Self::ServiceControl | Self::Identity | Self::Boundary | Self::Session => DocumentKind::OfPrincipal,
        }
    }
}

/// How a policy comes to apply to the principal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// Embedded in the role or user.
    Inline,
    /// A managed policy of the account.
    CustomerManaged,
    /// A managed policy of AWS.
    AwsManaged,
    /// Inline in, or attached to, a group of the user.
    Group(String),
    /// A file named on the command line.
    File,
}

impl Origin {
    /// The origin of a managed policy, from its ARN: AWS's own have the account `aws`.
    pub fn of_managed(arn: &str) -> Self {
        match crate::arn::Arn::parse(arn) {
            Some(parsed) if parsed.account == "aws" => Self::AwsManaged,
            Some(_) | None => Self::CustomerManaged,
        }
    }
}

/// Why a policy's document cannot be evaluated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It could not be fetched, or the source does not hold it; the reason in words.
    NotRead(String),
    /// Its text is not a policy document.
    Malformed {
        /// What is wrong, and where in `text`.
        error: ParseError,
        /// The text as it was read.
        text: Box<str>,
    },
}

/// One policy of a layer.
#[derive(Debug, Clone)]
pub struct Policy {
    /// The policy's name, or the name of its file.
    pub name: String,
    /// The ARN of a managed policy.
    pub arn: Option<String>,
    /// How it applies to the principal.
    pub origin: Origin,
    /// The version that is evaluated (the default one), `v3`.
    pub version: Option<String>,
    /// The versions of a managed policy, where the source lists them.
    pub versions: Option<Versions>,
    /// The document, or why there is none. Never dropped: an unreadable policy is an unknown. Shared: a managed policy is
    /// read once, however many principals it is attached to.
    pub document: Result<Arc<Document>, Unreadable>,
    /// The file it was read from, if it was named on the command line.
    pub file: Option<FileRef>,
}

/// The versions that a managed policy has.
///
/// Source: IAM User Guide, "Versioning IAM policies": five at most, and the default one cannot be deleted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Versions {
    /// How many.
    pub count: usize,
    /// The oldest that is not the default one, `v1`.
    pub oldest: Option<String>,
}

/// A policy's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileRef {
    /// The path as given.
    pub path: String,
    /// Where in it the document's text starts, if it is shown as it stands there.
    pub start: Option<Place>,
}

impl Policy {
    /// A policy from the text of its document.
    pub fn new(
        name: impl Into<String>,
        arn: Option<String>,
        origin: Origin,
        version: Option<String>,
        text: &str,
    ) -> Self {
        let document = Document::parse(text).map(Arc::new);
        let document = document.map_err(|error| Unreadable::Malformed { error, text: text.into() });
        Self { name: name.into(), arn, origin, version, versions: None, document, file: None }
    }

    /// A policy that is known to apply but whose document could not be read.
    pub fn unread(name: impl Into<String>, arn: Option<String>, origin: Origin, reason: impl Into<String>) -> Self {
        let document = Err(Unreadable::NotRead(reason.into()));
        Self { name: name.into(), arn, origin, version: None, versions: None, document, file: None }
    }

    /// The text of its document; empty where there is none.
    pub fn text(&self) -> &str {
        self.document.as_ref().map_or("", |document| &document.text)
    }

    /// Whether its document was not read. One that was read and is malformed is not meant.
    pub fn is_unread(&self) -> bool {
        matches!(self.document, Err(Unreadable::NotRead(_)))
    }
}

/// The policies of one level of a layer: of the organization's root, of one OU, of the account. Layers other than SCPs
/// and RCPs have one level.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// What the policies are attached to, where a layer has several levels.
    pub target: Option<String>,
    /// The policies; their Allow statements are a union.
    pub policies: Vec<Policy>,
}

/// What was read of a layer.
#[derive(Debug, Clone)]
pub enum Reading {
    /// Nobody asked for it or the source cannot give it; it does not count.
    NotChecked {
        /// Why, where there is something to say.
        reason: Option<String>,
    },
    /// Reading it failed and it could matter: everything that hangs on it is unknown.
    Failed {
        /// Why.
        reason: String,
    },
    /// Read: there is no policy of this kind.
    Absent,
    /// Read: these policies, level by level; a request must be allowed at each.
    Levels(Vec<Level>),
}

impl Reading {
    /// A layer of one level.
    pub fn policies(policies: Vec<Policy>) -> Self {
        Self::Levels(vec![Level { target: None, policies }])
    }

    /// The policies of all levels.
    pub fn all_policies(&self) -> impl Iterator<Item = &Policy> {
        let levels = if let Self::Levels(levels) = self { levels.as_slice() } else { &[] };
        levels.iter().flat_map(|level| &level.policies)
    }

    /// A layer that nobody asked for.
    pub fn not_checked() -> Self {
        Self::NotChecked { reason: None }
    }
}

/// A read that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The layer that lacks something.
    pub layer: Layer,
    /// The API operation, `iam:GetPolicyVersion`.
    pub operation: String,
    /// A stable code: `access-denied`, `not-found`, `throttled`, `network`, `timeout`, `malformed-reply`,
    /// `service-error`, `not-in-source`.
    pub reason: String,
}

/// Where the policies came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The AWS APIs.
    Aws,
    /// A snapshot file.
    Snapshot,
    /// Policy files.
    Files,
    /// Nowhere: the text of a denial is all there is.
    Message,
}

impl Source {
    /// The name in JSON output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Snapshot => "snapshot",
            Self::Files => "files",
            Self::Message => "message",
        }
    }
}

/// Everything known for one answer about one principal.
#[derive(Debug, Clone)]
pub struct Snapshot {
    /// Where it came from.
    pub source: Source,
    /// The principal, resolved.
    pub principal: Principal,
    /// The tags of the role or user; `None` = not read.
    pub tags: Option<BTreeMap<String, String>>,
    /// The role's trust policy; `None` = not read or not a role.
    pub trust_policy: Option<Policy>,
    /// What was read of each layer.
    pub layers: Layers,
    /// Reads that failed.
    pub unread: Vec<Unread>,
}

impl Snapshot {
    /// A snapshot of a principal to which no identity policies, boundary or session policies are attached in a way that
    /// can be read: the root user and AWS services have none; those of a federated user's session are not known.
    pub fn without_policies(source: Source, principal: Principal) -> Self {
        let mut layers = Layers::default();
        if matches!(principal.kind, PrincipalKind::Root | PrincipalKind::Service | PrincipalKind::Anonymous) {
            for layer in [Layer::Identity, Layer::Boundary, Layer::Session] {
                layers.set(layer, Reading::Absent);
            }
        }
        Self { source, principal, tags: None, trust_policy: None, layers, unread: Vec::new() }
    }
}
