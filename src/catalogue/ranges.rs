//! Numbers as ranges: most policies are about few of them.

use std::ops::Range;

use smallvec::SmallVec;

/// Ranges of numbers, ascending, apart from each other.
pub type Ranges = SmallVec<[Range<u32>; 2]>;

/// Ascending numbers as ranges.
pub fn in_ranges(numbers: impl Iterator<Item = u32>) -> Ranges {
    let mut ranges = Ranges::new();
    for number in numbers {
        push(&mut ranges, number..number + 1);
    }
    ranges
}

/// Appends a range, which begins at or behind the end of those that are there.
pub fn push(ranges: &mut Ranges, range: Range<u32>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        Some(_) | None => ranges.push(range),
    }
}

/// Ranges that are sorted by their starts, joined where they overlap.
pub fn merged(sorted: Ranges) -> Ranges {
    let mut ranges = Ranges::new();
    sorted.into_iter().for_each(|range| push(&mut ranges, range));
    ranges
}

/// Those of some numbers that are in other ranges (ascending), and those that are not.
pub fn split(ranges: &[Range<u32>], by: &[Range<u32>]) -> (Ranges, Ranges) {
    let (mut inside, mut outside) = (Ranges::new(), Ranges::new());
    let start = ranges.first().map_or(0, |first| first.start);
    let mut others = by.get(by.partition_point(|other| other.end <= start)..).unwrap_or_default();
    for range in ranges {
        let mut at = range.start;
        while at < range.end {
            match others.split_first() {
                Some((other, rest)) if other.end <= at => others = rest,
                Some((other, _)) if other.start <= at => {
                    let end = range.end.min(other.end);
                    push(&mut inside, at..end);
                    at = end;
                }
                Some((other, _)) if other.start < range.end => {
                    push(&mut outside, at..other.start);
                    at = other.start;
                }
                Some(_) | None => {
                    push(&mut outside, at..range.end);
                    at = range.end;
                }
            }
        }
    }
    (inside, outside)
}

/// Whether a number is in one of the ranges.
pub fn holds(ranges: &[Range<u32>], number: u32) -> bool {
    ranges.get(ranges.partition_point(|range| range.end <= number)).is_some_and(|range| range.start <= number)
}

#[cfg(test)]
mod tests {
    use super::{Ranges, holds, in_ranges, split};

    #[test]
    fn splits_as_sets_do() {
        let of = |step: u32, length: u32| -> Ranges { in_ranges((0..300).filter(|number| number % step < length)) };
        for (step, length, other, of_other) in
            [(7, 3, 11, 5), (50, 49, 3, 1), (1, 1, 9, 4), (9, 4, 1, 1), (300, 10, 300, 0)]
        {
            let (ranges, by) = (of(step, length), of(other, of_other));
            let (inside, outside) = split(&ranges, &by);
            let numbers = |wanted: bool| {
                in_ranges((0..300).filter(|number| number % step < length && (number % other < of_other) == wanted))
            };
            assert_eq!((inside, outside), (numbers(true), numbers(false)), "{step} {length} by {other} {of_other}");
            assert!((0..310).all(|number| holds(&by, number) == (number < 300 && number % other < of_other)));
        }
    }
}
