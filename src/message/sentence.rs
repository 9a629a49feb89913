//! AWS's sentence: "User: P is not authorized to perform: A on resource: R because …".
//!
//! Source: IAM User Guide, "Troubleshoot access denied error messages".

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, MatchKind};

use super::arn;
use super::reason::{self, Reason};
use super::resource::{self, Resource};
use super::subject::{self, Subject};
use super::words::Text;

/// One sentence, or what is left of it.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) principal: Option<String>,
    /// Empty where the text names none.
    pub(super) actions: Vec<String>,
    /// The beginning of an action that the text's end cut off.
    pub(super) cut_action: Option<String>,
    pub(super) resource: Resource,
    pub(super) reason: Option<Reason>,
    /// Whether placeholders stand for its parts.
    pub(super) placeholders: bool,
    /// "is not authorized to access this resource": AWS names no action there.
    pub(super) access_only: bool,
}

/// All sentences of a text, in its order; none overlaps another.
pub(super) fn find_all(text: &Text) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    let mut from = 0;
    while let Some(at) = next_anchor(text, from) {
        let end = match read(text, at, from) {
            Some(sentence) => {
                let end = sentence.end;
                if let Some(own) = completed(text, sentences.last_mut(), sentence) {
                    sentences.push(own);
                }
                end
            }
            None => 0,
        };
        from = end.max(at + 1);
    }
    sentences
}

/// Gives a reason that stands alone to the sentence right before it, which lost it at a break; else gives it back.
fn completed(text: &Text, last: Option<&mut Sentence>, found: Sentence) -> Option<Sentence> {
    let Some(last) = last.filter(|last| last.reason.is_none() && !last.access_only && !last.placeholders) else {
        return Some(found);
    };
    let between = text.part(last.end, found.start);
    let near = between.len() < 300 && !between.contains("\n\n") && !between.contains(". ") && between.contains('\n');
    let reason = found.reason.as_ref().filter(|_| found.principal.is_none() && found.resource.value.is_none() && near);
    let Some(action) = reason.and_then(|reason| reason.action.clone().or_else(|| found.actions.first().cloned()))
    else {
        return Some(found);
    };
    let lower = action.to_ascii_lowercase();
    let begins = |own: &String| lower.starts_with(&own.to_ascii_lowercase());
    let is_same = match (last.actions.as_slice(), &last.cut_action) {
        ([own], _) => begins(own),
        ([], Some(cut)) => begins(cut),
        ([], None) => last.principal.is_some(),
        _ => false,
    };
    if !is_same {
        return Some(found);
    }
    last.cut_action = None;
    last.actions = vec![action];
    last.resource.cut |= last.resource.value.is_some();
    last.end = found.end;
    last.reason = found.reason;
    None
}

/// The next word that a sentence, or a reason without its sentence, must have.
fn next_anchor(text: &Text, from: usize) -> Option<usize> {
    const WORDS: [&str; 7] = [
        "authorized",
        "allows the",
        "allows\nthe",
        "explicit deny",
        "explicit\ndeny",
        "allowed to execute",
        "on resource(s)",
    ];
    static FIND: LazyLock<Option<AhoCorasick>> =
        LazyLock::new(|| AhoCorasick::builder().match_kind(MatchKind::LeftmostFirst).build(WORDS).ok());
    let found = FIND.as_ref()?.find(text.lower(from, text.len()))?;
    Some(from + found.start())
}

/// The sentence around an anchor; text before `from` belongs to another one.
fn read(text: &Text, at: usize, from: usize) -> Option<Sentence> {
    if text.phrase(at, "authorized").is_some() {
        return core(text, at, from);
    }
    if text.phrase(at, "allowed to execute").is_some() {
        return older(text, at, from);
    }
    if text.phrase(at, "on resource(s)").is_some() {
        return super::form::read(text, at, from);
    }
    remnant(text, at, from)
}

/// "[User: P is] not authorized to perform: A …"
fn core(text: &Text, at: usize, from: usize) -> Option<Sentence> {
    let not = word_before(text, at, from, "not")?;
    let subject = subject::before(text, not, from);
    let end = at + "authorized".len();
    if let Some(end) = text.phrase(text.skip_space(end), "to perform") {
        return performed(text, subject, end);
    }
    let access = ["to access this resource", "to access the specified resource"];
    if let Some(end) = access.iter().find_map(|phrase| text.phrase(text.skip_space(end), phrase)) {
        let mut sentence = Sentence { access_only: true, ..of(subject, end) };
        reason_at(text, end, &mut sentence);
        return Some(sentence);
    }
    broken_off(text, subject, end)
}

/// Where a word before an offset starts, white space between.
fn word_before(text: &Text, at: usize, from: usize, word: &str) -> Option<usize> {
    let end = text.skip_back(at, |byte| byte.is_ascii_whitespace());
    let start = end.checked_sub(word.len()).filter(|start| *start >= from && end < at)?;
    let alone = !text.before(start).is_some_and(|before| before.is_ascii_alphanumeric());
    (text.lower(start, end) == word && alone).then_some(start)
}

fn of(subject: Subject, end: usize) -> Sentence {
    Sentence { start: subject.start, end, principal: subject.principal, ..Sentence::default() }
}

/// What follows "to perform".
fn performed(text: &Text, subject: Subject, end: usize) -> Option<Sentence> {
    let colon = text.skip_space(end);
    let has_colon = text.byte(colon) == Some(b':');
    let start = text.skip(if has_colon { colon + 1 } else { end }, |byte| byte.is_ascii_whitespace());
    let start = skip_filler(text, start);
    let mut sentence = of(subject, start);
    if let Some((action, end)) = arn::action(text, start) {
        let (action, end) = broken_action(text, &action, end).unwrap_or((action, end));
        sentence.actions.push(action);
        sentence.end = further_actions(text, end, &mut sentence.actions);
    } else {
        let word_end = text.skip(start, |byte| !byte.is_ascii_whitespace());
        let word = text.lower(start, word_end);
        sentence.placeholders = word.contains(['$', '{', '<', '[']);
        // "to perform this operation": Azure's and EC2's first sentence, no action to come.
        if !has_colon && !sentence.placeholders && !word.is_empty() && !word.starts_with("api") {
            return None;
        }
        sentence.end = skip_to_clause(text, start);
    }
    if sentence.actions.len() == 1 && is_cut_action(text, &sentence) {
        sentence.cut_action = sentence.actions.pop();
        return Some(sentence);
    }
    clauses(text, &mut sentence);
    Some(sentence)
}

/// Behind words that people put before an action: "perform the action s3:GetObject".
fn skip_filler(text: &Text, start: usize) -> usize {
    const FILLERS: [&str; 6] =
        ["the following actions:", "the following action:", "the action", "action", "actions", "the"];
    let behind = FILLERS.iter().find_map(|words| text.phrase(start, words));
    let behind = behind.map(|end| text.skip(end, |byte| byte == b':' || byte.is_ascii_whitespace()));
    behind.filter(|behind| arn::action(text, *behind).is_some()).unwrap_or(start)
}

/// "ecr:GetAutho" at the end of a text or a line: a beginning of an action and none itself.
fn is_cut_action(text: &Text, sentence: &Sentence) -> bool {
    let rest = text.part(sentence.end, text.len()).trim_start_matches(['`', '"', '\'']);
    let at_end = rest.trim_matches(|letter: char| letter.is_whitespace() || ".`\"'".contains(letter)).is_empty()
        || rest.starts_with(['\n', '.', '}'])
        || rest.trim_start().starts_with("(truncated");
    let Some(action) = sentence.actions.first().filter(|_| at_end) else { return false };
    let clause = rest.trim_start_matches(['.', ' ', '\n', '[', ']']);
    if ["on resource", "because", "with an"].iter().any(|words| clause.starts_with(words)) {
        return false;
    }
    if rest.starts_with("...") && !action.contains('*') && crate::catalogue::action(action).is_none() {
        return true;
    }
    let Some((service, name)) = action.split_once(':') else { return false };
    let name = name.to_ascii_lowercase();
    let is_known = crate::catalogue::action(action).is_some();
    let begins = |service: crate::catalogue::Service| {
        service.actions().any(|known| known.name().to_ascii_lowercase().starts_with(&name))
    };
    !is_known && crate::catalogue::service(service).is_some_and(begins)
}

/// The action that a line's end cuts in two, and its end: only where the whole is one of the catalogue or stands again behind
/// "allows the".
fn broken_action(text: &Text, action: &str, end: usize) -> Option<(String, usize)> {
    let next = end + 1;
    if text.byte(end) != Some(b'\n') || text.blank_line_at(end) {
        return None;
    }
    let next = text.skip_space(next);
    let behind = text.skip(next, |byte| byte.is_ascii_alphanumeric());
    let whole = format!("{action}{}", text.part(next, behind));
    let clause = text.skip(behind, |byte| byte.is_ascii_whitespace());
    let goes_on =
        ["on resource", "because", "with an explicit"].iter().any(|words| text.phrase(clause, words).is_some());
    let is_known = crate::catalogue::action(&whole).is_some();
    let stands_again = || {
        let again = format!("allows the {} action", whole.to_ascii_lowercase());
        text.find(&again, behind, text.floor(behind + 1_500)).is_some()
    };
    (behind > next && goes_on && (is_known || stands_again())).then_some((whole, behind))
}

/// `, s3:GetObject and s3:GetObjectVersion`
fn further_actions(text: &Text, end: usize, actions: &mut Vec<String>) -> usize {
    let mut end = end;
    while actions.len() < 50 {
        let comma = text.skip(end, |byte| byte == b',' || byte.is_ascii_whitespace());
        let and =
            ["and", "or"].iter().find_map(|word| text.phrase(comma, word)).map_or(comma, |end| text.skip_space(end));
        let is_list = and > end && (text.byte(end) == Some(b',') || and > comma);
        match arn::action(text, and).filter(|_| is_list) {
            Some((action, behind)) => {
                actions.push(action);
                end = behind;
            }
            None => break,
        }
    }
    end
}

/// Behind words that stand for an action, where a clause follows soon: "perform API action on resource: …".
fn skip_to_clause(text: &Text, start: usize) -> usize {
    let limit = text.floor(start + 60);
    let clauses = ["on resource", "with an explicit", "because no"];
    clauses.iter().filter_map(|clause| text.find(clause, start, limit)).min().unwrap_or(start)
}

/// Resource and reason behind the action.
fn clauses(text: &Text, sentence: &mut Sentence) {
    let start = text.phrase(text.skip_space(sentence.end), "action").unwrap_or(sentence.end);
    let start = skip_ellipsis(text, start);
    if let Some(resource) = resource::resource(text, start) {
        sentence.end = resource.end;
        sentence.resource = resource;
    }
    let end = skip_ellipsis(text, sentence.end.max(start));
    if !reason_at(text, end, sentence) && sentence.resource.value.is_none() {
        sentence.end = sentence.end.max(start.min(sentence.end + 8));
    }
}

/// Behind " ... " or " […] " where somebody left words out.
fn skip_ellipsis(text: &Text, at: usize) -> usize {
    let start = text.skip_space(at);
    let end = text.skip(start, |byte| b".[]()".contains(&byte));
    if text.part(start, end).contains("...") { end } else { at }
}

/// Reads the reason at an offset into a sentence; whether there is one.
fn reason_at(text: &Text, at: usize, sentence: &mut Sentence) -> bool {
    let start = text.skip(at, |byte| byte.is_ascii_whitespace() || b"\"',.)*_".contains(&byte));
    let ends_before = text.part(at, start).contains('.') && sentence.resource.value.is_none();
    if text.blank_line_at(at) || ends_before {
        return false;
    }
    let Some(reason) = reason::reason(text, start) else { return false };
    let own_words =
        reason.deny.is_none() && text.part(at, start).contains(['.', '"', '\n']) && !reason::is_of_aws(text, start);
    if own_words {
        return false;
    }
    sentence.end = reason.end;
    sentence.reason = Some(reason);
    true
}

/// A sentence whose middle is lost: "User: P is not authorized toplicit deny in a service control policy: arn:…".
fn broken_off(text: &Text, subject: Subject, end: usize) -> Option<Sentence> {
    let limit = text.floor(end + 80);
    let line_end = text.find("\n\n", end, limit).unwrap_or(limit);
    let mut sentence = of(subject, end);
    if let Some(deny) = text.find("icit deny", end, line_end) {
        let reason = reason::explicit_in(text, deny + "icit deny".len());
        sentence.end = reason.end;
        sentence.reason = Some(reason);
        return sentence.principal.is_some().then_some(sentence);
    }
    let rest = text.lower(end, text.len()).trim();
    let ends_there = rest.len() < 12 && "to perform:".starts_with(rest.trim_end_matches(['.', '"', '`']).trim());
    (ends_there && sentence.principal.is_some()).then_some(sentence)
}

/// "Principal [P] is not allowed to execute [A] on the resource"
fn older(text: &Text, at: usize, from: usize) -> Option<Sentence> {
    let not = word_before(text, at, from, "not")?;
    let subject = subject::before(text, not, from);
    let (action, end) = arn::action(text, text.skip_space(at + "allowed to execute".len()))?;
    let mut sentence = Sentence { actions: vec![action], ..of(subject, end) };
    clauses(text, &mut sentence);
    Some(sentence)
}

/// A reason without its sentence: "because no permissions boundary allows the ec2:DescribeInstances action", or
/// "s3:PutObject on resource: … with an explicit deny in a resource control policy".
fn remnant(text: &Text, at: usize, from: usize) -> Option<Sentence> {
    let back = text.floor(at.saturating_sub(60)).max(from);
    let starts =
        ["because no ", "no ", "with an explicit", "with explicit", "with an\nexplicit", "because\nno ", "no\n"];
    let start = starts.iter().filter_map(|words| text.rfind(words, back, at + 9)).min()?;
    let reason = reason::reason(text, start).filter(|reason| reason.deny.is_some() && reason.layer.is_some())?;
    let mut sentence = Sentence { start, end: reason.end, ..Sentence::default() };
    if let Some((action, start)) = before_reason(text, start, from, &mut sentence.resource) {
        sentence.start = start;
        sentence.actions.push(action);
    } else if let Some(action) = &reason.action {
        sentence.actions.push(action.clone());
    }
    sentence.reason = Some(reason);
    (!sentence.actions.is_empty()).then_some(sentence)
}

/// An action with its resource that stand before a reason.
fn before_reason(text: &Text, reason: usize, from: usize, found: &mut Resource) -> Option<(String, usize)> {
    let back = text.floor(reason.saturating_sub(1_200)).max(from);
    let on = text.rfind("on resource", back, reason)?;
    let resource = resource::resource(text, on).filter(|resource| resource.end <= reason)?;
    let end = text.skip_back(on, |byte| byte.is_ascii_whitespace() || b"\"'`)]".contains(&byte));
    let start = text.skip_back(end, |byte| byte.is_ascii_alphanumeric() || b":*-_".contains(&byte));
    let (action, behind) = arn::action(text, start)?;
    if behind != end || start < from {
        return None;
    }
    *found = resource;
    Some((action, start))
}
