//! From the objects in a file to events, and from events to those that tell of a denial.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::Hash;
use std::ops::AddAssign;
use std::sync::LazyLock;

use memchr::memchr_iter;
use memchr::memmem::Finder;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::scan::Place;
use super::{Denied, Filter, Said};
use crate::catalogue::{self, Operation};
use crate::message::event::{Event, Record, Text, operation};

/// What a file held, beside denials.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Seen {
    /// CloudTrail events, denials among them.
    pub events: u64,
    /// Refused calls within the time asked for, before any was found to repeat another.
    pub denied: u64,
    /// Insights: statistics that CloudTrail writes beside events.
    pub insights: u64,
    /// Digest files, with which CloudTrail signs its log files.
    pub digests: u64,
    /// Objects that are neither.
    pub others: u64,
    /// Objects that were cut off or cannot be read.
    pub broken: u64,
}

impl AddAssign for Seen {
    fn add_assign(&mut self, other: Self) {
        self.events += other.events;
        self.denied += other.denied;
        self.insights += other.insights;
        self.digests += other.digests;
        self.others += other.others;
        self.broken += other.broken;
    }
}

/// How many messages, operations and actions are remembered: the same call is often refused again and again.
const REMEMBERED: usize = 4_096;

/// What looks the same in many events, and takes long to find.
#[derive(Debug, Default)]
struct Memory {
    /// What messages said.
    said: HashMap<String, Said>,
    operations: HashMap<(String, String), Option<Operation>>,
    /// Actions as messages write them, and as AWS spells them.
    actions: HashMap<String, String>,
}

impl Memory {
    /// A refused call.
    fn denied(&mut self, event: Event) -> Denied {
        if event.is_sign_in() {
            return Denied::sign_in(event);
        }
        let text = event.error_message.as_deref().unwrap_or_default();
        let said = remembered(&mut self.said, text.to_owned(), |text| Said::read(text));
        let names = (event.source.clone().unwrap_or_default(), event.name.clone().unwrap_or_default());
        let operation = remembered(&mut self.operations, names, |(source, name)| operation(source, name));
        let mut denied = Denied::new(event, said, operation.as_ref());
        for denial in &mut denied.denials {
            let spell =
                |action: &String| catalogue::action(action).map_or_else(|| action.clone(), |known| known.text());
            denial.action = remembered(&mut self.actions, denial.action.clone(), spell);
        }
        denied
    }
}

fn remembered<K: Hash + Eq, V: Clone>(known: &mut HashMap<K, V>, key: K, find: impl FnOnce(&K) -> V) -> V {
    if let Some(value) = known.get(&key) {
        return value.clone();
    }
    if known.len() >= REMEMBERED {
        known.clear();
    }
    let value = find(&key);
    known.insert(key, value.clone());
    value
}

/// Reads the objects of one file.
#[derive(Debug, Default)]
pub struct Reader {
    seen: Seen,
    /// The names of the columns of a query's result, in lower case.
    columns: Vec<String>,
    memory: Memory,
}

/// Words by which objects are told apart without being read.
struct Words {
    error: Finder<'static>,
    source: Finder<'static>,
    insight: Finder<'static>,
    digest: Finder<'static>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| Words {
    error: Finder::new("errorCode"),
    source: Finder::new("eventSource"),
    insight: Finder::new("insightDetails"),
    digest: Finder::new("\"digestS3Object\""),
});

/// What stands around an event: the history's entry, EventBridge's envelope, a message of SQS or SNS, a log line.
#[derive(Default, Deserialize)]
#[serde(default)]
struct Wrapped<'a> {
    #[serde(rename = "CloudTrailEvent", borrow)]
    entry: Text<'a>,
    message: Text<'a>,
    #[serde(rename = "@message")]
    insight: Text<'a>,
    body: Text<'a>,
    #[serde(rename = "Body")]
    received: Text<'a>,
    #[serde(rename = "Message")]
    published: Text<'a>,
    detail: Option<&'a RawValue>,
}

impl<'a> Wrapped<'a> {
    /// The text of what is inside.
    fn inner(self) -> Option<Cow<'a, str>> {
        let texts = [self.entry, self.message, self.insight, self.body, self.received, self.published];
        let text = texts.into_iter().find_map(|text| text.0);
        text.or_else(|| self.detail.map(|detail| Cow::Borrowed(detail.get())))
    }
}

/// How many envelopes may stand around one another: an event of EventBridge by SNS to SQS has three.
const ENVELOPES: usize = 4;

impl Reader {
    /// What was read so far.
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Goes on with another file.
    pub fn next_file(&mut self) -> Seen {
        self.columns.clear();
        std::mem::take(&mut self.seen)
    }

    /// Reads one object; a denial that passes the filter is given away.
    pub fn object(&mut self, place: Place, bytes: &[u8], filter: &Filter, denied: &mut impl FnMut(Denied)) {
        match place {
            Place::Row => return self.row_of_athena(bytes, filter, denied),
            Place::LakeRow => return self.row_of_lake(bytes, filter, denied),
            Place::Fields => return self.row_of_logs(bytes, filter, denied),
            // `--query 'Events[].CloudTrailEvent'` of the CLI.
            Place::Alone if bytes.starts_with(b"\"") => {
                match serde_json::from_slice::<String>(bytes) {
                    Ok(text) => self.object(Place::Listed, text.as_bytes(), filter, denied),
                    Err(_) => self.seen.broken += 1,
                }
                return;
            }
            Place::Alone | Place::Listed => {}
        }
        let words = &*WORDS;
        if words.source.find(bytes).is_none() {
            match () {
                () if words.digest.find(bytes).is_some() => self.seen.digests += 1,
                () if serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() => self.seen.broken += 1,
                () => self.seen.others += 1,
            }
            return;
        }
        if words.error.find(bytes).is_none() {
            // Brackets in strings are rare: an event that seems to lack some is looked at closely.
            let balanced = memchr_iter(b'{', bytes).count() == memchr_iter(b'}', bytes).count();
            match words.insight.find(bytes) {
                _ if !balanced && serde_json::from_slice::<serde::de::IgnoredAny>(bytes).is_err() => {
                    self.seen.broken += 1
                }
                Some(_) => self.seen.insights += 1,
                None => self.seen.events += 1,
            }
            return;
        }
        self.failed(bytes, ENVELOPES, filter, denied);
    }

    /// An object that holds an error code somewhere, maybe in so many envelopes.
    fn failed(&mut self, bytes: &[u8], envelopes: usize, filter: &Filter, denied: &mut impl FnMut(Denied)) {
        let Some(record) = Record::parse(bytes) else {
            self.seen.broken += 1;
            return;
        };
        if record.event_name.get().is_some() || record.is_insight() {
            return self.record(record, filter, denied);
        }
        let Ok(wrapped) = serde_json::from_slice::<Wrapped<'_>>(bytes) else {
            self.seen.broken += 1;
            return;
        };
        match wrapped.inner().filter(|text| envelopes > 0 && text.trim_start().starts_with('{')) {
            Some(text) => self.failed(text.as_bytes(), envelopes - 1, filter, denied),
            None => self.seen.others += 1,
        }
    }

    fn record(&mut self, record: Record<'_>, filter: &Filter, denied: &mut impl FnMut(Denied)) {
        if record.is_insight() {
            self.seen.insights += 1;
            return;
        }
        self.seen.events += 1;
        if record.is_denied() {
            self.denied(record.event(), filter, denied);
        }
    }

    /// A row of a query's result, by its columns.
    pub fn row<'a>(
        &mut self,
        column: impl Fn(&str) -> Option<&'a str>,
        filter: &Filter,
        denied: &mut impl FnMut(Denied),
    ) {
        // The whole event is in one of the columns.
        match column("@message").map(str::trim) {
            Some(text) if text.starts_with('{') => return self.object(Place::Listed, text.as_bytes(), filter, denied),
            Some(_) => {
                self.seen.others += 1;
                return;
            }
            None => {}
        }
        let event = Event::of_columns(column);
        self.seen.events += 1;
        if event.is_denied() {
            self.denied(event, filter, denied);
        }
    }

    fn denied(&mut self, event: Event, filter: &Filter, denied: &mut impl FnMut(Denied)) {
        let found = self.memory.denied(event);
        if filter.is_in_time(&found) {
            self.seen.denied += u64::from(!found.is_sign_in);
            if filter.is_wanted(&found) {
                denied(found);
            }
        }
    }

    /// `{"Data": [{"VarCharValue": "…"}, {}]}`; the first row has the names of the columns.
    fn row_of_athena(&mut self, bytes: &[u8], filter: &Filter, denied: &mut impl FnMut(Denied)) {
        #[derive(Deserialize)]
        struct Row<'a> {
            #[serde(rename = "Data", borrow)]
            data: Vec<Cell<'a>>,
        }
        #[derive(Deserialize)]
        struct Cell<'a> {
            #[serde(rename = "VarCharValue", borrow, default)]
            value: Text<'a>,
        }
        let Ok(row) = serde_json::from_slice::<Row<'_>>(bytes) else {
            self.seen.broken += 1;
            return;
        };
        let names: Vec<String> =
            row.data.iter().map(|cell| cell.value.get().unwrap_or_default().to_lowercase()).collect();
        // Every page of the CLI's output may have the names again.
        if super::is_head(&names) {
            self.columns = names;
            return;
        }
        if self.columns.is_empty() {
            self.seen.others += 1;
            return;
        }
        let columns = std::mem::take(&mut self.columns);
        let column = |name: &str| {
            let at = columns.iter().position(|column| column == name)?;
            row.data.get(at)?.value.get()
        };
        self.row(column, filter, denied);
        self.columns = columns;
    }

    /// `[{"field": "@message", "value": "…"}, {"field": "@ptr", "value": "…"}]`: the event itself, or its fields by name.
    fn row_of_logs(&mut self, bytes: &[u8], filter: &Filter, denied: &mut impl FnMut(Denied)) {
        #[derive(Deserialize)]
        struct Field<'a> {
            #[serde(borrow, default)]
            field: Text<'a>,
            #[serde(borrow, default)]
            value: Text<'a>,
        }
        let Ok(fields) = serde_json::from_slice::<Vec<Field<'_>>>(bytes) else {
            self.seen.broken += 1;
            return;
        };
        let column = |name: &str| {
            let is_it = |one: &&Field<'_>| one.field.get().is_some_and(|own| own.eq_ignore_ascii_case(name));
            fields.iter().find(is_it)?.value.get()
        };
        let is_row = column("@message").is_some() || column("eventname").is_some();
        if is_row { self.row(column, filter, denied) } else { self.seen.others += 1 }
    }

    /// `[{"eventid": "…"}, {"eventtime": "…"}]`
    fn row_of_lake(&mut self, bytes: &[u8], filter: &Filter, denied: &mut impl FnMut(Denied)) {
        let Ok(cells) = serde_json::from_slice::<Vec<HashMap<String, Option<String>>>>(bytes) else {
            self.seen.broken += 1;
            return;
        };
        let cells: HashMap<String, Option<String>> =
            cells.into_iter().flatten().map(|(name, value)| (name.to_lowercase(), value)).collect();
        if !cells.contains_key("eventname") || !cells.contains_key("errorcode") {
            self.seen.others += 1;
            return;
        }
        self.row(|name| cells.get(name)?.as_deref(), filter, denied);
    }
}
