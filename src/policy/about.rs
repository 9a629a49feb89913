//! What the statements of a document are about in the catalogue: worked out once for each document, when a whole account or
//! a gap asks for it, and shared by all who have the policy.

use std::borrow::Cow;
use std::sync::{Arc, OnceLock};

use smallvec::SmallVec;

use super::{ActionPattern, Document, Effect, Element, Span, State, Statement};
use crate::catalogue::{ActionSet, Catalogued, Ranges, merged};
use crate::condition::Condition;
use crate::pattern::Shape;

/// What the statements are about, in their order.
pub(super) type Abouts = OnceLock<Box<[About]>>;

/// What a statement is about, by its text alone.
#[derive(Debug, Clone)]
pub struct About {
    /// The actions of the catalogue.
    pub actions: Ranges,
    /// It may be about actions that the catalogue does not know.
    pub may_be_unknown: bool,
    /// The condition keys that it tests or uses as variables, in lower case.
    pub keys: Box<[Arc<str>]>,
    /// Its resources hold policy variables.
    pub has_variables: bool,
    /// It matches whatever resource is asked for.
    pub on_everything: bool,
    /// The resources that it names, in order; empty of a Deny, and where it does not say `Resource`.
    pub resources: SmallVec<[OfResource; 2]>,
    /// It may name all resources of a type, without naming all of every type.
    may_list_types: bool,
    /// By the partition that was asked about first.
    listed: OnceLock<(Box<str>, Ranges)>,
}

/// A resource that a statement names.
#[derive(Debug, Clone)]
pub struct OfResource {
    /// As written; `None` = every resource.
    pub named: Option<Box<str>>,
    /// The number of its pattern in the statement.
    pub pattern: usize,
    /// The actions of the statement that take resources of which it may be one; `None` = all.
    pub taken_by: Option<Ranges>,
}

impl Document {
    /// What a statement (by its number) is about.
    pub fn about(&self, statement: usize) -> Option<&About> {
        let work_out = || self.statements.iter().map(|statement| About::new(self, statement)).collect();
        self.abouts.get_or_init(work_out).get(statement)
    }
}

impl About {
    fn new(document: &Document, statement: &Statement) -> Self {
        let element = &statement.resource;
        let is_given = element.state == State::Given && !element.negated;
        let patterns = || element.patterns.iter();
        let on_everything = is_given && patterns().any(|one| one.arn.is_everything() && !one.never);
        let actions = statement.action.actions();
        let mut about = Self {
            may_be_unknown: statement.action.negated || unknown_names(&statement.action).next().is_some(),
            keys: keys(document, statement),
            has_variables: patterns().any(|one| one.arn.variables().next().is_some()),
            on_everything,
            resources: SmallVec::new(),
            may_list_types: is_given && !on_everything && patterns().any(|one| one.arn.is_of_all_regions()),
            listed: OnceLock::new(),
            actions,
        };
        if is_given && statement.effect != Effect::Deny {
            let named = patterns().enumerate().filter(|(_, one)| !one.never);
            about.resources = named
                .filter_map(|(pattern, one)| {
                    if one.arn.is_everything() {
                        return Some(OfResource { named: None, pattern, taken_by: None });
                    }
                    let text = document.written(one.span)?;
                    let taken_by = Catalogued::get().taking(&text, one.arn.service(), &about.actions);
                    Some(OfResource { named: Some(text.into()), pattern, taken_by })
                })
                .collect();
        }
        about
    }

    /// The actions of the statement of which it names every resource of every type that they take, in a partition:
    /// `arn:aws:s3:::*` for `s3:GetObject`. Never one that the reference lets be asked for without a resource. `None` where
    /// there is none.
    pub fn listed(&self, statement: &Statement, partition: &str) -> Option<Cow<'_, Ranges>> {
        if !self.may_list_types {
            return None;
        }
        let (of, listed) = self.listed.get_or_init(|| (partition.into(), self.list(statement, partition)));
        let found =
            if **of == *partition { Cow::Borrowed(listed) } else { Cow::Owned(self.list(statement, partition)) };
        (!found.is_empty()).then_some(found)
    }

    fn list(&self, statement: &Statement, partition: &str) -> Ranges {
        let all = Catalogued::get();
        let patterns = || statement.resource.patterns.iter().filter(|pattern| !pattern.never);
        let services: Option<SmallVec<[&str; 2]>> =
            statement.resource.patterns.iter().map(|pattern| pattern.arn.service()).collect();
        let among =
            services.map_or_else(|| self.actions.clone(), |named| Catalogued::of_services(&named, &self.actions));
        all.by_types(among, |number| {
            let forms = all.forms(number, partition);
            let is_listed = |form| patterns().any(|one| one.arn.covers(form));
            !forms.is_empty() && forms.iter().all(is_listed)
        })
    }
}

impl Element<ActionPattern> {
    /// The actions of the catalogue that the element is about, or may be where it is not understood.
    pub fn actions(&self) -> Ranges {
        let all = Catalogued::get();
        let everything = || -> Ranges { std::iter::once(0..all.len()).collect() };
        match self.state {
            State::Missing | State::Broken => return everything(),
            State::Given if self.patterns.is_empty() => return Ranges::new(),
            State::Given => {}
        }
        let mut found: Ranges = self.patterns.iter().flat_map(|one| all.matching(one.pattern())).collect();
        found.sort_unstable_by_key(|range| range.start);
        found = merged(found);
        if self.negated { all.complement(&found) } else { found }
    }
}

/// The actions that a pattern as policies have it matches: `s3:Get*`, `*`. Case does not matter.
pub fn actions_matching(pattern: &str) -> ActionSet {
    let pattern = ActionPattern::new(pattern, Span::default());
    let mut set = ActionSet::new();
    Catalogued::get().matching(pattern.pattern()).into_iter().for_each(|range| set.insert_range(range));
    set
}

/// The lower-case names of the actions that an element names without a wildcard and the catalogue does not know.
pub fn unknown_names(element: &Element<ActionPattern>) -> impl Iterator<Item = (&str, &ActionPattern)> {
    let named = element.patterns.iter().filter_map(|one| match one.pattern().shape() {
        Shape::Exactly(text) if text.contains(':') => Some((text, one)),
        Shape::Exactly(_) | Shape::StartingWith(_) | Shape::Among(_) => None,
    });
    named.filter(|(text, _)| Catalogued::get().number(text).is_none())
}

fn keys(document: &Document, statement: &Statement) -> Box<[Arc<str>]> {
    let conditions = || statement.conditions.iter().filter_map(|block| block.condition.as_ref());
    let resources = statement.resource.patterns.iter().flat_map(|pattern| pattern.arn.variables());
    let variables = resources.map(|variable| &*variable.key).chain(conditions().flat_map(Condition::variable_keys));
    let tested = conditions().map(|condition| &*condition.key).chain(variables);
    let shared = |key: &str| {
        let at = document.keys.binary_search_by(|(own, _)| (**own).cmp(key)).ok()?;
        document.keys.get(at).map(|(own, _)| Arc::clone(own))
    };
    tested.filter_map(shared).collect()
}

#[cfg(test)]
mod tests {
    use super::{Catalogued, actions_matching};
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
            let set = actions_matching(pattern);
            let mut found: Vec<String> =
                set.iter().filter_map(|number| all.action(number)).map(|one| one.text()).collect();
            expanded.sort();
            found.sort();
            // `ec2*` has no colon, and so is no action pattern.
            let expanded = if pattern == "ec2*" { Vec::new() } else { expanded };
            assert_eq!(found, expanded, "{pattern}");
        }
    }
}
