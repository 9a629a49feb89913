//! Yes, no, unknown, and how they combine (Kleene's strong logic of three values).

/// The answer to "does this match?" where the request may not be fully known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Truth {
    /// It certainly does not.
    No,
    /// It depends on something that is not known.
    Unknown,
    /// It certainly does.
    Yes,
}

impl Truth {
    /// Yes only if both are.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// Yes if either is.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// Yes and no exchanged; unknown stays.
    #[must_use]
    pub fn negate(self) -> Self {
        match self {
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
            Self::Yes => Self::No,
        }
    }

    /// Negated if `negated`, else itself.
    #[must_use]
    pub fn negate_if(self, negated: bool) -> Self {
        if negated { self.negate() } else { self }
    }

    /// The disjunction of all items; `No` of none. Stops at the first yes.
    pub fn any(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::No;
        for item in items {
            result = result.or(item);
            if result == Self::Yes {
                break;
            }
        }
        result
    }

    /// The conjunction of all items; `Yes` of none. Stops at the first no.
    pub fn all(items: impl IntoIterator<Item = Self>) -> Self {
        let mut result = Self::Yes;
        for item in items {
            result = result.and(item);
            if result == Self::No {
                break;
            }
        }
        result
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

#[cfg(test)]
mod tests {
    use super::Truth::{self, No, Unknown, Yes};

    #[test]
    fn combines_as_kleene() {
        let table = [
            (No, No, No, No),
            (No, Unknown, No, Unknown),
            (No, Yes, No, Yes),
            (Unknown, Unknown, Unknown, Unknown),
            (Unknown, Yes, Unknown, Yes),
            (Yes, Yes, Yes, Yes),
        ];
        for (a, b, and, or) in table {
            assert_eq!((a.and(b), b.and(a), a.or(b), b.or(a)), (and, and, or, or), "{a:?} {b:?}");
        }
        assert_eq!([No, Unknown, Yes].map(Truth::negate), [Yes, Unknown, No]);
    }

    #[test]
    fn nothing_is_a_false_disjunction_and_a_true_conjunction() {
        assert_eq!((Truth::any([]), Truth::all([])), (No, Yes));
    }
}
