//! Parts of the line of numbers, or of time, that an operator accepts.

use jiff::Timestamp;

use super::Base;
use super::numeric::Number;

/// A place on the line: a number, or the seconds and nanoseconds since 1970.
pub(super) type Point = (f64, i32);

/// What is accepted.
#[derive(Debug)]
pub(super) enum Line {
    /// These points.
    Points(Vec<Point>),
    /// All but these.
    Others(Vec<Point>),
    /// What is less, and the point itself or not.
    Below(Point, bool),
    /// What is greater, and the point itself or not.
    Above(Point, bool),
}

/// Up to here, every whole number is a floating-point number of its own.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// `None` for a number that a floating-point number may not tell from its neighbours.
#[expect(clippy::cast_precision_loss, reason = "of numbers that are exact only")]
pub(super) fn of_number(number: Number) -> Option<Point> {
    let point = match number {
        Number::Whole(whole) => whole as f64,
        Number::Decimal(decimal) => decimal,
    };
    (point.abs() < EXACT).then_some((point, 0))
}

#[expect(clippy::cast_precision_loss, reason = "jiff's seconds have 12 digits")]
pub(super) fn of_date(date: Timestamp) -> Point {
    (date.as_second() as f64, date.subsec_nanosecond())
}

impl Line {
    /// What one of the values makes an operator accept, or, negated, all of them. `None` of other families, and of no values.
    pub(super) fn new(base: Base, negated: bool, points: Vec<Point>) -> Option<Self> {
        let least = points.iter().copied().reduce(|one, other| if other < one { other } else { one })?;
        let most = points.iter().copied().reduce(|one, other| if other > one { other } else { one })?;
        match base {
            Base::NumericEquals | Base::DateEquals if negated => Some(Self::Others(points)),
            Base::NumericEquals | Base::DateEquals => Some(Self::Points(points)),
            Base::NumericLessThan | Base::DateLessThan => Some(Self::Below(most, false)),
            Base::NumericLessThanEquals | Base::DateLessThanEquals => Some(Self::Below(most, true)),
            Base::NumericGreaterThan | Base::DateGreaterThan => Some(Self::Above(least, false)),
            Base::NumericGreaterThanEquals | Base::DateGreaterThanEquals => Some(Self::Above(least, true)),
            Base::StringEquals
            | Base::StringEqualsIgnoreCase
            | Base::StringLike
            | Base::Bool
            | Base::BinaryEquals
            | Base::IpAddress
            | Base::ArnLike
            | Base::Null => None,
        }
    }

    fn has(&self, point: &Point) -> bool {
        match self {
            Self::Points(points) => points.contains(point),
            Self::Others(points) => !points.contains(point),
            Self::Below(end, with) => point < end || (*with && point == end),
            Self::Above(start, with) => point > start || (*with && point == start),
        }
    }

    /// Whether the other accepts all of it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Points(points), _) => points.iter().all(|point| other.has(point)),
            (_, Self::Others(points)) => points.iter().all(|point| !self.has(point)),
            (Self::Below(end, with), Self::Below(..)) => other.has(end) || (!with && other.ends_at(end)),
            (Self::Above(start, with), Self::Above(..)) => other.has(start) || (!with && other.ends_at(start)),
            (Self::Others(_) | Self::Below(..) | Self::Above(..), _) => false,
        }
    }

    /// Whether the other accepts none of it.
    pub(super) fn is_apart(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Points(points), one) | (one, Self::Points(points)) => points.iter().all(|point| !one.has(point)),
            (Self::Below(end, with), Self::Above(start, too)) | (Self::Above(start, too), Self::Below(end, with)) => {
                end < start || (end == start && !(*with && *too))
            }
            (Self::Others(_) | Self::Below(..) | Self::Above(..), _) => false,
        }
    }

    fn ends_at(&self, point: &Point) -> bool {
        matches!(self, Self::Below(end, _) | Self::Above(end, _) if end == point)
    }
}
