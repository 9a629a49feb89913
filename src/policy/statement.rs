//! Statements as the evaluator wants them: patterns compiled, positions kept.

use smallvec::SmallVec;

use super::Span;
use super::heads::Ends;
use super::principal::PrincipalElement;
use crate::condition::Condition;
use crate::pattern::{ArnPattern, NoVariables, Pattern, Syntax};
use crate::truth::Truth;

/// The `Effect` element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
    /// Missing or not one of the two: it may be either.
    Unknown,
}

/// Whether an element can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It is there and understood.
    Given,
    /// The statement does not have it.
    Missing,
    /// It is there and not understood, or there twice.
    Broken,
}

/// `Action`/`NotAction` or `Resource`/`NotResource`.
#[derive(Debug, Clone)]
pub struct Element<P> {
    /// Whether it can be used.
    pub state: State,
    /// It is the `Not…` form: it matches what no pattern matches.
    pub negated: bool,
    /// The patterns in order; empty = an empty list, which matches nothing.
    pub patterns: SmallVec<[P; 1]>,
    /// The value of the element.
    pub span: Span,
}

impl<P> Element<P> {
    /// An element that the statement does not have; its span is the statement's.
    pub fn missing(statement: Span) -> Self {
        Self { state: State::Missing, negated: false, patterns: SmallVec::new(), span: statement }
    }
}

/// One pattern of an `Action` or `NotAction` element.
///
/// What a pattern fixes of an action's ends is kept beside it: most patterns of a document are ruled out by one comparison.
#[derive(Debug, Clone)]
pub struct ActionPattern {
    pub(super) ends: Ends,
    pattern: Pattern,
    /// The item in the text.
    pub span: Span,
}

impl ActionPattern {
    /// Compiles an action pattern; actions fold case.
    pub fn new(text: &str, span: Span) -> Self {
        let text = if text == "*:*" { "*" } else { text };
        // AWS: without a service prefix only "*" means anything. A text with a space matches no action.
        let text =
            if text.bytes().any(|byte| byte == b':') || text.bytes().all(|byte| byte == b'*') { text } else { " " };
        let syntax = Syntax { wildcards: true, variables: false, fold_case: true };
        let pattern = Pattern::parse(text, syntax);
        Self { ends: Ends::new(&pattern), pattern, span }
    }

    /// Whether it matches the action `lower` (lower case) whose first bytes are `head`.
    #[inline]
    pub fn matches(&self, head: u128, lower: &str) -> bool {
        self.ends.fit_head(head) && self.pattern.matches(lower, &NoVariables) == Truth::Yes
    }

    /// The pattern, in lower case.
    pub fn pattern(&self) -> &Pattern {
        &self.pattern
    }

    /// Whether it matches all of the actions that `request` stands for, none, or some.
    pub fn matches_all_of(&self, request: &Pattern) -> Truth {
        self.pattern.matches_all_of(request, &NoVariables)
    }

    /// Whether it matches every action.
    pub fn is_everything(&self) -> bool {
        self.pattern.is_everything()
    }
}

/// One pattern of a `Resource` or `NotResource` element.
#[derive(Debug, Clone)]
pub struct ResourcePattern {
    /// The pattern.
    pub arn: ArnPattern,
    /// It matches nothing.
    pub never: bool,
    /// AWS refuses a document that holds it.
    pub refused: bool,
    /// The item in the text.
    pub span: Span,
}

/// One operator-and-key pair of the `Condition` element.
#[derive(Debug, Clone)]
pub struct ConditionBlock {
    /// The condition; `None` where it is not understood.
    pub condition: Option<Condition>,
    /// The key and its values.
    pub span: Span,
}

/// A statement.
#[derive(Debug, Clone)]
pub struct Statement {
    /// The first check of most evaluations, so it stands first.
    pub action: Element<ActionPattern>,
    /// `Resource` or `NotResource`.
    pub resource: Element<ResourcePattern>,
    /// `Principal` or `NotPrincipal`, which only the policies of resources have.
    pub principal: Option<PrincipalElement>,
    /// The conditions; all must hold.
    pub conditions: Vec<ConditionBlock>,
    /// The effect.
    pub effect: Effect,
    /// Something else in it is not understood: it applies at most perhaps.
    pub doubtful: bool,
    /// The `Sid`.
    pub sid: Option<Box<str>>,
    /// The whole statement.
    pub span: Span,
    /// The `Effect` element's value.
    pub effect_span: Span,
}
