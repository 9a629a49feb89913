//! Fixes as the JSON output has them, and beside that what people are shown of them.

use std::rc::Rc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

use super::{BlockReport, words};
use crate::fix::commands::{AwsCli, commands, no_command};
use crate::fix::terraform::terraform;
use crate::fix::{Edited, Fix, FixKind, Warning, credentials, is_own};
use crate::policy::json::{Kind, Layout, Value};
use crate::principal::Principal;

/// A fix of one document.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct FixReport {
    /// The layer.
    #[schemars(schema_with = "super::codes::layer")]
    pub layer: &'static str,
    /// The policy's name; `null` where no document is meant.
    pub policy: Option<String>,
    /// Its ARN.
    pub policy_arn: Option<String>,
    /// `add-allow`, `extend-allow`, `narrow-deny`, `attach`, `replace-boundary` or `none`.
    #[schemars(schema_with = "super::codes::fix_kind")]
    pub kind: &'static str,
    /// Whether it can be edited where it is.
    pub editable: bool,
    /// The account whose credentials can make the change: the principal's, the resource owner's, of an organization's
    /// policies the managing one. `null` where it is not known, and where there is no edit.
    pub account: Option<String>,
    /// What it does, or what to do instead.
    pub summary: String,
    /// The whole corrected document, in its author's order.
    pub document: Option<InOrder>,
    /// RFC 6902.
    #[schemars(schema_with = "super::codes::patch")]
    pub patch: serde_json::Value,
    /// Unified.
    pub diff: String,
    /// The lines of one POSIX shell script.
    pub commands: Vec<String>,
    /// The changed statements in HCL.
    pub terraform: Option<String>,
    /// The verdict after this fix and those before it.
    pub verified: VerifiedReport,
    /// What it allows beside what was asked.
    pub newly_allowed: Vec<String>,
    /// What to know before.
    pub warnings: Vec<WarningReport>,
    /// The same edit stands with an earlier result, and has to be made once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_as: Option<SameAs>,
    /// Whether somebody has to decide it on its own: it is no part of the edit that the other results share.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
    /// The edit.
    #[serde(skip)]
    pub edited: Option<Rc<Edited>>,
    /// The commands without the one that verifies.
    #[serde(skip)]
    pub steps: Vec<String>,
    /// The line before the commands of a script that stops it under the credentials of another account; none where the
    /// account is not known, or somebody else's.
    #[serde(skip)]
    pub guard: Vec<String>,
    /// Why there are no commands.
    #[serde(skip)]
    pub no_command: Option<&'static str>,
    /// Whose credentials the commands need, `account 123456789012`.
    #[serde(skip)]
    pub credentials: String,
    /// The document as people see it, `BoundaryPolicy (v3)`.
    #[serde(skip)]
    pub shown: String,
}

/// A verdict.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct VerifiedReport {
    /// `allowed`, `denied` or `undetermined`.
    #[schemars(schema_with = "super::codes::verdict")]
    pub verdict: &'static str,
    /// What still blocks.
    pub blocked_by: Vec<BlockReport>,
}

/// A warning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WarningReport {
    /// A stable name.
    pub code: &'static str,
    /// In words.
    pub text: String,
}

/// A place in the lists of fixes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SameAs {
    /// The result, from 0.
    pub result: usize,
    /// The fix of it, from 0.
    pub fix: usize,
}

/// With more results than this in a run, an edit is written out with the first of them alone.
pub const WRITTEN_OUT: usize = 50;

/// The report of a fix; `aws`: the credentials that read the principal, which its commands name where they can make the
/// change; `verify`: the command that asks again, quoted; `whole`: the edit is written out even where it stands with an
/// earlier result.
pub fn fix(fix: &Fix, who: &Principal, aws: &AwsCli, verify: &str, whole: bool) -> FixReport {
    let written = fix.edited.as_deref().filter(|_| whole || fix.same_as.is_none());
    let document = written.and_then(|edited| InOrder::new(&edited.after));
    let others = AwsCli::default();
    let is_own = is_own(fix, who.account.as_deref());
    let aws = if is_own { aws } else { &others };
    let steps = if written.is_some() { commands(fix, who, aws, "") } else { Vec::new() };
    let guarded = fix.account.as_deref().filter(|_| is_own && !steps.is_empty());
    let name = &fix.document.name;
    FixReport {
        layer: fix.layer.code(),
        policy: (!name.is_empty()).then(|| name.clone()),
        policy_arn: fix.document.arn.clone(),
        kind: fix.kind.code(),
        editable: fix.editable,
        account: fix.account.clone(),
        summary: fix.summary.clone(),
        document,
        patch: written.map_or_else(|| serde_json::json!([]), |edited| edited.patch.clone()),
        diff: written.map_or_else(String::new, |edited| edited.diff.clone()),
        commands: if steps.is_empty() { Vec::new() } else { commands(fix, who, aws, verify) },
        terraform: written.and_then(|_| terraform(fix, who)),
        verified: VerifiedReport {
            verdict: fix.verified.verdict.code(),
            blocked_by: super::build::blocks(&fix.verified.blocked_by),
        },
        newly_allowed: fix.newly_allowed.clone(),
        warnings: fix.warnings.iter().map(warning).collect(),
        same_as: fix.same_as.map(|(result, fix)| SameAs { result, fix }),
        apart: fix.apart,
        edited: fix.edited.clone(),
        guard: guarded.map(|account| aws.guard(account)).into_iter().collect(),
        steps,
        no_command: no_command(fix, who).filter(|_| fix.kind != FixKind::Nothing).map(|why| why.words()),
        credentials: credentials(fix, who.account.as_deref()),
        shown: words::fixed(fix),
    }
}

fn warning(found: &Warning) -> WarningReport {
    WarningReport { code: found.code, text: found.text.clone() }
}

/// JSON whose members stay in the order of its text.
#[derive(Debug, Clone)]
pub struct InOrder(Box<RawValue>);

impl InOrder {
    fn new(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok().map(Self)
    }

    /// The text of the document.
    pub fn text(&self) -> &str {
        self.0.get()
    }

    /// Another text in its place; one that is no JSON is `null`.
    pub fn set_text(&mut self, text: &str) {
        self.0 = RawValue::from_string(text.to_owned()).unwrap_or_else(|_| RawValue::NULL.to_owned());
    }
}

impl JsonSchema for InOrder {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Document".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "object"})
    }
}

impl Serialize for InOrder {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layout = Layout::read(self.text()).map_err(S::Error::custom)?;
        Part(layout.root(self.text()), 0).serialize(serializer)
    }
}

/// How deep values are taken apart; a policy is not half as deep.
const DEPTH: usize = 32;

/// A value of a document, at a depth.
struct Part<'t>(Value<'t>, usize);

impl Serialize for Part<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(value, depth) = *self;
        if let Some(members) = value.members().filter(|_| depth < DEPTH) {
            let mut map = serializer.serialize_map(Some(members.clone().count()))?;
            for member in members {
                map.serialize_entry(&member.key, &Part(member.value, depth + 1))?;
            }
            return map.end();
        }
        if value.kind() == Kind::Array && depth < DEPTH {
            let mut list = serializer.serialize_seq(Some(value.items().count()))?;
            for item in value.items() {
                list.serialize_element(&Part(item, depth + 1))?;
            }
            return list.end();
        }
        serde_json::from_str::<&RawValue>(value.get()).map_err(S::Error::custom)?.serialize(serializer)
    }
}
