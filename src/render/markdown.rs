//! Markdown's own marks. Text from policies, messages and logs never becomes one: it is shown as it stands.

use std::fmt::Write as _;

use super::safe::clean;

/// A text inside a sentence or a cell of a table. Only plain words stay words: whatever holds a sign or a digit (a name, an
/// ARN, a file) becomes code, so that nothing in it is a mark, HTML, a link or a mention. An entity in place of `@` is not
/// enough: GitHub looks for mentions, commits and issues in what is rendered, and spares code alone.
/// Source: GitHub Flavored Markdown Spec, 6.9 "Autolinks (extension)"; GitHub Docs, "Autolinked references and URLs".
pub(super) fn text(text: &str) -> String {
    let text = clean(&text.replace('\n', " ")).into_owned();
    text.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

fn word(word: &str) -> String {
    let core = word.trim_start_matches('(').trim_end_matches(['.', ',', ';', ':', ')', '?']);
    if is_plain(core) {
        return word.to_owned();
    }
    let before = word.len() - word.trim_start_matches('(').len();
    // A closing bracket that belongs to an opening one inside stays inside.
    let core = if core.contains('(') { word.get(before..).unwrap_or(word) } else { core };
    let after = word.get(before + core.len()..).unwrap_or_default();
    format!("{}{}{after}", "(".repeat(before), code(core))
}

/// Nothing, a word, a number, or words with a hyphen or an apostrophe.
fn is_plain(word: &str) -> bool {
    let is_word = word.chars().all(|letter| letter.is_alphabetic() || matches!(letter, '-' | '\''));
    let is_number = word.bytes().all(|byte| byte.is_ascii_digit() || byte == b',');
    word.is_empty() || is_number || (is_word && word.contains(char::is_alphabetic))
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
        assert_eq!(text("a|b <img> [x](y) @team *z*"), r"`a\|b` `<img>` `[x](y)` `@team` `*z*`");
        assert_eq!(text("www.example.com, GH-1 (a1b2c3d4): ---"), "`www.example.com`, `GH-1` (`a1b2c3d4`): `---`");
        assert_eq!(text("two\nlines"), "two lines");
    }

    #[test]
    fn words_stay_words() {
        let plain = "The boundary's 1,200 well-known statements (all of them) allow it: nothing else.";
        assert_eq!(text(plain), plain);
        assert_eq!(
            text("of BoundaryPolicy (v3), Statement[0] (Sid)."),
            "of BoundaryPolicy (`v3`), `Statement[0]` (Sid)."
        );
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
