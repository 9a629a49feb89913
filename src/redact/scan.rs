//! Looks through a text from left to right for what is somebody's.

use std::net::IpAddr;

use super::known::{is_action, is_listed};
use super::words::{is_key, is_our_word, is_well_known};
use super::{Kind, Redactor};

/// A name as long as this is found inside of a word too.
const LONG: usize = 6;

/// Prefixes of the ids of users, roles, keys and their kind. Source: IAM User Guide, "IAM identifiers: Unique identifiers".
const UNIQUE: [&str; 15] = [
    "ABIA", "ACCA", "AGPA", "AIDA", "AIPA", "AKIA", "ANPA", "ANVA", "APKA", "AROA", "ASCA", "ASIA", "ACCC", "ABIC",
    "ABAC",
];

/// Prefixes of ids that AWS gives to resources and to parts of an organization.
const PREFIXES: [&str; 36] = [
    "acl", "ami", "cgw", "dopt", "eipalloc", "eni", "fl", "fs", "fsmt", "i", "igw", "key", "lt", "lz", "mrk", "nat",
    "o", "ou", "p", "pcx", "pl", "r", "rtb", "rtbassoc", "sg", "sgr", "snap", "subnet", "tgw", "vgw", "vol", "vpc",
    "vpce", "vpn", "asg", "sir",
];

/// Something found in a text.
enum Found {
    /// Nobody's: it stays.
    Stays,
    /// This is written instead.
    Becomes(String),
}

impl Redactor {
    /// The text without names, and pairs of places in the old and the new text.
    pub(super) fn look_through(&mut self, text: &str) -> (String, Vec<(usize, usize)>) {
        // A text that is a name and nothing else.
        let whole = text.to_ascii_lowercase();
        if let Some(kind) = self.names.get(&whole).map(|known| known.kind)
            && !text.starts_with("arn:")
        {
            let name = self.placeholder(text, kind);
            let places = vec![(0, 0), (text.len(), name.len())];
            return (name, places);
        }
        let learned = self.learned_in(text);
        let mut learned = learned.into_iter().peekable();
        let mut out = String::with_capacity(text.len());
        let mut places = vec![(0, 0)];
        let mut at = 0;
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            while learned.next_if(|(start, ..)| *start < at).is_some() {}
            let name = learned.peek().filter(|(start, ..)| *start == at).cloned();
            let by_form = if begins(text, at) { self.by_form(rest) } else { None };
            let (length, found) = match (by_form, name) {
                (Some((length, found)), Some((_, end, _))) if length >= end - at => (length, found),
                (_, Some((_, end, kind))) => {
                    let name = text.get(at..end).unwrap_or_default();
                    let becomes = if name.starts_with("arn:") { self.arn(name) } else { self.placeholder(name, kind) };
                    (end - at, Found::Becomes(becomes))
                }
                (Some(found), None) => found,
                (None, None) => (rest.chars().next().map_or(1, char::len_utf8), Found::Stays),
            };
            let old = rest.get(..length).unwrap_or(rest);
            match found {
                Found::Stays => out.push_str(old),
                Found::Becomes(new) => {
                    places.push((at, out.len()));
                    out.push_str(&new);
                    places.push((at + length, out.len()));
                }
            }
            at += length;
        }
        (out, places)
    }

    /// What was learned, where it stands: start, end and kind; none overlaps another.
    fn learned_in(&mut self, text: &str) -> Vec<(usize, usize, Kind)> {
        let Some(finder) = self.finder() else { return Vec::new() };
        let mut all = Vec::new();
        let mut from = 0;
        while let Some(found) = finder.automaton.find(aho_corasick::Input::new(text).range(from..)) {
            let name = finder.list.get(found.pattern().as_usize()).map(String::as_str).unwrap_or_default();
            let is_inside = !(begins(text, found.start()) && ends(text, found.end()));
            let cuts_escape =
                [found.start(), found.end()].iter().any(|at| escape(text, *at).is_some_and(|end| end > *at));
            if (is_inside && name.len() < LONG)
                || cuts_escape
                || (is_our_word(name) && !self.is_meant(text, found.span()))
            {
                // A shorter name may begin behind it.
                from = next_char(text, found.start());
                continue;
            }
            let kind = self.names.get(name).map_or(Kind::Name, |known| known.kind);
            all.push((found.start(), found.end(), kind));
            from = found.end();
        }
        all.extend(self.cut_in(text));
        all.sort_by_key(|(start, end, _)| (*start, std::cmp::Reverse(*end)));
        all
    }

    /// Whether a word of ours is a name here: in its own capitals, or in quotes.
    fn is_meant(&self, text: &str, place: aho_corasick::Span) -> bool {
        let found = text.get(place.range()).unwrap_or_default();
        let known = self.names.get(&found.to_ascii_lowercase());
        let same = known.is_some_and(|known| known.spelling == found && found.contains(char::is_uppercase));
        let before = text.get(..place.start).unwrap_or_default();
        let behind = text.get(place.end..).unwrap_or_default();
        same || (before.ends_with('"') && behind.starts_with('"'))
    }

    /// Beginnings of names that were cut off, before an ellipsis.
    fn cut_in(&self, text: &str) -> Vec<(usize, usize, Kind)> {
        let mut all = Vec::new();
        for (end, _) in text.match_indices('…') {
            let before = text.get(..end).unwrap_or_default();
            let lower = before.to_ascii_lowercase();
            let longest = self.names.iter().filter_map(|(name, known)| {
                let mut ends = name.char_indices().map(|(at, letter)| at + letter.len_utf8());
                let length = ends.rfind(|length| name.get(..*length).is_some_and(|start| lower.ends_with(start)))?;
                (length >= 3).then_some((length, known.kind))
            });
            if let Some((length, kind)) = longest.max_by_key(|(length, _)| *length) {
                all.push((end - length, end, kind));
            }
        }
        all
    }

    /// What gives itself away, at the start of a text: its length and what becomes of it.
    fn by_form(&mut self, rest: &str) -> Option<(usize, Found)> {
        if rest.starts_with("arn:") {
            let token = arn_at(rest);
            return Some((token.len(), Found::Becomes(self.arn(token))));
        }
        // An escape, behind which the word begins.
        if rest.starts_with('\\') {
            return None;
        }
        let wide = token(rest, |letter| letter.is_ascii_alphanumeric() || "-_.:/*?@+=~\\%&#".contains(letter));
        // The backslash before a quote is part of how the quote is written.
        let wide = wide.trim_end_matches('\\');
        if wide.contains("://") {
            let ours = ["https://docs.aws.amazon.com/", "https://aws.amazon.com/"];
            let becomes = if ours.iter().any(|start| wide.starts_with(start)) {
                Found::Stays
            } else if let Some(path) = wide.strip_prefix("s3://") {
                let (bucket, key) = path.split_once('/').unwrap_or((path, ""));
                let bucket = self.pieces(bucket, Kind::Bucket);
                let key: Vec<String> = key.split('/').map(|part| self.pieces(part, Kind::Name)).collect();
                Found::Becomes(format!("s3://{bucket}/{}", key.join("/")))
            } else {
                Found::Becomes(self.placeholder(wide, Kind::Url))
            };
            return Some((wide.len(), becomes));
        }
        if let Some(length) = path_at(wide) {
            let path = wide.get(..length).unwrap_or(wide);
            return Some((length, Found::Becomes(self.placeholder(path, Kind::File))));
        }
        if wide.split('@').nth(1).is_some_and(|host| host.contains('.')) {
            return Some((wide.len(), Found::Becomes(self.placeholder(wide, Kind::Email))));
        }
        let word = token(rest, |letter| letter.is_ascii_alphanumeric() || "-_.:*?".contains(letter));
        if is_action(word) || is_key(word) {
            return Some((word.len(), Found::Stays));
        }
        if let Some((key, length)) = tagged(rest) {
            let becomes = self.key(key);
            return Some((length, Found::Becomes(becomes)));
        }
        let address = word.trim_end_matches(':');
        if address.parse::<IpAddr>().is_ok() && address.len() > 3 && address != "0.0.0.0" {
            return Some((address.len(), Found::Becomes(self.placeholder(address, Kind::Address))));
        }
        let id = token(rest, |letter| letter.is_ascii_alphanumeric() || letter == '-');
        let kind = id_kind(id)?;
        Some((id.len(), Found::Becomes(self.placeholder(id, kind))))
    }
}

/// What an id is of by its form; `None` of what is none.
fn id_kind(id: &str) -> Option<Kind> {
    let digits = id.bytes().filter(u8::is_ascii_digit).count();
    if id.len() == 12 && digits == 12 {
        return Some(Kind::Account);
    }
    let unique = id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
    if unique && UNIQUE.iter().any(|prefix| id.starts_with(prefix)) {
        return Some(Kind::Key);
    }
    let hex = id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    if id.len() >= 32 && hex {
        return Some(Kind::Id);
    }
    if let Some((prefix, rest)) = id.split_once('-')
        && PREFIXES.contains(&prefix)
        && rest.len() >= 4
        && digits > 0
        && rest.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        return Some(Kind::Id);
    }
    // An id of a request, a token: a long run of letters and digits.
    let letters = id.bytes().filter(u8::is_ascii_alphabetic).count();
    (id.len() >= 16 && digits >= 4 && letters >= 4 && !id.contains('-')).then_some(Kind::Id)
}

/// A condition key with a tag behind it, and its length.
fn tagged(rest: &str) -> Option<(&str, usize)> {
    let key = token(rest, |letter| letter.is_ascii_alphanumeric() || "-_.:/+=@".contains(letter));
    let (prefix, tag) = key.split_once('/')?;
    let known = prefix.contains(':') && !tag.is_empty();
    let is_key = known && is_listed(&format!("{prefix}/x"));
    let key = key.split('=').next().unwrap_or(key);
    is_key.then_some((key, key.len()))
}

/// The length of a path at the start of a text; a place behind it (`:4:5`) is not part of it.
fn path_at(wide: &str) -> Option<usize> {
    let starts = ["/", "./", "../", "~/"];
    let windows = wide.starts_with(|drive: char| drive.is_ascii_alphabetic()) && wide.get(1..3) == Some(":\\");
    if !windows && !starts.iter().any(|start| wide.starts_with(start)) {
        return None;
    }
    let path = wide.split([':', '=']).next().unwrap_or(wide);
    let path = if windows { wide } else { path };
    let is_ours = path == "/dev/null" || path.len() < 3 || is_well_known(path);
    (!is_ours).then_some(path.len())
}

/// An ARN at the start of a text: up to a space, a quote or a bracket, without the end of a sentence.
fn arn_at(rest: &str) -> &str {
    let end =
        rest.find(|letter: char| letter.is_whitespace() || "\"'`<>|;()[]…\\".contains(letter)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim_end_matches(['.', ',', ':'])
}

/// The longest start of a text of such letters, without the end of a sentence.
fn token(rest: &str, is_part: impl Fn(char) -> bool) -> &str {
    let end = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
    rest.get(..end).unwrap_or(rest).trim_end_matches(['.', ',', ':', '?'])
}

/// Whether a word begins here. A JSON escape (`\n`, `\u00e9`) is not part of one: one begins behind it.
fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    match escape(text, at) {
        Some(end) => end == at,
        None => before.chars().next_back().is_none_or(|letter| !letter.is_alphanumeric()),
    }
}

/// Where the JSON escape ends that has begun before a place, if it reaches that place.
fn escape(text: &str, at: usize) -> Option<usize> {
    let before = text.get(..at)?.as_bytes();
    let start = before.iter().rposition(|byte| *byte == b'\\').filter(|start| at - start <= 6)?;
    let run = before.get(..start)?.iter().rev().take_while(|byte| **byte == b'\\').count();
    let length = match text.as_bytes().get(start + 1)? {
        b'u' => {
            let digits = text.get(start + 2..start + 6)?;
            digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then_some(6)?
        }
        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => 2,
        _ => return None,
    };
    // A backslash behind another one is what that one escapes.
    (run % 2 == 0 && at <= start + length).then_some(start + length)
}

fn ends(text: &str, at: usize) -> bool {
    text.get(at..).unwrap_or_default().chars().next().is_none_or(|letter| !letter.is_alphanumeric())
}

fn next_char(text: &str, at: usize) -> usize {
    at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(1, char::len_utf8)
}
