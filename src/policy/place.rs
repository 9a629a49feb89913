//! What AWS would refuse in a document because of where it stands: whether a statement needs a `Principal`, and whether
//! it needs a `Resource`.
//!
//! Source: IAM User Guide, "Grammar of the IAM JSON policy language"; "AWS JSON policy elements: Principal".

use super::{Document, Finding, FindingCode, State, Statement};

/// Whether the policies of this service's resources may do without `Resource`: they are about what they hang on.
///
/// Sources: Amazon ECR User Guide, "Setting a private repository policy statement"; Amazon EFS User Guide, "Using access points
/// in IAM policies".
pub fn may_lack_resource(service: &str) -> bool {
    matches!(service, "ecr" | "elasticfilesystem")
}

/// The kinds of document, as the grammar tells them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DocumentKind {
    /// Attached to a principal, or a ceiling of one: no statement names a principal.
    OfPrincipal,
    /// Attached to a resource: every statement says whom it is about.
    OfResource,
    /// A role trust policy: as of a resource, and the resource is the role itself.
    Trust,
}

impl DocumentKind {
    /// Whether its statements have a `Principal`.
    pub fn has_principals(self) -> bool {
        self != Self::OfPrincipal
    }

    /// Whether its statements have a `Resource`.
    pub fn has_resources(self) -> bool {
        self != Self::Trust
    }
}

impl Document {
    /// Whether it is the document of a resource, or of a role that is assumed: that one alone has no `Resource`.
    pub fn kind_of_resource(&self) -> DocumentKind {
        let without = self.statements.iter().all(|statement| statement.resource.state == State::Missing);
        if without && !self.statements.is_empty() { DocumentKind::Trust } else { DocumentKind::OfResource }
    }

    /// What AWS would refuse in it as a document of this kind, beside [`Document::findings`]; in order of position.
    pub fn findings_as(&self, kind: DocumentKind) -> Vec<Finding> {
        let mut all = Vec::new();
        for statement in &self.statements {
            let mut add = |span, text: String| all.push(Finding { code: FindingCode::Malformed, span, text });
            // A statement that is no object has been told of already.
            if statement.action.state == State::Broken && statement.doubtful {
                continue;
            }
            match (&statement.principal, kind.has_principals()) {
                (Some(element), false) => {
                    let name = if element.negated { "NotPrincipal" } else { "Principal" };
                    let text = format!("`{name}` has no place in a policy of this kind: AWS refuses the document");
                    add(element.span, text);
                }
                (None, true) => {
                    add(statement.span, "a statement without `Principal`: it is about nobody".to_owned());
                }
                (Some(_), true) | (None, false) => {}
            }
            match (statement.resource.state, kind.has_resources()) {
                (State::Missing, true) if self.is_of_what_it_hangs_on(statement) => {}
                (State::Missing, true) => add(statement.span, "a statement without `Resource`".to_owned()),
                (State::Given | State::Broken, false) => {
                    add(
                        statement.resource.span,
                        "a role trust policy has no `Resource`: AWS refuses the document".to_owned(),
                    );
                }
                (State::Missing, false) | (State::Given | State::Broken, true) => {}
            }
        }
        all
    }

    /// Whether all that it is about are actions of services whose policies may do without `Resource`.
    fn is_of_what_it_hangs_on(&self, statement: &Statement) -> bool {
        let mut actions = statement.action.patterns.iter().map(|pattern| self.written(pattern.span));
        let may = |text: String| {
            text.split_once(':').is_some_and(|(service, _)| may_lack_resource(&service.to_ascii_lowercase()))
        };
        !statement.action.patterns.is_empty() && actions.all(|text| text.is_some_and(may))
    }
}
