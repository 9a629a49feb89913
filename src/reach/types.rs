//! Whether a statement lists every resource that actions take, though it does not say `*`.

use super::classes::Fits;
use super::list::Catalogued;
use super::{Reach, Rule};
use crate::arn::Arn;
use crate::policy::State;

impl Reach<'_> {
    /// Whether a statement may name all resources of a type, without naming all of every type.
    pub(super) fn may_list_types(&self, rule: &Rule<'_>) -> bool {
        let element = &rule.statement.resource;
        let is_given = !rule.on_everything && element.state == State::Given && !element.negated;
        self.partition.is_some() && is_given && element.patterns.iter().any(|pattern| pattern.arn.is_of_all_regions())
    }

    /// Whether a statement names every resource of every type that an action takes: `arn:aws:s3:::*` for `s3:GetObject`.
    /// Never of an action that the reference lets be asked for without a resource.
    pub(super) fn lists_types(&self, number: usize, rule: &Rule<'_>, action: u32, fits: &mut Fits) -> bool {
        let Some(partition) = self.partition.as_deref().filter(|_| self.may_list_types(rule)) else { return false };
        let all = Catalogued::get();
        *fits.listed.entry((number, all.alike(action))).or_insert_with(|| {
            let patterns = || rule.statement.resource.patterns.iter().filter(|pattern| !pattern.never);
            let forms = all.forms(action, partition);
            let is_listed = |form| patterns().any(|one| one.arn.covers(form));
            !forms.is_empty() && forms.iter().all(is_listed)
        })
    }

    /// The partition of the principal, or the only one that policies name.
    pub(super) fn find_partition(&self) -> Option<String> {
        let own = self.snapshot.principal.arn.as_deref().and_then(Arn::parse);
        if let Some(arn) = own {
            return Some(arn.partition.to_owned());
        }
        let named = self.named.iter().filter_map(|named| Some(Arn::parse(&named.text)?.partition));
        let mut named = named.filter(|partition| !partition.contains(['*', '?', '$']));
        let first = named.next()?;
        named.all(|other| other == first).then(|| first.to_owned())
    }
}
