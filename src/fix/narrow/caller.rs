//! A Deny that is narrowed for the caller alone: by the list of those whom it spares, or by a condition of its own.

use serde_json::{Value, json};

use super::{Form, Hold, Narrowing, Whom};
use crate::eval;
use crate::fix::Change;
use crate::fix::allow::{Attempt, element};
use crate::fix::exempt::{self, Exemption};
use crate::fix::grantee;

impl Narrowing<'_> {
    /// The same, but that it goes on denying everybody else what was asked.
    pub(super) fn for_the_caller(&self, form: &Form) -> Option<Form> {
        let caller = exempt::caller(self.request).filter(|_| form.whom == Whom::Everybody)?;
        let by_token = eval::is_unsigned(self.request);
        let specific = self.specific().filter(|resource| form.exact && !matches!(self.hold(resource), Hold::Only));
        let (on, spared) = specific.map_or_else(|| self.own_resources(), |resource| (Some(vec![resource]), None));
        // Of patterns nothing is spelled out to the others.
        let asked = || vec![self.request.action.text.clone()];
        let actions = if self.out().is_none() { self.matching() } else { asked() };
        let mut others = self.deny(actions, on, spared);
        if let Change::AddStatement(added) = &mut others {
            added.condition = Some(json!({"ArnNotEquals": {"aws:PrincipalArn": caller}}));
        }
        let changes = form.attempt.changes.iter().cloned().chain([others]).collect();
        (!by_token).then(|| Form { attempt: Attempt { changes }, whom: Whom::Caller, ..form.clone() })
    }

    pub(super) fn names_the_caller(&self) -> bool {
        grantee::names_only(self.statement.principal.as_ref(), self.layer, self.request)
    }

    /// The ways in which a Deny that lists whom it spares can spare the caller too: for the asked action, and where a
    /// resource was asked for that alone. Whatever else it denies, it denies to the caller as before.
    pub(super) fn sparing_the_caller(&self, exemption: &Exemption) -> Vec<Form> {
        // Of a pattern or a list of exceptions, no list says what is left of it without one action.
        if !self.is_listed() {
            return Vec::new();
        }
        let (statement, negated) = (self.number, self.statement.resource.negated);
        let own = element(self.document, self.statement, "Condition");
        let all = self.resources();
        let everything = self.statement.resource.patterns.iter().any(|pattern| pattern.arn.is_everything());
        let out = (!self.is_sole()).then(|| Change::RemoveActions { statement, actions: self.listed() });
        let again = |resources, not_resources, condition: Option<Value>| {
            let mut deny = self.remainder(resources, not_resources);
            if let Change::AddStatement(added) = &mut deny {
                added.condition = condition;
            }
            deny
        };
        let changes = match (self.specific(), out) {
            (Some(resource), out) if negated || everything => {
                let mut spared = if negated { all } else { Vec::new() };
                spared.push(resource.clone());
                let first = match out {
                    Some(out) => vec![out, again(None, Some(spared), own.clone())],
                    None => vec![Change::ExceptResources { statement, resources: vec![resource.clone()] }],
                };
                let last = again(Some(vec![resource]), None, exemption.condition(own));
                first.into_iter().chain([last]).collect()
            }
            // On other resources than the asked one the statement would spare the caller too.
            (Some(resource), _) if all != [resource.clone()] => return Vec::new(),
            (_, None) => vec![exemption.change(statement)],
            (_, Some(out)) => {
                let (listed, spared) = self.own_resources();
                vec![out, again(listed, spared, exemption.condition(own))]
            }
        };
        vec![Form { whom: Whom::Caller, ..self.exactly(changes, None) }]
    }
}
