//! On what a Deny denies what was asked.

use super::Narrowing;
use crate::arn::Arn;
use crate::catalogue::Fit;
use crate::fix::allow::covers;
use crate::snapshot::Layer;

/// How a statement comes to be about the asked resource.
pub(super) enum Hold {
    /// It is about everything, or everything but some.
    Everything,
    /// The resource is an item; these are the others.
    Item(Vec<String>),
    /// It is about nothing else.
    Only,
    /// It is about all that its document is about.
    Document,
    /// By a pattern.
    Pattern,
}

impl Narrowing<'_> {
    /// How the statement comes to be about a resource.
    pub(super) fn hold(&self, resource: &str) -> Hold {
        let (element, own) = (&self.statement.resource, self.resources());
        if !element.negated && own == [resource] {
            return Hold::Only;
        }
        if element.negated || element.patterns.iter().any(|pattern| pattern.arn.is_everything()) {
            return Hold::Everything;
        }
        let others: Vec<String> = own.iter().filter(|text| *text != resource).cloned().collect();
        let is_other = |text: &String| covers(text, resource);
        if others.len() < own.len() && !others.is_empty() && !others.iter().any(is_other) {
            return Hold::Item(others);
        }
        if self.is_about_the_bucket(&own) { Hold::Document } else { Hold::Pattern }
    }

    /// Whether the policy of a bucket cannot be about any resource for the denied actions that is not among these.
    ///
    /// Source: S3 User Guide, "Bucket policies": they are about the bucket and the objects in it.
    fn is_about_the_bucket(&self, own: &[String]) -> bool {
        let text = self.request.resource.text();
        let Some(arn) = Arn::parse(text).filter(|arn| self.layer == Layer::Resource && arn.service == "s3") else {
            return false;
        };
        if !arn.region.is_empty() || !arn.account.is_empty() {
            return false;
        }
        let Some((bucket, _)) = text.split_once('/') else { return false };
        let has = |wanted: &str| own.iter().any(|text| covers(text, wanted));
        let of_objects =
            self.out().is_some() && self.request.action.known.is_some_and(|known| known.fit(bucket) == Fit::No);
        has(&format!("{bucket}/*")) && (of_objects || has(bucket))
    }
}
