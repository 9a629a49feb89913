//! Markdown's own marks. Text from policies, messages and logs never becomes one: it is shown as it stands.

use std::fmt::Write as _;

use super::safe::clean;

/// A text inside a sentence or a cell of a table: every mark of Markdown and HTML in it is escaped, lines are joined.
pub(super) fn text(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in clean(&text.replace('\n', " ")).chars() {
        match letter {
            '<' => escaped.push_str("&lt;"),
            '&' => escaped.push_str("&amp;"),
            // `@name` would call somebody in a ticket.
            '@' => escaped.push_str("&#64;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' | '>' | '!' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            _ => escaped.push(letter),
        }
    }
    escaped
}

/// A text as code inside a sentence or a cell of a table.
pub(super) fn code(text: &str) -> String {
    let text = clean(&text.replace('\n', " ")).replace('|', "\\|");
    let ticks = "`".repeat(longest_run(&text, '`') + 1);
    // A space on each side keeps a backtick at an end from joining the fence.
    let pad = if text.starts_with('`') || text.ends_with('`') { " " } else { "" };
    format!("{ticks}{pad}{text}{pad}{ticks}")
}

/// A block of code in `language` (`diff`, `sh`, `json`, or nothing).
pub(super) fn fenced(language: &str, lines: &str) -> String {
    let lines = clean_lines(lines);
    let fence = "`".repeat((longest_run(&lines, '`') + 1).max(3));
    format!("{fence}{language}\n{}\n{fence}\n", lines.trim_end_matches('\n'))
}

/// A table; the cells are Markdown already.
pub(super) fn table(head: &[&str], rows: &[Vec<String>]) -> String {
    let mut table = format!("| {} |\n|{}\n", head.join(" | "), " --- |".repeat(head.len()));
    for row in rows {
        let _ = writeln!(table, "| {} |", row.join(" | "));
    }
    table
}

fn clean_lines(text: &str) -> String {
    text.lines().map(|line| format!("{}\n", clean(line))).collect()
}

fn longest_run(text: &str, letter: char) -> usize {
    text.split(|other| other != letter).map(str::len).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_text_is_a_mark() {
        assert_eq!(text("a|b <img> [x](y) @team *z*"), r"a\|b &lt;img\> \[x\](y) &#64;team \*z\*");
        assert_eq!(text("two\nlines"), "two lines");
    }

    #[test]
    fn code_holds_backticks_and_bars() {
        assert_eq!(code("a`b"), "``a`b``");
        assert_eq!(code("`a"), "`` `a ``");
        assert_eq!(code("a|b"), r"`a\|b`");
    }

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        assert_eq!(fenced("json", "```\n{}"), "````json\n```\n{}\n````\n");
    }

    #[test]
    fn a_table_has_a_head() {
        assert_eq!(table(&["A", "B"], &[vec!["1".into(), "2".into()]]), "| A | B |\n| --- | --- |\n| 1 | 2 |\n");
    }
}
