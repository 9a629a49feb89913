//! All actions of the catalogue by number, and which of them a pattern matches.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use smallvec::SmallVec;

use super::ActionSet;
use super::quick::Quick;
use crate::catalogue::{self, ResourceUse};
use crate::pattern::{ArnPattern, NoVariables, Pattern, Shape};
use crate::policy::{ActionPattern, Element, State};
use crate::truth::Truth;

/// Ranges of numbers, ascending, apart from each other.
pub(super) type Ranges = SmallVec<[Range<u32>; 2]>;

/// The forms of ARNs, by the number of an action and a partition.
type Forms = HashMap<(u32, Box<str>), Arc<[ArnPattern]>>;

/// The actions of the catalogue, numbered in the order of their lower-case texts. Built once for the process.
#[derive(Debug)]
pub struct Catalogued {
    actions: Vec<catalogue::Action>,
    /// `a2c:…` one behind the other.
    lower: String,
    /// Where each text ends in `lower`.
    ends: Vec<u32>,
    star: ActionSet,
    /// Each service's prefix with its actions.
    services: Vec<(&'static str, Range<u32>)>,
    /// By action: the number of the first one of those that take the same resource types.
    alike: Vec<u32>,
    /// By such a number: the types, once they were asked for.
    taken: Vec<OnceLock<Box<[usize]>>>,
    /// By such a number and a partition: the forms of their ARNs.
    forms: RwLock<Forms>,
    /// What patterns matched that are no beginnings.
    among: RwLock<HashMap<Pattern, Arc<Ranges>>>,
}

static ALL: LazyLock<Catalogued> = LazyLock::new(Catalogued::build);

impl Catalogued {
    /// The catalogue.
    pub fn get() -> &'static Self {
        &ALL
    }

    fn build() -> Self {
        let mut actions: Vec<(String, catalogue::Action)> = Vec::new();
        for service in catalogue::services() {
            let own = service.actions().map(|action| {
                let mut lower = String::with_capacity(service.prefix().len() + action.name().len() + 1);
                action.push_lower_case(&mut lower);
                (lower, action)
            });
            actions.extend(own);
        }
        actions.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        actions.dedup_by(|(one, _), (other, _)| one == other);
        let mut all = Self {
            actions: Vec::with_capacity(actions.len()),
            lower: String::with_capacity(actions.iter().map(|(lower, _)| lower.len()).sum()),
            ends: Vec::with_capacity(actions.len()),
            star: ActionSet::new(),
            services: Vec::new(),
            alike: Vec::with_capacity(actions.len()),
            taken: Vec::new(),
            forms: RwLock::default(),
            among: RwLock::default(),
        };
        // Actions of one line of types share its text.
        let mut first: HashMap<usize, u32, Quick> = HashMap::default();
        for (number, (lower, action)) in (0..).zip(actions) {
            all.lower.push_str(&lower);
            all.ends.push(u32::try_from(all.lower.len()).unwrap_or(u32::MAX));
            if action.takes_only_star() {
                all.star.insert(number);
            }
            all.alike.push(*first.entry(action.taken().as_ptr() as usize).or_insert(number));
            let prefix = action.service().prefix();
            match all.services.last_mut().filter(|(last, _)| *last == prefix) {
                Some((_, range)) => range.end = number + 1,
                None => all.services.push((prefix, number..number + 1)),
            }
            all.actions.push(action);
        }
        all.taken.resize_with(all.actions.len(), OnceLock::new);
        all
    }

    /// The number of the first action that takes the same resource types.
    pub(super) fn alike(&self, number: u32) -> u32 {
        self.alike.get(number as usize).copied().unwrap_or(number)
    }

    /// The resource types that an action takes, by number ([`catalogue::Action::types_taken`]).
    pub(super) fn taken(&self, number: u32) -> &[usize] {
        let known = self.taken.get(self.alike(number) as usize);
        let types = || self.action(number).map(|action| action.types_taken().into()).unwrap_or_default();
        known.map_or(&[], |known| known.get_or_init(types))
    }

    /// The forms of the ARNs that an action takes in a partition; none where the reference marks no type as required, for it
    /// may then be asked for without a resource.
    pub(super) fn forms(&self, number: u32, partition: &str) -> Arc<[ArnPattern]> {
        let key = (self.alike(number), Box::from(partition));
        let known = self.forms.read().ok().and_then(|known| known.get(&key).cloned());
        known.unwrap_or_else(|| {
            let types: Vec<ResourceUse> = self.action(number).iter().flat_map(|one| one.resource_types()).collect();
            let is_required = types.iter().any(|one| one.required);
            let forms = types.iter().filter(|_| is_required).map(|one| one.kind.form_in(partition));
            let new: Arc<[ArnPattern]> = forms.collect();
            if let Ok(mut known) = self.forms.write() {
                known.insert(key, Arc::clone(&new));
            }
            new
        })
    }

    /// The actions of the services that have resources of which the ARNs name `service`, and maybe others.
    pub(super) fn by_arn(service: &str) -> &'static [Range<u32>] {
        BY_ARN.named.get(service).unwrap_or(&BY_ARN.others)
    }

    /// How many there are.
    pub fn len(&self) -> u32 {
        u32::try_from(self.actions.len()).unwrap_or(u32::MAX)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.actions.is_empty()
    }

    /// The action of a number.
    pub fn action(&self, number: u32) -> Option<catalogue::Action> {
        self.actions.get(number as usize).copied()
    }

    /// Its lower-case text, `ec2:terminateinstances`; empty where there is none of that number.
    pub fn lower(&self, number: u32) -> &str {
        let at = number as usize;
        let start = at.checked_sub(1).and_then(|before| self.ends.get(before)).copied().unwrap_or(0);
        self.ends.get(at).and_then(|end| self.lower.get(start as usize..*end as usize)).unwrap_or_default()
    }

    /// The number of a lower-case text.
    pub fn number(&self, lower: &str) -> Option<u32> {
        let at = self.first_not(0, |text| text < lower);
        (at < self.len() && self.lower(at) == lower).then_some(at)
    }

    /// The actions whose lower-case texts begin so.
    pub fn starting_with(&self, start: &str) -> Range<u32> {
        let first = self.first_not(0, |text| text < start);
        first..self.first_not(first, |text| text.starts_with(start))
    }

    /// The prefix of each service and the numbers of its actions, ascending.
    pub fn services(&self) -> &[(&'static str, Range<u32>)] {
        &self.services
    }

    /// The actions that have no resource-level permissions.
    pub fn star(&self) -> &ActionSet {
        &self.star
    }

    /// The actions that a pattern as policies have it matches: `s3:Get*`, `*`. Case does not matter.
    pub fn matching(&self, pattern: &str) -> ActionSet {
        let pattern = ActionPattern::new(pattern, crate::policy::Span::default());
        let mut set = ActionSet::new();
        self.ranges(pattern.pattern()).into_iter().for_each(|range| set.insert_range(range));
        set
    }

    /// The actions that the element is about, or may be where it is not understood.
    pub(super) fn of_element(&self, element: &Element<ActionPattern>) -> Ranges {
        let everything = || -> Ranges { std::iter::once(0..self.len()).collect() };
        match element.state {
            State::Missing | State::Broken => return everything(),
            State::Given if element.patterns.is_empty() => return Ranges::new(),
            State::Given => {}
        }
        let mut all: Ranges = element.patterns.iter().flat_map(|one| self.ranges(one.pattern())).collect();
        all.sort_unstable_by_key(|range| range.start);
        all = merged(all);
        if element.negated { self.complement(&all) } else { all }
    }

    fn ranges(&self, pattern: &Pattern) -> Ranges {
        match pattern.shape() {
            Shape::Exactly(text) => self.number(text).map(|number| number..number + 1).into_iter().collect(),
            Shape::StartingWith("") => std::iter::once(0..self.len()).collect(),
            Shape::StartingWith(start) => {
                std::iter::once(self.starting_with(start)).filter(|range| !range.is_empty()).collect()
            }
            Shape::Among(start) => (*self.among(pattern, start)).clone(),
        }
    }

    /// Each action that begins so is held against the pattern, once for the process.
    fn among(&self, pattern: &Pattern, start: &str) -> Arc<Ranges> {
        let known = self.among.read().ok().and_then(|known| known.get(pattern).cloned());
        if let Some(known) = known {
            return known;
        }
        let matches = |number: &u32| pattern.matches(self.lower(*number), &NoVariables) == Truth::Yes;
        let found = Arc::new(in_ranges(self.starting_with(start).filter(matches)));
        if let Ok(mut known) = self.among.write() {
            known.insert(pattern.clone(), Arc::clone(&found));
        }
        found
    }

    fn complement(&self, ranges: &Ranges) -> Ranges {
        let mut rest = Ranges::new();
        let mut from = 0;
        for range in ranges {
            if from < range.start {
                rest.push(from..range.start);
            }
            from = range.end;
        }
        if from < self.len() {
            rest.push(from..self.len());
        }
        rest
    }

    /// The first number from `from` on whose text `holds` does not hold of; it holds of a beginning of the list.
    fn first_not(&self, from: u32, holds: impl Fn(&str) -> bool) -> u32 {
        let (mut low, mut high) = (from, self.len());
        while low < high {
            let middle = low.midpoint(high);
            if holds(self.lower(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }
}

/// The actions of services, by the service that the ARNs of their resources name.
struct ByArn {
    named: HashMap<&'static str, Vec<Range<u32>>>,
    /// Of services with resources of which the ARN leaves it open; they are in each of the lists.
    others: Vec<Range<u32>>,
}

static BY_ARN: LazyLock<ByArn> = LazyLock::new(|| {
    let (mut named, mut others): (HashMap<&'static str, Vec<Range<u32>>>, _) = (HashMap::new(), Vec::new());
    for (_, range) in Catalogued::get().services() {
        let Some(first) = Catalogued::get().action(range.start) else { continue };
        for kind in first.service().resource_types() {
            let of = kind.arn().split(':').nth(2).filter(|of| !of.is_empty() && !of.contains(['$', '*', '?']));
            let ranges = of.map_or(&mut others, |of| named.entry(of).or_default());
            if ranges.last() != Some(range) {
                ranges.push(range.clone());
            }
        }
    }
    named.values_mut().for_each(|ranges| ranges.extend(others.iter().cloned()));
    ByArn { named, others }
});

/// Ascending numbers as ranges.
pub(super) fn in_ranges(numbers: impl Iterator<Item = u32>) -> Ranges {
    let mut ranges = Ranges::new();
    for number in numbers {
        push(&mut ranges, number..number + 1);
    }
    ranges
}

/// Appends a range, which begins at or behind the end of those that are there.
pub(super) fn push(ranges: &mut Ranges, range: Range<u32>) {
    match ranges.last_mut() {
        Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
        Some(_) | None => ranges.push(range),
    }
}

fn merged(sorted: Ranges) -> Ranges {
    let mut ranges = Ranges::new();
    sorted.into_iter().for_each(|range| push(&mut ranges, range));
    ranges
}

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

/// The lower-case names of the actions that an element names without a wildcard and the catalogue does not know.
pub(super) fn unknown_names(element: &Element<ActionPattern>) -> impl Iterator<Item = (&str, &ActionPattern)> {
    let named = element.patterns.iter().filter_map(|one| match one.pattern().shape() {
        Shape::Exactly(text) if text.contains(':') => Some((text, one)),
        Shape::Exactly(_) | Shape::StartingWith(_) | Shape::Among(_) => None,
    });
    named.filter(|(text, _)| Catalogued::get().number(text).is_none())
}

#[cfg(test)]
mod tests {
    use super::Catalogued;
    use crate::catalogue;

    #[test]
    fn matches_as_the_catalogue_expands() {
        let all = Catalogued::get();
        assert_eq!(all.len() as usize, catalogue::actions().count());
        let patterns = [
            "*",
            "s3:Get*",
            "S3:getobject",
            "*:Describe*",
            "ec2:*tag*",
            "ec2*",
            "s3:?etObject",
            "nosuch:*",
            "s3:GetOb",
        ];
        for pattern in patterns {
            let mut expanded: Vec<String> = catalogue::expand(pattern).iter().map(catalogue::Action::text).collect();
            let set = all.matching(pattern);
            let mut found: Vec<String> =
                set.iter().filter_map(|number| all.action(number)).map(|one| one.text()).collect();
            expanded.sort();
            found.sort();
            // `ec2*` has no colon, and so is no action pattern.
            let expanded = if pattern == "ec2*" { Vec::new() } else { expanded };
            assert_eq!(found, expanded, "{pattern}");
        }
    }

    #[test]
    fn numbers_and_texts() {
        let all = Catalogued::get();
        let number = all.number("s3:getobject").unwrap();
        assert_eq!((all.lower(number), all.action(number).unwrap().text().as_str()), ("s3:getobject", "s3:GetObject"));
        assert_eq!((all.number("s3:getobjec"), all.number("zzz:zzz"), all.number("")), (None, None, None));
        assert!(!all.star().contains(number));
        assert!(all.star().contains(all.number("s3:listallmybuckets").unwrap()));
    }
}
