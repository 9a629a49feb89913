//! A Deny that says in a condition whom it spares can spare one more.

use serde_json::Value;

use super::Change;
use super::allow::element;
use super::draft::list_in;
use crate::condition::{Base, Condition, Operator, SetOperator};
use crate::policy::{Document, Statement};
use crate::principal::PrincipalKind;
use crate::request::Request;

/// The role or the user as `aws:PrincipalArn` names it; `None` where that is not known, or of others than these.
pub(super) fn caller(request: &Request) -> Option<String> {
    let who = &request.caller.principal;
    match who.kind {
        PrincipalKind::Role | PrincipalKind::AssumedRole => who.entity_arn.clone(),
        PrincipalKind::User => who.arn.clone(),
        PrincipalKind::FederatedUser
        | PrincipalKind::Root
        | PrincipalKind::Service
        | PrincipalKind::Anonymous
        | PrincipalKind::Unknown => None,
    }
}

/// The condition of a Deny by which its author lists whom it spares, and the caller.
///
/// Source: IAM User Guide, "AWS global condition context keys", `aws:PrincipalArn`: of a session it is the role's ARN.
#[derive(Debug)]
pub(super) struct Exemption {
    operator: String,
    key: String,
    caller: String,
}

impl Exemption {
    /// `None` where the statement has no such list, or the caller no ARN that could stand in it.
    pub(super) fn of(document: &Document, statement: &Statement, request: &Request) -> Option<Self> {
        let caller = caller(request)?;
        let lists_the_spared = |condition: &Condition| {
            let operator = condition.operator;
            let of_text = matches!(operator.base, Base::ArnLike | Base::StringEquals | Base::StringLike);
            &*condition.key == "aws:principalarn"
                && operator.negated
                && operator.set == SetOperator::None
                && of_text
                && !condition.values.is_empty()
        };
        let mut all = statement.conditions.iter().filter_map(|block| block.condition.as_ref());
        let condition = all.find(|condition| lists_the_spared(condition))?;
        let operator = written_operator(document, statement, condition)?;
        Some(Self { operator, key: condition.written_key.to_string(), caller })
    }

    /// The key of the list, as written.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The ARN that would stand in the list.
    pub(super) fn caller(&self) -> &str {
        &self.caller
    }

    /// The caller goes into the list that is there.
    pub(super) fn change(&self, statement: usize) -> Change {
        let (operator, key) = (self.operator.clone(), self.key.clone());
        Change::ExceptPrincipals { statement, operator, key, principals: vec![self.caller.clone()] }
    }

    /// The same `Condition` with the caller in the list.
    pub(super) fn condition(&self, own: Option<Value>) -> Option<Value> {
        let mut condition = own?;
        list_in(&mut condition, &[&self.operator, &self.key], std::slice::from_ref(&self.caller))?;
        Some(condition)
    }
}

/// The operator of a condition as its document writes it.
pub(super) fn written_operator(document: &Document, statement: &Statement, condition: &Condition) -> Option<String> {
    let written = element(document, statement, "Condition")?;
    let has = |(name, keys): &(&String, &Value)| {
        Operator::parse(name) == Some(condition.operator) && keys.get(&*condition.written_key).is_some()
    };
    written.as_object()?.iter().find(has).map(|(operator, _)| operator.clone())
}
