//! Patterns of ARNs: field by field, and as a whole.

use super::{Pattern, Token, Unsettled, Variable, Variables, parse};
use crate::arn::is_account_id;
use crate::truth::Truth;

/// A resource or ARN pattern, matched field by field.
///
/// Two readings, both in AWS's documentation of the Resource element: fields are matched one by one, and a `*` that
/// ends a field "can expand beyond the colon". The second is kept apart, because it is documented but was not seen tested.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArnPattern {
    pub(super) strict: Pattern,
    /// Few have it.
    pub(super) expanded: Option<Box<Pattern>>,
}

/// How an [`ArnPattern`] came to match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArnMatch {
    /// Whether it matches.
    pub truth: Truth,
    /// It does so only because a `*` at the end of a field reaches over colons.
    pub only_expanded: bool,
}

impl ArnPattern {
    /// The pattern of a Resource element: variables after the fifth colon, missing fields are `*`.
    pub fn resource(text: &str, variables: bool) -> Self {
        parse::resource(text, variables)
    }

    /// The pattern of an ARN condition value: six fields, never reaching over a colon. `None` where it has fewer.
    pub fn condition(text: &str, variables: bool) -> Option<Pattern> {
        parse::arn_condition(text, variables)
    }

    /// Whether it matches every resource.
    pub fn is_everything(&self) -> bool {
        self.strict.is_everything()
    }

    /// Whether it matches one resource alone: it has no wildcard and no variable, and no field is missing.
    pub fn is_literal(&self) -> bool {
        self.strict.is_literal()
    }

    /// The policy variables in it.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.strict.variables()
    }

    /// The pattern with values in the place of its variables, an unknown one being a `*`. `None` where a variable has no
    /// value: such a pattern matches nothing.
    pub fn resolved(&self, variables: &impl Variables) -> Option<Self> {
        let resolve = |pattern: &Pattern| pattern.resolve(variables).map(|(tokens, _)| Pattern::of(tokens));
        let expanded = match &self.expanded {
            Some(expanded) => Some(Box::new(resolve(expanded)?)),
            None => None,
        };
        Some(Self { strict: resolve(&self.strict)?, expanded })
    }

    /// Whether the exact resource `text` matches.
    pub fn matches(&self, text: &str, variables: &impl Variables) -> ArnMatch {
        self.either(|pattern| pattern.matches(text, variables))
    }

    /// Whether it matches all of the resources that `request` stands for, none, or some.
    pub fn matches_all_of(&self, request: &Self, variables: &impl Variables) -> ArnMatch {
        self.either(|pattern| pattern.matches_all_of(&request.strict, variables))
    }

    /// The service that the ARNs name which it matches, where all name one.
    pub fn service(&self) -> Option<&str> {
        let Some(Token::Text(start)) = self.strict.tokens.first() else { return None };
        let rest = start.strip_prefix("arn:")?;
        let mut colons = rest.bytes().enumerate().filter(|(_, byte)| *byte == b':').map(|(at, _)| at);
        let (partition_end, end) = (colons.next()?, colons.next()?);
        rest.get(partition_end + 1..end)
    }

    /// Whether it may match resources of every region and account: it names neither, or lets them open.
    pub fn is_of_all_regions(&self) -> bool {
        let Some(Token::Text(start)) = self.strict.tokens.first() else { return true };
        let mut fields = start.split(':').skip(3).take(2);
        // `arn:aws:sqs:*:111122223333:…`
        let account = self.strict.tokens.get(2).and_then(|token| match token {
            Token::Text(text) => text.strip_prefix(':')?.split_once(':'),
            Token::One(_) | Token::Star(_) | Token::Variable(_) => None,
        });
        let names_account = account.is_some_and(|(account, _)| is_account_id(account));
        fields.all(str::is_empty) && !names_account && matches!(self.strict.tokens.last(), Some(Token::Star(_)))
    }

    /// Whether it matches every resource that `form` does, whatever variables hold. `false` where that is not told.
    pub fn covers(&self, form: &Self) -> bool {
        [Some(&self.strict), self.expanded.as_deref()].into_iter().flatten().any(|own| own.covers(&form.strict))
    }

    /// Whether `wide` matches every resource that this one does, whatever variables hold. `false` where that is not told.
    pub fn is_within(&self, wide: &Self) -> bool {
        let wide_ones = || [Some(&wide.strict), wide.expanded.as_deref()].into_iter().flatten();
        let all = |pattern: &Pattern| wide_ones().any(|own| own.is_everything() || own.covers(pattern));
        self == wide || (all(&self.strict) && self.expanded.as_deref().is_none_or(all))
    }

    /// Whether no resource is matched by both, whatever variables hold. `false` where that is not told.
    pub fn is_apart(&self, other: &Self) -> bool {
        let none = |pattern: &Pattern| other.either(|own| own.matches_all_of(pattern, &Unsettled)).truth == Truth::No;
        none(&self.strict) && self.expanded.as_deref().is_none_or(none)
    }

    fn either(&self, test: impl Fn(&Pattern) -> Truth) -> ArnMatch {
        let strict = test(&self.strict);
        match &self.expanded {
            Some(expanded) if strict != Truth::Yes => {
                let wide = test(expanded);
                ArnMatch { truth: strict.or(wide), only_expanded: wide > strict }
            }
            Some(_) | None => ArnMatch { truth: strict, only_expanded: false },
        }
    }
}
