//! Finds the objects of JSON that comes in blocks, without holding more than one of them: the members of the lists that
//! hold events, and what stands alone or line by line.
//!
//! Only strings and brackets are looked at. What is inside an object is for whoever gets it, and so is whether it is JSON
//! at all.

mod leap;
#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr, memchr3, memrchr};

use leap::Leap;

/// An object larger than this is passed by: an event has 256 KB at most, and a page of a query's result 5 MB.
///
/// Source: CloudTrail User Guide, "CloudTrail record contents"; Athena API Reference, `GetQueryResults`.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// How much is read at once.
const BLOCK: usize = 256 * 1024;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Alone, on a line of its own, or in a list that has no name; there it may also be a string that holds one.
    Alone,
    /// In `Records`, `Events`, `events` or another list of events.
    Listed,
    /// In `ResultSet.Rows`, which is a row of Athena's result.
    Row,
    /// In `QueryResultRows`, which is a row of CloudTrail Lake's result.
    LakeRow,
    /// In `results`, which is a row of CloudWatch Logs Insights.
    Fields,
}

/// The lists whose members are events or rows, by the name of the member that holds them.
const LISTS: [(&[u8], Place); 7] = [
    (b"Records", Place::Listed),
    (b"Messages", Place::Listed),
    (b"Events", Place::Listed),
    (b"events", Place::Listed),
    (b"Rows", Place::Row),
    (b"QueryResultRows", Place::LakeRow),
    (b"results", Place::Fields),
];

/// The name of an event's first member.
const VERSION: &[u8] = b"\"eventVersion\"";

static BEGINS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(VERSION));

/// Looks for objects in what [`Scanner::room`] was filled with.
#[derive(Debug, Default)]
pub struct Scanner {
    held: Vec<u8>,
    /// How much of `held` is filled.
    filled: usize,
    /// How much of it was looked at.
    at: usize,
    /// Where the object begins that is being read.
    start: Option<usize>,
    depth: usize,
    /// The list that is being read, and its depth.
    list: Option<(Place, usize)>,
    in_string: bool,
    /// The next byte of the string is escaped.
    escaped: bool,
    /// Where the string began, where that is still held.
    string: Option<usize>,
    /// The last thing was a string: a comma, a colon or a closing bracket has to follow.
    behind_string: bool,
    /// The last bracket that was opened, where nothing stands between it and this place.
    brace: Option<usize>,
    /// The object that is being read begins as events do.
    is_event: bool,
    /// The last object was broken, and the next is looked for.
    seeks: bool,
    /// Nothing stands before this place on its line.
    at_line: bool,
    /// The last short string outside lists: the name of what follows.
    name: Vec<u8>,
    /// The name of the member in which the second level stands.
    outer_is_result: bool,
    /// Objects that were too large, or broken off.
    lost: u64,
    /// Lists that hold events by their names.
    lists: u64,
    /// Nothing comes behind what is held.
    ended: bool,
}

impl Scanner {
    /// Where the next bytes are to be written.
    pub fn room(&mut self) -> &mut [u8] {
        if self.held.len() < self.filled + BLOCK {
            self.held.resize(self.filled + BLOCK, 0);
        }
        self.held.get_mut(self.filled..).unwrap_or_default()
    }

    /// How many objects were lost: larger than [`LARGEST`], or broken off by the next line.
    pub fn lost(&self) -> u64 {
        self.lost
    }

    /// How many lists there were that hold events by their names, empty ones among them.
    pub fn lists(&self) -> u64 {
        self.lists
    }

    /// Whether the text ends within an object.
    pub fn is_open(&self) -> bool {
        self.depth > 0
    }

    /// Looks at what is held back until it is known what follows: nothing does.
    pub fn finish(&mut self, object: impl FnMut(Place, &[u8])) {
        self.ended = true;
        self.filled(0, object);
    }

    /// Looks at `length` more bytes in [`Scanner::room`]; every object that ends there is given away.
    pub fn filled(&mut self, length: usize, mut object: impl FnMut(Place, &[u8])) {
        self.filled = (self.filled + length).min(self.held.len());
        let held = std::mem::take(&mut self.held);
        let text = held.get(..self.filled).unwrap_or_default();
        while let Some(byte) = text.get(self.at).copied() {
            if self.seeks {
                self.seek(text);
                continue;
            }
            if self.in_string {
                self.string(text, &mut object);
                continue;
            }
            if self.behind_string && !byte.is_ascii_whitespace() {
                self.behind_string = false;
                if !b",:}]".contains(&byte) {
                    self.broken();
                    continue;
                }
            }
            if byte == b'{' {
                match self.leaps(text, &mut object) {
                    Leap::Done => continue,
                    Leap::Wait => break,
                    Leap::Count => {}
                }
            }
            match byte {
                b'"' if self.depth > 0 => {
                    self.in_string = true;
                    self.string = Some(self.at + 1);
                    if self.list == Some((Place::Alone, self.depth)) {
                        self.start = Some(self.at);
                    }
                }
                b'{' | b'[' => self.open(byte),
                b'}' | b']' if self.depth > 0 => self.close(text, &mut object),
                _ => {}
            }
            match byte {
                b'{' => self.brace = Some(self.at),
                b'"' => {}
                _ if byte.is_ascii_whitespace() => {}
                _ => self.brace = None,
            }
            self.at_line = byte == b'\n';
            self.at += 1;
        }
        self.held = held;
        self.let_go();
    }

    /// Goes on to the end of the string, as far as it is there.
    #[inline]
    fn string(&mut self, text: &[u8], object: &mut impl FnMut(Place, &[u8])) {
        if std::mem::take(&mut self.escaped) {
            self.at += 1;
            return;
        }
        let rest = text.get(self.at..).unwrap_or_default();
        // No string of JSON holds a line feed.
        let Some(found) = memchr3(b'"', b'\\', b'\n', rest) else {
            self.at = text.len();
            return;
        };
        self.at += found;
        match text.get(self.at) {
            Some(b'"') => {
                self.in_string = false;
                self.behind_string = true;
                if self.list == Some((Place::Alone, self.depth)) {
                    self.give(text, Place::Alone, object);
                }
                if let Some(brace) = self.brace.take()
                    && text.get(brace..=self.at).is_some_and(|begun| begun.ends_with(VERSION))
                    && self.begins(brace)
                {
                    return;
                }
                if self.depth <= 2 && self.list.is_none() {
                    let name = self.string.and_then(|start| text.get(start..self.at));
                    let name = name.filter(|name| name.len() <= 16).unwrap_or_default();
                    self.name.clear();
                    self.name.extend_from_slice(name);
                }
            }
            Some(b'\\') => self.escaped = true,
            // The line breaks off here.
            _ if self.list.is_none() => {
                self.give_up();
                self.at_line = true;
            }
            _ => {
                self.broken();
                return;
            }
        }
        self.at += 1;
    }

    /// An event begins at a bracket. True where another one was open, which was written by half, and is left.
    fn begins(&mut self, brace: usize) -> bool {
        if self.start == Some(brace) {
            self.is_event = true;
            return false;
        }
        if !self.is_event || self.start.is_none() {
            return false;
        }
        self.string = Some(brace);
        self.broken();
        true
    }

    /// The object that is being read is none of JSON: what follows is looked for from its last string on.
    fn broken(&mut self) {
        let (list, from) = (self.list, self.string.unwrap_or(self.at));
        self.give_up();
        self.depth = list.map_or(0, |(_, depth)| depth);
        self.at = from.min(self.at);
        self.seeks = true;
    }

    /// Goes on to where the next event begins; outside lists, or to the next line.
    fn seek(&mut self, text: &[u8]) {
        self.at = self.start.take().unwrap_or(self.at);
        let rest = text.get(self.at..).unwrap_or_default();
        let brace = BEGINS.find_iter(rest).find_map(|at| {
            let before = rest.get(..at)?.trim_ascii_end();
            before.ends_with(b"{").then(|| before.len() - 1)
        });
        let line = memchr(b'\n', rest).filter(|_| self.list.is_none());
        match [brace, line].into_iter().flatten().min() {
            Some(found) => {
                self.at += found;
                self.seeks = false;
            }
            None => {
                // What may be the beginning of one is kept for the next bytes.
                let last = memrchr(b'{', rest).filter(|at| {
                    let behind = rest.get(at + 1..).unwrap_or_default().trim_ascii_start();
                    VERSION.starts_with(behind)
                });
                self.start = last.map(|last| self.at + last);
                self.at = text.len();
            }
        }
    }

    fn open(&mut self, bracket: u8) {
        if self.start.is_none() {
            self.is_event = false;
        }
        // Another object begins on this line though the last one is open: that was written by half.
        if self.at_line && bracket == b'{' && self.depth > 0 && self.list.is_none() {
            self.give_up();
        }
        let listed = self.list_here(bracket);
        match self.list {
            Some((_, depth)) if self.depth == depth => self.start = Some(self.at),
            None if self.depth == 0 && listed.is_none() => self.start = Some(self.at),
            Some(_) | None => {}
        }
        if bracket == b'{' && self.depth == 1 {
            self.outer_is_result = self.name == b"ResultSet";
        }
        self.depth += 1;
        if let Some(place) = listed {
            self.list = Some((place, self.depth));
            self.lists += u64::from(place != Place::Alone);
            self.start = None;
        }
    }

    /// Which list a bracket opens.
    fn list_here(&self, bracket: u8) -> Option<Place> {
        if bracket != b'[' || self.list.is_some() {
            return None;
        }
        let named = || LISTS.iter().find(|(name, _)| *name == self.name.as_slice()).map(|(_, place)| *place);
        match self.depth {
            0 => Some(Place::Alone),
            1 => named().filter(|place| *place != Place::Row),
            2 if self.outer_is_result => named().filter(|place| *place == Place::Row),
            _ => None,
        }
    }

    fn close(&mut self, text: &[u8], object: &mut impl FnMut(Place, &[u8])) {
        self.depth -= 1;
        match self.list {
            Some((_, depth)) if self.depth + 1 == depth => self.list = None,
            Some((place, depth)) if self.depth == depth => self.give(text, place, object),
            None if self.depth == 0 => self.give(text, Place::Alone, object),
            Some(_) | None => {}
        }
    }

    fn give(&mut self, text: &[u8], place: Place, object: &mut impl FnMut(Place, &[u8])) {
        if let Some(found) = self.start.take().and_then(|start| text.get(start..=self.at)) {
            object(place, found);
        }
    }

    fn give_up(&mut self) {
        self.lost += 1;
        self.start = None;
        self.depth = 0;
        self.in_string = false;
        self.escaped = false;
        self.behind_string = false;
        self.brace = None;
        self.is_event = false;
    }

    /// Keeps what the next bytes may complete.
    fn let_go(&mut self) {
        let held = self.at - self.start.unwrap_or(self.at);
        if held > LARGEST {
            self.lost += 1;
            self.start = None;
        }
        let from = self.start.unwrap_or(self.at);
        self.held.copy_within(from..self.filled, 0);
        self.filled -= from;
        self.at -= from;
        self.string = self.string.and_then(|start| start.checked_sub(from));
        self.brace = self.brace.and_then(|brace| brace.checked_sub(from));
        self.start = self.start.map(|_| 0);
    }
}
