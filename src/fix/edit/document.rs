//! A document with the places of its statements and their elements, and whether it may be edited at all.

use super::EditError;
use super::state::Path;
use super::tree::{self, Member, Range};
use crate::policy::{self, Effect, Finding, FindingCode, Span, State};

/// A document, with places in its text.
#[derive(Debug)]
pub(super) struct Document<'a> {
    pub text: &'a str,
    /// The members at the top.
    pub top: Vec<Member>,
    /// The `Statement` element.
    pub list: Member,
    /// `Statement` is an object instead of a list.
    pub single: bool,
    pub statements: Vec<Statement>,
}

/// A statement, with places in the text.
#[derive(Debug)]
pub(super) struct Statement {
    pub at: Range,
    pub members: Vec<Member>,
}

impl Statement {
    /// The element of that name.
    pub(super) fn element(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.key == name)
    }
}

impl<'a> Document<'a> {
    /// Reads a text that is sound.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        let start = text.len() - text.trim_start().len();
        let top = tree::members(text, &(start..start + text.trim().len()));
        let list = top.iter().find(|member| member.key == "Statement")?.clone();
        let statement = |at: Range| Statement { members: tree::members(text, &at), at };
        let statements = tree::one_or_many(text, &list.value).into_iter().map(statement).collect();
        Some(Self { single: tree::is_object(text, &list.value), text, top, list, statements })
    }

    /// Where a statement is found in the document's meaning.
    pub(super) fn path(&self, statement: usize) -> Path {
        let number = (!self.single).then(|| statement.to_string());
        std::iter::once("Statement".to_owned()).chain(number).collect()
    }
}

/// Refuses a text that is no sound document, or not sound where it is to be edited.
///
/// What AWS refuses stays refused after an edit, and what is not understood cannot be edited without harm. In statements
/// that are left alone, only what makes their form unsound counts.
pub(super) fn check(text: &str, touched: &[usize]) -> Result<(), EditError> {
    let document = policy::Document::parse(text).map_err(EditError::NoDocument)?;
    let unsound = |finding: &&Finding| match finding.code {
        FindingCode::Malformed
        | FindingCode::DuplicateElement
        | FindingCode::UnknownElement
        | FindingCode::ElementCase
        | FindingCode::UnknownVersion => true,
        FindingCode::EmptyList
        | FindingCode::InvalidSid
        | FindingCode::VariableInOldVersion
        | FindingCode::UnmatchableAction
        | FindingCode::WildcardInPrefix
        | FindingCode::UnmatchableResource
        | FindingCode::UnmatchablePrincipal
        | FindingCode::UnreadableValue
        | FindingCode::SurprisingCondition
        | FindingCode::InvalidCharacter => false,
    };
    let inside = |span: Span, finding: &Finding| span.start <= finding.span.start && finding.span.end <= span.end;
    let refuse = |finding: &Finding| EditError::Unsound {
        place: document.place(finding.span.start),
        problem: finding.text.clone(),
    };
    let outside = |finding: &&Finding| !document.statements.iter().any(|one| inside(one.span, finding));
    if let Some(finding) = document.findings.iter().filter(outside).find(unsound) {
        return Err(refuse(finding));
    }
    for (number, statement) in document.statements.iter().enumerate() {
        let form = [statement.action.state, statement.resource.state];
        let principal = statement.principal.as_ref().map_or(State::Given, |principal| principal.state);
        let sound = !statement.doubtful
            && statement.effect != Effect::Unknown
            && statement.action.state == State::Given
            && principal == State::Given
            && !form.contains(&State::Broken);
        let mut own = document.findings.iter().filter(|finding| inside(statement.span, finding)).filter(unsound);
        let finding = if touched.contains(&number) { own.next() } else { own.next().filter(|_| !sound) };
        match finding {
            Some(finding) => return Err(refuse(finding)),
            None if !sound => {
                let place = document.place(statement.span.start);
                return Err(EditError::Unsound { place, problem: "a statement that is not understood".to_owned() });
            }
            None => {}
        }
    }
    match touched.iter().find(|number| **number >= document.statements.len()) {
        Some(number) => Err(EditError::NoStatement { number: *number, count: document.statements.len() }),
        None => Ok(()),
    }
}
