//! Values that may be written in more than one way, each refused in words of the file.

use std::fmt;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde::{Deserialize, Deserializer};
use toml::value::Datetime;

use super::StatementWanted;
use crate::expect::Expected;

/// A text, or a list of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Texts(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut all = Vec::new();
                while let Some(text) = list.next_element::<String>()? {
                    all.push(text);
                }
                Ok(Texts(all))
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// A value of the context: a text, a number, a date of TOML, true or false, or a list of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContextValue {
    /// The values, as requests carry them.
    pub items: Vec<String>,
    /// It was written as a list.
    pub is_list: bool,
}

impl<'de> Deserialize<'de> for ContextValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        fn one<E>(text: impl ToString) -> Result<ContextValue, E> {
            Ok(ContextValue { items: vec![text.to_string()], is_list: false })
        }
        impl<'de> Visitor<'de> for Reader {
            type Value = ContextValue;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a number, true or false, or a list of these")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<ContextValue, E> {
                one(text)
            }

            fn visit_bool<E: Error>(self, value: bool) -> Result<ContextValue, E> {
                one(value)
            }

            fn visit_i64<E: Error>(self, value: i64) -> Result<ContextValue, E> {
                one(value)
            }

            fn visit_u64<E: Error>(self, value: u64) -> Result<ContextValue, E> {
                one(value)
            }

            /// A date of TOML, which its reader hands over as a table.
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ContextValue, A::Error> {
                let date = Datetime::deserialize(MapAccessDeserializer::new(map));
                date.map_or_else(|_| Err(A::Error::invalid_type(Unexpected::Map, &self)), one)
            }

            fn visit_f64<E: Error>(self, value: f64) -> Result<ContextValue, E> {
                one(value)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<ContextValue, A::Error> {
                let mut items = Vec::new();
                while let Some(value) = list.next_element::<ContextValue>()? {
                    if value.is_list {
                        return Err(A::Error::custom("a list in a list"));
                    }
                    items.extend(value.items);
                }
                Ok(ContextValue { items, is_list: true })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}

/// `"denied:boundary"`, or `{ verdict = "denied", layer = "boundary", sid = "KeepOut" }`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    pub(super) expected: Expected,
    pub(super) statement: StatementWanted,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    verdict: String,
    layer: Option<String>,
    policy: Option<String>,
    sid: Option<String>,
    statement: Option<u32>,
}

impl<'de> Deserialize<'de> for Wanted {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Wanted;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a verdict, such as \"denied:boundary\", or a table with `verdict`")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Wanted, E> {
                let expected = text.parse().map_err(E::custom)?;
                Ok(Wanted { expected, statement: StatementWanted::default() })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wanted, A::Error> {
                let members = Members::deserialize(MapAccessDeserializer::new(map))?;
                let layer = members.layer.map_or_else(String::new, |layer| format!(":{layer}"));
                let expected = format!("{}{layer}", members.verdict).parse().map_err(A::Error::custom)?;
                let Members { policy, sid, statement, .. } = members;
                Ok(Wanted { expected, statement: StatementWanted { policy, sid, statement } })
            }
        }
        deserializer.deserialize_any(Reader)
    }
}
