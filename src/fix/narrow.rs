//! How a Deny could spare what was asked: the least first.

use super::allow::{Attempt, element, sid};
use super::blast::is_one_resource;
use super::exempt::Exemption;
use super::guard::{by_condition, by_not_principal};
use super::literal::written_in;
use super::scope::all_written;
use super::{Change, NewStatement};
use crate::catalogue::{self, Fit};
use crate::policy::{ActionPattern, Document, Span, State, Statement};
use crate::request::Request;
use crate::snapshot::Layer;
use crate::truth::Truth;

/// How many actions a pattern may be spelled out into.
const SPELLED_OUT: usize = 60;

/// The ways in which a Deny statement can spare the request.
///
/// # Errors
/// Why there is none: what the request has to be instead, or who has to decide.
pub(super) fn attempts(
    document: &Document,
    number: usize,
    layer: Layer,
    request: &Request,
) -> Result<Vec<Attempt>, String> {
    let statement = document.statements.get(number).ok_or("the statement is not there any more")?;
    if statement.doubtful || statement.action.state != State::Given {
        return Err("what the statement means is not understood; correct it first".to_owned());
    }
    let one = Narrowing { document, statement, number, layer, request };
    if !statement.conditions.is_empty() {
        let exemption = Exemption::of(document, statement, request);
        let found = exemption.as_ref().map(|exemption| one.sparing_the_caller(exemption)).unwrap_or_default();
        return if found.is_empty() {
            Err(by_condition(document, statement, request, exemption.as_ref()))
        } else {
            Ok(found)
        };
    }
    if statement.principal.as_ref().is_some_and(|element| element.negated) {
        return Err(by_not_principal(request));
    }
    let found = one.all();
    if found.is_empty() { Err(one.why_not()) } else { Ok(found) }
}

struct Narrowing<'a> {
    document: &'a Document,
    statement: &'a Statement,
    number: usize,
    layer: Layer,
    request: &'a Request,
}

impl Narrowing<'_> {
    fn all(&self) -> Vec<Attempt> {
        let asked = self.request.action.text.clone();
        let statement = self.number;
        // How the asked action alone is taken out of the statement, with a second Deny that keeps what stays guarded.
        let out = if self.statement.action.negated {
            Some(Change::ExceptActions { statement, actions: vec![asked] })
        } else if self.is_listed() {
            Some(Change::RemoveActions { statement, actions: self.listed() })
        } else {
            None
        };
        let mut found: Vec<Vec<Change>> = Vec::new();
        if let Some(resource) = self.specific() {
            let everything = self.statement.resource.patterns.iter().any(|pattern| pattern.arn.is_everything());
            let open = self.statement.resource.negated || everything;
            if open && self.is_sole() {
                found.push(vec![Change::ExceptResources { statement, resources: vec![resource] }]);
            } else if let (true, Some(out)) = (open, &out) {
                let mut spared = if self.statement.resource.negated { self.resources() } else { Vec::new() };
                spared.push(resource);
                found.push(vec![out.clone(), self.remainder(None, Some(spared))]);
            } else if open {
                let spare = Change::ExceptResources { statement, resources: vec![resource.clone()] };
                found.extend(self.others_on(&resource).map(|kept| vec![spare.clone(), kept]));
                found.push(vec![spare]);
            } else if let (Some(out), Some(others)) = (&out, self.without(&resource)) {
                found.push(vec![out.clone(), self.remainder(Some(others), None)]);
            }
        }
        found.extend(out.map(|out| vec![out]));
        found.extend(self.spelled_out());
        found.into_iter().map(|changes| Attempt { changes }).collect()
    }

    /// The items of the `Action` that are the asked action, if no pattern matches it as well.
    fn listed(&self) -> Vec<String> {
        let all = self.actions();
        all.into_iter().filter(|text| text.eq_ignore_ascii_case(&self.request.action.text)).collect()
    }

    fn is_listed(&self) -> bool {
        let asked = &self.request.action;
        let matching = |text: &String| {
            let one = ActionPattern::new(text, Span::default());
            match &asked.pattern {
                None => one.matches(asked.head, &asked.lower),
                Some(pattern) => one.matches_all_of(pattern) != Truth::No,
            }
        };
        let all = self.actions();
        let mut hit = all.iter().filter(|text| matching(text)).peekable();
        !self.statement.action.negated && hit.peek().is_some() && hit.all(|text| text.eq_ignore_ascii_case(&asked.text))
    }

    /// Whether the statement is about the asked action alone.
    fn is_sole(&self) -> bool {
        self.is_listed() && self.listed().len() == self.statement.action.patterns.len()
    }

    fn actions(&self) -> Vec<String> {
        all_written(self.document, self.statement.action.patterns.iter().map(|pattern| pattern.span))
    }

    fn resources(&self) -> Vec<String> {
        all_written(self.document, self.statement.resource.patterns.iter().map(|pattern| pattern.span))
    }

    /// Whether the statement says on what it denies.
    fn has_resources(&self) -> bool {
        self.layer.document_kind().has_resources() && self.statement.resource.state == State::Given
    }

    /// The asked resource, where it is one that the statement can spare.
    fn specific(&self) -> Option<String> {
        let text = self.request.resource.text();
        // What else a policy of one resource could be about is nothing; and SNS wants its topic as the `Resource` of every
        // statement, ECR none at all, and of `NotResource` no such service says that it takes it.
        // Source: Amazon SNS Developer Guide, "Amazon SNS API permissions: Actions and resources reference".
        let alone = self.layer == Layer::Resource && is_one_resource(text);
        let named = self.has_resources() && text != "*" && !alone && !self.request.action.takes_only_star();
        named.then(|| written_in(&self.request.resource, self.document.version))
    }

    /// The statement's resources without the asked one, where that is an item of its own and others are left.
    fn without(&self, resource: &str) -> Option<Vec<String>> {
        let all = self.resources();
        let others: Vec<String> = all.iter().filter(|text| *text != resource).cloned().collect();
        (others.len() < all.len() && !others.is_empty()).then_some(others)
    }

    /// What stays guarded of the asked action.
    fn remainder(&self, resources: Option<Vec<String>>, not_resources: Option<Vec<String>>) -> Change {
        let actions = vec![self.request.action.text.clone()];
        self.deny(actions, resources, not_resources)
    }

    /// What else a pattern denies on a resource that the statement is to spare, in a Deny about that alone: elsewhere the
    /// pattern stays, and with it what AWS will add. `None` where nothing else can be asked there, or too much.
    fn others_on(&self, resource: &str) -> Option<Change> {
        let asked = &self.request.action;
        let matches = |text: &str| ActionPattern::new(text, Span::default()).matches(asked.head, &asked.lower);
        let mut others: Vec<String> = Vec::new();
        for text in self.actions() {
            if !matches(&text) {
                others.push(text);
                continue;
            }
            if text == "*" {
                return None;
            }
            for action in catalogue::expand(&text).into_iter().filter(|action| action.fit(resource) != Fit::No) {
                let name = action.text();
                if !name.eq_ignore_ascii_case(&asked.text) && !others.contains(&name) && !action.takes_only_star() {
                    others.push(name);
                }
            }
        }
        let small = !others.is_empty() && others.len() <= SPELLED_OUT && asked.pattern.is_none();
        small.then(|| self.deny(others, Some(vec![resource.to_owned()]), None))
    }

    /// The ways in which a Deny that lists whom it spares can spare the caller too: for the asked action, and where a
    /// resource was asked for that alone. Whatever else it denies, it denies to the caller as before.
    fn sparing_the_caller(&self, exemption: &Exemption) -> Vec<Attempt> {
        // Of a pattern or a list of exceptions, no list says what is left of it without one action.
        if !self.is_listed() {
            return Vec::new();
        }
        let (statement, negated) = (self.number, self.statement.resource.negated);
        let own = element(self.document, self.statement, "Condition");
        let all = self.resources();
        let everything = self.statement.resource.patterns.iter().any(|pattern| pattern.arn.is_everything());
        let out = (!self.is_sole()).then(|| Change::RemoveActions { statement, actions: self.listed() });
        let again = |resources, not_resources, condition: Option<serde_json::Value>| {
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
                let (listed, spared) = if negated { (None, Some(all)) } else { (Some(all), None) };
                let condition = exemption.condition(own);
                vec![out, again(listed.filter(|_| self.has_resources()), spared, condition)]
            }
        };
        vec![Attempt { changes }]
    }

    fn deny(&self, actions: Vec<String>, resources: Option<Vec<String>>, not_resources: Option<Vec<String>>) -> Change {
        Change::AddStatement(NewStatement {
            sid: Some(sid(self.document, "KeepDenying", &actions)),
            effect: "Deny",
            principal: element(self.document, self.statement, "Principal"),
            actions,
            resources,
            not_resources,
            condition: None,
        })
    }

    /// A pattern of few actions, spelled out without the asked one.
    fn spelled_out(&self) -> Option<Vec<Change>> {
        let asked = &self.request.action;
        if self.statement.action.negated || self.is_listed() || asked.pattern.is_some() {
            return None;
        }
        let matching = |text: &String| {
            let one = ActionPattern::new(text, Span::default());
            one.matches(asked.head, &asked.lower)
        };
        let patterns: Vec<String> = self.actions().into_iter().filter(matching).collect();
        let mut rest: Vec<String> = Vec::new();
        for action in patterns.iter().filter(|text| *text != "*").flat_map(|text| catalogue::expand(text)) {
            let text = action.text();
            if !text.eq_ignore_ascii_case(&asked.text) && !rest.contains(&text) {
                rest.push(text);
            }
        }
        let small = !rest.is_empty() && rest.len() <= SPELLED_OUT && !patterns.iter().any(|text| text == "*");
        if !small {
            return None;
        }
        let resources = self.resources();
        let (listed, spared) = match (self.has_resources(), self.statement.resource.negated) {
            (false, _) => (None, None),
            (true, false) => (Some(resources), None),
            (true, true) => (None, Some(resources)),
        };
        let removed = Change::RemoveActions { statement: self.number, actions: patterns };
        Some(vec![removed, self.deny(rest, listed, spared)])
    }

    fn why_not(&self) -> String {
        let action = &self.request.action.text;
        format!(
            "it denies {action} by a pattern of many actions; whoever wrote it has to say which of them are meant, \
             or --resource has to name the one resource to spare"
        )
    }
}

/// On what an action is not denied any more by a statement that was narrowed so: on what was asked, or, where the action
/// was taken out of it and no other Deny keeps it, on all that the statement is about.
pub(super) fn opened(document: &Document, number: usize, attempt: &Attempt, action: &str, asked: &str) -> Vec<String> {
    let statement = document.statements.get(number).filter(|statement| !statement.resource.negated);
    let is_it = |own: &String| own.eq_ignore_ascii_case(action);
    let takes_out = attempt.changes.iter().any(|change| match change {
        Change::RemoveActions { .. } | Change::ExceptActions { .. } => true,
        Change::AddActions { .. }
        | Change::AddResources { .. }
        | Change::ExceptResources { .. }
        | Change::AddPrincipals { .. }
        | Change::ExceptPrincipals { .. }
        | Change::AddStatement(_) => false,
    });
    let keeps = attempt
        .changes
        .iter()
        .any(|change| matches!(change, Change::AddStatement(added) if added.actions.iter().any(is_it)));
    match statement {
        Some(statement) if takes_out && !keeps => {
            all_written(document, statement.resource.patterns.iter().map(|pattern| pattern.span))
        }
        Some(_) | None => vec![asked.to_owned()],
    }
}

/// Items of a statement, the first few by name.
fn items(document: &Document, spans: impl Iterator<Item = Span>) -> String {
    let texts = all_written(document, spans);
    let more = texts.len().saturating_sub(4);
    let shown = texts.iter().take(4).cloned().collect::<Vec<_>>().join(", ");
    if more > 0 { format!("{shown} and {more} more") } else { shown }
}

/// The actions of a statement, in its own words.
pub(super) fn actions(document: &Document, statement: &Statement) -> String {
    let actions = items(document, statement.action.patterns.iter().map(|pattern| pattern.span));
    match (statement.action.negated, actions.as_str()) {
        (true, _) => format!("everything but {actions}"),
        (false, "*") => "everything".to_owned(),
        (false, _) => actions,
    }
}

/// What a Deny statement guards, in its own words.
pub(super) fn guarded(document: &Document, statement: &Statement) -> String {
    let what = actions(document, statement);
    let resources = items(document, statement.resource.patterns.iter().map(|pattern| pattern.span));
    let on = match (statement.resource.negated, resources.as_str()) {
        (_, "") => String::new(),
        (true, _) => format!(" on everything but {resources}"),
        (false, "*") => " everywhere".to_owned(),
        (false, _) => format!(" on {resources}"),
    };
    let sid = statement.sid.as_deref().filter(|sid| !sid.is_empty());
    sid.map_or_else(|| format!("{what}{on}"), |sid| format!("{what}{on} ({sid})"))
}
