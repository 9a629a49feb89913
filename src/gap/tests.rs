use super::{Gap, gap};
use crate::catalogue::Catalogued;
use crate::derive::Given;
use crate::principal::Principal;
use crate::reach::Extent;
use crate::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Source};

fn statement(text: &str) -> Reading {
    let document = format!(r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#);
    Reading::policies(vec![Policy::new("P", None, Origin::CustomerManaged, None, &document)])
}

fn snapshot(identity: &str, ceilings: &[(Layer, &str)]) -> Snapshot {
    let who = Principal::from_arn("arn:aws:iam::123456789012:role/Worker").unwrap();
    let mut snapshot = Snapshot::without_policies(Source::Files, who);
    snapshot.layers.set(Layer::Identity, statement(identity));
    for (layer, text) in ceilings {
        snapshot.layers.set(*layer, statement(text));
    }
    snapshot
}

fn given() -> Given {
    Given::nothing(jiff::Timestamp::UNIX_EPOCH)
}

fn extent(gap: &Gap<'_>, action: &str) -> Extent {
    let number = Catalogued::get().number(&action.to_lowercase()).unwrap();
    assert!(gap.granted.contains(number), "{action} is granted");
    match (gap.blocked.contains(number), gap.partly.contains(number)) {
        (false, _) => Extent::Nothing,
        (true, true) => Extent::Partly,
        (true, false) => Extent::Everywhere,
    }
}

/// How much of one action a boundary stops.
#[track_caller]
fn check(action: &str, identity: &str, boundary: &str, expected: Extent) {
    let snapshot = snapshot(identity, &[(Layer::Boundary, boundary)]);
    assert_eq!(extent(&gap(&snapshot, &given()), action), expected, "{identity} under {boundary}");
}

fn allow(action: &str, resource: &str, condition: &str) -> String {
    format!(
        r#"{{"Effect": "Allow", "Action": "{action}", "Resource": [{resource}] {}}}"#,
        if condition.is_empty() { String::new() } else { format!(r#", "Condition": {{{condition}}}"#) }
    )
}

/// `${*}` is a star since 2012-10-17, and before it a wildcard between braces.
#[test]
fn the_same_text_is_another_pattern_under_another_version() {
    let text = allow("s3:GetObject", r#""arn:aws:s3:::b/${*}x""#, "");
    let of = |version: &str| {
        let document = format!(r#"{{"Version": "{version}", "Statement": [{text}]}}"#);
        Reading::policies(vec![Policy::new("P", None, Origin::CustomerManaged, None, &document)])
    };
    let check = |identity: &str, boundary: &str, expected: Extent| {
        let mut snapshot = snapshot(&text, &[]);
        snapshot.layers.set(Layer::Identity, of(identity));
        snapshot.layers.set(Layer::Boundary, of(boundary));
        assert_eq!(extent(&gap(&snapshot, &given()), "s3:GetObject"), expected, "{identity} under {boundary}");
    };
    check("2012-10-17", "2012-10-17", Extent::Nothing);
    check("2012-10-17", "2008-10-17", Extent::Everywhere);
    check("2008-10-17", "2012-10-17", Extent::Everywhere);
}

#[test]
fn values_of_conditions_are_compared() {
    let check = |own: &str, other: &str, expected: Extent| {
        let [own, other] = [own, other].map(|condition| allow("ec2:RunInstances", r#""*""#, condition));
        check("ec2:RunInstances", &own, &other, expected);
    };
    let one = r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#;
    let two = r#""StringEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}"#;
    let other = r#""StringEquals": {"aws:RequestedRegion": ["us-east-1"]}"#;
    check(one, two, Extent::Nothing);
    check(two, one, Extent::Partly);
    check(one, other, Extent::Everywhere);
    check(one, r#""StringLike": {"aws:RequestedRegion": "eu-*"}"#, Extent::Nothing);
    check("", one, Extent::Partly);
    check(one, "", Extent::Nothing);
    let net = |range: &str| format!(r#""IpAddress": {{"aws:SourceIp": "{range}"}}"#);
    check(&net("203.0.113.0/25"), &net("203.0.113.0/24"), Extent::Nothing);
    check(&net("203.0.113.0/24"), &net("203.0.113.0/25"), Extent::Partly);
    check(&net("203.0.113.0/24"), &net("198.51.100.0/24"), Extent::Everywhere);
}

#[test]
fn a_deny_that_the_identity_policies_have_as_well_blocks_nothing() {
    let deny = r#"{"Effect": "Deny", "Action": "ec2:*", "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-west-1"}}}"#;
    let wider = deny.replace(r#""eu-west-1""#, r#"["eu-west-1", "us-east-1"]"#);
    let all = allow("*", r#""*""#, "");
    let both = format!("{all}, {deny}");
    check("ec2:RunInstances", &both, &both, Extent::Nothing);
    check("ec2:RunInstances", &both, &format!("{all}, {wider}"), Extent::Nothing);
    check("ec2:RunInstances", &format!("{all}, {wider}"), &both, Extent::Partly);
    check("ec2:RunInstances", &all, &both, Extent::Partly);
}

#[test]
fn every_resource_of_a_service_is_everything() {
    let any = allow("*", r#""*""#, "");
    check("s3:PutObjectTagging", &any, &allow("s3:*", r#""arn:aws:s3:::*""#, ""), Extent::Partly);
    check("sqs:SendMessage", &any, &allow("sqs:*", r#""arn:aws:sqs:*:*:*""#, ""), Extent::Nothing);
    check("sqs:SendMessage", &any, &allow("sqs:*", r#""arn:aws:sqs:eu-west-1:*:*""#, ""), Extent::Partly);
    check("sqs:SendMessage", &any, &allow("sqs:*", r#""arn:aws-cn:sqs:*:*:*""#, ""), Extent::Partly);
    check("sqs:SendMessage", &any, &allow("sqs:*", r#""arn:aws:sqs""#, ""), Extent::Nothing);
    check("sqs:SendMessage", &allow("*", r#""arn:aws:sqs""#, ""), &any, Extent::Nothing);
    check("s3:CreateBucket", &allow("*", r#""arn:aws:s*::prod*""#, ""), &any, Extent::Nothing);
    let but = |resource: &str| format!(r#"{{"Effect": "Allow", "Action": "sqs:*", "NotResource": "{resource}"}}"#);
    let (one, all) = (but("arn:aws:sqs:eu-west-1:123456789012:a"), but("arn:aws:sqs:*:123456789012:a"));
    check("sqs:SendMessage", &one, &one, Extent::Nothing);
    check("sqs:SendMessage", &all, &one, Extent::Nothing);
    check("sqs:SendMessage", &one, &all, Extent::Partly);
}

/// What makes the difference is told: a `NotResource` names it, and nothing else does.
#[test]
fn what_is_allowed_except_on_some_resources() {
    let but = r#"{"Effect": "Allow", "Action": "s3:*", "NotResource": ["arn:aws:s3:::b/x*", "arn:aws:s3:::c/*"]}"#;
    let said = |grant: &str| {
        let snapshot = snapshot(&allow("s3:GetObject", grant, ""), &[(Layer::Boundary, but)]);
        let gap = gap(&snapshot, &given());
        gap.entries.iter().flat_map(|entry| entry.conditions.clone()).collect::<Vec<_>>()
    };
    for grant in [r#""arn:aws:s3:::b/*""#, r#""*""#] {
        assert_eq!(said(grant), ["allowed except on arn:aws:s3:::b/x*, arn:aws:s3:::c/*"], "{grant}");
    }
    assert_eq!(said(r#""arn:aws:s3:::d/*""#), [""; 0]);
}

#[test]
fn two_ceilings_that_let_nothing_pass_together() {
    let on = |queue: &str| allow("sqs:*", &format!(r#""arn:aws:sqs:eu-west-1:123456789012:{queue}""#), "");
    let under = |first: &str, second: &str| {
        let ceilings = [(Layer::ServiceControl, first), (Layer::Boundary, second)];
        let snapshot = snapshot(&allow("sqs:*", r#""*""#, ""), &ceilings);
        extent(&gap(&snapshot, &given()), "sqs:SendMessage")
    };
    assert_eq!(under(&on("a*"), &on("b*")), Extent::Everywhere);
    assert_eq!(under(&on("a*"), &on("*b")), Extent::Partly);
    let in_region =
        |region: &str| allow("sqs:*", r#""*""#, &format!(r#""StringEquals": {{"aws:RequestedRegion": "{region}"}}"#));
    assert_eq!(under(&in_region("eu-west-1"), &in_region("us-east-1")), Extent::Everywhere);
    assert_eq!(under(&in_region("eu-west-1"), &in_region("eu-west-1")), Extent::Partly);
}

#[test]
fn what_is_allowed_on_is_what_the_action_takes() {
    let grant = allow("*", r#""*""#, "");
    let boundary = allow("*", r#""arn:aws:s3:::a", "arn:aws:s3:::a/*", "arn:aws:sqs:eu-west-1:123456789012:q""#, "");
    let snapshot = snapshot(&grant, &[(Layer::Boundary, &boundary)]);
    let gap = gap(&snapshot, &given());
    let number = Catalogued::get().number("sqs:sendmessage").unwrap();
    let entry = gap.entries.iter().find(|entry| entry.actions.contains(&number)).unwrap();
    assert_eq!(entry.allowed_on, ["arn:aws:sqs:eu-west-1:123456789012:q"]);
}

#[test]
fn resources_that_a_context_tells_apart_are_judged_apart() {
    let check = |action: &str, resources: [&str; 2], condition: &str| {
        let both = resources.map(|resource| format!("\"{resource}\"")).join(", ");
        let boundary = allow("*", r#""*""#, condition);
        let snapshot = snapshot(&allow(action, &both, ""), &[(Layer::Boundary, &boundary)]);
        let gap = gap(&snapshot, &given());
        assert_eq!(extent(&gap, action), Extent::Partly, "{resources:?} {condition}");
        assert_eq!(gap.entries[0].allowed_on, [resources[0]], "{condition}");
    };
    let queues = ["arn:aws:sqs:eu-west-1:123456789012:a", "arn:aws:sqs:us-east-1:123456789012:a"];
    check("sqs:SendMessage", queues, r#""StringEquals": {"aws:RequestedRegion": "eu-west-1"}"#);
    let owners = ["arn:aws:sqs:eu-west-1:123456789012:a", "arn:aws:sqs:eu-west-1:111122223333:a"];
    check("sqs:SendMessage", owners, r#""StringEquals": {"aws:ResourceAccount": "123456789012"}"#);
    let roles = ["arn:aws:iam::123456789012:role/a", "arn:aws-cn:iam::123456789012:role/a"];
    check("iam:GetRole", roles, r#""StringEquals": {"aws:RequestedRegion": "us-east-1"}"#);
}
