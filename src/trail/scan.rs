//! Finds the objects of JSON that comes in blocks, without holding more than one of them: the members of the lists that
//! hold events, and what stands alone or line by line.
//!
//! Only strings and brackets are looked at. What is inside an object is for whoever gets it, and so is whether it is JSON
//! at all.

use std::sync::LazyLock;

use memchr::memmem::Finder;
use memchr::{memchr2, memchr3};

/// An object larger than this is passed by: an event has 256 KB at most, and a page of a query's result 5 MB.
///
/// Source: CloudTrail User Guide, "CloudTrail record contents"; Athena API Reference, `GetQueryResults`.
pub const LARGEST: usize = 16 * 1024 * 1024;

/// How much is read at once.
const BLOCK: usize = 256 * 1024;

/// Where an object stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Alone, on a line of its own, or in a list that has no name.
    Alone,
    /// In `Records`, `Events`, `events` or another list of events.
    Listed,
    /// In `ResultSet.Rows`, which is a row of Athena's result.
    Row,
    /// In `QueryResultRows`, which is a row of CloudTrail Lake's result.
    LakeRow,
}

/// The lists whose members are events or rows, by the name of the member that holds them.
const LISTS: [(&[u8], Place); 5] = [
    (b"Records", Place::Listed),
    (b"Events", Place::Listed),
    (b"events", Place::Listed),
    (b"Rows", Place::Row),
    (b"QueryResultRows", Place::LakeRow),
];

/// How an event begins in CloudTrail's own files.
///
/// Source: CloudTrail User Guide, "CloudTrail log file examples".
const FIRST: &[u8] = b"{\"eventVersion\":";

/// Where one event of a list ends and the next begins.
static NEXT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"},{\"eventVersion\":"));

/// What stands before the beginning of the next event in [`NEXT`].
const SEPARATOR: usize = b"},".len();

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

    /// Looks at `length` more bytes in [`Scanner::room`]; every object that ends there is given away.
    pub fn filled(&mut self, length: usize, mut object: impl FnMut(Place, &[u8])) {
        self.filled = (self.filled + length).min(self.held.len());
        let held = std::mem::take(&mut self.held);
        let text = held.get(..self.filled).unwrap_or_default();
        while let Some(byte) = text.get(self.at).copied() {
            if self.in_string {
                self.string(text);
                continue;
            }
            match byte {
                b'{' if self.leaps(text, &mut object) => continue,
                b'"' if self.depth > 0 => {
                    self.in_string = true;
                    self.string = Some(self.at + 1);
                }
                b'{' | b'[' => self.open(byte),
                b'}' | b']' if self.depth > 0 => self.close(text, &mut object),
                _ => {}
            }
            self.at_line = byte == b'\n';
            self.at += 1;
        }
        self.held = held;
        self.let_go();
    }

    /// In a list as CloudTrail writes it, goes from the beginning of one event to that of the next: these bytes stand
    /// nowhere else, since a string would hold them with escaped quotes. So nothing within an event is looked at.
    fn leaps(&mut self, text: &[u8], object: &mut impl FnMut(Place, &[u8])) -> bool {
        if self.list != Some((Place::Listed, self.depth)) {
            return false;
        }
        let rest = text.get(self.at..).unwrap_or_default();
        let next = NEXT.find(rest).filter(|_| rest.starts_with(FIRST));
        let Some((event, length)) = next.and_then(|next| Some((rest.get(..=next)?, next + SEPARATOR))) else {
            return false;
        };
        object(Place::Listed, event);
        self.at += length;
        true
    }

    /// Goes on to the end of the string, as far as it is there.
    #[inline]
    fn string(&mut self, text: &[u8]) {
        if std::mem::take(&mut self.escaped) {
            self.at += 1;
            return;
        }
        let rest = text.get(self.at..).unwrap_or_default();
        // No string of JSON holds a line feed; within a list nothing follows from one.
        let found = match self.list {
            Some(_) => memchr2(b'"', b'\\', rest),
            None => memchr3(b'"', b'\\', b'\n', rest),
        };
        let Some(found) = found else {
            self.at = text.len();
            return;
        };
        self.at += found;
        match text.get(self.at) {
            Some(b'"') => {
                self.in_string = false;
                if self.depth <= 2 && self.list.is_none() {
                    let name = self.string.and_then(|start| text.get(start..self.at));
                    let name = name.filter(|name| name.len() <= 16).unwrap_or_default();
                    self.name.clear();
                    self.name.extend_from_slice(name);
                }
            }
            Some(b'\\') => self.escaped = true,
            // The line breaks off here.
            _ => {
                self.give_up();
                self.at_line = true;
            }
        }
        self.at += 1;
    }

    fn open(&mut self, bracket: u8) {
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
    }

    /// Keeps what the next bytes may complete.
    fn let_go(&mut self) {
        let held = self.filled - self.start.unwrap_or(self.filled);
        if held > LARGEST {
            self.lost += 1;
            self.start = None;
        }
        let from = self.start.unwrap_or(self.filled);
        self.held.copy_within(from..self.filled, 0);
        self.filled -= from;
        self.at -= from;
        self.string = self.string.and_then(|start| start.checked_sub(from));
        self.start = self.start.map(|_| 0);
    }
}
