//! As whom a command line asks AWS, and where: the settings that its flags hold. Those of the environment are this
//! process's own as well.
//!
//! Source: AWS CLI User Guide, "Command line options" and "Environment variables"; SAM CLI, CDK CLI and eksctl name
//! their profile and region in the same way.

use std::ffi::OsString;
use std::path::Path;

use crate::cli::SourceArgs;

/// Programs whose `--profile` and `--region` are AWS's.
const TOOLS: [&str; 8] = ["aws", "aws.exe", "aws.cmd", "sam", "sam.cmd", "cdk", "cdk.cmd", "eksctl"];

/// What a command line sets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Settings {
    profile: Option<String>,
    region: Option<String>,
    endpoint_url: Option<String>,
}

/// The settings in a command's words: of `env NAME=VALUE`, and of the flags of AWS's tools.
pub(super) fn of(command: &[OsString]) -> Settings {
    let mut found = Settings::default();
    let mut rest: Vec<&str> = command.iter().map(|word| word.to_str().unwrap_or_default()).collect();
    if rest.first().is_some_and(|program| name(program) == "env") {
        let after = rest.iter().skip(1).position(|word| !found.of_env(word)).map_or(rest.len(), |at| at + 1);
        rest.drain(..after);
    }
    let Some((program, words)) = rest.split_first() else { return found };
    if !TOOLS.contains(&name(program)) {
        return found;
    }
    let mut words = words.iter().copied();
    while let Some(word) = words.next() {
        let (flag, value) = word.split_once('=').map_or((word, None), |(flag, value)| (flag, Some(value)));
        let place = match flag {
            "--profile" => &mut found.profile,
            "--region" => &mut found.region,
            "--endpoint-url" => &mut found.endpoint_url,
            _ => continue,
        };
        *place = value.or_else(|| words.next()).map(str::to_owned);
    }
    found
}

/// The name of a program's file.
fn name(program: &str) -> &str {
    Path::new(program).file_name().and_then(|name| name.to_str()).unwrap_or(program)
}

impl Settings {
    /// Takes a word of `env`; whether it was one, or the command begins.
    fn of_env(&mut self, word: &str) -> bool {
        let Some((variable, value)) = word.split_once('=') else { return word.starts_with('-') };
        let place = match variable {
            "AWS_PROFILE" | "AWS_DEFAULT_PROFILE" => &mut self.profile,
            "AWS_REGION" | "AWS_DEFAULT_REGION" => &mut self.region,
            "AWS_ENDPOINT_URL" => &mut self.endpoint_url,
            _ => return true,
        };
        *place = Some(value.to_owned());
        true
    }

    /// Sets what the flags of `diagnose` itself leave open.
    pub(super) fn fill(self, source: &mut SourceArgs) {
        // An endpoint of AWS is one service's: the policies are behind another.
        let endpoint = self.endpoint_url.filter(|url| !is_of_aws(url));
        source.profile = source.profile.take().or(self.profile);
        source.region = source.region.take().or(self.region);
        source.endpoint_url = source.endpoint_url.take().or(endpoint);
    }
}

/// Source: AWS General Reference, "AWS service endpoints"; AWS PrivateLink names are below `amazonaws.com` too.
fn is_of_aws(url: &str) -> bool {
    let host = url.split("://").last().unwrap_or_default().split(['/', ':']).next().unwrap_or_default();
    let host = host.to_ascii_lowercase();
    [".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".on.aws"].iter().any(|end| host.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(command: &str) -> [Option<String>; 3] {
        let words: Vec<OsString> = command.split(' ').map(OsString::from).collect();
        let Settings { profile, region, endpoint_url } = of(&words);
        [profile, region, endpoint_url]
    }

    fn some(text: &str) -> Option<String> {
        Some(text.to_owned())
    }

    #[test]
    fn flags_of_aws_tools() {
        assert_eq!(settings("aws --profile x s3 cp a s3://b/"), [some("x"), None, None]);
        assert_eq!(settings("/usr/bin/aws s3 ls --region=eu-west-1 --profile x"), [some("x"), some("eu-west-1"), None]);
        assert_eq!(settings("aws s3 ls --endpoint-url http://127.0.0.1:1"), [None, None, some("http://127.0.0.1:1")]);
        assert_eq!(settings("sam deploy --profile a --profile b"), [some("b"), None, None]);
        assert_eq!(settings("aws s3 ls --profile"), [None, None, None]);
        assert_eq!(settings("gcc --profile x"), [None, None, None]);
    }

    #[test]
    fn variables_of_env() {
        assert_eq!(settings("env AWS_PROFILE=x A=1 terraform apply --region r"), [some("x"), None, None]);
        assert_eq!(settings("env -i AWS_REGION=r aws s3 ls --profile x"), [some("x"), some("r"), None]);
        assert_eq!(settings("env"), [None, None, None]);
        assert_eq!(settings("env A=1"), [None, None, None]);
    }

    #[test]
    fn an_endpoint_of_one_service_is_not_that_of_iam() {
        for url in ["https://s3.eu-west-1.amazonaws.com", "https://bucket.vpce-1.s3.eu-west-1.vpce.amazonaws.com/x"] {
            assert!(is_of_aws(url), "{url}");
        }
        assert!(!is_of_aws("http://localhost:4566") && !is_of_aws("http://amazonaws.com.example:1/amazonaws.com"));
    }
}
