//! The one `*` `?` matcher: a string against a pattern, a pattern against a pattern, with policy variables.
//!
//! A pattern is parsed when its policy is loaded and matches without allocating (but for variables).
//! Sources: IAM User Guide, "AWS JSON policy elements: Action", "… Resource", "IAM policy elements: Variables and tags".

mod arn;
mod compare;
mod parse;

pub use arn::{ArnMatch, ArnPattern};

use smallvec::SmallVec;

use crate::truth::Truth;

/// How far a wildcard reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Reach {
    /// Any character.
    Anything,
    /// Any character but the colon that ends a field of an ARN.
    Field,
}

impl Reach {
    fn takes(self, letter: char) -> bool {
        self == Self::Anything || letter != ':'
    }
}

/// A policy variable, `${aws:PrincipalTag/team, 'none'}`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Variable {
    /// The condition key, lower case.
    pub key: Box<str>,
    /// What stands for it where the request does not have the key.
    pub default: Option<Box<str>>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Token {
    Text(Box<str>),
    One(Reach),
    Star(Reach),
    Variable(Box<Variable>),
}

/// The tokens of a pattern: most are a text, a wildcard, or a text and a wildcard, and need no room elsewhere.
type Tokens = SmallVec<[Token; 2]>;

/// The value of a policy variable in a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VariableValue<'a> {
    /// The request does not have it: nothing equals it.
    Absent,
    /// The request may have it, with any value.
    Unknown,
    /// It has this value; every character of it is literal.
    Text(&'a str),
}

/// Where the values of policy variables come from.
pub trait Variables {
    /// The value of the condition key `key` (lower case).
    fn variable(&self, key: &str) -> VariableValue<'_>;
}

/// For patterns that cannot hold variables.
#[derive(Debug, Clone, Copy)]
pub struct NoVariables;

impl Variables for NoVariables {
    fn variable(&self, _key: &str) -> VariableValue<'_> {
        VariableValue::Absent
    }
}

/// For what holds whatever variables hold.
#[derive(Debug, Clone, Copy)]
pub struct Unsettled;

impl Variables for Unsettled {
    fn variable(&self, _key: &str) -> VariableValue<'_> {
        VariableValue::Unknown
    }
}

/// Which characters of a text are special.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Syntax {
    /// `*` and `?` are wildcards.
    pub wildcards: bool,
    /// `${…}` is a policy variable: under `Version` 2012-10-17 only.
    pub variables: bool,
    /// The text is compared in lower case, and so must the strings be that are matched.
    pub fold_case: bool,
}

/// What the strings that a pattern matches have in common, where it holds no variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape<'a> {
    /// It matches this string alone.
    Exactly(&'a str),
    /// It matches the strings that begin so, and no others.
    StartingWith(&'a str),
    /// The strings that it matches begin so; which of those it matches is for [`Pattern::matches`] to say.
    Among(&'a str),
}

/// A compiled pattern.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern {
    tokens: Tokens,
    fold_case: bool,
    /// Computed once: whether a token is a variable.
    has_variables: bool,
    /// Computed once: see `compare::goes_back_far`.
    goes_back_far: bool,
}

impl Pattern {
    /// The pattern of `text`, wildcards reaching over every character.
    pub fn parse(text: &str, syntax: Syntax) -> Self {
        parse::pattern(text, syntax)
    }

    /// Whether it holds a policy variable.
    pub fn has_variables(&self) -> bool {
        self.has_variables
    }

    /// The policy variables in it, in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.tokens.iter().filter_map(|token| match token {
            Token::Variable(variable) => Some(&**variable),
            Token::Text(_) | Token::One(_) | Token::Star(_) => None,
        })
    }

    /// Whether it matches every string.
    pub fn is_everything(&self) -> bool {
        !self.tokens.is_empty() && self.tokens.iter().all(|token| *token == Token::Star(Reach::Anything))
    }

    /// Whether it is a plain text: no wildcard, no variable.
    pub fn is_literal(&self) -> bool {
        self.tokens.iter().all(|token| matches!(token, Token::Text(_)))
    }

    /// What the strings that it matches have in common.
    pub fn shape(&self) -> Shape<'_> {
        match &*self.tokens {
            [] => Shape::Exactly(""),
            [Token::Text(only)] => Shape::Exactly(only),
            [Token::Star(Reach::Anything)] => Shape::StartingWith(""),
            [Token::Text(start), Token::Star(Reach::Anything)] => Shape::StartingWith(start),
            [Token::Text(start), ..] => Shape::Among(start),
            [..] => Shape::Among(""),
        }
    }

    /// The text that all strings end with which it matches.
    pub fn end(&self) -> &str {
        match self.tokens.last() {
            Some(Token::Text(end)) => end,
            Some(Token::One(_) | Token::Star(_) | Token::Variable(_)) | None => "",
        }
    }

    /// Whether `text` matches. Unknown where that depends on the value of an unknown variable.
    pub fn matches(&self, text: &str, variables: &impl Variables) -> Truth {
        if !self.has_variables {
            return compare::matches(&self.tokens, text, self.goes_back_far).into();
        }
        match self.resolve(variables) {
            None => Truth::No,
            Some((resolved, certain)) => match compare::matches(&resolved, text, self.goes_back_far) {
                false => Truth::No,
                true if certain => Truth::Yes,
                true => Truth::Unknown,
            },
        }
    }

    /// Whether every string that `request` matches is matched (`Yes`), none is (`No`), or some may be (`Unknown`).
    /// `request` holds no variables.
    pub fn matches_all_of(&self, request: &Self, variables: &impl Variables) -> Truth {
        if self.is_everything() {
            return Truth::Yes;
        }
        if let Some(truth) = self.at_a_glance(request) {
            return truth;
        }
        let Some((resolved, certain)) = self.resolve(variables) else { return Truth::No };
        if let (Some(Token::Text(own)), [Token::Text(asked), Token::Star(Reach::Anything)]) =
            (resolved.first(), &*request.tokens)
            && own.len() > asked.len()
            && own.starts_with(&**asked)
        {
            // All that it matches begins as they do, and not all of them begin as it does.
            return Truth::Unknown;
        }
        if certain && compare::covers(&resolved, &request.tokens) {
            return Truth::Yes;
        }
        if compare::disjoint(&resolved, &request.tokens) { Truth::No } else { Truth::Unknown }
    }

    /// Whether every string that `narrow` matches is matched, whatever variables hold. `false` where that is not told.
    fn covers(&self, narrow: &Self) -> bool {
        if self.has_variables {
            return false;
        }
        let longer = match (self.tokens.first(), &*narrow.tokens) {
            // Its wildcard holds any letter.
            (Some(Token::Text(own)), [Token::Text(start), _, ..]) => own.len() > start.len(),
            _ => false,
        };
        !longer
            && self.at_a_glance(narrow).map_or_else(
                || self.matches_one_of(narrow) && compare::covers(&self.tokens, &narrow.tokens),
                |truth| truth == Truth::Yes,
            )
    }

    /// Whether one string of those that `narrow` matches is matched: most patterns that do not cover it fail here, which costs
    /// little. Not asked where `narrow` has variables.
    fn matches_one_of(&self, narrow: &Self) -> bool {
        let mut one = String::new();
        for token in &narrow.tokens {
            match token {
                Token::Text(text) => one.push_str(text),
                Token::One(_) | Token::Star(_) => one.push('\u{F0000}'),
                Token::Variable(_) => return true,
            }
        }
        compare::matches(&self.tokens, &one, self.goes_back_far)
    }

    /// As [`Self::matches_all_of`] where both ends alone, or that `request` is one string, tell it: most pairs of ARNs.
    fn at_a_glance(&self, request: &Self) -> Option<Truth> {
        let (own, asked) = (&*self.tokens, &*request.tokens);
        if let ([Token::Text(text)], false) = (asked, self.has_variables) {
            return Some(compare::matches(own, text, self.goes_back_far).into());
        }
        if let (Some(Token::Text(own)), Some(Token::Text(asked))) = (own.first(), asked.first())
            && !own.starts_with(&**asked)
            && !asked.starts_with(&**own)
        {
            return Some(Truth::No);
        }
        if let (Some(Token::Text(own)), Some(Token::Text(asked))) = (own.last(), asked.last())
            && !own.ends_with(&**asked)
            && !asked.ends_with(&**own)
        {
            return Some(Truth::No);
        }
        match (own, asked) {
            ([Token::Text(own), Token::Star(Reach::Anything)], [Token::Text(asked), ..])
                if asked.starts_with(&**own) =>
            {
                Some(Truth::Yes)
            }
            // Some of all strings, where it has a letter.
            (_, [Token::Star(Reach::Anything)]) if !self.has_variables => {
                own.iter().any(|token| matches!(token, Token::Text(_))).then_some(Truth::Unknown)
            }
            _ => None,
        }
    }

    fn of(tokens: Tokens) -> Self {
        Self {
            has_variables: tokens.iter().any(|token| matches!(token, Token::Variable(_))),
            goes_back_far: compare::goes_back_far(&tokens),
            tokens,
            fold_case: false,
        }
    }

    /// The tokens with values in the place of variables, and whether all of them were known; an unknown one stands as a
    /// `*`. `None` where a variable has no value: such a pattern matches nothing.
    fn resolve(&self, variables: &impl Variables) -> Option<(Tokens, bool)> {
        let mut certain = true;
        let mut resolved = Tokens::with_capacity(self.tokens.len());
        for token in &self.tokens {
            let Token::Variable(variable) = token else {
                resolved.push(token.clone());
                continue;
            };
            let value = match (variables.variable(&variable.key), &variable.default) {
                (VariableValue::Text(value), _) => value,
                (VariableValue::Absent, Some(default)) => default,
                (VariableValue::Absent, None) => return None,
                (VariableValue::Unknown, _) => {
                    certain = false;
                    resolved.push(Token::Star(Reach::Anything));
                    continue;
                }
            };
            let value = if self.fold_case { value.to_lowercase() } else { value.to_owned() };
            resolved.push(Token::Text(value.into()));
        }
        Some((resolved, certain))
    }
}
