//! The request context: condition keys and what is known of each. Keys fold case; values do not.
//!
//! Source: IAM User Guide, "AWS global condition context keys" and "Condition keys with multiple values".

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::catalogue;
use crate::pattern::{Pattern, VariableValue, Variables};

/// The value of a key that is in the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// The values; one, unless `list`.
    pub items: Vec<String>,
    /// Whether the key is multivalued.
    pub list: bool,
}

impl Value {
    /// A single value.
    pub fn one(item: impl Into<String>) -> Self {
        Self { items: vec![item.into()], list: false }
    }

    /// Whether AWS sees no data in it: an empty list, or nothing but empty strings.
    pub fn is_null(&self) -> bool {
        self.items.iter().all(String::is_empty)
    }
}

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// It is in the request, with this value.
    Value(Value),
    /// It is in the request, with a value that is not known.
    Present,
    /// It is in the request, with a value of which only this pattern is known.
    Like(Pattern),
    /// It is not in the request.
    Absent,
    /// Nothing is known.
    Unknown,
}

/// How a fact came to be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The user said so, or the denial itself.
    Given,
    /// It follows from the principal, the resource or the clock.
    Derived(&'static str),
    /// It is the time of the run.
    Clock,
    /// It nearly always holds, for this reason.
    Assumed(&'static str),
    /// Nobody knows.
    None,
}

/// A key's fact with its basis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The key in AWS's spelling, or as the user wrote it.
    pub name: Arc<str>,
    /// What is known.
    pub fact: Fact,
    /// Why.
    pub basis: Basis,
}

/// What is known of the keys that no entry names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The request has no other key (`--complete-context`).
    pub complete: bool,
    /// The service of the action, lower case; `None` where the action stands for several services. Another service's own
    /// keys are not in the request.
    pub service: Option<String>,
    /// The principal's tags were read, so that no other `aws:PrincipalTag/…` exists; with the reason.
    pub principal_tags: Option<Basis>,
}

/// By their keys, in lower case. Boxed: a map has room for many more than most requests have of their own.
type Entries = BTreeMap<Arc<str>, Box<Entry>>;

/// The context of one request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// What it has in common with other requests of the principal; `entries` win over it.
    shared: Arc<Entries>,
    entries: Entries,
    rest: Rest,
}

const UNKNOWN: &Fact = &Fact::Unknown;
const ABSENT: &Fact = &Fact::Absent;

impl Context {
    /// A context without entries.
    pub fn new(rest: Rest) -> Self {
        Self { shared: Arc::default(), entries: Entries::new(), rest }
    }

    /// The same, made to be cloned: entries that are set from now on are those of the clone alone.
    #[must_use]
    pub fn into_shared(mut self) -> Self {
        if self.shared.is_empty() {
            self.shared = Arc::new(std::mem::take(&mut self.entries));
        }
        self
    }

    /// As it is for an action of this service, lower case; `None` = of several.
    #[must_use]
    pub fn for_service(mut self, service: Option<&str>) -> Self {
        self.rest.service = service.map(str::to_owned);
        self
    }

    /// Sets what is known of a key; a later call for the same key wins.
    pub fn set(&mut self, name: impl Into<Arc<str>>, fact: Fact, basis: Basis) {
        let name = name.into();
        self.set_key(name.to_lowercase(), name, fact, basis);
    }

    /// As [`Self::set`], of a key in lower case and its name.
    pub fn set_key(&mut self, key: impl Into<Arc<str>>, name: Arc<str>, fact: Fact, basis: Basis) {
        self.entries.insert(key.into(), Box::new(Entry { name, fact, basis }));
    }

    /// Sets a fact where none was given.
    pub fn set_if_missing(&mut self, name: &str, fact: Fact, basis: Basis) {
        let key = name.to_lowercase();
        if !self.shared.contains_key(&*key) {
            self.entries.entry(key.into()).or_insert_with(|| Box::new(Entry { name: name.into(), fact, basis }));
        }
    }

    /// The entry of a key (lower case), if it has one.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries.get(key).or_else(|| self.shared.get(key)).map(|entry| &**entry)
    }

    /// What is known of a key (lower case).
    pub fn fact(&self, key: &str) -> &Fact {
        match self.entry(key) {
            Some(entry) => &entry.fact,
            None => self.rest_fact(key).0,
        }
    }

    /// Why the fact of a key (lower case) is known.
    pub fn basis(&self, key: &str) -> Basis {
        self.entry(key).map_or_else(|| self.rest_fact(key).1, |entry| entry.basis)
    }

    fn rest_fact(&self, key: &str) -> (&'static Fact, Basis) {
        if self.rest.complete {
            return (ABSENT, Basis::Given);
        }
        if let Some(basis) = self.rest.principal_tags
            && key.starts_with("aws:principaltag/")
        {
            return (ABSENT, basis);
        }
        if key.starts_with("aws:") {
            return (UNKNOWN, Basis::None);
        }
        match (key.split_once(':'), &self.rest.service) {
            (Some((prefix, _)), Some(service)) if is_foreign(key, prefix, service) => {
                (ABSENT, Basis::Derived("a key of another service than the action's"))
            }
            _ => (UNKNOWN, Basis::None),
        }
    }
}

/// Whether `key` is a service's own key and the request goes to another service.
fn is_foreign(key: &str, prefix: &str, service: &str) -> bool {
    // Keys of identity providers (`token.actions.githubusercontent.com:sub`, `saml:sub`) travel with the session.
    let provider = prefix.contains(['.', '/']) || prefix == "saml";
    prefix != service && !provider && catalogue::global_key(key).is_none()
}

impl Variables for Context {
    fn variable(&self, key: &str) -> VariableValue<'_> {
        match self.fact(key) {
            // AWS: multivalued keys cannot be variables.
            Fact::Value(value) if value.list => VariableValue::Absent,
            Fact::Value(value) => value.items.first().map_or(VariableValue::Absent, |item| VariableValue::Text(item)),
            Fact::Absent => VariableValue::Absent,
            Fact::Present | Fact::Like(_) | Fact::Unknown => VariableValue::Unknown,
        }
    }
}
