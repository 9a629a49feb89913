//! What one condition says of another holds of every request.

use diagnose::condition::{Condition, Operator};
use diagnose::context::{Basis, Context, Fact, Rest, Value};
use diagnose::truth::Truth;
use proptest::prelude::*;
use proptest::sample::Index;

use super::cases;
use super::document::ConditionModel;
use super::random::Random;
use super::strategies::condition;
use super::vocabulary::{FAMILIES, filled, patterns, values};

fn compiled(model: &ConditionModel, variables: bool) -> Condition {
    let values = model.values.iter().map(|value| value.as_str().into()).collect();
    Condition::new(Operator::parse(&model.operator).unwrap(), "x:key", values, variables)
}

/// Requests with and without the key, with one value and with several: those of the conditions, and others near them.
fn contexts(models: [&ConditionModel; 2], random: &mut Random) -> Vec<Context> {
    let mut texts: Vec<String> = models.iter().flat_map(|model| model.values.clone()).collect();
    texts.extend(texts.clone().iter().map(|text| filled(text, random, true)));
    texts.extend(texts.clone().iter().map(|text| text.to_uppercase()));
    for family in FAMILIES {
        texts.extend(values(family).iter().chain(patterns(family)).map(|text| (*text).to_owned()));
    }
    let one = |fact: Fact, variable: &str| {
        let mut context = Context::new(Rest { complete: true, service: None, principal_tags: None });
        context.set("x:key", fact, Basis::Given);
        if !variable.is_empty() {
            context.set("aws:username", Fact::Value(Value::one(variable)), Basis::Given);
            context.set("aws:PrincipalTag/team", Fact::Value(Value::one(variable)), Basis::Given);
        }
        context
    };
    let list = |items: Vec<String>| Fact::Value(Value { items, list: true });
    let mut all = vec![one(Fact::Absent, "alice"), one(list(Vec::new()), "prod")];
    for text in &texts {
        let variable = if random.coin() { "" } else { random.pick(&texts).as_str() };
        all.push(one(Fact::Value(Value::one(text.clone())), variable));
        all.push(one(list(vec![text.clone()]), variable));
        all.push(one(list(vec![text.clone(), random.pick(&texts).clone()]), variable));
    }
    all
}

proptest! {
    #![proptest_config(cases(2000))]

    #[test]
    fn what_conditions_say_of_each_other_holds(
        one in condition(),
        other in condition(),
        (alike, kin) in (any::<bool>(), any::<bool>()),
        shared in proptest::collection::vec(any::<Index>(), 0..3),
        (first, second) in (any::<bool>(), any::<bool>()),
        seed in any::<u64>(),
    ) {
        let mut other = other;
        // Of one family, or with values of each other, so that there is something to say.
        if alike {
            other.operator = if kin { one.operator.clone() } else { opposite(&one.operator, &other.operator) };
            other.values.retain(|_| !kin);
        }
        if !one.values.is_empty() {
            other.values.extend(shared.iter().map(|at| at.get(&one.values).clone()));
        }
        let (left, right) = (compiled(&one, first), compiled(&other, second));
        let (implies, excludes) = (left.implies(&right), left.excludes(&right));
        prop_assert_eq!(excludes, right.excludes(&left), "both ways");
        for context in contexts([&one, &other], &mut Random(seed)) {
            let (of_one, of_other) = (left.holds(&context), right.holds(&context));
            if implies && of_one == Truth::Yes {
                prop_assert_eq!(of_other, Truth::Yes, "{:?} is to imply {:?}: {:?}", one, other, context);
            }
            if excludes && of_one == Truth::Yes {
                prop_assert_eq!(of_other, Truth::No, "{:?} is to exclude {:?}: {:?}", one, other, context);
            }
        }
    }
}

/// The set operator of the one, with what the other compares.
fn opposite(one: &str, other: &str) -> String {
    let set = one.split_once(':').map_or(String::new(), |(set, _)| format!("{set}:"));
    format!("{set}{}", other.rsplit(':').next().unwrap())
}

fn condition_of(operator: &str, values: &[&str]) -> Condition {
    let values = values.iter().map(|value| (*value).into()).collect();
    Condition::new(Operator::parse(operator).unwrap(), "x:key", values, true)
}

/// What has to be told, lest a gap is shown that is none.
#[test]
fn what_is_told_of_conditions() {
    let within: &[(&str, &[&str], &str, &[&str])] = &[
        ("StringEquals", &["eu-west-1"], "StringEquals", &["eu-west-1", "eu-central-1"]),
        ("StringEquals", &["eu-west-1"], "StringLike", &["eu-*"]),
        ("StringLike", &["eu-west-*"], "StringLike", &["us-*", "eu-*"]),
        ("StringEquals", &["Alice"], "StringEqualsIgnoreCase", &["ALICE"]),
        ("StringNotEquals", &["a", "b"], "StringNotEquals", &["a"]),
        ("StringEquals", &["a"], "StringNotEquals", &["b"]),
        ("StringEquals", &["a"], "StringEqualsIfExists", &["a"]),
        ("StringEquals", &["a"], "Null", &["false"]),
        ("StringEquals", &["arn:aws:iam::123456789012:policy/B"], "ArnLike", &["arn:aws:iam::123456789012:policy/*"]),
        ("ArnEquals", &["arn:aws:iam::123456789012:policy/B"], "StringEquals", &["arn:aws:iam::123456789012:policy/B"]),
        ("IpAddress", &["203.0.113.0/25"], "IpAddress", &["203.0.113.0/24", "198.51.100.0/24"]),
        ("NotIpAddress", &["203.0.113.0/24"], "NotIpAddress", &["203.0.113.0/25"]),
        ("NumericLessThan", &["300"], "NumericLessThanEquals", &["300"]),
        ("NumericEquals", &["5"], "NumericLessThan", &["6"]),
        ("DateGreaterThan", &["2026-06-01"], "DateGreaterThan", &["2026-01-01"]),
        ("Bool", &["true"], "Bool", &["true", "false"]),
        ("ForAnyValue:StringEquals", &["a"], "ForAnyValue:StringLike", &["a*"]),
        ("ForAllValues:StringEquals", &["a"], "ForAllValues:StringEquals", &["a", "b"]),
    ];
    for (one, own, other, others) in within {
        let (one, other) = (condition_of(one, own), condition_of(other, others));
        assert!(one.implies(&other), "{} {own:?}, {} {others:?}", one.operator, other.operator);
        assert!(!one.excludes(&other), "{} {own:?}, {} {others:?}", one.operator, other.operator);
    }
    let apart: &[(&str, &[&str], &str, &[&str])] = &[
        ("StringEquals", &["eu-west-1"], "StringEquals", &["us-east-1"]),
        ("StringEquals", &["eu-west-1"], "StringNotLike", &["eu-*"]),
        ("StringLike", &["eu-*"], "StringLike", &["us-*"]),
        ("Null", &["true"], "StringEquals", &["a"]),
        ("Bool", &["true"], "Bool", &["false"]),
        ("IpAddress", &["203.0.113.0/24"], "IpAddress", &["198.51.100.0/24"]),
        ("NumericLessThan", &["300"], "NumericGreaterThanEquals", &["300"]),
        ("DateLessThan", &["2026-01-01"], "DateGreaterThan", &["2026-01-01"]),
    ];
    for (one, own, other, others) in apart {
        let (one, other) = (condition_of(one, own), condition_of(other, others));
        assert!(one.excludes(&other), "{} {own:?}, {} {others:?}", one.operator, other.operator);
    }
    let open: &[(&str, &[&str], &str, &[&str])] = &[
        ("StringEquals", &["a", "b"], "StringEquals", &["a"]),
        ("StringEqualsIfExists", &["a"], "StringEquals", &["a"]),
        ("StringEquals", &["${aws:username}"], "StringEquals", &["alice"]),
        ("IpAddress", &["203.0.113.0/24"], "IpAddress", &["203.0.113.0/25"]),
        ("NumericLessThanEquals", &["300"], "NumericLessThan", &["300"]),
        ("ForAllValues:StringEquals", &["a"], "ForAllValues:StringEquals", &["b"]),
    ];
    for (one, own, other, others) in open {
        let (one, other) = (condition_of(one, own), condition_of(other, others));
        assert!(!one.implies(&other) && !one.excludes(&other), "{} {own:?}", one.operator);
    }
}
