//! The words of random policies and requests: few, so that things match.

use super::random::Random;

pub(super) const ACTIONS: [&str; 17] = [
    "s3:GetObject",
    "s3:GetObjectAcl",
    "s3:PutObject",
    "s3:ListBucket",
    "ec2:TerminateInstances",
    "ec2:DescribeInstances",
    "ec2:RunInstances",
    "iam:PassRole",
    "iam:CreateRole",
    "sqs:SendMessage",
    "dynamodb:GetItem",
    "execute-api:Invoke",
    "kms:Decrypt",
    "kms:ListKeys",
    "sts:AssumeRole",
    "sts:AssumeRoleWithWebIdentity",
    "sts:GetCallerIdentity",
];

/// Those of them that are about no resource.
pub(super) const WITHOUT_RESOURCE: [&str; 3] = ["ec2:DescribeInstances", "kms:ListKeys", "sts:GetCallerIdentity"];

/// Action patterns beside those made from [`ACTIONS`].
pub(super) const ACTION_PATTERNS: [&str; 14] = [
    "*",
    "*:*",
    "s3:*",
    "ec2:*",
    "s3:Get*",
    "s3:?etObject",
    "ec2:*Instances",
    "*:Get*",
    "s?:*Object*",
    "s3:GetObject ",
    "s3:GetObject,s3:PutObject",
    "iam:*Role",
    "none:null",
    "s3:",
];

pub(super) const ARNS: [&str; 18] = [
    "arn:aws:s3:::prod",
    "arn:aws:s3:::prod/a",
    "arn:aws:s3:::prod/alice/report.csv",
    "arn:aws:s3:::prod/payments/x:y/z",
    "arn:aws:s3:::test/a",
    "arn:aws:ec2:us-east-1:123456789012:instance/i-0123",
    "arn:aws:ec2:eu-west-1:123456789012:instance/i-0456",
    "arn:aws:ec2:us-east-1:111122223333:volume/vol-1",
    "arn:aws:iam::123456789012:role/team/MyRole",
    "arn:aws:iam::123456789012:user/alice",
    "arn:aws:sqs:us-east-1:123456789012:jobs-1",
    "arn:aws:sqs:us-east-1:123456789012:",
    "arn:aws:dynamodb:us-east-1:123456789012:table/prod-x",
    "arn:aws:dynamodb:us-east-1:111122223333:table/prod-x/index/i",
    "arn:aws:lambda:us-east-1:123456789012:function:f:live",
    "arn:aws:kms:us-east-1:123456789012:key/k-1",
    "arn:aws:kms:us-east-1:123456789012:alias/k",
    "*",
];

/// Resource patterns beside those made from [`ARNS`].
pub(super) const RESOURCE_PATTERNS: [&str; 22] = [
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::prod/*",
    "arn:aws:s3:::prod/*/*",
    "arn:aws:s3:::prod/${aws:username}/*",
    "arn:aws:s3:::${aws:PrincipalTag/team, 'prod'}/*",
    "arn:aws:s3:::*/${aws:PrincipalTag/team}/?:*",
    "arn:aws:s3:::prod/${*}",
    "arn:aws:iam::*:role/*",
    "arn:aws:iam::123456789012:u*",
    "arn:aws:iam::123456789012:*",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:ec2:*:*:instance/*",
    "arn:aws:ec2:us-*:123456789012:*",
    "arn:aws:dynamodb:*:table/prod-*",
    "arn:aws:sqs:us-east-1:*",
    "arn:aws:sqs",
    "arn:aws:lambda:us-????-1:*:function:f",
    "arn:aws:lambda:*:function:?",
    "arn:aws:*",
    "arn:*:*:*:*:*",
    "prod*",
];

/// What a condition compares, and what its keys hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Text,
    Number,
    Date,
    Bool,
    Binary,
    Address,
    Arn,
}

pub(super) const FAMILIES: [Family; 7] =
    [Family::Text, Family::Number, Family::Date, Family::Bool, Family::Binary, Family::Address, Family::Arn];

pub(super) const KEYS: [(&str, Family); 14] = [
    ("aws:username", Family::Text),
    ("aws:PrincipalTag/team", Family::Text),
    ("aws:TagKeys", Family::Text),
    ("s3:prefix", Family::Text),
    ("ec2:Region", Family::Text),
    ("token.actions.githubusercontent.com:sub", Family::Text),
    ("aws:MultiFactorAuthAge", Family::Number),
    ("aws:CurrentTime", Family::Date),
    ("aws:SecureTransport", Family::Bool),
    ("aws:MultiFactorAuthPresent", Family::Bool),
    ("x:Digest", Family::Binary),
    ("aws:SourceIp", Family::Address),
    ("aws:PrincipalArn", Family::Arn),
    ("ec2:SourceInstanceArn", Family::Arn),
];

/// Condition operators without set prefix and suffix; `Null` takes values of the family `Bool`.
pub(super) const OPERATORS: [(&str, Family); 28] = [
    ("StringEquals", Family::Text),
    ("StringNotEquals", Family::Text),
    ("StringEqualsIgnoreCase", Family::Text),
    ("StringNotEqualsIgnoreCase", Family::Text),
    ("StringLike", Family::Text),
    ("StringNotLike", Family::Text),
    ("NumericEquals", Family::Number),
    ("NumericNotEquals", Family::Number),
    ("NumericLessThan", Family::Number),
    ("NumericLessThanEquals", Family::Number),
    ("NumericGreaterThan", Family::Number),
    ("NumericGreaterThanEquals", Family::Number),
    ("DateEquals", Family::Date),
    ("DateNotEquals", Family::Date),
    ("DateLessThan", Family::Date),
    ("DateLessThanEquals", Family::Date),
    ("DateGreaterThan", Family::Date),
    ("DateGreaterThanEquals", Family::Date),
    ("Bool", Family::Bool),
    ("Bool", Family::Bool),
    ("BinaryEquals", Family::Binary),
    ("IpAddress", Family::Address),
    ("NotIpAddress", Family::Address),
    ("ArnEquals", Family::Arn),
    ("ArnLike", Family::Arn),
    ("ArnNotEquals", Family::Arn),
    ("ArnNotLike", Family::Arn),
    ("Null", Family::Bool),
];

/// What a request may hold under a key of a family: JSON scalars without their quotes.
pub(super) fn values(family: Family) -> &'static [&'static str] {
    match family {
        Family::Text => &["alice", "Alice", "bob", "payments", "prod", "prod/", "a*", "x:y", ""],
        Family::Number => &["300", "3600", "3600.5", "-1", "1e3", "junk"],
        Family::Date => &["2026-01-01T00:00:00Z", "2026", "1767225600", "2027-06", "2026-01-01T09:00:00+09:00", "soon"],
        Family::Bool => &["true", "false", "True", "maybe"],
        Family::Binary => &["YQ==", "YWI=", "?"],
        Family::Address => &["10.1.2.3", "203.0.113.7", "2001:db8::1", "nowhere"],
        Family::Arn => &[
            "arn:aws:iam::123456789012:role/team/MyRole",
            "arn:aws:iam::123456789012:user/alice",
            "arn:aws:ec2:us-east-1:123456789012:instance/i-0123",
            "arn:aws:iam::111122223333:root",
            "no-arn",
        ],
    }
}

/// What a policy may compare with, beside [`values`].
pub(super) fn patterns(family: Family) -> &'static [&'static str] {
    match family {
        Family::Text => &[
            "*",
            "?lice",
            "p*",
            "${aws:username}",
            "${aws:PrincipalTag/team, 'prod'}*",
            "${s3:prefix}",
            "${aws:TagKeys}",
            "a${*}",
            "${unfinished",
        ],
        Family::Number => &["0", "10000"],
        Family::Date => &["2026-01-01"],
        Family::Bool => &["${aws:SecureTransport}", "${aws:PrincipalTag/team, 'true'}"],
        Family::Binary => &["YQ"],
        Family::Address => &["10.0.0.0/8", "0.0.0.0/0", "2001:db8::/32", "10.1.2.3/31"],
        Family::Arn => &[
            "arn:aws:iam::*:role/*",
            "arn:aws:iam::123456789012:user/${aws:username}",
            "arn:*:*:*:*:*",
            "arn:aws:iam::1*",
            "*",
            "${aws:PrincipalArn}",
            "${aws:PrincipalTag/team}",
        ],
    }
}

/// What may be all that is known of a value.
pub(super) const LIKES: [&str; 5] =
    ["*", "p*", "AROA0123:*", "arn:aws:iam::123456789012:*", "arn:aws:iam::123456789012:role/*MyRole"];

const SNIPPETS: [&str; 16] = [
    "",
    "a",
    "/",
    "prod",
    "alice",
    "payments/",
    "us-east-1",
    "123456789012",
    "table/prod-x",
    "i-0",
    "*",
    "?",
    "é",
    ":",
    "x:y",
    "::a/b",
];

/// A text for a `*`: of the pattern's own kind, or anything.
pub(super) fn snippet(random: &mut Random, may_have_colons: bool) -> String {
    let mut text = String::new();
    for _ in 0..=random.below(2) {
        text.push_str(random.pick::<&str>(&SNIPPETS));
    }
    if may_have_colons { text } else { text.replace(':', "") }
}

/// A text that `pattern` matches.
pub(super) fn filled(pattern: &str, random: &mut Random, may_have_colons: bool) -> String {
    let mut text = String::new();
    for letter in pattern.chars() {
        match letter {
            '*' => text.push_str(&snippet(random, may_have_colons)),
            '?' => text.push(*random.pick(if may_have_colons {
                &['a', '1', '/', '*', 'é', ':']
            } else {
                &['a', '1', '/', '*', 'é', '-']
            })),
            other => text.push(other),
        }
    }
    text
}
