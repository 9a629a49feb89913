//! The actions of a class: few by ranges, many as a set.

use crate::catalogue::{ActionSet, Ranges, in_ranges, split};

/// Actions by number, at least one.
#[derive(Debug, Clone)]
pub(super) enum Actions {
    /// In ascending ranges.
    Few(Ranges),
    /// As a set, which is cut faster.
    Many(ActionSet),
}

/// Up to how many actions are cut one by one.
const FEW: usize = 400;

impl From<Ranges> for Actions {
    fn from(ranges: Ranges) -> Self {
        if ranges.iter().map(|range| range.len()).sum::<usize>() <= FEW {
            return Self::Few(ranges);
        }
        let mut set = ActionSet::new();
        ranges.into_iter().for_each(|range| set.insert_range(range));
        Self::Many(set)
    }
}

impl Actions {
    pub(super) fn first(&self) -> u32 {
        match self {
            Self::Few(ranges) => ranges.first().map_or(0, |range| range.start),
            Self::Many(set) => set.first().unwrap_or(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(ranges) => ranges.iter().map(|range| range.len()).sum(),
            Self::Many(set) => set.len(),
        }
    }

    pub(super) fn iter(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::Few(ranges) => Box::new(ranges.iter().cloned().flatten()),
            Self::Many(set) => Box::new(set.iter()),
        }
    }

    pub(super) fn add_to(&self, set: &mut ActionSet) {
        match self {
            Self::Few(ranges) => ranges.iter().for_each(|range| set.insert_range(range.clone())),
            Self::Many(own) => set.insert_all(own),
        }
    }

    /// As [`Self::cut`], by ranges.
    pub(super) fn cut_by_ranges(self, by: &Ranges) -> [Option<Self>; 2] {
        match &self {
            Self::Few(ranges) => match split(ranges, by) {
                (inside, _) if inside.is_empty() => [None, Some(self)],
                (_, outside) if outside.is_empty() => [Some(self), None],
                (inside, outside) => [inside, outside].map(|part| Some(Self::Few(part))),
            },
            Self::Many(set) => {
                let inside = in_ranges(by.iter().cloned().flatten().filter(|number| set.contains(*number)));
                if inside.is_empty() {
                    return [None, Some(self)];
                }
                let mut rest = ActionSet::new();
                inside.iter().for_each(|range| rest.insert_range(range.clone()));
                let rest = set.without(&rest);
                if rest.is_empty() { [Some(self), None] } else { [Some(Self::from(inside)), Some(Self::Many(rest))] }
            }
        }
    }

    /// Those that are in a set, and those that are not, where there are any.
    pub(super) fn cut(self, by: &ActionSet) -> [Option<Self>; 2] {
        match &self {
            Self::Few(ranges) => {
                // Most sets have all of a range or nothing of it.
                let all: usize = ranges.iter().map(ExactSizeIterator::len).sum();
                let count: usize = ranges.iter().map(|range| by.count_in(range)).sum();
                if count == 0 {
                    return [None, Some(self)];
                }
                if count == all {
                    return [Some(self), None];
                }
                let numbers = || ranges.iter().cloned().flatten();
                let inside = in_ranges(numbers().filter(|number| by.contains(*number)));
                let outside = in_ranges(numbers().filter(|number| !by.contains(*number)));
                [inside, outside].map(|part| Some(Self::Few(part)))
            }
            Self::Many(set) => {
                let inside = set.and(by);
                if inside.is_empty() {
                    return [None, Some(self)];
                }
                let outside = set.without(by);
                if outside.is_empty() {
                    [Some(self), None]
                } else {
                    [inside, outside].map(|part| Some(Self::Many(part)))
                }
            }
        }
    }
}
