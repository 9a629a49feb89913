//! Fixes made for the tests.

use std::rc::Rc;

use diagnose::eval::Verdict;
use diagnose::fix::{Edited, Fix, FixKind, FixedDocument, Verified};
use diagnose::principal::Principal;
use diagnose::snapshot::{Layer, Origin};

/// A document with everything that shells trip over.
pub(super) const NASTY: &str = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {\"Sid\": \"It's \\\"$HOME\\\" `id` $(id) \
     \\\\n \\n !! é \u{1f600}\", \"Effect\": \"Allow\",\r\n\t\"Action\": \"s3:*\", \"Resource\": \
     \"arn:aws:s3:::${aws:username}/*\"}\n  ]\n}\n";

/// The argument that [`NASTY`] becomes.
pub(super) const NASTY_ARGUMENT: &str = r#"{"Version":"2012-10-17","Statement":[{"Sid":"It's \"$HOME\" `id` $(id) \\n \n !! \u00e9 \ud83d\ude00","Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*"}]}"#;

pub(super) const POLICY: &str = "arn:aws:iam::123456789012:policy/team/Boundary";
pub(super) const VERIFY: &str = "diagnose --role MyRole --action s3:GetObject";

pub(super) fn role() -> Principal {
    who("arn:aws:iam::123456789012:role/team/MyRole")
}

pub(super) fn user() -> Principal {
    who("arn:aws:iam::123456789012:user/Ann")
}

pub(super) fn who(arn: &str) -> Principal {
    Principal::from_arn(arn).unwrap()
}

pub(super) fn fix(layer: Layer, kind: FixKind) -> Fix {
    Fix {
        layer,
        kind,
        document: FixedDocument {
            name: "Policy".to_owned(),
            arn: None,
            origin: None,
            version: None,
            path: None,
            attached_to: None,
        },
        editable: true,
        account: None,
        summary: String::new(),
        edited: Some(edited("", NASTY)),
        verified: Verified { verdict: Verdict::Allowed, blocked_by: Vec::new() },
        switched: Vec::new(),
        newly_allowed: Vec::new(),
        warnings: Vec::new(),
        same_as: None,
        apart: false,
    }
}

pub(super) fn edited(before: &str, after: &str) -> Rc<Edited> {
    Rc::new(Edited {
        before: before.to_owned(),
        after: after.to_owned(),
        patch: serde_json::Value::Array(Vec::new()),
        diff: String::new(),
    })
}

/// A policy with an ARN.
pub(super) fn managed(layer: Layer, arn: &str) -> Fix {
    let mut fix = fix(layer, FixKind::AddAllow);
    fix.document.arn = Some(arn.to_owned());
    fix.document.name = arn.rsplit('/').next().unwrap_or_default().to_owned();
    fix.document.origin = Some(Origin::of_managed(arn));
    fix
}

/// A policy in a role, user or group.
pub(super) fn inside(origin: Origin, name: &str) -> Fix {
    let mut fix = fix(Layer::Identity, FixKind::ExtendAllow);
    fix.document.origin = Some(origin);
    fix.document.name = name.to_owned();
    fix
}

/// The policy of a resource, an endpoint or a role.
pub(super) fn attached(layer: Layer, to: &str) -> Fix {
    let mut fix = fix(layer, FixKind::AddAllow);
    fix.document.attached_to = Some(to.to_owned());
    fix
}

pub(super) fn replacing(arn: &str) -> Fix {
    let mut fix = managed(Layer::Boundary, arn);
    fix.kind = FixKind::ReplaceBoundary;
    fix
}

pub(super) fn attaching(name: &str) -> Fix {
    let mut fix = inside(Origin::Inline, name);
    fix.kind = FixKind::Attach;
    fix
}
