//! A text over several lines, two spaces a level. Order, duplicates, numbers and strings stay as they are written.

use super::{Kind, Layout, Node, Span, Value, short};

/// How deep values are broken into lines; a policy is not half as deep.
const DEPTH: usize = 32;

impl Layout {
    /// The text of which this was read, over several lines, and where its values stand then.
    pub(in crate::policy) fn pretty(&self, text: &str) -> (String, Self) {
        let mut out = Lines { text: String::with_capacity(text.len() * 2), nodes: Vec::with_capacity(self.0.len()) };
        out.value(&self.root(text), 0);
        (out.text, Self(out.nodes))
    }
}

struct Lines {
    text: String,
    nodes: Vec<Node>,
}

impl Lines {
    fn value(&mut self, value: &Value<'_>, depth: usize) {
        let is_open = depth < DEPTH && value.nodes.len() > 1;
        match value.members() {
            _ if !is_open => self.copy(value),
            Some(members) => self.around(value, ('{', '}'), depth, |out| {
                for (number, member) in members.enumerate() {
                    out.line(number > 0, depth + 1);
                    if member.written.own.is_escaped {
                        // Of several ways to write a key, one.
                        let key = serde_json::Value::String(member.key.into_owned()).to_string();
                        let is_escaped = key.contains('\\');
                        out.push(Node { is_escaped, ..*member.written.own }, &key);
                    } else {
                        out.copy(&member.written);
                    }
                    out.text.push_str(": ");
                    out.value(&member.value, depth + 1);
                }
            }),
            None if value.kind() == Kind::Array => self.around(value, ('[', ']'), depth, |out| {
                for (number, item) in value.items().enumerate() {
                    out.line(number > 0, depth + 1);
                    out.value(&item, depth + 1);
                }
            }),
            None => self.copy(value),
        }
    }

    /// A list or an object.
    fn around(&mut self, value: &Value<'_>, ends: (char, char), depth: usize, inner: impl FnOnce(&mut Self)) {
        let (number, start) = (self.nodes.len(), short(self.text.len()));
        self.nodes.push(*value.own);
        self.text.push(ends.0);
        inner(self);
        self.line(false, depth);
        self.text.push(ends.1);
        let end = short(self.text.len());
        if let Some(node) = self.nodes.get_mut(number) {
            node.span = Span { start, end };
        }
    }

    /// Begins a line, behind a comma or not.
    fn line(&mut self, comma: bool, depth: usize) {
        self.text.push_str(if comma { ",\n" } else { "\n" });
        (0..depth).for_each(|_| self.text.push_str("  "));
    }

    fn push(&mut self, node: Node, text: &str) {
        let start = short(self.text.len());
        self.text.push_str(text);
        self.nodes.push(Node { span: Span { start, end: short(self.text.len()) }, ..node });
    }

    /// A value with all within it, as it is written.
    fn copy(&mut self, value: &Value<'_>) {
        let (from, to) = (value.span().start, short(self.text.len()));
        let moved = |at: u32| at.saturating_sub(from).saturating_add(to);
        self.nodes.extend(value.nodes.iter().map(|node| {
            let span = Span { start: moved(node.span.start), end: moved(node.span.end) };
            Node { span, ..*node }
        }));
        self.text.push_str(value.get());
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn what_was_moved_stands_where_it_is_read_again() {
        let deep = format!("{}{{\"a\":[1,\"é\"]}}{}", "[".repeat(40), "]".repeat(40));
        for (text, expected) in [
            ("1", "1"),
            (r#" [ ] "#, "[ ]"),
            (
                r#"{"a":{ },"b":[1 ,true,"x\"]",null]}"#,
                "{\n  \"a\": { },\n  \"b\": [\n    1,\n    true,\n    \"x\\\"]\",\n    null\n  ]\n}",
            ),
            (r#"{"\u0041\n":-1.5e3}"#, "{\n  \"A\\n\": -1.5e3\n}"),
            // A key that is no text: what is around it stays as it is.
            (r#"[{"\ud800":[1]},"é"]"#, "[\n  {\"\\ud800\":[1]},\n  \"é\"\n]"),
            (&deep, ""),
        ] {
            let (shown, moved) = Layout::read(text).unwrap().pretty(text);
            assert!(expected.is_empty() || shown == expected, "{shown}");
            assert_eq!(moved, Layout::read(&shown).unwrap(), "{shown}");
        }
    }
}
