//! Which credentials the commands are run with.

use super::command::Command;

/// The AWS CLI with the options that name credentials, region and endpoint: those that the question was asked with, so that
/// the answer does not end up in another account. By default there are none, and the environment tells.
///
/// Source: AWS CLI User Guide, "Command line options": they stand for the call alone, and `--profile` wins over keys in the
/// environment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AwsCli {
    /// A profile of the shared config and credentials files.
    pub profile: Option<String>,
    /// The region of calls that are for no resource of a region of its own.
    pub region: Option<String>,
    /// The URL of another endpoint for every service.
    pub endpoint_url: Option<String>,
}

impl AwsCli {
    /// A call of an operation, `iam put-role-policy`.
    pub(super) fn call(&self, call: &str) -> Command {
        self.call_in(call, "")
    }

    /// As [`Self::call`], in the region of a resource; empty for global ones.
    pub(super) fn call_in(&self, call: &str, region: &str) -> Command {
        let region = if region.is_empty() { self.region.as_deref() } else { Some(region) };
        let options = [
            ("--profile", self.profile.as_deref()),
            ("--endpoint-url", self.endpoint_url.as_deref()),
            ("--region", region),
        ];
        let given = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
        given.fold(Command::new(call), |command, (name, value)| command.option(name, value))
    }

    /// The line that ends a script whose credentials are those of another account: a role or policy of the same name may be
    /// there. `GetCallerIdentity` needs no permission.
    pub fn guard(&self, account: &str) -> String {
        let who = self.call("sts get-caller-identity").words("--query Account --output text").line();
        format!(
            "[ \"$({who})\" = {account} ] || {{ echo 'stopped: these are not credentials of account {account}' >&2; exit 1; }}"
        )
    }
}
