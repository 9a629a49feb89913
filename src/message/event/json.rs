//! Events as CloudTrail writes them. Only the fields that tell of a denial are read, and nothing is copied before it is
//! known that the call was refused.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;

use super::{Event, Identity, TAGS_OF};
use crate::arn::is_account_id;

/// An event that is still JSON: its strings borrow from it.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Record<'a> {
    /// `eventName`; without it the object is no event.
    #[serde(borrow)]
    pub event_name: Text<'a>,
    event_category: Text<'a>,
    error_code: Text<'a>,
    error_message: Text<'a>,
    #[serde(rename = "eventID")]
    event_id: Text<'a>,
    event_time: Text<'a>,
    event_source: Text<'a>,
    #[serde(rename = "requestID")]
    request_id: Text<'a>,
    aws_region: Text<'a>,
    #[serde(rename = "sourceIPAddress")]
    source_ip_address: Text<'a>,
    user_agent: Text<'a>,
    vpc_endpoint_id: Text<'a>,
    user_identity: Option<&'a RawValue>,
    resources: Option<&'a RawValue>,
    request_parameters: Option<&'a RawValue>,
    event_context: Option<&'a RawValue>,
}

/// A string, or nothing: a value of another kind is none.
#[derive(Debug, Default)]
pub struct Text<'a>(pub Option<Cow<'a, str>>);

impl Text<'_> {
    /// The string.
    pub fn get(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn owned(self) -> Option<String> {
        self.0.map(Cow::into_owned).filter(|text| !text.is_empty())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Text<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyText)
    }
}

/// Takes strings, and passes by everything else.
struct AnyText;

impl<'de> Visitor<'de> for AnyText {
    type Value = Text<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(text))))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Owned(text.to_owned()))))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Self::Value, E> {
        Ok(Text(Some(Cow::Borrowed(if value { "true" } else { "false" }))))
    }

    fn visit_i64<E: de::Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_u64<E: de::Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_f64<E: de::Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
        Ok(Text(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_map(map).map(|_| Text(None))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        IgnoredAny.visit_seq(list).map(|_| Text(None))
    }
}

impl<'a> Record<'a> {
    /// The event of one JSON object; `None` where it is cut off or broken.
    pub fn parse(bytes: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }

    /// Whether the call was refused.
    pub fn is_denied(&self) -> bool {
        super::is_denied(self.error_code.get(), self.error_message.get())
    }

    /// Whether it is a statistic that CloudTrail Insights writes, and no call.
    pub fn is_insight(&self) -> bool {
        self.event_category.get() == Some("Insight")
    }

    /// The event, its nested parts read.
    pub fn event(self) -> Event {
        let value = |raw: Option<&RawValue>| {
            raw.and_then(|raw| serde_json::from_str::<Value>(raw.get()).ok()).unwrap_or_default()
        };
        let parameters = value(self.request_parameters);
        let versioned = parameters.get("versionId").is_some_and(|id| !id.is_null());
        let resources = value(self.resources);
        Event {
            id: self.event_id.owned(),
            time: self.event_time.owned(),
            source: self.event_source.owned(),
            name: self.event_name.owned(),
            error_code: self.error_code.owned(),
            error_message: self.error_message.owned(),
            request_id: self.request_id.owned(),
            region: self.aws_region.owned(),
            address: self.source_ip_address.owned(),
            agent: self.user_agent.owned(),
            endpoint: self.vpc_endpoint_id.owned(),
            identity: identity(&value(self.user_identity)),
            resources: arns(&resources),
            owners: owners(&resources),
            versioned,
            parameters,
            context: context(&value(self.event_context)),
        }
    }
}

fn identity(value: &Value) -> Identity {
    let text = |path: &[&str]| {
        let found = path.iter().try_fold(value, |value, name| value.get(*name))?;
        match found {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Bool(is) => Some(is.to_string()),
            Value::String(_) | Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => None,
        }
    };
    Identity {
        kind: text(&["type"]),
        arn: text(&["arn"]),
        id: text(&["principalId"]),
        account: text(&["accountId"]),
        issuer: text(&["sessionContext", "sessionIssuer", "arn"]),
        mfa: text(&["sessionContext", "attributes", "mfaAuthenticated"]),
        created: text(&["sessionContext", "attributes", "creationDate"]),
        source_identity: text(&["sessionContext", "sourceIdentity"]),
        invoked_by: text(&["invokedBy"]),
    }
}

/// All ARNs among the values of a list's objects; a query's result may hold rows without names instead of objects.
pub(super) fn arns(value: &Value) -> Vec<String> {
    let is_arn = |value: &Value| value.as_str().filter(|text| text.starts_with("arn:")).map(str::to_owned);
    let of_item = |item: &Value| match item {
        Value::Object(fields) => fields.values().filter_map(is_arn).collect::<Vec<_>>(),
        Value::Array(fields) => fields.iter().filter_map(is_arn).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    value.as_array().into_iter().flatten().flat_map(of_item).collect()
}

/// The ARNs whose objects in a list name the account that owns them.
pub(super) fn owners(value: &Value) -> Vec<(String, String)> {
    let of_item = |item: &Value| {
        let member = |name: &str| {
            let found = item.as_object()?.iter().find(|(own, _)| own.eq_ignore_ascii_case(name))?;
            found.1.as_str()
        };
        let account = member("accountId").filter(|id| is_account_id(id))?;
        Some((member("ARN")?.to_owned(), account.to_owned()))
    };
    value.as_array().into_iter().flatten().filter_map(of_item).collect()
}

/// The condition keys and the tags of resources that CloudTrail Lake adds where it was told to.
///
/// Source: CloudTrail User Guide, "Enrich CloudTrail events by adding resource tag keys and IAM global condition keys".
fn context(value: &Value) -> Vec<(String, Vec<String>)> {
    let mut context = Vec::new();
    for (key, value) in value.get("requestContext").and_then(Value::as_object).into_iter().flatten() {
        if key.contains(':') {
            context.push((key.clone(), strings(value)));
        }
    }
    let tagged = value.get("tagContext").and_then(|tags| tags.get("resourceTags")).and_then(Value::as_array);
    for resource in tagged.into_iter().flatten() {
        let Some(arn) = resource.get("arn").and_then(Value::as_str) else { continue };
        for (tag, value) in resource.get("tags").and_then(Value::as_object).into_iter().flatten() {
            context.push((format!("{arn}{TAGS_OF}{tag}"), strings(value)));
        }
    }
    context
}

fn strings(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(items) => items.iter().flat_map(strings).collect(),
        Value::Bool(_) | Value::Number(_) => vec![value.to_string()],
        Value::Null | Value::Object(_) => Vec::new(),
    }
}
