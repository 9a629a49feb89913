//! Where the parts of a JSON text stand. The text has been read as JSON before, so brackets and strings are all there is
//! to look at, and depth costs nothing.

/// A range of bytes of a text.
pub(super) type Range = std::ops::Range<usize>;

/// A member of an object.
#[derive(Debug, Clone)]
pub(super) struct Member {
    /// The key, its escapes resolved.
    pub key: String,
    /// The key with its quotes.
    pub key_at: Range,
    /// The value.
    pub value: Range,
}

/// The text of a range.
pub(super) fn slice(text: &str, range: Range) -> &str {
    text.get(range).unwrap_or_default()
}

/// Whether a list stands there.
pub(super) fn is_list(text: &str, value: &Range) -> bool {
    slice(text, value.clone()).starts_with('[')
}

/// Whether an object stands there.
pub(super) fn is_object(text: &str, value: &Range) -> bool {
    slice(text, value.clone()).starts_with('{')
}

/// The string that stands there.
pub(super) fn string(text: &str, value: &Range) -> Option<String> {
    serde_json::from_str(slice(text, value.clone())).ok()
}

/// The items of a list, or of an object the members as they are written.
pub(super) fn parts(text: &str, container: &Range) -> Vec<Range> {
    let inner = container.start + 1..container.end.saturating_sub(1);
    if slice(text, inner.clone()).trim().is_empty() {
        return Vec::new();
    }
    let mut from = inner.start;
    let mut all = Vec::new();
    for comma in marks(text, &inner, b',') {
        all.push(trimmed(text, from..comma));
        from = comma + 1;
    }
    all.push(trimmed(text, from..inner.end));
    all
}

/// The items of a list; a single value stands for a list of one.
pub(super) fn one_or_many(text: &str, value: &Range) -> Vec<Range> {
    if is_list(text, value) { parts(text, value) } else { vec![value.clone()] }
}

/// The members of an object; of anything else none.
pub(super) fn members(text: &str, object: &Range) -> Vec<Member> {
    if !is_object(text, object) {
        return Vec::new();
    }
    let member = |part: Range| {
        let colon = marks(text, &part, b':').first().copied()?;
        let key_at = trimmed(text, part.start..colon);
        let value = trimmed(text, colon + 1..part.end);
        Some(Member { key: string(text, &key_at)?, key_at, value })
    };
    parts(text, object).into_iter().filter_map(member).collect()
}

/// Where `mark` stands in a range, neither in a string nor in an inner list or object.
fn marks(text: &str, range: &Range, mark: u8) -> Vec<usize> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    let mut all = Vec::new();
    for (offset, byte) in slice(text, range.clone()).bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ if byte == mark && depth == 0 => all.push(range.start + offset),
            _ => {}
        }
    }
    all
}

fn trimmed(text: &str, range: Range) -> Range {
    let part = slice(text, range.clone());
    let start = range.start + (part.len() - part.trim_start().len());
    start..start + part.trim().len()
}
