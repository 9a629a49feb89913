//! An arrow into a policy document.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use unicode_width::UnicodeWidthStr as _;

use super::Look;
use super::safe::{clean, clean_in_place};
use crate::report::SnippetReport;

/// How many bytes of a document are drawn at most. Real documents are smaller; in a larger one an arrow helps nobody.
const LARGEST: usize = 256 * 1024;

/// The marked lines, with arrows and what they say; nothing for a document too large to be looked at.
pub(super) fn snippet(found: &SnippetReport, look: Look) -> String {
    if found.text.len() > LARGEST {
        return String::new();
    }
    let clean_text = clean_in_place(&found.text);
    let mut shifts = Dedent::new(&clean_text);
    shifts.common += beyond(found, &shifts, look.width);
    let source = shifts.text();
    let mut snippet = Snippet::source(source.clone());
    for (number, mark) in found.marks.iter().enumerate() {
        let kind = if number == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
        let span = shifts.moved(mark.span.start)..shifts.moved(mark.span.end);
        // Of an item of several lines, the first is marked.
        let lines = source.get(span.clone()).unwrap_or_default();
        let first_line = lines.split('\n').next().unwrap_or_default().len();
        let span = span.start..span.start + first_line;
        snippet = snippet.annotation(kind.span(span).label(clean(&mark.label).into_owned()));
    }
    let group = Group::with_level(Level::ERROR).element(snippet);
    let renderer = if look.color { Renderer::styled() } else { Renderer::plain() };
    renderer.decor_style(DecorStyle::Ascii).term_width(look.width).render(&[group])
}

/// How much more indentation has to go for all labels to stand on the lines of their arrows: what is marked is shown without
/// the lines around it, so that nobody misses it.
fn beyond(found: &SnippetReport, shifts: &Dedent<'_>, width: usize) -> usize {
    let source = shifts.text();
    let last_line = source.lines().count().to_string().len();
    let over = found.marks.iter().filter_map(|mark| {
        let (start, end) = (shifts.moved(mark.span.start), shifts.moved(mark.span.end));
        let line = source.get(..start)?.rfind('\n').map_or(0, |at| at + 1);
        let marked = source.get(start..end)?.lines().next().unwrap_or_default();
        // The number of the line, the gutter, and a space before the label.
        let before = last_line + 3 + source.get(line..start)?.width() + marked.width() + 1;
        Some((before + clean(&mark.label).width()).saturating_sub(width))
    });
    over.max().unwrap_or(0)
}

/// Takes away the indentation that all lines behind the first have in common: a document inside a larger file stands
/// far to the right.
struct Dedent<'a> {
    text: &'a str,
    common: usize,
}

impl<'a> Dedent<'a> {
    fn new(text: &'a str) -> Self {
        let lines = text.split('\n').skip(1).filter(|line| !line.trim().is_empty());
        Self { text, common: lines.map(indent).min().unwrap_or(0) }
    }

    /// Every line with where it starts and how much of it is cut.
    fn lines(&self) -> impl Iterator<Item = (usize, &'a str, usize)> {
        let mut start = 0;
        self.text.split_inclusive('\n').enumerate().map(move |(number, line)| {
            let cut = if number == 0 { 0 } else { indent(line).min(self.common) };
            let at = start;
            start += line.len();
            (at, line, cut)
        })
    }

    fn text(&self) -> String {
        self.lines().map(|(_, line, cut)| line.get(cut..).unwrap_or_default()).collect()
    }

    fn moved(&self, offset: usize) -> usize {
        let before = self.lines().take_while(|(start, ..)| *start < offset);
        offset - before.map(|(start, _, cut)| cut.min(offset - start)).sum::<usize>()
    }
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

#[cfg(test)]
mod tests {
    use super::Dedent;

    #[test]
    fn places_move_with_the_text() {
        let text = "{\n      \"a\": [\n\n        1,\n        2\n      ]\n    }";
        let shifts = Dedent::new(text);
        let out = shifts.text();
        for word in ["{", "\"a\"", "[\n\n        1", "2", "}"] {
            let start = text.find(word).unwrap();
            let squeeze = |text: &str| text.split_whitespace().collect::<String>();
            assert_eq!(squeeze(out.get(shifts.moved(start)..shifts.moved(start + word.len())).unwrap()), squeeze(word));
        }
        assert!(out.contains("\n  \"a\"") && out.ends_with("\n}"), "{out}");
    }
}
