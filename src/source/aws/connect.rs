//! Clients from the usual AWS settings: environment, shared files, flags.
//!
//! Source: AWS SDKs and Tools Reference, "Standardized credential providers" and "Retry behavior"; AWS CLI User Guide,
//! "Configuration settings and precedence".

use std::error::Error;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds::{self, client::error::ImdsError};
use aws_config::meta::ProviderChainError;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_config::retry::RetryMode;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_iam::config::{Credentials, ProvideCredentials, Region};

use super::failure::{one_line, root_cause};
use super::whole::Whole;
use super::{AwsError, AwsOptions};

/// IAM has one endpoint a partition, so the region hardly matters to it.
const FALLBACK_REGION: &str = "us-east-1";
/// Long enough for a sign-in tool behind `credential_process`, short enough not to look hung for ever.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);
/// Off EC2 nobody answers at the metadata address.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);
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
    let credentials = credentials(options, region.clone()).await?;
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
    if let Some(profile) = &options.profile {
        loader = loader.profile_name(profile);
    }
    if let Some(url) = &options.endpoint_url {
        loader = loader.endpoint_url(url);
    }
    let config = loader.load().await;
    Ok(Clients {
        cloudtrail: aws_sdk_cloudtrail::Client::new(&config),
        iam: aws_sdk_iam::Client::from_conf(aws_sdk_iam::config::Builder::from(&config).interceptor(Whole).build()),
        sts: aws_sdk_sts::Client::from_conf(aws_sdk_sts::config::Builder::from(&config).interceptor(Whole).build()),
    })
}

/// The shared config and credentials files. Missing files are empty ones.
async fn profiles(options: &AwsOptions) -> Result<ProfileSet, AwsError> {
    let chosen = options.profile.clone().map(Into::into);
    let profiles = aws_config::profile::load(&Default::default(), &Default::default(), &Default::default(), chosen)
        .await
        .map_err(|error| AwsError::Settings {
            detail: format!("the AWS config or credentials file cannot be read: {}", root_cause(&error)),
        })?;
    let set = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // AWS: keys in the environment win over a profile named there.
    let from_environment = || set("AWS_PROFILE").filter(|_| set("AWS_ACCESS_KEY_ID").is_none());
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
fn without_password(url: &str) -> String {
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

/// Credentials, found once: a run is shorter than they last, and what fails here fails before the first call.
async fn credentials(options: &AwsOptions, region: Region) -> Result<Credentials, AwsError> {
    let config = ProviderConfig::without_region()
        .with_region(Some(region.clone()))
        .with_behavior_version(Some(BehaviorVersion::latest()));
    let provider: Box<dyn ProvideCredentials> = match &options.profile {
        // AWS: a profile named on the command line wins over keys in the environment.
        Some(profile) => {
            Box::new(ProfileFileCredentialsProvider::builder().configure(&config).profile_name(profile).build())
        }
        None => {
            let metadata = imds::Client::builder()
                .configure(&config)
                .max_attempts(1)
                .connect_timeout(METADATA_TIMEOUT)
                .read_timeout(METADATA_TIMEOUT)
                .operation_attempt_timeout(2 * METADATA_TIMEOUT)
                .operation_timeout(2 * METADATA_TIMEOUT)
                .build();
            Box::new(
                DefaultCredentialsChain::builder().region(region).configure(config).imds_client(metadata).build().await,
            )
        }
    };
    let found = tokio::time::timeout(CREDENTIALS_TIMEOUT, provider.provide_credentials()).await;
    let detail = match found {
        Ok(Ok(credentials)) => return Ok(credentials),
        Ok(Err(error)) if is_absent(&error) => {
            "none in the environment, the AWS config and credentials files or the instance metadata; sign in, set \
             AWS_PROFILE or use --profile, or use --snapshot with a saved snapshot"
                .to_owned()
        }
        Ok(Err(error)) => match (error.source(), &options.profile) {
            (None, Some(profile)) => {
                format!("profile `{}` holds none; choose another with --profile", one_line(profile))
            }
            _ => format!("{}; sign in again, or choose others with --profile", without_words_of_process(&error)),
        },
        Err(_) => {
            "the provider of the credentials gave none within 60 seconds; sign in, or choose others with --profile"
                .to_owned()
        }
    };
    Err(AwsError::Credentials { detail })
}

/// The innermost cause of `error`, without what a `credential_process` wrote to standard error: that may hold what it is to
/// keep secret.
fn without_words_of_process(error: &dyn Error) -> String {
    let cause = root_cause(error);
    match cause.split_once(". Stderr: ") {
        Some((before, _)) => format!("{before}; run the credential_process of the profile by hand to see why"),
        None => cause,
    }
}

/// Whether `error` says that no provider had anything, rather than that one of them failed: it is the chain's, or that of
/// the chain's last provider, the instance metadata, which off EC2 fails in many ways.
fn is_absent<E: Error + 'static>(error: &E) -> bool {
    error.source().is_some_and(|source| source.is::<ProviderChainError<E>>() || source.is::<ImdsError>())
}
