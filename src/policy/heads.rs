//! Rules statements out by the ends of an action's name, before a pattern is matched: of hundreds of statements in a
//! document, few can be about one action.

use smallvec::SmallVec;

use super::{State, Statement};
use crate::pattern::{Pattern, Shape};

/// The first sixteen bytes of a lower-case text, zeros behind a shorter one.
pub fn head_of(lower: &str) -> u128 {
    let mut bytes = [0_u8; 16];
    for (slot, byte) in bytes.iter_mut().zip(lower.bytes()) {
        *slot = byte;
    }
    u128::from_le_bytes(bytes)
}

/// The last eight bytes of a lower-case text, last byte first.
pub fn tail_of(lower: &str) -> u64 {
    let mut bytes = [0_u8; 8];
    for (slot, byte) in bytes.iter_mut().zip(lower.bytes().rev()) {
        *slot = byte;
    }
    u64::from_le_bytes(bytes)
}

/// What an action pattern fixes of an action's first sixteen and last eight bytes.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Ends {
    head: u128,
    head_mask: u128,
    tail: u64,
    tail_mask: u64,
}

impl Ends {
    pub(super) fn new(pattern: &Pattern) -> Self {
        let (Shape::Exactly(first) | Shape::StartingWith(first) | Shape::Among(first)) = pattern.shape();
        let last = pattern.end();
        // A text without wildcards also fixes where it ends: the byte behind it is zero.
        let known = |length: usize| length + usize::from(pattern.is_literal());
        let (head_bytes, tail_bytes) = (known(first.len()), known(last.len()));
        Self {
            head: head_of(first),
            head_mask: if head_bytes >= 16 { u128::MAX } else { (1 << (head_bytes * 8)) - 1 },
            tail: tail_of(last),
            tail_mask: if tail_bytes >= 8 { u64::MAX } else { (1 << (tail_bytes * 8)) - 1 },
        }
    }

    #[inline]
    pub(super) fn fit_head(&self, head: u128) -> bool {
        (head ^ self.head) & self.head_mask == 0
    }

    #[inline]
    fn fit(&self, head: u128, tail: u64) -> bool {
        self.fit_head(head) && (tail ^ self.tail) & self.tail_mask == 0
    }
}

/// Which statements of a document can be about an action, told from the ends of its name.
#[derive(Debug, Clone, Default)]
pub struct Heads {
    /// Patterns that fix all sixteen first bytes, sorted by them.
    sorted: Vec<(u128, u32)>,
    /// The others.
    short: Vec<(Ends, u32)>,
}

impl Heads {
    /// Of the statements of a document. One that no action rules out (`NotAction`, not understood) fits every action.
    pub fn new(statements: &[Statement]) -> Self {
        let mut heads = Self::default();
        for (number, statement) in (0_u32..).zip(statements) {
            let action = &statement.action;
            if action.negated || action.state != State::Given {
                heads.short.push((Ends::default(), number));
                continue;
            }
            for pattern in &action.patterns {
                match pattern.ends {
                    Ends { head, head_mask: u128::MAX, .. } => heads.sorted.push((head, number)),
                    ends => heads.short.push((ends, number)),
                }
            }
        }
        heads.sorted.sort_unstable();
        heads
    }

    /// The numbers of the statements that may be about an action, in order.
    #[inline]
    pub fn fitting(&self, head: u128, tail: u64) -> SmallVec<[u32; 8]> {
        let from = self.sorted.partition_point(|(own, _)| *own < head);
        let sorted = self.sorted.iter().skip(from).take_while(|(own, _)| *own == head).map(|(_, number)| *number);
        let mut numbers: SmallVec<[u32; 8]> = sorted.collect();
        numbers.extend(self.short.iter().filter(|(ends, _)| ends.fit(head, tail)).map(|(_, number)| *number));
        if numbers.len() > 1 {
            numbers.sort_unstable();
            numbers.dedup();
        }
        numbers
    }
}
