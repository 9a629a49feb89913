//! Text in blocks of any size: a small one is read as a whole, of a large one the surroundings of what may be a denial.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};
use memchr::{memchr, memrchr};

use super::Message;
use super::parse::Collector;

/// A text up to this size is read as a whole: the wrapping may stand far from the sentence.
const WHOLE: usize = 64 * 1024;

/// How much of a larger text is held at once.
const HELD: usize = 256 * 1024;

/// How much is read before and behind the line of an anchor: wrapping stands there.
const BEFORE: usize = 384;
const BEHIND: usize = 512;

/// How much of a line is read before and behind an anchor, and how much of an event whose fields have their own lines.
const LINE: usize = 2_048;

/// How much more behind the heading of an encoded message, which has up to 10,240 characters.
const ENCODED: usize = 12 * 1024;

/// Words without which there is no denial and no known error, in the spelling that AWS and its clients use.
const ANCHORS: [&str; 87] = [
    "authorized",
    "AccessDenied",
    "Access Denied",
    "Access denied",
    "access denied",
    "Encoded authorization",
    "explicit deny",
    "allows the ",
    "Forbidden",
    "AuthorizationError",
    "ExpiredToken",
    "token included",
    "SignatureDoesNotMatch",
    "Unable to locate credentials",
    "InvalidClientTokenId",
    "UnrecognizedClient",
    "RequestTimeTooSkewed",
    "InvalidAccessKeyId",
    "AuthFailure",
    "AccessControlListNotSupported",
    "Lake Formation",
    "OpenIDConnect",
    "OptInRequired",
    "On resource(s)",
    "is denied.",
    "AuthorizationFailed",
    "explicitDeny",
    "AllAccessDisabled",
    "VpceAccessDenied",
    "AUTHORIZED",
    "UnauthorizedOp",
    "Throttling",
    "NotAuthorized",
    "InsufficientPrivileges",
    "(403)",
    "Block Public Access",
    "Missing Authentication Token",
    "Missing authentication token",
    "MissingAuthenticationToken",
    "LimitExceeded",
    "uotaExceeded",
    "uota exceeded",
    "No valid credential sources",
    "no valid credential sources",
    "NoCredential",
    "Could not load credentials",
    "Unable to load credentials",
    "Missing credentials",
    "redentialsProviderError",
    "ross-account pass role",
    "annot be assumed",
    "nable to assume",
    "annot assume the role",
    "execution role does not",
    "ermissions to call",
    "o such host",
    "NXDOMAIN",
    "ENOTFOUND",
    "ould not connect to the endpoint",
    "ECONNREFUSED",
    "onnection refused",
    "Request blocked",
    "he request could not be satisfied",
    "PERMISSION_DENIED",
    "ermission_denied",
    "alformedPolicy",
    "nvalid principal in policy",
    "olicy has invalid resource",
    "nvalidIdentityToken",
    "nable to validate tags",
    "web identity t",
    "allowed to execute",
    "RequestExpired",
    "Request has expired",
    "oken has expired",
    "Rate exceeded",
    "RequestLimitExceeded",
    "TooManyRequests",
    "SlowDown",
    "ubscriptionRequired",
    "Mfa Authentication",
    "object lock",
    "may not be assumed",
    "nauthenticated access",
    "to assume the associated role",
    "trust relationship policy",
    "encoded authorization",
];

/// One search for each part of the words: more than 64 at once have no fast search.
static FIND: LazyLock<Vec<AhoCorasick>> = LazyLock::new(|| {
    let find = |words: &[&str]| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(words).ok();
    ANCHORS.chunks(32).filter_map(find).collect()
});

/// All anchors in a text by their places: where they start and end, and whether one is the heading of an encoded message.
fn anchors(held: &[u8]) -> Vec<(usize, usize, bool)> {
    let is_heading = |found: &[u8]| found.ends_with(b"ncoded authorization");
    let mut found: Vec<_> = FIND
        .iter()
        .flat_map(|find| find.find_iter(held))
        .map(|found| (found.start(), found.end(), is_heading(held.get(found.range()).unwrap_or_default())))
        .collect();
    found.sort_unstable();
    found
}

/// Reads text that comes in blocks.
#[derive(Debug, Default)]
pub struct Reader {
    held: Vec<u8>,
    collector: Collector,
    /// Whether text was already let go.
    large: bool,
    /// Whether the text's encoding is settled.
    settled: bool,
    wide: Option<Wide>,
}

/// UTF-16, as PowerShell writes it: the order of bytes and what was left of a unit or pair.
#[derive(Debug)]
struct Wide {
    big_endian: bool,
    byte: Option<u8>,
    surrogate: Option<u16>,
}

impl Reader {
    /// A reader of an empty text.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the next block; it may start and end anywhere, also within a character.
    pub fn feed(&mut self, bytes: &[u8]) {
        if self.settled {
            self.decode(bytes);
            return;
        }
        self.held.extend_from_slice(bytes);
        if self.held.len() >= 4 {
            self.settle();
        }
    }

    /// What the text holds.
    pub fn finish(mut self) -> Message {
        self.settle();
        if !self.large && self.held.len() <= WHOLE {
            self.collector.region(&self.held);
        } else {
            self.regions(true);
        }
        self.collector.finish()
    }

    /// Tells the encoding from the first bytes: a byte order mark, or a zero in every other byte.
    fn settle(&mut self) {
        if self.settled {
            return;
        }
        self.settled = true;
        let big_endian = match self.held.as_slice() {
            [0xFF, 0xFE, ..] | [1..=127, 0, 1..=127, 0, ..] => false,
            [0xFE, 0xFF, ..] | [0, 1..=127, 0, 1..=127, ..] => true,
            _ => {
                let first = std::mem::take(&mut self.held);
                return self.hold(&first);
            }
        };
        self.wide = Some(Wide { big_endian, byte: None, surrogate: None });
        let first = std::mem::take(&mut self.held);
        self.decode(&first);
    }

    fn decode(&mut self, bytes: &[u8]) {
        match self.wide.take() {
            None => self.hold(bytes),
            Some(mut wide) => {
                for part in bytes.chunks(16 * 1024) {
                    let text = wide.decode(part);
                    self.hold(text.as_bytes());
                }
                self.wide = Some(wide);
            }
        }
    }

    /// Fills what is held; where that is full is a matter of the text alone, not of the blocks in which it came.
    fn hold(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while self.held.len() + bytes.len() > HELD {
            let (now, later) = bytes.split_at((HELD - self.held.len()).min(bytes.len()));
            self.held.extend_from_slice(now);
            bytes = later;
            self.regions(false);
            self.large = true;
        }
        self.held.extend_from_slice(bytes);
    }

    /// Reads the regions of what is held, and lets go of it up to the last one, which may go on.
    fn regions(&mut self, last: bool) {
        let held = std::mem::take(&mut self.held);
        let mut done = 0;
        let mut goes_on = false;
        for (start, end) in windows(&held) {
            let start = start.max(done);
            goes_on = !last && end >= held.len();
            let end = match goes_on {
                false => end.min(held.len()),
                true if held.len() - start > HELD / 2 => cut(&held, start),
                true => start,
            };
            if end > start {
                self.collector.region(held.get(start..end).unwrap_or_default());
            }
            done = end;
        }
        // What precedes the next anchor stays; an anchor may also be cut in two here.
        let keep = if goes_on { done } else { done.max(held.len().saturating_sub(LINE + BEFORE)) };
        self.held = held;
        self.held.drain(..keep);
    }
}

/// Where a region without end is cut: at a line, else where a sentence starts, else anywhere.
fn cut(held: &[u8], start: usize) -> usize {
    let limit = held.len().saturating_sub(ENCODED + LINE);
    let part = held.get(start..limit).unwrap_or_default();
    let line = memrchr(b'\n', part).filter(|at| *at > part.len() / 2);
    let sentence = || memchr::memmem::rfind(part, b"User:").filter(|at| *at > part.len() / 2);
    start + line.or_else(sentence).unwrap_or(part.len())
}

/// The surroundings of all anchors, those that touch put together.
fn windows(held: &[u8]) -> Vec<(usize, usize)> {
    let mut windows: Vec<(usize, usize)> = Vec::new();
    for (start, behind, is_heading) in anchors(held) {
        let (start, end) = surroundings(held, start, behind);
        let end = if is_heading { end.max(behind + ENCODED) } else { end };
        match windows.last_mut() {
            Some(last) if last.1 >= start => last.1 = last.1.max(end),
            _ => windows.push((start, end)),
        }
    }
    windows
}

/// The lines around an anchor.
fn surroundings(held: &[u8], anchor: usize, behind: usize) -> (usize, usize) {
    let from = anchor.saturating_sub(LINE);
    let before = held.get(from..anchor).unwrap_or_default();
    let line = memrchr(b'\n', before).map_or(from, |at| from + at + 1);
    let is_field = held.get(line..anchor).unwrap_or_default().trim_ascii_start().starts_with(b"\"");
    if is_field {
        return (from, behind + LINE);
    }
    let after = held.get(behind..(behind + LINE).min(held.len())).unwrap_or_default();
    let line_end = memchr(b'\n', after).map_or(behind + LINE, |at| behind + at);
    (line.saturating_sub(BEFORE), line_end + BEHIND)
}

impl Wide {
    fn decode(&mut self, bytes: &[u8]) -> String {
        let mut units: Vec<u16> = Vec::with_capacity(bytes.len() / 2 + 2);
        units.extend(self.surrogate.take());
        for byte in bytes {
            match self.byte.take() {
                None => self.byte = Some(*byte),
                Some(first) if self.big_endian => units.push(u16::from_be_bytes([first, *byte])),
                Some(first) => units.push(u16::from_le_bytes([first, *byte])),
            }
        }
        // The first half of a pair waits for the second.
        if units.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
            self.surrogate = units.pop();
        }
        String::from_utf16_lossy(&units)
    }
}
