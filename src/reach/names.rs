//! The actions that a principal's policies can be about.

use std::ops::Range;

use crate::catalogue::Catalogued;

/// The actions that a principal's policies can be about: those of the catalogue, and behind them those that an Allow names
/// without a wildcard and the catalogue does not know, which may be newer than it or misspelt.
#[derive(Debug, Clone, Default)]
pub struct Names {
    /// As written, by their lower-case texts.
    more: Vec<(String, String)>,
}

impl Names {
    /// With these actions beside those of the catalogue, as they are written.
    pub(super) fn with(more: impl IntoIterator<Item = String>) -> Self {
        let all = Catalogued::get();
        let mut more: Vec<(String, String)> = more.into_iter().map(|text| (text.to_lowercase(), text)).collect();
        more.retain(|(lower, _)| all.number(lower).is_none());
        more.sort_unstable();
        more.dedup_by(|(one, _), (other, _)| one == other);
        Self { more }
    }

    /// How an action is written, `ec2:TerminateInstances`.
    pub fn text(&self, number: u32) -> String {
        let known = Catalogued::get().action(number).map(|action| action.text());
        known.or_else(|| self.unknown(number).map(|(_, text)| text.to_owned())).unwrap_or_default()
    }

    /// The lower-case text and the written one of an action that the catalogue does not know.
    pub fn unknown(&self, number: u32) -> Option<(&str, &str)> {
        let at = number.checked_sub(Catalogued::get().len())?;
        self.more.get(at as usize).map(|(lower, text)| (&**lower, &**text))
    }

    /// The numbers of those that the catalogue does not know.
    pub fn unknowns(&self) -> Range<u32> {
        let start = Catalogued::get().len();
        start..start + u32::try_from(self.more.len()).unwrap_or(0)
    }
}
