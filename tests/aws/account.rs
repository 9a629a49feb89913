//! What the tests put into the account: roles, users, groups, policies, through the SDK.

use std::future::IntoFuture;

use aws_sdk_iam::config::{BehaviorVersion, Credentials, Region};

pub(crate) const ACCOUNT: &str = "123456789012";
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
pub(crate) const SECRET_KEY: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

const TRUST: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}]}"#;

/// A policy of one statement over several lines; the statement starts in line 4.
pub(crate) fn policy(effect: &str, actions: &[&str]) -> String {
    let actions = serde_json::to_string(actions).unwrap();
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"{effect}\",\n      \
         \"Action\": {actions},\n      \"Resource\": \"*\"\n    }}\n  ]\n}}\n"
    )
}

pub(crate) fn allow(actions: &[&str]) -> String {
    policy("Allow", actions)
}

pub(crate) fn deny(actions: &[&str]) -> String {
    policy("Deny", actions)
}

/// Keys of one account.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) id: String,
    pub(crate) secret: String,
    pub(crate) token: Option<String>,
}

impl Default for Keys {
    fn default() -> Self {
        Self { id: KEY_ID.to_owned(), secret: SECRET_KEY.to_owned(), token: None }
    }
}

/// An account of moto.
pub(crate) struct Account {
    iam: aws_sdk_iam::Client,
}

impl Account {
    /// The account that moto gives everybody.
    pub(crate) fn new() -> Self {
        Self::of(&Keys::default())
    }

    pub(crate) fn of(keys: &Keys) -> Self {
        let credentials = Credentials::new(&keys.id, &keys.secret, keys.token.clone(), None, "tests");
        let config = aws_sdk_iam::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url(super::moto::url())
            .credentials_provider(credentials)
            .build();
        Self { iam: aws_sdk_iam::Client::from_conf(config) }
    }

    /// A role at the root path.
    pub(crate) fn role(&self, name: &str) -> String {
        self.role_at("/", name, None)
    }

    /// A role, perhaps with a boundary; its ARN.
    pub(crate) fn role_at(&self, path: &str, name: &str, boundary: Option<&str>) -> String {
        let request = self.iam.create_role().role_name(name).path(path).assume_role_policy_document(TRUST);
        let reply = wait(request.set_permissions_boundary(boundary.map(str::to_owned)).send());
        reply.role.unwrap().arn
    }

    /// A role that may do `granted` within `bounded`: policies `<name>-Identity` and `<name>-Boundary`.
    pub(crate) fn bounded_role(&self, name: &str, granted: &str, bounded: &str) -> String {
        let boundary = self.managed(&format!("{name}-Boundary"), bounded);
        let role = self.role_at("/", name, Some(&boundary));
        self.attach(name, &self.managed(&format!("{name}-Identity"), granted));
        role
    }

    pub(crate) fn tag_role(&self, name: &str, key: &str, value: &str) {
        let tag = aws_sdk_iam::types::Tag::builder().key(key).value(value).build().unwrap();
        wait(self.iam.tag_role().role_name(name).tags(tag).send());
    }

    /// A managed policy; its ARN.
    pub(crate) fn managed(&self, name: &str, document: &str) -> String {
        let reply = wait(self.iam.create_policy().policy_name(name).policy_document(document).send());
        reply.policy.unwrap().arn.unwrap()
    }

    pub(crate) fn version(&self, arn: &str, document: &str, default: bool) {
        let request = self.iam.create_policy_version().policy_arn(arn).policy_document(document);
        wait(request.set_as_default(default).send());
    }

    pub(crate) fn attach(&self, role: &str, arn: &str) {
        wait(self.iam.attach_role_policy().role_name(role).policy_arn(arn).send());
    }

    pub(crate) fn inline(&self, role: &str, name: &str, document: &str) {
        wait(self.iam.put_role_policy().role_name(role).policy_name(name).policy_document(document).send());
    }

    /// A user; its ARN. Moto stores no boundary for it; the stand-in supplies one.
    pub(crate) fn user(&self, path: &str, name: &str) -> String {
        wait(self.iam.create_user().user_name(name).path(path).send()).user.unwrap().arn
    }

    pub(crate) fn attach_to_user(&self, user: &str, arn: &str) {
        wait(self.iam.attach_user_policy().user_name(user).policy_arn(arn).send());
    }

    pub(crate) fn inline_in_user(&self, user: &str, name: &str, document: &str) {
        wait(self.iam.put_user_policy().user_name(user).policy_name(name).policy_document(document).send());
    }

    /// A group with `user` in it.
    pub(crate) fn group(&self, name: &str, user: &str) {
        wait(self.iam.create_group().group_name(name).send());
        wait(self.iam.add_user_to_group().group_name(name).user_name(user).send());
    }

    pub(crate) fn attach_to_group(&self, group: &str, arn: &str) {
        wait(self.iam.attach_group_policy().group_name(group).policy_arn(arn).send());
    }

    pub(crate) fn inline_in_group(&self, group: &str, name: &str, document: &str) {
        wait(self.iam.put_group_policy().group_name(group).policy_name(name).policy_document(document).send());
    }
}

/// Keys of a session in another account of moto.
pub(crate) fn keys_of(account: &str) -> Keys {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(super::moto::url())
        .credentials_provider(Credentials::new(KEY_ID, SECRET_KEY, None, None, "tests"))
        .build();
    let sts = aws_sdk_sts::Client::from_conf(config);
    let arn = format!("arn:aws:iam::{account}:role/Anyone");
    let reply = wait(sts.assume_role().role_arn(arn).role_session_name("tests").send());
    let keys = reply.credentials.unwrap();
    Keys { id: keys.access_key_id, secret: keys.secret_access_key, token: Some(keys.session_token) }
}

/// Runs one call to its end.
#[track_caller]
fn wait<T, E: std::fmt::Debug>(call: impl IntoFuture<Output = Result<T, E>>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(call.into_future()).unwrap()
}
