//! The JSON Schema of everything that the program writes as JSON, from the types that write it.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::report::audit::{AuditFindingReport, AuditReport};
use crate::report::{BlockedReport, GapReport, GroupReport, Report, ResultReport, TestsReport, TrailReport};

/// Every schema by the name of its file in `src/schema/`. What a document is of is told by a member that only its kind has.
pub fn schemas() -> Vec<Kind> {
    vec![
        Kind { file: "diagnose.schema.json", member: "results", schema: of::<Report>() },
        Kind { file: "diagnose.jsonl.schema.json", member: "verdict", schema: of::<ResultReport>() },
        Kind { file: "gap.schema.json", member: "blocked_patterns", schema: of::<GapReport>() },
        Kind { file: "gap.jsonl.schema.json", member: "extent", schema: of::<BlockedReport>() },
        Kind { file: "test.schema.json", member: "tests", schema: of::<TestsReport>() },
        Kind { file: "trail.schema.json", member: "groups", schema: of::<TrailReport>() },
        Kind { file: "trail.jsonl.schema.json", member: "more_resources", schema: of::<GroupReport>() },
        Kind { file: "snapshot.schema.json", member: "diagnose_snapshot", schema: crate::source::schema() },
        Kind { file: "audit.schema.json", member: "principals", schema: of::<AuditReport>() },
        Kind { file: "audit.jsonl.schema.json", member: "fingerprint", schema: of::<AuditFindingReport>() },
    ]
}

/// A kind of document.
#[derive(Debug)]
pub struct Kind {
    /// The name of the schema's file.
    pub file: &'static str,
    /// The member that such a document has, and no other kind.
    pub member: &'static str,
    /// JSON Schema, draft 2020-12. Further members are allowed: fields may be added.
    pub schema: Schema,
}

/// The schema of what is written of a type.
fn of<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}
