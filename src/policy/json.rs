//! JSON with positions: where every value of a text stands.
//!
//! serde_json reads the text first and says what is wrong with it. Of a sound text, quotes and brackets are all that there
//! is to look at: one pass without recursion, so that depth cannot hurt.

mod pretty;

use std::borrow::Cow;

use serde::de::IgnoredAny;

use super::Span;

/// What is wrong with a text that is no JSON, without the place.
pub(crate) fn problem(text: &str, error: &serde_json::Error) -> String {
    let words = error.to_string();
    let words = words.split(" at line ").next().unwrap_or(&words);
    match text.trim_start_matches('\u{feff}').trim_start().chars().next() {
        None => "it is empty".to_owned(),
        Some('{' | '[' | '"') if error.is_eof() => format!("{words} (the file is cut short)"),
        Some('{' | '[' | '"') => words.to_owned(),
        Some(_) => "it is no JSON".to_owned(),
    }
}

/// The kinds of JSON value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    String,
    Number,
    Bool,
    Null,
}

impl Kind {
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Object => "an object",
            Self::Array => "a list",
            Self::String => "a string",
            Self::Number => "a number",
            Self::Bool => "true or false",
            Self::Null => "null",
        }
    }

    /// Told from the first byte of a value.
    fn of(first: u8) -> Self {
        match first {
            b'{' => Self::Object,
            b'[' => Self::Array,
            b'"' => Self::String,
            b't' | b'f' => Self::Bool,
            b'n' => Self::Null,
            _ => Self::Number,
        }
    }
}

/// A value or a key, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node {
    kind: Kind,
    /// Of a string: it holds a backslash.
    is_escaped: bool,
    span: Span,
    /// How many nodes it is: itself, and all within it, which follow it.
    size: u32,
}

/// Where the values of a text stand: each before what is within it, and each key before its value.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Layout(Vec<Node>);

impl Layout {
    /// Reads a text.
    ///
    /// # Errors
    /// Where it is no JSON.
    pub(crate) fn read(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str::<IgnoredAny>(text)?;
        let bytes = text.as_bytes();
        let mut nodes: Vec<Node> = Vec::with_capacity(text.len() / 16 + 1);
        let mut open: Vec<usize> = Vec::new();
        let mut at = 0;
        while let Some(byte) = bytes.get(at) {
            let start = at;
            let mut is_escaped = false;
            match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b',' | b':' => {
                    at += 1;
                    continue;
                }
                b'}' | b']' => {
                    at += 1;
                    let count = nodes.len();
                    if let Some((number, node)) = open.pop().and_then(|one| Some((one, nodes.get_mut(one)?))) {
                        (node.span.end, node.size) = (short(at), short(count - number));
                    }
                    continue;
                }
                b'{' | b'[' => {
                    open.push(nodes.len());
                    at += 1;
                }
                b'"' => (at, is_escaped) = behind_string(bytes, at + 1),
                _ => at = behind_word(bytes, at),
            }
            let span = Span { start: short(start), end: short(at) };
            nodes.push(Node { kind: Kind::of(*byte), is_escaped, span, size: 1 });
        }
        Ok(Self(nodes))
    }

    /// The value that a text is, of which this was read.
    pub(crate) fn root<'t>(&'t self, text: &'t str) -> Value<'t> {
        Items { text, nodes: &self.0 }.next().unwrap_or(Value { text, own: &NOTHING, nodes: &[] })
    }
}

/// What stands where nothing does; a text that was read holds a value.
const NOTHING: Node = Node { kind: Kind::Null, is_escaped: false, span: Span { start: 0, end: 0 }, size: 1 };

fn short(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
}

/// The byte behind the closing quote of a string whose opening quote stands before `at`, and whether it holds a backslash.
fn behind_string(bytes: &[u8], at: usize) -> (usize, bool) {
    let (mut at, mut is_escaped) = (at, false);
    while let Some(found) = memchr::memchr2(b'"', b'\\', bytes.get(at..).unwrap_or_default()) {
        at += found;
        if bytes.get(at) == Some(&b'"') {
            return (at + 1, is_escaped);
        }
        is_escaped = true;
        at += 2;
    }
    (bytes.len(), is_escaped)
}

/// The byte behind a number, `true`, `false` or `null`.
fn behind_word(bytes: &[u8], at: usize) -> usize {
    let ends = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b',' | b'}' | b']');
    let rest = bytes.get(at..).unwrap_or_default();
    at + rest.iter().position(ends).unwrap_or(rest.len())
}

/// A value in its text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Value<'t> {
    text: &'t str,
    own: &'t Node,
    /// Itself, and all within it.
    nodes: &'t [Node],
}

impl<'t> Value<'t> {
    pub(crate) fn kind(&self) -> Kind {
        self.own.kind
    }

    /// Where it stands.
    pub(crate) fn span(&self) -> Span {
        self.own.span
    }

    /// Its text.
    pub(crate) fn get(&self) -> &'t str {
        self.text.get(self.own.span.start as usize..self.own.span.end as usize).unwrap_or_default()
    }

    /// The members of an object, duplicates kept; `None` of anything else, and where the escapes of a key are no text.
    pub(crate) fn members(&self) -> Option<Members<'t>> {
        let mut keys = self.within().step_by(2);
        let is_read = self.own.kind == Kind::Object && keys.all(|key| !key.own.is_escaped || key.string().is_some());
        is_read.then(|| Members(self.within()))
    }

    /// As [`Self::members`], and none where there is none.
    pub(crate) fn members_or_none(&self) -> Members<'t> {
        self.members().unwrap_or(Members(Items { text: self.text, nodes: &[] }))
    }

    /// The items of a list; of anything else none.
    pub(crate) fn items(&self) -> Items<'t> {
        if self.own.kind == Kind::Array { self.within() } else { Items { text: self.text, nodes: &[] } }
    }

    /// The items of a list; a single value stands for a list of one.
    pub(super) fn one_or_many(&self) -> Items<'t> {
        if self.own.kind == Kind::Array { self.within() } else { Items { text: self.text, nodes: self.nodes } }
    }

    /// The text of a string; `None` of anything else, and where its escapes are no text.
    pub(crate) fn string(&self) -> Option<Cow<'t, str>> {
        match (self.own.kind, self.own.is_escaped) {
            (Kind::String, true) => serde_json::from_str(self.get()).ok().map(Cow::Owned),
            (Kind::String, false) => self.get().strip_prefix('"')?.strip_suffix('"').map(Cow::Borrowed),
            (Kind::Object | Kind::Array | Kind::Number | Kind::Bool | Kind::Null, _) => None,
        }
    }

    /// The text of a string, a number or a boolean; `None` of anything else.
    pub(super) fn scalar(&self) -> Option<Cow<'t, str>> {
        match self.own.kind {
            Kind::String => self.string(),
            Kind::Number | Kind::Bool => Some(Cow::Borrowed(self.get())),
            Kind::Object | Kind::Array | Kind::Null => None,
        }
    }

    fn within(&self) -> Items<'t> {
        Items { text: self.text, nodes: self.nodes.get(1..).unwrap_or_default() }
    }
}

/// Values that stand one behind the other.
#[derive(Debug, Clone)]
pub(crate) struct Items<'t> {
    text: &'t str,
    nodes: &'t [Node],
}

impl<'t> Iterator for Items<'t> {
    type Item = Value<'t>;

    fn next(&mut self) -> Option<Value<'t>> {
        let own = self.nodes.first()?;
        let (nodes, rest) = self.nodes.split_at_checked(own.size as usize)?;
        self.nodes = rest;
        Some(Value { text: self.text, own, nodes })
    }
}

/// A member of an object.
#[derive(Debug, Clone)]
pub(crate) struct Member<'t> {
    /// The key, its escapes resolved.
    pub(crate) key: Cow<'t, str>,
    pub(crate) value: Value<'t>,
    written: Value<'t>,
}

impl Member<'_> {
    /// Where it stands; without its key, where that is written with escapes.
    pub(super) fn span(&self) -> Span {
        let span = self.value.span();
        if self.written.own.is_escaped { span } else { Span { start: self.written.span().start, ..span } }
    }
}

/// The members of an object.
#[derive(Debug, Clone)]
pub(crate) struct Members<'t>(Items<'t>);

impl<'t> Iterator for Members<'t> {
    type Item = Member<'t>;

    fn next(&mut self) -> Option<Member<'t>> {
        let (written, value) = (self.0.next()?, self.0.next()?);
        Some(Member { key: written.string()?, value, written })
    }
}
