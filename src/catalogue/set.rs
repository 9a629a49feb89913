//! Sets of actions, by number.

use std::hash::{Hash, Hasher};
use std::ops::Range;

/// How many numbers a word holds.
const BITS: u32 = u64::BITS;

/// A set of actions by their numbers ([`super::Catalogued`]). Numbers from 0 on; a set grows as needed.
#[derive(Debug, Clone, Default)]
pub struct ActionSet {
    words: Vec<u64>,
}

impl PartialEq for ActionSet {
    fn eq(&self, other: &Self) -> bool {
        let length = self.words.len().max(other.words.len());
        (0..length).all(|at| self.word(at) == other.word(at))
    }
}

impl Eq for ActionSet {}

impl Hash for ActionSet {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let length = self.words.iter().rposition(|word| *word != 0).map_or(0, |last| last + 1);
        self.words.iter().take(length).for_each(|word| word.hash(state));
    }
}

impl ActionSet {
    /// The empty set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an action.
    pub fn insert(&mut self, action: u32) {
        *self.word_mut(action) |= 1 << (action % BITS);
    }

    /// Adds the actions of a range.
    pub fn insert_range(&mut self, range: Range<u32>) {
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min((at / BITS + 1) * BITS);
            let bits = end - at;
            let ones = if bits == BITS { u64::MAX } else { (1 << bits) - 1 };
            *self.word_mut(at) |= ones << (at % BITS);
            at = end;
        }
    }

    /// Adds all actions of another set.
    pub fn insert_all(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (own, other) in self.words.iter_mut().zip(&other.words) {
            *own |= other;
        }
    }

    /// Whether the action is in it.
    pub fn contains(&self, action: u32) -> bool {
        self.word((action / BITS) as usize) & (1 << (action % BITS)) != 0
    }

    /// The actions that are in both.
    #[must_use]
    pub fn and(&self, other: &Self) -> Self {
        Self { words: self.words.iter().zip(&other.words).map(|(own, other)| own & other).collect() }
    }

    /// The actions that are in this one and not in the other.
    #[must_use]
    pub fn without(&self, other: &Self) -> Self {
        Self { words: self.words.iter().enumerate().map(|(at, own)| own & !other.word(at)).collect() }
    }

    /// The actions of a range, counted from its start on.
    #[must_use]
    pub fn part(&self, range: &Range<u32>) -> Self {
        Self { words: self.words_of(range).collect() }
    }

    /// How many actions of a range are in it.
    pub fn count_in(&self, range: &Range<u32>) -> usize {
        self.words_of(range).map(|word| word.count_ones() as usize).sum()
    }

    fn words_of(&self, range: &Range<u32>) -> impl Iterator<Item = u64> + '_ {
        let end = range.end;
        (range.start..end).step_by(BITS as usize).map(move |start| {
            let (at, shift) = ((start / BITS) as usize, start % BITS);
            let high = if shift == 0 { 0 } else { self.word(at + 1) << (BITS - shift) };
            let word = self.word(at) >> shift | high;
            if end - start < BITS { word & ((1 << (end - start)) - 1) } else { word }
        })
    }

    /// The least number.
    pub fn first(&self) -> Option<u32> {
        let (at, word) = (0..).zip(&self.words).find(|(_, word)| **word != 0)?;
        Some(at * BITS + word.trailing_zeros())
    }

    /// How many actions are in it.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// The numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..).zip(&self.words).flat_map(|(at, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = rest.trailing_zeros();
                rest &= rest.wrapping_sub(1);
                (bit < BITS).then_some(at * BITS + bit)
            })
        })
    }

    fn word(&self, at: usize) -> u64 {
        self.words.get(at).copied().unwrap_or_default()
    }

    #[expect(clippy::indexing_slicing, reason = "resized to hold it")]
    fn word_mut(&mut self, action: u32) -> &mut u64 {
        let at = (action / BITS) as usize;
        if self.words.len() <= at {
            self.words.resize(at + 1, 0);
        }
        &mut self.words[at]
    }
}

impl FromIterator<u32> for ActionSet {
    fn from_iter<I: IntoIterator<Item = u32>>(actions: I) -> Self {
        let mut set = Self::new();
        actions.into_iter().for_each(|action| set.insert(action));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::ActionSet;

    fn set(numbers: &[u32]) -> ActionSet {
        numbers.iter().copied().collect()
    }

    #[test]
    fn sets_of_numbers() {
        let (one, other) = (set(&[0, 63, 64, 200]), set(&[63, 65, 200, 900]));
        assert_eq!(one.iter().collect::<Vec<_>>(), [0, 63, 64, 200]);
        assert_eq!(one.and(&other), set(&[63, 200]));
        assert_eq!((one.without(&other), other.without(&one)), (set(&[0, 64]), set(&[65, 900])));
        assert_eq!((one.len(), one.contains(64), one.contains(65), one.contains(9000)), (4, true, false, false));
        assert!(one.without(&one).is_empty());
        assert_eq!(one.without(&one), ActionSet::new());
    }

    #[test]
    fn parts_count_from_their_start() {
        let all = set(&[0, 3, 63, 64, 65, 127, 128, 200]);
        for (start, end) in [(0, 0), (0, 64), (3, 64), (60, 70), (1, 200), (64, 128), (127, 129), (190, 900)] {
            let expected: ActionSet =
                all.iter().filter(|number| (start..end).contains(number)).map(|number| number - start).collect();
            assert_eq!(all.part(&(start..end)), expected, "{start}..{end}");
            assert_eq!(all.count_in(&(start..end)), expected.len(), "{start}..{end}");
        }
    }

    #[test]
    fn ranges_across_words() {
        for (start, end) in [(0, 0), (0, 64), (3, 64), (60, 70), (1, 200), (64, 128), (127, 129)] {
            let mut found = ActionSet::new();
            found.insert_range(start..end);
            assert_eq!(found.iter().collect::<Vec<_>>(), (start..end).collect::<Vec<_>>(), "{start}..{end}");
        }
    }
}
