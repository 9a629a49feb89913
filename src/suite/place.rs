//! Where a test stands in its file. Its members are read without positions, which the readers of JSON do not give.

use std::fmt;

use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::policy::json::Layout;

/// A line and a column in characters, both from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// The beginning of a file.
    pub const START: Self = Self { line: 1, column: 1 };

    /// The place of a byte of a text.
    pub(super) fn of(text: &str, at: usize) -> Self {
        all(text, [at]).first().copied().unwrap_or(Self::START)
    }
}

/// The places of bytes of a text, in their order.
fn all(text: &str, bytes: impl IntoIterator<Item = usize>) -> Vec<Place> {
    let (mut place, mut from) = (Place::START, 0);
    let mut next = |at: usize| {
        for letter in text.get(from..at).unwrap_or_default().chars() {
            place = match letter {
                '\n' => Place { line: place.line + 1, column: 1 },
                _ => Place { column: place.column + 1, ..place },
            };
        }
        from = at;
        place
    };
    bytes.into_iter().map(&mut next).collect()
}

/// `3:10`.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// The places of the tests of a TOML file that was read already.
pub(super) fn in_toml(text: &str) -> Vec<Place> {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Tests {
        test: Vec<toml::Spanned<IgnoredAny>>,
    }
    let tests = toml::from_str::<Tests>(text).unwrap_or_default().test;
    all(text, tests.iter().map(|test| test.span().start))
}

/// The places of the tests of a JSON file that was read already.
pub(super) fn in_json(text: &str) -> Vec<Place> {
    let Ok(layout) = Layout::read(text) else { return Vec::new() };
    let lists = layout.root(text).members_or_none().filter(|member| member.key == "test");
    all(text, lists.flat_map(|list| list.value.items()).map(|test| test.span().start as usize))
}
