//! The stable names in JSON, for its schema: each list from the type that the program decides with.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::audit::{Code, Drift, Severity};
use crate::eval::{DenyKind, Evidence, Outcome, Verdict};
use crate::explain::ElementKind;
use crate::fix::FixKind;
use crate::principal::PrincipalKind;
use crate::reach::{Extent, Standing};
use crate::snapshot::{Layer, Source};
use crate::truth::Truth;

/// One of these names.
fn one_of(names: &[&'static str]) -> Schema {
    json_schema!({"type": "string", "enum": names})
}

/// One of these names, or `null`.
fn one_of_or_null(names: &[&'static str]) -> Schema {
    json_schema!({"anyOf": [{"type": "string", "enum": names}, {"type": "null"}]})
}

pub(crate) fn verdict(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Verdict::Allowed, Verdict::Denied, Verdict::Undetermined].map(Verdict::code))
}

pub(crate) fn layer(_: &mut SchemaGenerator) -> Schema {
    one_of(&Layer::ALL.map(Layer::code))
}

pub(crate) fn layer_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&Layer::ALL.map(Layer::code))
}

pub(crate) fn said_by_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&[super::trail::BY_MESSAGE, super::trail::BY_NOW])
}

pub(crate) fn deny(_: &mut SchemaGenerator) -> Schema {
    one_of(&[DenyKind::Explicit, DenyKind::Implicit].map(DenyKind::code))
}

pub(crate) fn deny_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&[DenyKind::Explicit, DenyKind::Implicit].map(DenyKind::code))
}

pub(crate) fn outcome(_: &mut SchemaGenerator) -> Schema {
    let all = [
        Outcome::Allow,
        Outcome::ExplicitDeny,
        Outcome::ImplicitDeny,
        Outcome::Undetermined,
        Outcome::NotChecked,
        Outcome::NotApplicable,
    ];
    one_of(&all.map(Outcome::code))
}

pub(crate) fn evidence(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Evidence::Evaluated, Evidence::Message, Evidence::Aws].map(Evidence::code))
}

pub(crate) fn source(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Source::Aws, Source::Snapshot, Source::Files, Source::Message].map(Source::code))
}

pub(crate) fn principal_kind(_: &mut SchemaGenerator) -> Schema {
    let all = [
        PrincipalKind::Role,
        PrincipalKind::AssumedRole,
        PrincipalKind::User,
        PrincipalKind::FederatedUser,
        PrincipalKind::Root,
        PrincipalKind::Service,
        PrincipalKind::Anonymous,
        PrincipalKind::Unknown,
    ];
    one_of(&all.map(PrincipalKind::code))
}

pub(crate) fn fix_kind(_: &mut SchemaGenerator) -> Schema {
    let all = [
        FixKind::AddAllow,
        FixKind::ExtendAllow,
        FixKind::NarrowDeny,
        FixKind::Attach,
        FixKind::ReplaceBoundary,
        FixKind::Nothing,
    ];
    one_of(&all.map(FixKind::code))
}

pub(crate) fn audit_source(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Source::Aws.code(), Source::Snapshot.code(), "plan"])
}

pub(crate) fn severity(_: &mut SchemaGenerator) -> Schema {
    one_of(&Severity::ALL.map(Severity::code))
}

pub(crate) fn finding(_: &mut SchemaGenerator) -> Schema {
    one_of(&Code::ALL.map(Code::code))
}

pub(crate) fn drift(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Drift::New, Drift::Unchanged].map(Drift::code))
}

pub(crate) fn element(_: &mut SchemaGenerator) -> Schema {
    let all = [
        ElementKind::Effect,
        ElementKind::Principal,
        ElementKind::NotPrincipal,
        ElementKind::Action,
        ElementKind::NotAction,
        ElementKind::Resource,
        ElementKind::NotResource,
        ElementKind::Condition,
        ElementKind::Statement,
    ];
    one_of(&all.map(ElementKind::code))
}

pub(crate) fn element_outcome(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Truth::Yes, Truth::No, Truth::Unknown].map(super::words::outcome))
}

pub(crate) fn effect_or_null(_: &mut SchemaGenerator) -> Schema {
    one_of_or_null(&["Allow", "Deny"])
}

pub(crate) fn applies(_: &mut SchemaGenerator) -> Schema {
    one_of(&["yes", "no", "unknown"])
}

pub(crate) fn relevance(_: &mut SchemaGenerator) -> Schema {
    one_of(&["deciding", "nearest", "other"])
}

pub(crate) fn extent(_: &mut SchemaGenerator) -> Schema {
    one_of(&[Extent::Everywhere, Extent::Partly].map(Extent::code))
}

pub(crate) fn standing(_: &mut SchemaGenerator) -> Schema {
    let all = [Standing::Read, Standing::Absent, Standing::NotChecked(None), Standing::Unclear(String::new())];
    one_of(&all.map(|one| one.code()))
}

/// Source: RFC 6902, "JavaScript Object Notation (JSON) Patch", section 4.
pub(crate) fn patch(_: &mut SchemaGenerator) -> Schema {
    let operation = json_schema!({
        "type": "object",
        "properties": {
            "op": {"type": "string", "enum": ["add", "remove", "replace", "move", "copy", "test"]},
            "path": {"type": "string"},
            "from": {"type": "string"},
            "value": true,
        },
        "required": ["op", "path"],
    });
    json_schema!({"type": "array", "items": operation})
}
