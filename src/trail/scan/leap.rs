//! From one event to the next, where a list holds them as CloudTrail writes them.

use std::sync::LazyLock;

use memchr::memchr;
use memchr::memmem::Finder;

use super::{LARGEST, Place, Scanner};

/// How an event begins in CloudTrail's own files.
///
/// Source: CloudTrail User Guide, "CloudTrail log file examples".
const FIRST: &[u8] = b"{\"eventVersion\":";

/// Where the next event begins.
static NEXT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(FIRST));

/// What stands before the beginning of the next event in the same list.
const SEPARATOR: &[u8] = b"},";

/// The list of another document: what stands behind the last event of a list is no part of that event.
static RECORDS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"Records\":"));

/// What is known of the event that begins at a place.
pub(super) enum Leap {
    /// It was given away.
    Done,
    /// Whether another follows it, the next bytes tell.
    Wait,
    /// Its brackets have to be counted.
    Count,
}

impl Scanner {
    /// In a list as CloudTrail writes it, goes from the beginning of one event to that of the next: these bytes stand
    /// nowhere else, since a string would hold them with escaped quotes. So nothing within an event is looked at, but for
    /// the end of its list: where another document may begin before the next event, brackets are counted.
    pub(super) fn leaps(&mut self, text: &[u8], object: &mut impl FnMut(Place, &[u8])) -> Leap {
        if self.list != Some((Place::Listed, self.depth)) {
            return Leap::Count;
        }
        let rest = text.get(self.at..).unwrap_or_default();
        let waits = !self.ended && rest.len() <= LARGEST;
        let Some(inner) = rest.strip_prefix(FIRST) else {
            return if waits && FIRST.starts_with(rest) { Leap::Wait } else { Leap::Count };
        };
        // What is told of an event does not hang on where the bytes were cut that came so far.
        let Some(span) = NEXT.find(inner).and_then(|next| rest.get(..FIRST.len() + next)) else {
            return if waits { Leap::Wait } else { Leap::Count };
        };
        let event = span.strip_suffix(SEPARATOR).and_then(|event| span.get(..=event.len()));
        match event.filter(|event| RECORDS.find(event).is_none() && memchr(b'\n', event).is_none()) {
            Some(event) => {
                object(Place::Listed, event);
                self.at += span.len();
                Leap::Done
            }
            None => Leap::Count,
        }
    }
}
