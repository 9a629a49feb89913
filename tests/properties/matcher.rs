//! The matcher agrees with an obvious one.

use diagnose::pattern::{ArnPattern, NoVariables, Pattern, Syntax, VariableValue, Variables};
use diagnose::policy::{ActionPattern, Span, head_of};
use diagnose::truth::Truth;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::cases;
use super::obvious::{self, Mark};
use super::random::Random;

const WILDCARDS: Syntax = Syntax { wildcards: true, variables: false, fold_case: false };

/// Few letters, so that they meet; one of two bytes, one of three, one of four.
fn small(letters: &'static str, length: std::ops::Range<usize>) -> impl Strategy<Value = String> {
    vec(select(letters.chars().collect::<Vec<_>>()), length).prop_map(String::from_iter)
}

/// A piece of a pattern with variables, as it is written and as it is meant.
#[derive(Debug, Clone)]
enum Piece {
    Mark(Mark),
    Escaped(char),
    Variable(&'static str, Option<&'static str>),
}

fn piece() -> impl Strategy<Value = Piece> {
    let mark = select(vec![Mark::Letter('a'), Mark::Letter('é'), Mark::Letter(':'), Mark::One, Mark::Star, Mark::Star]);
    prop_oneof![
        4 => mark.prop_map(Piece::Mark),
        1 => select(vec!['*', '?', '$']).prop_map(Piece::Escaped),
        3 => (select(vec!["k:Known", "k:Wild", "k:Empty", "k:Absent"]), select(vec![None, None, Some("a"), Some("é*")]))
            .prop_map(|(key, default)| Piece::Variable(key, default)),
    ]
}

struct Values;

impl Variables for Values {
    fn variable(&self, key: &str) -> VariableValue<'_> {
        match key {
            "k:known" => VariableValue::Text("éa"),
            "k:wild" => VariableValue::Text("*?"),
            "k:empty" => VariableValue::Text(""),
            "k:absent" => VariableValue::Absent,
            other => panic!("{other}"),
        }
    }
}

/// The text of a pattern, and its marks with values in the place of variables; `None` where one has no value.
fn written_and_meant(pieces: &[Piece]) -> (String, Option<Vec<Mark>>) {
    let (mut text, mut meant) = (String::new(), Some(Vec::new()));
    for piece in pieces {
        let marks = match piece {
            Piece::Mark(mark) => {
                text.push(match mark {
                    Mark::Letter(letter) => *letter,
                    Mark::One => '?',
                    Mark::Star => '*',
                });
                Some(vec![*mark])
            }
            Piece::Escaped(letter) => {
                text.push_str(&format!("${{{letter}}}"));
                Some(vec![Mark::Letter(*letter)])
            }
            Piece::Variable(key, default) => {
                match default {
                    Some(default) => text.push_str(&format!("${{{key}, '{default}'}}")),
                    None => text.push_str(&format!("${{{key}}}")),
                }
                let value = match Values.variable(&key.to_lowercase()) {
                    VariableValue::Text(value) => Some(value),
                    _ => *default,
                };
                value.map(|value| value.chars().map(Mark::Letter).collect())
            }
        };
        meant = meant.zip(marks).map(|(mut all, marks): (Vec<Mark>, _)| {
            all.extend(marks);
            all
        });
    }
    (text, meant)
}

/// A text that the marks match, or nearly.
fn text_near(marks: &[Mark], random: &mut Random) -> String {
    let mut text = String::new();
    for mark in marks {
        match mark {
            Mark::Letter(letter) => text.push(*letter),
            Mark::One => text.push(*random.pick(&['a', 'é', ':', '*'])),
            Mark::Star => text.extend((0..random.below(4)).map(|_| *random.pick(&['a', 'é', ':', '*', '?', '$']))),
        }
    }
    if random.below(4) == 0 {
        text.pop();
    }
    text
}

/// Six fields or fewer, or none.
fn arn_pattern() -> impl Strategy<Value = String> {
    let field = || {
        prop_oneof![
            3 => select(vec!["*", "a", "", "a*", "*a", "?", "b?", "*?", "a*b"]).prop_map(str::to_owned),
            1 => small("ab*?", 0..4),
        ]
    };
    let resource = prop_oneof![field(), small("ab/:*?", 0..6)];
    prop_oneof![
        8 => (vec(field(), 4), resource).prop_map(|(fields, resource)| format!("arn:{}:{resource}", fields.join(":"))),
        3 => vec(field(), 0..5).prop_map(|fields| format!("arn:{}", fields.join(":"))),
        1 => small("arn:*?", 0..6),
    ]
}

/// A text made from an ARN pattern: its wildcards filled with few letters, colons where `colons`.
fn arn_near(pattern: &str, colons: bool, random: &mut Random) -> String {
    let mut fields: Vec<&str> = pattern.splitn(6, ':').collect();
    if random.below(8) != 0 {
        fields.resize(6, "*");
    }
    let mut text = String::new();
    for (at, letter) in fields.join(":").char_indices() {
        let letters: &[char] = if colons && at > 4 { &['a', 'b', ':'] } else { &['a', 'b', '/'] };
        match letter {
            '*' => text.extend((0..random.below(4)).map(|_| *random.pick(letters))),
            '?' => text.push(*random.pick(letters)),
            other => text.push(other),
        }
    }
    text
}

proptest! {
    #![proptest_config(cases(1000))]

    #[test]
    fn a_pattern_matches_as_the_obvious_matcher_does(
        pattern in small("aaé漢🦀:**?", 0..9), text in small("aé漢🦀:*?", 0..9), seed in any::<u64>(),
    ) {
        let compiled = Pattern::parse(&pattern, WILDCARDS);
        let near = text_near(&obvious::marks(&pattern), &mut Random(seed));
        for text in [text, near] {
            let expected = Truth::from(obvious::glob_text(&pattern, &text));
            prop_assert_eq!(compiled.matches(&text, &NoVariables), expected, "`{}` `{}`", pattern, text);
        }
    }

    /// Characters that come from a value or from `${*}` are literal; a variable without value matches nothing.
    #[test]
    fn variables_match_as_their_values_do(pieces in vec(piece(), 0..6), seed in any::<u64>()) {
        let (pattern, meant) = written_and_meant(&pieces);
        let compiled = Pattern::parse(&pattern, Syntax { variables: true, ..WILDCARDS });
        let mut random = Random(seed);
        for _ in 0..4 {
            let text = text_near(meant.as_deref().unwrap_or_default(), &mut random);
            let letters: Vec<char> = text.chars().collect();
            let expected = Truth::from(meant.as_ref().is_some_and(|marks| obvious::glob(marks, &letters)));
            prop_assert_eq!(compiled.matches(&text, &Values), expected, "`{}` `{}`", pattern, text);
        }
    }

    /// With wildcards anywhere, also where the first eight bytes are compared at once.
    #[test]
    fn an_action_matches_as_the_obvious_matcher_does(
        pattern in small("aAbB:*?", 0..14), text in "[ab]{0,5}:[ab]{0,9}", seed in any::<u64>(),
    ) {
        let compiled = ActionPattern::new(&pattern, Span::default());
        let lower = pattern.to_lowercase();
        let near = text_near(&obvious::marks(&lower), &mut Random(seed)).replace(['é', '*', '?', '$'], "b");
        for text in [text, near, lower.clone()] {
            // Without a service prefix, only a plain `*` means anything.
            let means_something = lower.contains(':') || lower.chars().all(|letter| letter == '*');
            let expected = (means_something && obvious::glob_text(&lower, &text)) || lower == "*:*";
            prop_assert_eq!(compiled.matches(head_of(&text), &text), expected, "`{}` `{}`", pattern, text);
        }
    }

    /// Strictly field by field, or with a `*` at the end of a field that reaches over colons.
    #[test]
    fn an_arn_matches_as_the_obvious_matchers_do(
        pattern in arn_pattern(), other in arn_pattern(), colons in any::<bool>(), seed in any::<u64>(),
    ) {
        let compiled = ArnPattern::resource(&pattern, false);
        let mut random = Random(seed);
        for text in [arn_near(&pattern, colons, &mut random), arn_near(&other, colons, &mut random), other] {
            let found = compiled.matches(&text, &NoVariables);
            let (strict, wide) = (obvious::arn(&pattern, &text), obvious::arn_expanded(&pattern, &text));
            prop_assert_eq!(found.truth, Truth::from(wide), "`{}` `{}`", pattern, text);
            prop_assert_eq!(found.only_expanded, wide && !strict, "`{}` `{}`", pattern, text);
        }
    }

    /// In a condition a wildcard never leaves its field.
    #[test]
    fn an_arn_in_a_condition_matches_field_by_field(
        pattern in arn_pattern(), colons in any::<bool>(), seed in any::<u64>(),
    ) {
        let compiled = ArnPattern::condition(&pattern, false);
        prop_assert_eq!(compiled.is_some(), pattern.starts_with("arn:") && pattern.matches(':').count() >= 5);
        let Some(compiled) = compiled else { return Ok(()) };
        let mut random = Random(seed);
        for _ in 0..3 {
            let text = arn_near(&pattern, colons, &mut random);
            let expected = Truth::from(obvious::arn(&pattern, &text));
            prop_assert_eq!(compiled.matches(&text, &NoVariables), expected, "`{}` `{}`", pattern, text);
        }
    }

    /// Yes: every string that the request stands for matches. No: none does.
    #[test]
    fn of_a_pattern_all_or_none_match_where_it_says_so(
        wide in small("aé\u{10ffff}:**?", 0..7), narrow in small("aé\u{10ffff}:**?", 0..7), seed in any::<u64>(),
    ) {
        let found = Pattern::parse(&wide, WILDCARDS).matches_all_of(&Pattern::parse(&narrow, WILDCARDS), &NoVariables);
        let mut random = Random(seed);
        let marks = obvious::marks(&narrow);
        for text in (0..12).map(|_| text_near(&marks, &mut random)).filter(|text| obvious::glob_text(&narrow, text)) {
            let matched = Truth::from(obvious::glob_text(&wide, &text));
            prop_assert!(found == Truth::Unknown || found == matched, "`{wide}` `{narrow}` {found:?}: `{text}`");
        }
    }

    /// The same of ARNs: what a request's pattern stands for keeps to its fields.
    #[test]
    fn of_an_arn_pattern_all_or_none_match_where_it_says_so(
        wide in arn_pattern(), narrow in arn_pattern(), seed in any::<u64>(),
    ) {
        let compiled = ArnPattern::resource(&wide, false);
        let found = compiled.matches_all_of(&ArnPattern::resource(&narrow, false), &NoVariables);
        let mut random = Random(seed);
        let drawn = (0..16).map(|at| arn_near(if at % 4 == 0 { &wide } else { &narrow }, at % 2 == 0, &mut random));
        for text in drawn.filter(|text| obvious::arn(&narrow, text)) {
            let matched = Truth::from(obvious::arn_expanded(&wide, &text));
            prop_assert!(
                found.truth == Truth::Unknown || found.truth == matched,
                "`{wide}` `{narrow}` {found:?}: `{text}`"
            );
        }
    }
}

/// All patterns of up to three characters against each other, over all strings of up to six: never a wrong yes or no,
/// and no doubt where there is none.
#[test]
fn small_patterns_are_compared_exactly() {
    let grow = |letters: &[char], length: usize| {
        let (mut all, mut last) = (vec![String::new()], vec![String::new()]);
        for _ in 0..length {
            last = last.iter().flat_map(|text| letters.iter().map(move |letter| format!("{text}{letter}"))).collect();
            all.extend(last.iter().cloned());
        }
        all
    };
    let patterns = grow(&['a', 'b', '*', '?'], 3);
    let texts: Vec<Vec<char>> = grow(&['a', 'b', 'c'], 6).iter().map(|text| text.chars().collect()).collect();
    let matched: Vec<Vec<bool>> = patterns
        .iter()
        .map(|pattern| {
            let marks = obvious::marks(pattern);
            texts.iter().map(|text| obvious::glob(&marks, text)).collect()
        })
        .collect();
    let compiled: Vec<Pattern> = patterns.iter().map(|pattern| Pattern::parse(pattern, WILDCARDS)).collect();
    for (wide, wide_matched) in compiled.iter().zip(&matched) {
        for (narrow, narrow_matched) in compiled.iter().zip(&matched) {
            let mut both =
                wide_matched.iter().zip(narrow_matched).filter(|(_, narrow)| **narrow).map(|(wide, _)| *wide);
            let first = both.next().expect("every pattern matches a string of six characters");
            let expected = if both.all(|other| other == first) { first.into() } else { Truth::Unknown };
            assert_eq!(wide.matches_all_of(narrow, &NoVariables), expected, "{wide:?} {narrow:?}");
        }
    }
}
