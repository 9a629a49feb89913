//! Text that is searched without regard to case, and steps over its words.

use memchr::memmem;

/// Normalised text beside its lower-case copy, which has the same offsets.
#[derive(Debug)]
pub(super) struct Text {
    text: String,
    lower: String,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        let lower = text.to_ascii_lowercase();
        Self { text, lower }
    }

    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// A part as it is written; empty where the offsets are none.
    pub(super) fn part(&self, from: usize, to: usize) -> &str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// A part in lower case.
    pub(super) fn lower(&self, from: usize, to: usize) -> &str {
        self.lower.get(from..to).unwrap_or_default()
    }

    /// The first place at or behind `from` of a lower-case needle that ends at or before `to`.
    pub(super) fn find(&self, needle: &str, from: usize, to: usize) -> Option<usize> {
        find(self.lower(from, to), needle).map(|at| from + at)
    }

    /// The last place of a lower-case needle between two offsets.
    pub(super) fn rfind(&self, needle: &str, from: usize, to: usize) -> Option<usize> {
        memmem::rfind(self.lower(from, to).as_bytes(), needle.as_bytes()).map(|at| from + at)
    }

    pub(super) fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The byte before an offset.
    pub(super) fn before(&self, at: usize) -> Option<u8> {
        at.checked_sub(1).and_then(|at| self.byte(at))
    }

    /// Behind the white space at an offset.
    pub(super) fn skip_space(&self, at: usize) -> usize {
        self.skip(at, |byte| byte.is_ascii_whitespace())
    }

    /// Behind the bytes of a kind at an offset.
    pub(super) fn skip(&self, mut at: usize, is: impl Fn(u8) -> bool) -> usize {
        while self.byte(at).is_some_and(&is) {
            at += 1;
        }
        at
    }

    /// Before the bytes of a kind that end at an offset.
    pub(super) fn skip_back(&self, mut at: usize, is: impl Fn(u8) -> bool) -> usize {
        while self.before(at).is_some_and(&is) {
            at -= 1;
        }
        at
    }

    /// Behind a phrase that starts at an offset, its words apart by any white space; the last word ends there.
    pub(super) fn phrase(&self, at: usize, phrase: &str) -> Option<usize> {
        let mut at = at;
        for (number, word) in phrase.split(' ').enumerate() {
            if number > 0 {
                let behind = self.skip_space(at);
                if behind == at {
                    return None;
                }
                at = behind;
            }
            if !self.lower.as_bytes().get(at..)?.starts_with(word.as_bytes()) {
                return None;
            }
            at += word.len();
        }
        let ends = phrase.ends_with(|last: char| !last.is_ascii_alphanumeric())
            || !self.byte(at).is_some_and(|next| next.is_ascii_alphanumeric());
        ends.then_some(at)
    }

    /// Whether only white space with an empty line stands at an offset before the next word.
    pub(super) fn blank_line_at(&self, at: usize) -> bool {
        self.part(at, self.skip_space(at)).bytes().filter(|byte| *byte == b'\n').count() > 1
    }

    /// The nearest character boundary at or before an offset.
    pub(super) fn floor(&self, at: usize) -> usize {
        let mut at = at.min(self.text.len());
        while !self.text.is_char_boundary(at) {
            at -= 1;
        }
        at
    }
}

/// The first place of a needle.
pub(super) fn find(text: &str, needle: &str) -> Option<usize> {
    memmem::find(text.as_bytes(), needle.as_bytes())
}

/// Whether a word is made of the characters of an identifier, and there is one.
pub(super) fn is_identifier(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte))
}
