//! `diagnose audit`: the ways past a boundary, each beside what looks like one and is none.

use serde_json::{Value, json};

use super::program::diagnose;

const ACCOUNT: &str = "arn:aws:iam::123456789012";

fn document(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

fn allow(actions: &[&str], resources: &[&str]) -> Value {
    let resources: Vec<String> = resources.iter().map(|rest| arn(rest)).collect();
    json!({"Effect": "Allow", "Action": actions, "Resource": resources})
}

/// `*` as it is, and what is of IAM with its account.
fn arn(rest: &str) -> String {
    if rest == "*" { rest.to_owned() } else { format!("{ACCOUNT}:{rest}") }
}

fn entity(rest: &str, is_limited: bool, more: &Value) -> Value {
    let mut entity = json!({"Arn": arn(rest)});
    let own = entity.as_object_mut().unwrap();
    if is_limited {
        let boundary = json!({"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn("policy/Own")});
        own.insert("PermissionsBoundary".to_owned(), boundary);
    }
    own.extend(more.as_object().unwrap().clone());
    entity
}

/// An account in which the role Builder is granted these statements, under a boundary that allows everything.
struct World {
    identity: Vec<Value>,
    boundary: Vec<Value>,
    roles: Vec<Value>,
    users: Vec<Value>,
    groups: Vec<Value>,
}

fn granted(statement: Value) -> World {
    let everything = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    World { identity: vec![statement], boundary: vec![everything], roles: vec![], users: vec![], groups: vec![] }
}

impl World {
    fn and(mut self, statement: Value) -> Self {
        self.identity.push(statement);
        self
    }

    fn role(mut self, path: &str, is_limited: bool) -> Self {
        let policy = json!({"AttachedManagedPolicies": [{"PolicyName": "P", "PolicyArn": arn("policy/app/Theirs")}]});
        self.roles.push(entity(&format!("role/{path}"), is_limited, &policy));
        self
    }

    fn user(mut self, path: &str, is_limited: bool) -> Self {
        self.users.push(entity(&format!("user/{path}"), is_limited, &json!({"GroupList": ["Team"]})));
        self
    }

    fn group(mut self) -> Self {
        self.groups.push(json!({"Arn": arn("group/Team"), "GroupName": "Team"}));
        self
    }

    /// The severity and the text of what is found of Builder.
    fn finds(&self) -> Option<(String, String)> {
        let args = "audit --snapshot a.json --principal Builder --check boundary-iam-without-conditions";
        let report = diagnose(args).file("a.json", self.account().to_string()).json();
        let all: Vec<Value> = report["findings"].as_array().unwrap().clone();
        let own = all.iter().find(|found| !found["principal"].is_null())?;
        let text = |name: &str| own[name].as_str().unwrap().to_owned();
        Some((text("severity"), text("text")))
    }

    fn account(&self) -> Value {
        let own = json!({"RolePolicyList": [{"PolicyName": "All", "PolicyDocument": document(&json!(self.identity))}]});
        let mut roles = vec![entity("role/Builder", true, &own)];
        roles.extend(self.roles.clone());
        let version = |document: Value| json!([{"VersionId": "v1", "IsDefaultVersion": true, "Document": document}]);
        json!({
            "RoleDetailList": roles, "UserDetailList": self.users, "GroupDetailList": self.groups,
            "Policies": [
                {"PolicyName": "Own", "Arn": arn("policy/Own"), "DefaultVersionId": "v1",
                 "PolicyVersionList": version(document(&json!(self.boundary)))},
                {"PolicyName": "Theirs", "Arn": arn("policy/app/Theirs"), "DefaultVersionId": "v1",
                 "PolicyVersionList": version(document(&json!([])))},
            ],
        })
    }

    #[track_caller]
    fn escapes(&self, severity: &str, words: &str) {
        let found = self.finds();
        let is_it = found.as_ref().is_some_and(|(weight, text)| weight == severity && text.contains(words));
        assert!(is_it, "expected {severity}: {words}; found {found:?}");
    }

    #[track_caller]
    fn does_not(&self) {
        assert_eq!(self.finds(), None);
    }
}

#[test]
fn creates_on_a_path() {
    let on_path = |more: Value| {
        let mut statement = allow(&["iam:CreateRole"], &["role/app/*"]);
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        granted(statement)
    };
    let open = on_path(json!({}));
    open.escapes("high", "create principals without a boundary (iam:CreateRole on role/app/*): Own allows it without");
    let (_, text) = open.finds().unwrap();
    assert!(!text.contains("depending"), "{text}");
    let mut any_account = allow(&["iam:CreateRole"], &["*"]);
    any_account["Resource"] = json!("arn:aws:iam::*:role/app/*");
    granted(any_account).escapes("high", "(iam:CreateRole on role/app/*)");
    // The path is the boundary's.
    let mut limited = granted(allow(&["iam:*"], &["*"]));
    limited.boundary = vec![allow(&["iam:CreateRole"], &["role/app/*"])];
    limited.escapes("high", "(iam:CreateRole on role/app/*)");
    on_path(json!({"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}})).escapes("medium", "depending on");
    on_path(json!({"Condition": {"StringEquals": {"iam:PermissionsBoundary": arn("policy/Own")}}})).does_not();
    let any = on_path(json!({"Condition": {"StringLike": {"iam:PermissionsBoundary": arn("policy/*")}}}));
    any.escapes("high", "with other boundaries than its own");
    let (_, text) = any.finds().unwrap();
    assert!(!text.contains("without a condition"), "{text}");
}

#[test]
fn changes_roles_that_have_none() {
    let attaches = || granted(allow(&["iam:AttachRolePolicy", "iam:PutRolePolicy"], &["role/app/*"]));
    attaches().role("app/Old", false).escapes("high", "iam:AttachRolePolicy on role/app/Old");
    attaches().role("app/Old", true).role("ops/Admin", false).does_not();
    let everywhere = || granted(allow(&["iam:PutRolePolicy"], &["*"]));
    everywhere().role("ops/Admin", false).escapes("high", "change the policies of principals without a boundary");
    everywhere().role("ops/Admin", true).does_not();
    let mut limited = granted(allow(&["iam:PutRolePolicy"], &["*"]));
    limited.boundary = vec![allow(&["iam:*"], &["role/z/*"])];
    let many = (0..40).fold(limited, |world, at| world.role(&format!("a{at}"), false));
    many.does_not();
    many.role("z/Last", false).escapes("high", "iam:PutRolePolicy on role/z/Last");
    // Nobody can change what AWS made for its services.
    everywhere().role("aws-service-role/support.amazonaws.com/AWSServiceRoleForSupport", false).does_not();
}

#[test]
fn gets_credentials_of_users() {
    let keys = |on: &str| granted(allow(&["iam:CreateAccessKey", "iam:UpdateLoginProfile"], &[on]));
    keys("*")
        .user("admin", false)
        .escapes("high", "get the credentials of users without a boundary (iam:CreateAccessKey, ");
    keys("*").user("limited", true).does_not();
    // Everybody's own keys are nobody's way out.
    keys("user/${aws:username}").user("admin", false).does_not();
    keys("user/apps/*").user("admin", false).does_not();
    keys("user/apps/*").user("apps/robot", false).escapes("high", "iam:CreateAccessKey on user/apps/robot");
}

#[test]
fn changes_groups_and_policies() {
    let groups = || granted(allow(&["iam:PutGroupPolicy", "iam:AddUserToGroup"], &["group/*"]));
    groups().group().user("free", false).escapes("high", "(iam:PutGroupPolicy)");
    groups().group().user("limited", true).does_not();
    // What a group grants is stopped by the boundary of each of its users.
    granted(allow(&["iam:AddUserToGroup"], &["*"])).group().user("free", false).does_not();
    let versions = |on: &str| granted(allow(&["iam:CreatePolicyVersion"], &[on]));
    versions("policy/app/*").role("Free", false).escapes("high", "(iam:CreatePolicyVersion on policy/app/Theirs)");
    versions("policy/app/*").role("Limited", true).does_not();
    versions("policy/other/*").role("Free", false).does_not();
}

#[test]
fn lifts_the_boundary_of_others() {
    let itself = json!({"Effect": "Deny", "Action": "iam:*RolePermissionsBoundary", "Resource": arn("role/Builder")});
    let lifts = || granted(allow(&["iam:DeleteRolePermissionsBoundary"], &["role/*"])).and(itself.clone());
    lifts().role("app/Other", true).escapes("high", "take the boundary of others off or replace it");
    lifts().role("app/Other", false).does_not();
    let mut denied = lifts().role("app/Other", true);
    denied.boundary.push(json!({"Effect": "Deny", "Action": "iam:Delete*PermissionsBoundary", "Resource": "*"}));
    denied.does_not();
}

#[test]
fn passes_roles_to_what_runs_as_them() {
    let passes = |more: Value| {
        let mut statement = allow(&["iam:PassRole"], &["*"]);
        statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        granted(statement)
    };
    let to_lambda = || passes(json!({"Condition": {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}}));
    let runs = |action: &str| allow(&[action], &["*"]);
    let with_lambda = to_lambda().and(runs("lambda:CreateFunction")).role("Admin", false);
    with_lambda.escapes("medium", "(and lambda:CreateFunction, which act as a role that is passed to them)");
    to_lambda().and(runs("ec2:RunInstances")).role("Admin", false).does_not();
    let all = passes(json!({})).and(runs("ec2:*")).role("Admin", false);
    all.escapes("medium", "(and ec2:RunInstances, which");
    passes(json!({})).and(runs("ec2:*")).role("Admin", true).does_not();
    passes(json!({})).role("Admin", false).escapes("medium", "may call iam:PassRole on every role");
}

/// Whose credentials they are is a name like any other.
#[test]
fn without_names() {
    let world = granted(allow(&["iam:CreateAccessKey"], &["user/apps/*"])).user("apps/robot", false);
    for format in ["human", "json", "sarif", "markdown"] {
        let run =
            diagnose("audit --snapshot a.json --redact -o").arg(format).file("a.json", world.account().to_string());
        let text = run.outcome().stdout;
        assert!(text.contains("get the credentials of users") && !text.contains("robot"), "{format}: {text}");
    }
}

/// Where it is not known who else there is, one's own keys are no finding either.
#[test]
fn own_keys_in_a_snapshot_of_one() {
    let policies = |resource: &str| {
        let statements = json!([{"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": resource}]);
        json!([{"name": "Keys", "document": document(&statements)}])
    };
    let boundary = json!({"name": "Own", "arn": arn("policy/Own"),
        "document": document(&json!([{"Effect": "Allow", "Action": "*", "Resource": "*"}]))});
    let audit = |resource: &str| {
        let user = json!({"arn": arn("user/alice"), "identity_policies": policies(resource), "permissions_boundary": boundary});
        let own = json!({"diagnose_snapshot": 1, "principals": [user]});
        let args = "audit --snapshot own.json --check boundary-iam-without-conditions";
        let report = diagnose(args).file("own.json", own.to_string()).json();
        report["findings"].as_array().unwrap().iter().filter(|found| !found["principal"].is_null()).count()
    };
    assert_eq!(audit("arn:aws:iam::123456789012:user/${aws:username}"), 0);
    assert_eq!(audit("arn:aws:iam::*:user/alice"), 0);
    assert_eq!(audit("*"), 1);
}
