//! The algorithms: a string against tokens, and tokens against tokens as sets of strings.

use std::collections::{HashSet, VecDeque};

use super::{Reach, Token};

/// How many states the comparison of two patterns may visit before it gives up. Real patterns need a few hundred; a
/// hostile one then counts as "neither covers nor is disjoint", which is unknown.
const BUDGET: usize = 2_000;

/// How many states two patterns may have together to be compared at all.
const MOST_STATES: usize = 1 << 28;

/// Whether `text` matches, for tokens without variables.
pub(super) fn matches(tokens: &[Token], text: &str, goes_back_far: bool) -> bool {
    match tokens {
        [] => text.is_empty(),
        [Token::Text(only)] => **only == *text,
        [Token::Star(Reach::Anything)] => true,
        [Token::Text(head), Token::Star(Reach::Anything)] => text.starts_with(&**head),
        // Most patterns are ruled out by the text behind their last wildcard.
        [.., Token::Text(tail)] if !text.ends_with(&**tail) => false,
        [Token::Text(head), ..] if !text.starts_with(&**head) => false,
        _ if goes_back_far => simulate(&symbols(tokens), text),
        _ => greedy(tokens, text),
    }
}

/// Whether a wildcard that stays in its field stands behind one that does not. Only then is going back to the last
/// `*` not enough.
pub(super) fn goes_back_far(tokens: &[Token]) -> bool {
    // An unknown variable becomes a `*`.
    let free = |token: &Token| matches!(token, Token::Star(Reach::Anything) | Token::Variable(_));
    let first = tokens.iter().position(free);
    first.is_some_and(|first| {
        tokens.iter().skip(first).any(|token| matches!(token, Token::Star(Reach::Field) | Token::One(Reach::Field)))
    })
}

/// Goes back to the last `*` only: what an earlier one could take, the last one can take as well.
fn greedy(tokens: &[Token], text: &str) -> bool {
    let (mut tokens, mut text) = (tokens, text);
    let mut last: Option<(&[Token], &str, Reach)> = None;
    loop {
        let step = match tokens.split_first() {
            None if text.is_empty() => return true,
            None | Some((Token::Variable(_), _)) => None,
            Some((Token::Star(Reach::Anything), [])) => return true,
            Some((Token::Star(reach), rest)) => {
                let Some(next) = next_start(rest, text, *reach) else { return false };
                last = Some((rest, next, *reach));
                Some((rest, next))
            }
            Some((Token::Text(literal), rest)) => text.strip_prefix(&**literal).map(|after| (rest, after)),
            Some((Token::One(reach), rest)) => take_one(text, *reach).map(|after| (rest, after)),
        };
        if let Some((next_tokens, next_text)) = step {
            (tokens, text) = (next_tokens, next_text);
            continue;
        }
        let Some((rest, from, reach)) = last else { return false };
        let next = take_one(from, reach).and_then(|after| next_start(rest, after, reach));
        let Some(after) = next else { return false };
        last = Some((rest, after, reach));
        (tokens, text) = (rest, after);
    }
}

/// Where, behind what a `*` takes, the rest of a pattern can start: at once, or where its text is found next.
fn next_start<'a>(rest: &[Token], text: &'a str, reach: Reach) -> Option<&'a str> {
    let Some(Token::Text(literal)) = rest.first() else { return Some(text) };
    let at = memchr::memmem::find(text.as_bytes(), literal.as_bytes())?;
    let (taken, next) = text.split_at_checked(at)?;
    (reach == Reach::Anything || !taken.contains(':')).then_some(next)
}

fn take_one(text: &str, reach: Reach) -> Option<&str> {
    let mut letters = text.chars();
    letters.next().filter(|letter| reach.takes(*letter)).map(|_| letters.as_str())
}

/// One position of a pattern, by characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    Letter(char),
    One(Reach),
    Star(Reach),
}

impl Symbol {
    fn takes(self, letter: char) -> bool {
        match self {
            Self::Letter(own) => own == letter,
            Self::One(reach) | Self::Star(reach) => reach.takes(letter),
        }
    }

    /// Whether one letter exists that both take.
    fn meets(self, other: Self) -> bool {
        match (self, other) {
            (Self::Letter(a), b) | (b, Self::Letter(a)) => b.takes(a),
            (Self::One(_) | Self::Star(_), Self::One(_) | Self::Star(_)) => true,
        }
    }

    fn is_star(self) -> bool {
        matches!(self, Self::Star(_))
    }
}

fn symbols(tokens: &[Token]) -> Vec<Symbol> {
    let mut symbols = Vec::new();
    for token in tokens {
        match token {
            Token::Text(text) => symbols.extend(text.chars().map(Symbol::Letter)),
            Token::One(reach) => symbols.push(Symbol::One(*reach)),
            Token::Star(reach) => symbols.push(Symbol::Star(*reach)),
            // Callers resolve variables first; an unresolved one may be anything.
            Token::Variable(_) => symbols.push(Symbol::Star(Reach::Anything)),
        }
    }
    symbols
}

/// The positions of a pattern at which a reader of it may stand, sorted: before the symbol of that number, or at the end.
type Positions = Vec<u32>;

fn start(pattern: &[Symbol]) -> Positions {
    let mut positions = Vec::new();
    reach_from(pattern, 0, &mut positions);
    positions
}

/// Adds `at`, and what a `*` that takes nothing leads to.
fn reach_from(pattern: &[Symbol], at: usize, positions: &mut Positions) {
    let mut at = at;
    loop {
        let number = u32::try_from(at).unwrap_or(u32::MAX);
        if positions.contains(&number) {
            return;
        }
        positions.push(number);
        match pattern.get(at) {
            Some(symbol) if symbol.is_star() => at += 1,
            Some(_) | None => return,
        }
    }
}

fn step(pattern: &[Symbol], from: &Positions, letter: char) -> Positions {
    let mut positions = Vec::with_capacity(from.len() + 1);
    for at in from.iter().map(|at| *at as usize) {
        match pattern.get(at) {
            Some(symbol) if symbol.takes(letter) => {
                reach_from(pattern, if symbol.is_star() { at } else { at + 1 }, &mut positions);
            }
            Some(_) | None => {}
        }
    }
    positions.sort_unstable();
    positions
}

fn at_end(pattern: &[Symbol], positions: &Positions) -> bool {
    positions.iter().any(|at| *at as usize == pattern.len())
}

fn simulate(pattern: &[Symbol], text: &str) -> bool {
    let mut positions = start(pattern);
    for letter in text.chars() {
        positions = step(pattern, &positions, letter);
        if positions.is_empty() {
            return false;
        }
    }
    at_end(pattern, &positions)
}

/// A letter that stands in neither pattern: their wildcards take it and none of their letters does.
fn fresh_letter(patterns: [&[Symbol]; 2]) -> char {
    let used = |letter| patterns.iter().any(|pattern| pattern.contains(&Symbol::Letter(letter)));
    // Neither pattern holds every letter of Unicode's private area.
    ('\u{F0000}'..='\u{10FFFF}').find(|letter| !used(*letter)).unwrap_or('\u{10FFFF}')
}

/// Whether every string of `narrow` is one of `wide`. Never wrongly true; false where the budget ends.
///
/// Reads `narrow` and keeps all positions of `wide`. A wildcard of `narrow` stands for every letter, but only two of
/// them need to be tried: a letter that is in neither pattern advances `wide` least, and the colon, which some
/// wildcards do not take.
pub(super) fn covers(wide: &[Token], narrow: &[Token]) -> bool {
    let (wide, narrow) = (symbols(wide), symbols(narrow));
    let fresh = fresh_letter([&wide, &narrow]);
    let mut seen: HashSet<(usize, Positions)> = HashSet::new();
    let mut todo: Vec<(usize, Positions)> = vec![(0, start(&wide))];
    while let Some((at, positions)) = todo.pop() {
        if positions.is_empty() || seen.len() > BUDGET {
            return false;
        }
        if !seen.insert((at, positions.clone())) {
            continue;
        }
        let Some(symbol) = narrow.get(at) else {
            if at_end(&wide, &positions) {
                continue;
            }
            return false;
        };
        let letters: &[char] = match symbol {
            Symbol::Letter(letter) => &[*letter],
            Symbol::One(Reach::Anything) | Symbol::Star(Reach::Anything) => &[fresh, ':'],
            Symbol::One(Reach::Field) | Symbol::Star(Reach::Field) => &[fresh],
        };
        let next = if symbol.is_star() { at } else { at + 1 };
        todo.extend(letters.iter().map(|letter| (next, step(&wide, &positions, *letter))));
        if symbol.is_star() {
            todo.push((at + 1, positions));
        }
    }
    true
}

/// Whether no string matches both. Never wrongly true; false where the budget ends.
pub(super) fn disjoint(left: &[Token], right: &[Token]) -> bool {
    let (left, right) = (symbols(left), symbols(right));
    let width = right.len() + 1;
    // One bit a state. No policy that AWS stores holds patterns so long.
    let Some(states) = width.checked_mul(left.len() + 1).filter(|states| *states < MOST_STATES) else { return false };
    let mut seen = vec![0_u64; states / 64 + 1];
    let mut visited = 0;
    let mut todo: VecDeque<(usize, usize)> = VecDeque::from([(0, 0)]);
    while let Some((i, j)) = todo.pop_back() {
        if visited > BUDGET * 10 {
            return false;
        }
        let state = i * width + j;
        let Some(word) = seen.get_mut(state / 64).filter(|word| **word & (1 << (state % 64)) == 0) else { continue };
        *word |= 1 << (state % 64);
        visited += 1;
        let (a, b) = (left.get(i).copied(), right.get(j).copied());
        if a.is_none() && b.is_none() {
            return false;
        }
        if a.is_some_and(Symbol::is_star) {
            todo.push_back((i + 1, j));
        }
        if b.is_some_and(Symbol::is_star) {
            todo.push_back((i, j + 1));
        }
        if let (Some(a), Some(b)) = (a, b)
            && a.meets(b)
        {
            todo.push_back((if a.is_star() { i } else { i + 1 }, if b.is_star() { j } else { j + 1 }));
        }
    }
    true
}
