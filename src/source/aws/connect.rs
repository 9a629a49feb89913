//! Clients from the usual AWS settings: environment, shared files, flags.
//!
//! Source: AWS SDKs and Tools Reference, "Standardized credential providers" and "Retry behavior"; AWS CLI User Guide,
//! "Configuration settings and precedence".

use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::profile::ProfileSet;
use aws_config::retry::RetryMode;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_iam::config::Region;

use super::bundle;
use super::credentials::credentials;
use super::failure::{one_line, root_cause};
use super::reached::Reached;
use super::whole::Whole;
use super::{AwsError, AwsOptions};

/// IAM has one endpoint a partition, so the region hardly matters to it.
const FALLBACK_REGION: &str = "us-east-1";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(10);

/// The services that are read.
pub(super) struct Clients {
    pub(super) cloudtrail: aws_sdk_cloudtrail::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) sts: aws_sdk_sts::Client,
}

/// Clients with credentials that were found.
///
/// # Errors
/// [`AwsError::Credentials`] where there are none, [`AwsError::Settings`] where a setting cannot be used.
pub(super) async fn connect(options: &AwsOptions) -> Result<Clients, AwsError> {
    let profiles = profiles(options).await?;
    check_endpoints(options, &profiles)?;
    check_retry_settings(&profiles)?;
    let region = region(options, &profiles);
    let http = bundle::client(&profiles)?;
    let credentials = credentials(options, &profiles, region.clone(), http.clone()).await?;
    let attempt = options.attempt_timeout.unwrap_or(ATTEMPT_TIMEOUT);
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT.min(attempt))
        .read_timeout(attempt)
        .operation_attempt_timeout(attempt)
        .build();
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(region)
        .credentials_provider(credentials)
        .timeout_config(timeouts);
    if let Some(http) = http {
        loader = loader.http_client(http);
    }
    if let Some(profile) = options.profile.clone().or_else(of_environment) {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    let cloudtrail = aws_sdk_cloudtrail::config::Builder::from(&config).interceptor(Reached::default());
    let iam = aws_sdk_iam::config::Builder::from(&config).interceptor(Reached::default());
    let sts = aws_sdk_sts::config::Builder::from(&config).interceptor(Reached::default());
    Ok(Clients {
        cloudtrail: aws_sdk_cloudtrail::Client::from_conf(cloudtrail.build()),
        iam: aws_sdk_iam::Client::from_conf(iam.interceptor(Whole).build()),
        sts: aws_sdk_sts::Client::from_conf(sts.interceptor(Whole).build()),
    })
}

/// A variable of the environment; one without a value is none.
pub(super) fn set(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The profile that the environment names, by either name that the AWS CLI knows.
pub(super) fn of_environment() -> Option<String> {
    set("AWS_PROFILE").or_else(|| set("AWS_DEFAULT_PROFILE"))
}

/// The shared config and credentials files. Missing files are empty ones.
async fn profiles(options: &AwsOptions) -> Result<ProfileSet, AwsError> {
    let chosen = options.profile.clone().or_else(of_environment).map(Into::into);
    let profiles = aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), chosen)
        .await
        .map_err(|error| AwsError::Settings {
            detail: format!("the AWS config or credentials file cannot be read: {}", root_cause(&error)),
        })?;
    // AWS: keys in the environment win over a profile named there.
    let from_environment = || of_environment().filter(|_| set("AWS_ACCESS_KEY_ID").is_none());
    if let Some(name) = options.profile.clone().or_else(from_environment)
        && profiles.get_profile(&name).is_none()
    {
        let mut known: Vec<_> = profiles.profiles().collect();
        known.sort_unstable();
        let known =
            if known.is_empty() { "there is none".to_owned() } else { format!("there are: {}", known.join(", ")) };
        return Err(AwsError::Credentials {
            detail: one_line(&format!("profile `{name}` is not in the AWS config or credentials file; {known}")),
        });
    }
    Ok(profiles)
}

/// A URL, or what was meant to be one, without the user and the password in front of its host.
pub(super) fn without_password(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    match (rest.rsplit_once('@'), scheme) {
        (None, _) => url.to_owned(),
        (Some((_, host)), "") => format!("…@{host}"),
        (Some((_, host)), scheme) => format!("{scheme}://…@{host}"),
    }
}

/// Refuses endpoints that the SDK panics on, or takes for a request that failed.
fn check_endpoints(options: &AwsOptions, profiles: &ProfileSet) -> Result<(), AwsError> {
    let is_ignored = |value: String| value.eq_ignore_ascii_case("true");
    let mut endpoints: Vec<(&str, String)> = Vec::new();
    if let Some(url) = &options.endpoint_url {
        endpoints.push(("--endpoint-url", url.clone()));
    } else if !std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(is_ignored) {
        let variables =
            ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"];
        endpoints.extend(variables.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?))));
        endpoints.extend(profiles.get("endpoint_url").map(|url| ("`endpoint_url` of the AWS profile", url.to_owned())));
    }
    for (name, url) in endpoints {
        let host = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")).unwrap_or_default();
        if host.is_empty() || host.starts_with('/') || host.contains(|c: char| c.is_whitespace() || c.is_control()) {
            let url = without_password(&one_line(&url));
            let detail =
                format!("{name} is `{url}` but must be a URL such as http://127.0.0.1:5000; correct or unset it");
            return Err(AwsError::Settings { detail });
        }
    }
    Ok(())
}

/// Refuses retry settings that the SDK panics on.
fn check_retry_settings(profiles: &ProfileSet) -> Result<(), AwsError> {
    let set = |variable: &str, key: &str| {
        let from_environment = std::env::var(variable).ok().map(|value| (variable.to_owned(), value));
        from_environment
            .or_else(|| profiles.get(key).map(|value| (format!("`{key}` of the AWS profile"), value.to_owned())))
    };
    if let Some((name, value)) = set("AWS_MAX_ATTEMPTS", "max_attempts")
        && !value.parse::<u32>().is_ok_and(|attempts| attempts > 0)
    {
        let detail = format!("{name} is `{}` but must be a number from 1; correct or unset it", one_line(&value));
        return Err(AwsError::Settings { detail });
    }
    if let Some((name, value)) = set("AWS_RETRY_MODE", "retry_mode")
        && value.parse::<RetryMode>().is_err()
    {
        let detail = format!("{name} is `{}` but must be standard or adaptive; correct or unset it", one_line(&value));
        return Err(AwsError::Settings { detail });
    }
    Ok(())
}

/// The region by flag, environment and profile. Not from instance metadata: the AWS CLI does not ask there either, and
/// off EC2 the question costs a second.
fn region(options: &AwsOptions, profiles: &ProfileSet) -> Region {
    let environment = |name: &str| std::env::var(name).ok().filter(|region| !region.is_empty());
    let region = options
        .region
        .clone()
        .or_else(|| environment("AWS_REGION"))
        .or_else(|| environment("AWS_DEFAULT_REGION"))
        .or_else(|| profiles.get("region").map(str::to_owned));
    Region::new(region.unwrap_or_else(|| FALLBACK_REGION.to_owned()))
}
