//! From the text of a policy to the tokens of a pattern.

use super::{ArnPattern, Pattern, Reach, Syntax, Token, Tokens, Variable};

/// How many colons stand before the resource part of an ARN.
const COLONS: usize = 5;

pub(super) fn pattern(text: &str, syntax: Syntax) -> Pattern {
    let mut builder = Builder::new(syntax.fold_case);
    builder.read(text, syntax, |_, _| Reach::Anything);
    builder.finish()
}

/// Short ARNs have their missing fields filled with `*`: so AWS itself prints them in its errors.
pub(super) fn resource(text: &str, variables: bool) -> ArnPattern {
    if !text.starts_with("arn:") {
        let syntax = Syntax { wildcards: true, variables: false, fold_case: false };
        return ArnPattern { strict: pattern(text, syntax), expanded: None };
    }
    let missing = COLONS.saturating_sub(text.bytes().filter(|byte| *byte == b':').count());
    let strict = match missing {
        0 => by_field(text, variables, false),
        _ => by_field(&format!("{text}{}", ":*".repeat(missing)), variables, false),
    };
    let expanded = ends_a_field_with_star(text).then(|| Box::new(by_field(text, variables, true)));
    ArnPattern { strict, expanded }
}

pub(super) fn arn_condition(text: &str, variables: bool) -> Option<Pattern> {
    let Some(start) = fifth_colon(text, variables) else {
        // A variable may hold a whole ARN (`${aws:PrincipalArn}`): only then can a text without six fields be one.
        let syntax = Syntax { wildcards: true, variables: true, fold_case: false };
        return (variables && text.starts_with("${")).then(|| pattern(text, syntax));
    };
    let (head, tail) = split_plain(text, start);
    let syntax = Syntax { wildcards: true, variables, fold_case: false };
    let mut builder = Builder::new(false);
    builder.read(head, syntax, |_, _| Reach::Field);
    builder.read(tail, syntax, |_, _| Reach::Anything);
    text.starts_with("arn:").then(|| builder.finish())
}

/// The offset behind the fifth colon, not counting those inside variables.
fn fifth_colon(text: &str, variables: bool) -> Option<usize> {
    let (mut rest, mut colons) = (text, 0);
    while let Some(letter) = rest.chars().next() {
        if variables && let Some((_, after)) = variable(rest) {
            rest = after;
            continue;
        }
        rest = rest.get(letter.len_utf8()..)?;
        colons += usize::from(letter == ':');
        if colons == COLONS {
            return Some(text.len() - rest.len());
        }
    }
    None
}

fn ends_a_field_with_star(text: &str) -> bool {
    let (mut colons, mut before) = (0, b':');
    for byte in text.bytes().chain([b':']) {
        if byte == b':' {
            if before == b'*' {
                return true;
            }
            colons += 1;
            if colons == COLONS {
                return false;
            }
        }
        before = byte;
    }
    false
}

/// A wildcard stays inside its field, but in the resource part; with `expand`, a `*` at the end of a field does not.
fn by_field(text: &str, variables: bool, expand: bool) -> Pattern {
    let start = resource_start(text);
    let mut builder = Builder::new(false);
    let (head, tail) = split_plain(text, start);
    let syntax = Syntax { wildcards: true, variables: false, fold_case: false };
    builder.read(head, syntax, |wildcard, rest| {
        let ends_field = wildcard == '*' && (rest.is_empty() || rest.starts_with(':'));
        if expand && ends_field { Reach::Anything } else { Reach::Field }
    });
    builder.read(tail, Syntax { variables, ..syntax }, |_, _| Reach::Anything);
    builder.finish()
}

/// A text in two, of which the first part is read in its own way. Most often it is plain, and goes with the second.
fn split_plain(text: &str, at: usize) -> (&str, &str) {
    let (head, tail) = text.split_at_checked(at).unwrap_or((text, ""));
    let is_plain = !head.bytes().any(|byte| matches!(byte, b'*' | b'?' | b'$'));
    if is_plain { ("", text) } else { (head, tail) }
}

/// The offset behind the fifth colon, or the length where there are fewer.
fn resource_start(text: &str) -> usize {
    let mut colons = text.bytes().enumerate().filter(|(_, byte)| *byte == b':');
    colons.nth(COLONS - 1).map_or(text.len(), |(at, _)| at + 1)
}

struct Builder {
    tokens: Tokens,
    text: String,
    fold_case: bool,
}

impl Builder {
    fn new(fold_case: bool) -> Self {
        Self { tokens: Tokens::new(), text: String::new(), fold_case }
    }

    /// Appends the tokens of `text`; `reach` tells from a wildcard and what follows it how far it reaches.
    fn read(&mut self, text: &str, syntax: Syntax, reach: impl Fn(char, &str) -> Reach) {
        let is_special = |byte: &u8| match byte {
            b'*' | b'?' => syntax.wildcards,
            b'$' => syntax.variables,
            _ => false,
        };
        let mut rest = text;
        while let Some((plain, special)) =
            rest.bytes().position(|byte| is_special(&byte)).and_then(|at| rest.split_at_checked(at))
        {
            self.plain(plain);
            let after = special.get(1..).unwrap_or_default();
            rest = match (special.bytes().next(), variable(special)) {
                (Some(b'*'), _) => {
                    self.push_star(reach('*', after));
                    after
                }
                (Some(b'?'), _) => {
                    self.push(Token::One(reach('?', after)));
                    after
                }
                (_, Some((Substitution::Literal(literal), after))) => {
                    self.text.push(literal);
                    after
                }
                (_, Some((Substitution::Variable(variable), after))) => {
                    self.push(Token::Variable(Box::new(variable)));
                    after
                }
                (_, None) => {
                    self.text.push('$');
                    after
                }
            };
        }
        self.plain(rest);
    }

    /// Appends what is no wildcard and no variable.
    fn plain(&mut self, text: &str) {
        // Most often all that stands between two wildcards: room for that, and no more.
        self.text.reserve_exact(text.len());
        self.text.push_str(text);
    }

    fn push(&mut self, token: Token) {
        self.flush();
        self.tokens.push(token);
    }

    fn push_star(&mut self, reach: Reach) {
        // Runs of stars say no more than one, and would cost the matcher.
        if self.text.is_empty() && self.tokens.last() == Some(&Token::Star(reach)) {
            return;
        }
        self.push(Token::Star(reach));
    }

    fn flush(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let mut text = std::mem::take(&mut self.text);
        match (self.fold_case, text.is_ascii()) {
            (true, true) => text.make_ascii_lowercase(),
            (true, false) => text = text.to_lowercase(),
            (false, _) => {}
        }
        self.tokens.push(Token::Text(text.into()));
    }

    fn finish(mut self) -> Pattern {
        self.flush();
        Pattern { fold_case: self.fold_case, ..Pattern::of(self.tokens) }
    }
}

enum Substitution {
    Literal(char),
    Variable(Variable),
}

/// The variable or the escaped character that `text` starts with, and what follows it. `None` for an unterminated
/// `${`, which is literal text.
fn variable(text: &str) -> Option<(Substitution, &str)> {
    let (inner, after) = text.strip_prefix("${")?.split_once('}')?;
    let substitution = match inner {
        "*" => Substitution::Literal('*'),
        "?" => Substitution::Literal('?'),
        "$" => Substitution::Literal('$'),
        _ => {
            let (key, default) = match inner.split_once(',') {
                Some((key, default)) => (key, Some(unquote(default)?)),
                None => (inner, None),
            };
            Substitution::Variable(Variable { key: key.to_lowercase().into(), default: default.map(Into::into) })
        }
    };
    Some((substitution, after))
}

/// The text inside `'…'` after one space.
fn unquote(default: &str) -> Option<&str> {
    default.trim_start().strip_prefix('\'')?.strip_suffix('\'')
}
