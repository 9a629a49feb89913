//! Which item of a list is most like what was asked.

use crate::policy::{ActionPattern, ResourcePattern, Span};
use crate::request::Request;

/// Added to the likeness of an action of the same service.
pub(super) const SAME_SERVICE: u32 = 1_000;

/// The item of an Action element that is most like the asked action, with its likeness; the first among equals.
pub(super) fn nearest_action(text: &str, items: &[ActionPattern], request: &Request) -> Option<(u32, Span)> {
    let service = |action: &str| action.split_once(':').map(|(service, _)| service.to_owned());
    let asked = &request.action.lower;
    best(items.iter().map(|item| {
        let written = written(text, item.span).to_lowercase();
        let same = service(&written) == service(asked);
        (alike(&written, asked) + if same { SAME_SERVICE } else { 0 }, item.span)
    }))
}

/// The item of a Resource element that is most like the asked resource, with its likeness; the first among equals.
pub(super) fn nearest_resource(text: &str, items: &[ResourcePattern], request: &Request) -> Option<(u32, Span)> {
    best(items.iter().map(|item| (alike(written(text, item.span), request.resource.text()), item.span)))
}

fn best(items: impl Iterator<Item = (u32, Span)>) -> Option<(u32, Span)> {
    items.reduce(|a, b| if b.0 > a.0 { b } else { a })
}

/// How alike two texts are, in percent.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the likeness lies between 0 and 1")]
fn alike(left: &str, right: &str) -> u32 {
    (strsim::jaro_winkler(left, right) * 100.0) as u32
}

/// An item without its quotes.
fn written(text: &str, span: Span) -> &str {
    text.get(span.start as usize..span.end as usize).unwrap_or_default().trim_matches('"')
}
