//! Policies of resources, trust policies, endpoints and sessions: the right principal, never everybody.

use diagnose::policy::{Document, DocumentKind};
use diagnose::snapshot::{Layer, Reading};
use serde_json::{Value, json};

use super::world::{ROLE, World, allow, allowed, has_warning, inline, nothing, sound, statements};

fn all() -> World {
    World::new(vec![inline("All", &json!([allow("*", "*")]))])
}

fn about(principal: impl Into<Value>, action: &str, resource: &str) -> Value {
    let mut statement = allow(action, resource);
    statement["Principal"] = principal.into();
    statement
}

fn policy(statements: &Value) -> Reading {
    Reading::policies(vec![inline("policy", statements)])
}

const BUCKET: &str = "arn:aws:s3:::theirs";
const KEY: &str = "arn:aws:s3:::theirs/key";
const KMS: &str = "arn:aws:kms:eu-west-1:123456789012:key/k";

#[test]
fn across_accounts_the_bucket_policy_names_the_role() {
    let other = about(json!({"AWS": "arn:aws:iam::111122223333:root"}), "s3:PutObject", KEY);
    let world = all().attach(Layer::Resource, BUCKET, "111122223333", policy(&json!([other]))).owned_by("111122223333");
    let fix = world.fix("s3:GetObject", KEY);
    assert_eq!((fix.kind.code(), fix.layer.code()), ("add-allow", "resource"));
    assert_eq!(fix.verified.verdict.code(), "allowed");
    assert_eq!(statements(&fix)[1]["Principal"], json!({"AWS": ROLE}));
    assert_eq!(statements(&fix)[1]["Resource"], KEY);
    assert_eq!(fix.document.attached_to.as_deref(), Some(BUCKET));
    sound(&fix);
}

#[test]
fn a_bucket_without_a_policy_gets_one() {
    let world = all().attach(Layer::Resource, BUCKET, "111122223333", Reading::Absent).owned_by("111122223333");
    let fix = world.fix("s3:GetObject", KEY);
    assert_eq!((fix.kind.code(), fix.layer.code(), fix.verified.verdict.code()), ("add-allow", "resource", "allowed"));
    assert_eq!(fix.edited.as_ref().unwrap().before, "");
    assert_eq!(fix.summary, "allow s3:GetObject on arn:aws:s3:::theirs/key in a new policy of arn:aws:s3:::theirs");
    assert_eq!(statements(&fix)[0]["Principal"], json!({"AWS": ROLE}));
}

#[test]
fn a_key_policy_names_the_role_of_a_session_and_says_that_it_stays_limited() {
    let key = policy(&json!([about(json!({"AWS": "arn:aws:iam::123456789012:role/Other"}), "kms:*", "*")]));
    let world = all().attach(Layer::Resource, KMS, "123456789012", key);
    let world = world.session_of(ROLE, "arn:aws:sts::123456789012:assumed-role/MyRole/s");
    let fix = world.fix("kms:Decrypt", KMS);
    allowed(&fix, "add-allow", "resource", "policy", &[], &[]);
    assert_eq!(statements(&fix)[1]["Principal"], json!({"AWS": ROLE}));
    let world = world.set(Layer::Boundary, super::world::boundary(&json!([allow("kms:*", "*")])));
    let fix = world.fix("kms:Decrypt", KMS);
    allowed(&fix, "add-allow", "resource", "policy", &[], &["role-stays-limited"]);
}

#[test]
fn a_role_that_joins_others_stays_limited_too() {
    let other = json!({"AWS": ["arn:aws:iam::123456789012:role/Other"]});
    let key = policy(&json!([about(other, "kms:Decrypt", "*")]));
    let world = all().attach(Layer::Resource, KMS, "123456789012", key);
    let world = world.set(Layer::Boundary, super::world::boundary(&json!([allow("kms:*", "*")])));
    let fix = world.fix("kms:Decrypt", KMS);
    allowed(&fix, "extend-allow", "resource", "policy", &[], &["role-stays-limited"]);
    assert_eq!(statements(&fix)[0]["Principal"]["AWS"], json!([ROLE, "arn:aws:iam::123456789012:role/Other"]));
}

#[test]
fn a_statement_about_others_is_not_extended() {
    let key = policy(&json!([
        about(json!({"AWS": [ROLE, "arn:aws:iam::123456789012:role/Other"]}), "kms:Encrypt", KMS),
        about(json!({"AWS": ROLE}), "kms:DescribeKey", KMS),
    ]));
    let fix = all().attach(Layer::Resource, KMS, "123456789012", key).fix("kms:Decrypt", KMS);
    allowed(&fix, "extend-allow", "resource", "policy", &[], &[]);
    assert_eq!(statements(&fix)[1]["Action"], json!(["kms:Decrypt", "kms:DescribeKey"]));
}

#[test]
fn a_trust_policy_gets_a_statement_without_a_resource() {
    let target = "arn:aws:iam::111122223333:role/Target";
    let service = json!({"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"});
    let world = all().attach(Layer::Trust, target, "111122223333", policy(&json!([service])));
    let fix = world.fix("sts:AssumeRole", target);
    allowed(&fix, "add-allow", "trust", "policy", &[], &["changed-by-others"]);
    let added = &statements(&fix)[1];
    assert_eq!((&added["Principal"], &added["Action"]), (&json!({"AWS": ROLE}), &json!("sts:AssumeRole")));
    assert!(added.get("Resource").is_none());
}

#[test]
fn an_endpoint_policy_of_s3_names_the_role_by_a_condition() {
    let endpoint = policy(&json!([about("*", "s3:ListBucket", "*")]));
    let world =
        all().attach(Layer::VpcEndpoint, "vpce-1", "123456789012", endpoint).context("aws:SourceVpce", "vpce-1");
    let fix = world.fix("s3:GetObject", KEY);
    assert_eq!(
        (fix.kind.code(), fix.layer.code(), fix.verified.verdict.code()),
        ("add-allow", "vpc-endpoint", "allowed")
    );
    assert_eq!(statements(&fix)[1]["Condition"], json!({"ArnEquals": {"aws:PrincipalArn": ROLE}}));
    let fix = world.fix("sqs:SendMessage", "arn:aws:sqs:eu-west-1:123456789012:jobs");
    assert_eq!(statements(&fix)[1]["Principal"], json!({"AWS": ROLE}));
}

#[test]
fn a_deny_that_lists_whom_it_spares_is_left() {
    let mut deny = super::world::deny("s3:*", "arn:aws:s3:::theirs/*");
    deny["NotPrincipal"] = json!({"AWS": "arn:aws:iam::123456789012:role/Other"});
    let bucket = || policy(&json!([deny]));
    let world = all().attach(Layer::Resource, BUCKET, "123456789012", bucket());
    nothing(&world.fixes("s3:GetObject", KEY)[0], "resource", "NotPrincipal");
    // Nobody with a boundary can be listed.
    let world = world.set(Layer::Boundary, super::world::boundary(&json!([allow("*", "*")])));
    nothing(&world.fixes("s3:GetObject", KEY)[0], "resource", "everybody with a permissions boundary");
}

#[test]
fn a_deny_of_insecure_requests_is_left() {
    let mut deny = super::world::deny("s3:*", "*");
    deny["Principal"] = json!("*");
    deny["Condition"] = json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}});
    let world = all().attach(Layer::Resource, BUCKET, "123456789012", policy(&json!([deny])));
    let fix = world.context("aws:MultiFactorAuthPresent", "false").fix("s3:GetObject", KEY);
    nothing(&fix, "resource", "aws:MultiFactorAuthPresent");
    has_warning(&fix, "remains", "the owner of the resource");
}

#[test]
fn a_session_policy_is_edited_by_whoever_makes_the_session() {
    let session = inline("session policy", &json!([allow("s3:ListBucket", "*")]));
    let fix = all().set(Layer::Session, session).fix("s3:GetObject", KEY);
    allowed(&fix, "add-allow", "session", "session policy", &[], &["changed-by-others"]);
    assert!(!fix.editable);
}

#[test]
fn nobody_is_trusted_who_only_has_a_token() {
    let target = "arn:aws:iam::111122223333:role/Target";
    let world = all().attach(Layer::Trust, target, "111122223333", policy(&json!([])));
    let fix = world.fix("sts:AssumeRoleWithWebIdentity", target);
    nothing(&fix, "trust", "identity provider");
}

#[test]
fn whom_others_have_the_same_grant_beside_is_listed_there() {
    let target = "arn:aws:iam::111122223333:role/Target";
    let other = "arn:aws:iam::123456789012:role/Other";
    let trusting = |actions: &Value, principal: &Value| {
        let statement = json!({"Effect": "Allow", "Principal": principal, "Action": actions});
        all().attach(Layer::Trust, target, "111122223333", policy(&json!([statement]))).fix("sts:AssumeRole", target)
    };
    let fix = trusting(&json!("sts:AssumeRole"), &json!({"AWS": other}));
    allowed(&fix, "extend-allow", "trust", "policy", &[], &["changed-by-others"]);
    assert_eq!(statements(&fix)[0]["Principal"], json!({"AWS": [ROLE, other]}));
    let fix = trusting(&json!(["sts:assumerole"]), &json!({"Service": "ec2.amazonaws.com", "AWS": [other]}));
    assert_eq!(statements(&fix)[0]["Principal"]["AWS"], json!([ROLE, other]));
    // What the others may do beside that, a statement of its own does not give.
    for (actions, principal) in [
        (json!(["sts:AssumeRole", "sts:TagSession"]), json!({"AWS": other})),
        (json!("sts:*"), json!({"AWS": other})),
        (json!("sts:AssumeRole"), json!({"Service": "ec2.amazonaws.com"})),
    ] {
        let fix = trusting(&actions, &principal);
        allowed(&fix, "add-allow", "trust", "policy", &[], &["changed-by-others"]);
    }
}

#[test]
fn the_star_of_a_key_policy_is_the_key() {
    let key = policy(&json!([about(json!({"AWS": ["arn:aws:iam::123456789012:role/Other"]}), "kms:Decrypt", "*")]));
    let fix = all().attach(Layer::Resource, KMS, "123456789012", key).fix("kms:Decrypt", KMS);
    allowed(&fix, "extend-allow", "resource", "policy", &[], &[]);
    assert_eq!(statements(&fix).as_array().unwrap().len(), 1);
    // In a bucket's policy it is everything in it.
    let bucket = policy(&json!([about(json!({"AWS": ["arn:aws:iam::111122223333:role/Other"]}), "s3:GetObject", "*")]));
    let world = all().attach(Layer::Resource, BUCKET, "111122223333", bucket).owned_by("111122223333");
    assert_eq!(world.fix("s3:GetObject", KEY).kind.code(), "add-allow");
}

#[test]
fn a_policy_of_a_resource_has_no_more_room_than_its_service_gives() {
    let queue = "arn:aws:sqs:eu-west-1:111122223333:jobs";
    let long = |count: usize| -> Vec<String> {
        let path = "p".repeat(120);
        (0..count).map(|n| format!("arn:aws:iam::111122223333:role/{path}/role-{n:04}")).collect()
    };
    let world = |count: usize| {
        let others = about(json!({"AWS": long(count)}), "sqs:ReceiveMessage", queue);
        all().attach(Layer::Resource, queue, "111122223333", policy(&json!([others])))
    };
    assert_eq!(world(45).fix("sqs:SendMessage", queue).kind.code(), "add-allow");
    let fixes = world(49).fixes("sqs:SendMessage", queue);
    nothing(&fixes[0], "resource", "make room");
    has_warning(&fixes[0], "too-large", "larger than AWS accepts");
}

#[test]
fn a_long_trust_policy_takes_a_raised_quota() {
    let target = "arn:aws:iam::111122223333:role/Target";
    let world = |count: usize| {
        let others: Vec<String> = (0..count).map(|n| format!("arn:aws:iam::111122223333:role/role-{n:04}")).collect();
        let one = json!({"Effect": "Allow", "Principal": {"AWS": others}, "Action": "sts:AssumeRole"});
        all().attach(Layer::Trust, target, "111122223333", policy(&json!([one])))
    };
    let fix = world(50).fix("sts:AssumeRole", target);
    allowed(&fix, "extend-allow", "trust", "policy", &[], &["changed-by-others", "trust-policy-length"]);
    allowed(&world(20).fix("sts:AssumeRole", target), "extend-allow", "trust", "policy", &[], &["changed-by-others"]);
    nothing(&world(100).fixes("sts:AssumeRole", target)[0], "trust", "make room");
}

const REPOSITORY: &str = "arn:aws:ecr:eu-west-1:111122223333:repository/app";

/// Source: Amazon ECR User Guide, "Setting a private repository policy statement".
#[test]
fn the_policy_of_a_repository_names_no_resource() {
    let mut other = about(json!({"AWS": "arn:aws:iam::111122223333:root"}), "ecr:BatchGetImage", "*");
    other.as_object_mut().unwrap().remove("Resource");
    for found in [Reading::Absent, policy(&json!([other]))] {
        let world = all().attach(Layer::Resource, REPOSITORY, "111122223333", found);
        let fix = world.fix("ecr:BatchGetImage", REPOSITORY);
        assert_eq!((fix.layer.code(), fix.verified.verdict.code()), ("resource", "allowed"));
        let all = statements(&fix);
        let all = all.as_array().unwrap();
        assert_eq!(all.last().unwrap()["Principal"].to_string().matches("MyRole").count(), 1);
        assert!(all.iter().all(|one| one.get("Resource").is_none() && one.get("NotResource").is_none()), "{all:?}");
        assert!(fix.newly_allowed.is_empty(), "{:?}", fix.newly_allowed);
    }
}

/// A statement with `Resource` beside one without: nothing is odd about the other.
#[test]
fn the_policy_of_a_repository_may_be_mixed() {
    let with = about(json!({"AWS": "arn:aws:iam::111122223333:root"}), "ecr:BatchGetImage", "*");
    let mut without = about(json!({"AWS": "arn:aws:iam::111122223333:root"}), "ecr:PutImage", "*");
    without.as_object_mut().unwrap().remove("Resource");
    let mixed = policy(&json!([with, without]));
    let world = all().attach(Layer::Resource, REPOSITORY, "111122223333", mixed);
    sound(&world.fix("ecr:BatchGetImage", REPOSITORY));
    // In a bucket's policy it is a mistake.
    let lacking = json!([{"Effect": "Allow", "Principal": "*", "Action": ["ecr:PutImage", "s3:GetObject"]}]);
    let document = Document::parse(&super::world::document(&lacking)).unwrap();
    assert_eq!(document.findings_as(DocumentKind::OfResource).len(), 1);
}

#[test]
fn a_deny_of_what_hangs_on_one_resource_is_not_narrowed_to_others() {
    let mut deny = about("*", "ecr:BatchGetImage", "*");
    deny["Effect"] = json!("Deny");
    deny["Action"] = json!(["ecr:BatchGetImage", "ecr:PutImage"]);
    for with_resource in [true, false] {
        if !with_resource {
            deny.as_object_mut().unwrap().remove("Resource");
        }
        let own = REPOSITORY.replace("111122223333", "123456789012");
        let world = all().attach(Layer::Resource, &own, "123456789012", policy(&json!([deny])));
        let fix = world.fix("ecr:BatchGetImage", &own);
        assert_eq!((fix.kind.code(), fix.verified.verdict.code()), ("narrow-deny", "allowed"));
        let left = statements(&fix);
        assert_eq!((left.as_array().unwrap().len(), &left[0]["Action"]), (2, &json!(["ecr:PutImage"])));
        // Everybody else stays denied what was asked.
        assert_eq!(left[1]["Condition"], json!({"ArnNotEquals": {"aws:PrincipalArn": ROLE}}));
        assert!(left.as_array().unwrap().iter().all(|one| one.get("Resource").is_some() == with_resource));
    }
}

#[test]
fn a_queue_takes_no_more_than_its_service_counts() {
    let queue = "arn:aws:sqs:eu-west-1:111122223333:q";
    let fixed = |statements: &Value| {
        all().attach(Layer::Resource, queue, "111122223333", policy(statements)).fix("sqs:SendMessage", queue)
    };
    let other = |number: usize| json!({"AWS": format!("arn:aws:iam::444455556666:role/r{number}")});
    // Seven actions in a statement, so a new one.
    let actions = ["ReceiveMessage", "DeleteMessage", "PurgeQueue", "GetQueueUrl", "SetQueueAttributes", "DeleteQueue"];
    let mut full = about(json!({"AWS": ROLE}), "", queue);
    full["Action"] = actions.iter().chain(["GetQueueAttributes"].iter()).map(|name| format!("sqs:{name}")).collect();
    assert_eq!(fixed(&json!([full])).kind.code(), "add-allow");
    full["Action"] = actions.iter().map(|name| format!("sqs:{name}")).collect();
    assert_eq!(fixed(&json!([full])).kind.code(), "extend-allow");
    // Twenty statements, and none to extend.
    let twenty: Vec<Value> = (0..20).map(|number| about(other(number), "sqs:DeleteMessage", queue)).collect();
    let fix = fixed(&json!(twenty));
    nothing(&fix, "resource", "more than the 20 statements that SQS accepts");
    has_warning(&fix, "too-large", "make room in the resource-based policy first");
    assert_eq!(fixed(&json!(twenty[..19])).kind.code(), "add-allow");
    // Fifty principals.
    let many: Vec<String> = (0..50).map(|number| format!("arn:aws:iam::444455556666:role/r{number}")).collect();
    let fix = fixed(&json!([about(json!({"AWS": many}), "sqs:SendMessage", queue)]));
    nothing(&fix, "resource", "more than the 50 principals that SQS accepts");
}

/// A policy of one resource is about nothing else, and no such service says that it takes `NotResource`.
#[test]
fn a_deny_of_a_policy_of_one_resource_names_no_other_resources() {
    let arn = |service: &str, name: &str| format!("arn:aws:{service}:eu-west-1:111122223333:{name}");
    for (service, name, asked, pattern, other) in [
        ("sns", "topic", "sns:Publish", "sns:P*", "sns:Subscribe"),
        ("sqs", "queue", "sqs:SendMessage", "sqs:Se*", "sqs:DeleteMessage"),
        ("kms", "key/1234abcd-12ab-34cd-56ef-1234567890ab", "kms:Decrypt", "kms:D*", "kms:Encrypt"),
        (
            "secretsmanager",
            "secret:s-AbCdEf",
            "secretsmanager:GetSecretValue",
            "secretsmanager:G*",
            "secretsmanager:PutSecretValue",
        ),
    ] {
        let own = arn(service, name);
        for resource in ["*", &own] {
            for (actions, kept) in [
                (json!([asked, other]), json!(other)),
                (json!([asked]), json!(null)),
                (json!([pattern, other]), json!(other)),
            ] {
                let deny = json!({"Effect": "Deny", "Principal": "*", "Action": actions, "Resource": resource});
                let granted = about(json!({"AWS": ROLE}), &format!("{service}:*"), resource);
                let world = all().attach(Layer::Resource, &own, "111122223333", policy(&json!([granted, deny])));
                let fix = &world.fixes(asked, &own)[0];
                assert_eq!(fix.kind.code(), "narrow-deny", "{fix:#?}");
                let after = statements(fix);
                let all = after.as_array().unwrap();
                assert!(all.iter().all(|one| one.get("NotResource").is_none()), "{all:#?}");
                let denies: Vec<_> = all.iter().filter(|one| one["Effect"] == "Deny").collect();
                let wanted = usize::from(kept != json!(null));
                let is_kept = denies.iter().filter(|one| one["Action"].to_string().contains(other)).count();
                assert_eq!(is_kept, wanted, "{all:#?}");
                assert!(!denies.iter().any(|one| one["Action"] == asked), "{all:#?}");
            }
        }
    }
}
