//! Who asks, and whom a policy may name: few, so that they meet.

use diagnose::principal::{Principal, PrincipalKind};
use diagnose::truth::Truth;

/// In which way an entry of `Principal` names a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tag {
    Direct,
    Role,
    Account,
}

/// A caller with all that names it, as the IAM User Guide has it ("AWS JSON policy elements: Principal").
#[derive(Debug)]
pub(super) struct Who {
    /// An ARN, or the name of a service; `unknown`, or `role NAME`, of which nothing else is known.
    pub(super) text: &'static str,
    /// The ARN of the role behind a session.
    entity: Option<&'static str>,
    unique_id: Option<&'static str>,
    /// `*` beside it. What is not listed does not name it.
    pub(super) names: &'static [(&'static str, Tag, Truth)],
}

pub(super) const OWN: &str = "123456789012";
pub(super) const OTHER: &str = "111122223333";
const OWN_ROOT: &str = "arn:aws:iam::123456789012:root";
pub(super) const OTHER_ROOT: &str = "arn:aws:iam::111122223333:root";
pub(super) const ROLE: &str = "arn:aws:iam::123456789012:role/team/MyRole";
const ROLE_WITHOUT_PATH: &str = "arn:aws:iam::123456789012:role/MyRole";
pub(super) const OTHERS_ROLE: &str = "arn:aws:iam::111122223333:role/team/MyRole";
const LINKED_ROLE: &str = "arn:aws:iam::123456789012:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX";
const LINKED_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/AWSServiceRoleForX/s";
const ROLE_ID: &str = "AROAEXAMPLE1234567890";
const ALICE: &str = "arn:aws:iam::123456789012:user/alice";
pub(super) const BOB: &str = "arn:aws:iam::123456789012:user/bob";
const ALICE_ID: &str = "AIDAEXAMPLE1234567890";
const ALICES_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/MyRole/alice";
const BOBS_SESSION: &str = "arn:aws:sts::123456789012:assumed-role/MyRole/bob";
const FEDERATED: &str = "arn:aws:sts::123456789012:federated-user/alice";
const SERVICE: &str = "lambda.amazonaws.com";
pub(super) const CANONICAL: &str = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be";
pub(super) const PROVIDERS: [&str; 2] = ["accounts.google.com", "arn:aws:iam::123456789012:saml-provider/corp"];

/// What `Principal` may list, by its kind.
pub(super) const NAMES: [(&str, &str); 24] = [
    ("AWS", "*"),
    ("AWS", OWN),
    ("AWS", OWN_ROOT),
    ("AWS", OTHER),
    ("AWS", OTHER_ROOT),
    ("AWS", ROLE),
    ("AWS", ROLE),
    ("AWS", ROLE_WITHOUT_PATH),
    ("AWS", OTHERS_ROLE),
    ("AWS", LINKED_ROLE),
    ("AWS", ROLE_ID),
    ("AWS", ALICE),
    ("AWS", BOB),
    ("AWS", ALICE_ID),
    ("AWS", ALICES_SESSION),
    ("AWS", BOBS_SESSION),
    ("AWS", FEDERATED),
    // Nobody: no wildcard in an ARN.
    ("AWS", "arn:aws:iam::123456789012:role/*"),
    ("Service", SERVICE),
    ("Service", "ec2.amazonaws.com"),
    ("Service", "*"),
    ("Federated", PROVIDERS[0]),
    ("Federated", PROVIDERS[1]),
    ("CanonicalUser", CANONICAL),
];

/// Lists by which a `NotPrincipal` spares a session, a user, or whoever comes by itself.
pub(super) const SPARING: [&[(&str, &str)]; 4] = [
    &[("AWS", OWN), ("AWS", ROLE), ("AWS", ALICES_SESSION)],
    &[("AWS", OWN_ROOT), ("AWS", ALICE)],
    &[("AWS", OWN), ("AWS", FEDERATED)],
    &[("Service", SERVICE), ("Federated", PROVIDERS[0])],
];

use Tag::{Account, Direct, Role};
use Truth::{Unknown, Yes};

pub(super) static CALLERS: [Who; 12] = [
    Who {
        text: ROLE,
        entity: None,
        unique_id: Some(ROLE_ID),
        names: &[
            (ROLE, Role, Yes),
            (ROLE_ID, Role, Yes),
            // Any of its sessions may be meant.
            (ALICES_SESSION, Direct, Unknown),
            (BOBS_SESSION, Direct, Unknown),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        text: ALICES_SESSION,
        entity: Some(ROLE),
        unique_id: Some(ROLE_ID),
        names: &[
            (ROLE, Role, Yes),
            (ROLE_ID, Role, Yes),
            (ALICES_SESSION, Direct, Yes),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        text: BOBS_SESSION,
        entity: None,
        unique_id: None,
        names: &[
            // A session's ARN has no path.
            (ROLE, Role, Yes),
            (ROLE_WITHOUT_PATH, Role, Yes),
            (BOBS_SESSION, Direct, Yes),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        text: ALICE,
        entity: None,
        unique_id: Some(ALICE_ID),
        names: &[
            (ALICE, Direct, Yes),
            (ALICE_ID, Direct, Yes),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        text: OWN_ROOT,
        entity: None,
        unique_id: None,
        names: &[(OWN, Account, Yes), (OWN_ROOT, Account, Yes), (CANONICAL, Account, Unknown)],
    },
    Who {
        text: FEDERATED,
        entity: None,
        unique_id: None,
        names: &[
            (FEDERATED, Direct, Yes),
            // Which user issued the session is not known.
            (ALICE, Role, Unknown),
            (BOB, Role, Unknown),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who { text: SERVICE, entity: None, unique_id: None, names: &[(SERVICE, Direct, Yes)] },
    Who { text: "anonymous", entity: None, unique_id: None, names: &[] },
    Who {
        text: LINKED_ROLE,
        entity: None,
        unique_id: None,
        names: &[
            (LINKED_ROLE, Role, Yes),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        // In which account is not known.
        text: "role MyRole",
        entity: None,
        unique_id: None,
        names: &[
            (ROLE, Role, Unknown),
            (ROLE_WITHOUT_PATH, Role, Unknown),
            (OTHERS_ROLE, Role, Unknown),
            (ALICES_SESSION, Direct, Unknown),
            (BOBS_SESSION, Direct, Unknown),
            (OWN, Account, Unknown),
            (OWN_ROOT, Account, Unknown),
            (OTHER, Account, Unknown),
            (OTHER_ROOT, Account, Unknown),
            (CANONICAL, Account, Unknown),
        ],
    },
    Who {
        // Services give the name; the path of the role is not in the session's ARN.
        text: LINKED_SESSION,
        entity: None,
        unique_id: None,
        names: &[
            (LINKED_ROLE, Role, Yes),
            (OWN, Account, Yes),
            (OWN_ROOT, Account, Yes),
            (CANONICAL, Account, Unknown),
        ],
    },
    // Whoever is named may be meant.
    Who { text: "unknown", entity: None, unique_id: None, names: &[] },
];

impl Who {
    pub(super) fn principal(&self) -> Principal {
        let principal = match self.text.strip_prefix("role ") {
            Some(name) => Principal::named(PrincipalKind::Role, name),
            None if self.text == "unknown" => Principal::unknown(),
            None => Principal::from_arn(self.text).unwrap(),
        };
        let entity_arn = self.entity.map_or(principal.entity_arn.clone(), |arn| Some(arn.to_owned()));
        Principal { entity_arn, unique_id: self.unique_id.map(str::to_owned), ..principal }
    }

    /// What `aws:PrincipalArn` is: of a session the ARN of its role.
    pub(super) fn entity(&self) -> &'static str {
        self.entity.unwrap_or(self.text)
    }

    /// Whether nothing about it is left open.
    pub(super) fn is_certain(&self) -> bool {
        let certain = |(name, _, truth): &(&str, Tag, Truth)| *truth == Yes || *name == CANONICAL;
        self.text != "unknown" && self.names.iter().all(certain)
    }
}
