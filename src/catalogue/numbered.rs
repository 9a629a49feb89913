//! All actions of the catalogue by number, and which of them a pattern matches.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, OnceLock, RwLock};

use super::quick::Quick;
use super::ranges::{Ranges, in_ranges, merged, split};
use super::resource::{Fitting, GivenArn};
use super::{Action, ActionSet, ResourceUse, services};
use crate::pattern::{ArnPattern, NoVariables, Pattern, Shape};
use crate::truth::Truth;

/// The forms of ARNs, by the number of an action and a partition.
type Forms = HashMap<(u32, Box<str>), Arc<[ArnPattern]>>;

/// The actions of the catalogue, numbered in the order of their lower-case texts. Built once for the process.
#[derive(Debug)]
pub struct Catalogued {
    actions: Vec<Action>,
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
        let mut actions: Vec<(String, Action)> = Vec::new();
        for service in services() {
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
    fn alike(&self, number: u32) -> u32 {
        self.alike.get(number as usize).copied().unwrap_or(number)
    }

    /// The resource types that an action takes, by number ([`Action::types_taken`]).
    fn taken(&self, number: u32) -> &[usize] {
        let known = self.taken.get(self.alike(number) as usize);
        let types = || self.action(number).map(|action| action.types_taken().into()).unwrap_or_default();
        known.map_or(&[], |known| known.get_or_init(types))
    }

    /// The forms of the ARNs that an action takes in a partition; none where the reference marks no type as required, for it
    /// may then be asked for without a resource.
    pub fn forms(&self, number: u32, partition: &str) -> Arc<[ArnPattern]> {
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

    /// Those of some actions that are of services that have resources of which the ARNs name one of `named`.
    pub fn of_services(named: &[&str], among: &Ranges) -> Ranges {
        let ranges_of = |service: &&str| BY_ARN.named.get(*service).unwrap_or(&BY_ARN.others);
        match named {
            [only] => split(among, ranges_of(only)).0,
            several => {
                let mut all: Ranges = several.iter().flat_map(|service| ranges_of(service).iter().cloned()).collect();
                all.sort_unstable_by_key(|range| range.start);
                split(among, &merged(all)).0
            }
        }
    }

    /// Those of some actions of which something holds that hangs on the resource types alone that they take: it is asked
    /// once for all that take the same.
    pub fn by_types(&self, among: Ranges, mut holds: impl FnMut(u32) -> bool) -> Ranges {
        let mut known: HashMap<u32, bool, Quick> = HashMap::default();
        let mut last = (u32::MAX, false);
        let mut asked = |number: u32| {
            let alike = self.alike(number);
            if last.0 != alike {
                last = (alike, *known.entry(alike).or_insert_with(|| holds(number)));
            }
            last.1
        };
        in_ranges(among.into_iter().flatten().filter(|number| asked(*number)))
    }

    /// The actions among `among` that take resources of a type that an ARN may be of, where it names this service; `None` = all
    /// of them, for it is no ARN. Wildcards and policy variables in it stand for any text.
    pub fn taking(&self, arn: &str, service: Option<&str>, among: &Ranges) -> Option<Ranges> {
        let given = GivenArn::of(arn)?;
        let candidates = service.map_or_else(|| among.clone(), |service| Self::of_services(&[service], among));
        let mut fitting: Option<Fitting<'_>> = None;
        let fits = |number| {
            let Some(service) = self.action(number).map(|action| action.service()) else { return true };
            if fitting.as_ref().is_none_or(|fitting| fitting.service() != service) {
                fitting = Some(Fitting::new(&given, service));
            }
            fitting.as_ref().is_none_or(|fitting| fitting.is_of(self.taken(number)))
        };
        Some(self.by_types(candidates, fits))
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
    pub fn action(&self, number: u32) -> Option<Action> {
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

    /// The actions that a pattern in lower case matches.
    pub fn matching(&self, pattern: &Pattern) -> Ranges {
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

    /// All actions but these.
    pub fn complement(&self, ranges: &Ranges) -> Ranges {
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

/// The actions of services, by the service that the ARNs of their resources name, ascending.
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
    for ranges in named.values_mut() {
        ranges.extend(others.iter().cloned());
        ranges.sort_unstable_by_key(|range| range.start);
        ranges.dedup();
    }
    ByArn { named, others }
});

#[cfg(test)]
mod tests {
    use super::Catalogued;

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
