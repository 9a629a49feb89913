//! Clients from the usual AWS settings: environment, shared files, flags.
//!
//! Source: AWS SDKs and Tools Reference, "Standardized credential providers" and "Retry behavior"; AWS CLI User Guide,
//! "Configuration settings and precedence".

use std::net::Ipv6Addr;
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
    check_flags(options)?;
    let profiles = profiles(options).await?;
    check_endpoints(options, &profiles)?;
    check_retry_settings(&profiles)?;
    let region = region(options, &profiles)?;
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

const AN_ENDPOINT: &str = "a URL such as http://127.0.0.1:5000";
const A_REGION: &str = "a region such as eu-west-1";

/// Refuses flags that nothing can be asked with: that is seen before any file or variable.
fn check_flags(options: &AwsOptions) -> Result<(), AwsError> {
    if let Some(url) = options.endpoint_url.as_deref().filter(|url| !is_endpoint(url)) {
        let value = without_password(&one_line(url));
        return Err(AwsError::Flag { flag: "--endpoint-url", value, wanted: AN_ENDPOINT });
    }
    if let Some(region) = options.region.as_deref().filter(|region| !is_region(region)) {
        return Err(AwsError::Flag { flag: "--region", value: one_line(region), wanted: A_REGION });
    }
    Ok(())
}

/// Refuses endpoints of the environment and the profile that the SDK panics on, or takes for a request that failed.
fn check_endpoints(options: &AwsOptions, profiles: &ProfileSet) -> Result<(), AwsError> {
    let is_ignored = |value: String| value.eq_ignore_ascii_case("true");
    if options.endpoint_url.is_some() || std::env::var("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS").is_ok_and(is_ignored) {
        return Ok(());
    }
    let variables = ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_CLOUDTRAIL", "AWS_ENDPOINT_URL_IAM", "AWS_ENDPOINT_URL_STS"];
    let of_environment = variables.into_iter().filter_map(|name| Some((name, std::env::var(name).ok()?)));
    let of_profile = profiles.get("endpoint_url").map(|url| ("`endpoint_url` of the AWS profile", url.to_owned()));
    match of_environment.chain(of_profile).find(|(_, url)| !is_endpoint(url)) {
        Some((name, url)) => Err(unusable(name, &without_password(&one_line(&url)), AN_ENDPOINT)),
        None => Ok(()),
    }
}

/// Whether requests can be sent to `url`. Source: RFC 3986, section 3.2; RFC 9110, section 4.2 (a host is needed).
fn is_endpoint(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://")) else { return false };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match place.rfind(':').filter(|_| !place.ends_with(']')) {
        Some(at) => place.split_at(at),
        None => (place, ""),
    };
    let is_host = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => {
            !host.is_empty() && host.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._~%".contains(letter))
        }
    };
    let is_port = port.is_empty() || port.trim_start_matches(':').parse::<u16>().is_ok();
    let is_clean = !rest.contains(|c: char| c.is_whitespace() || c.is_control());
    is_clean && is_port && is_host
}

/// Whether a region can be a part of an endpoint's name, which is as far as the AWS CLI holds against it.
fn is_region(region: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&region.len())
        && region.bytes().all(is_letter)
        && !region.starts_with('-')
        && !region.ends_with('-')
        && !region.bytes().all(|byte| byte.is_ascii_digit())
}

/// A setting of the environment or the profile that cannot be used.
fn unusable(name: &str, value: &str, wanted: &str) -> AwsError {
    AwsError::Settings { detail: format!("{name} is `{value}` but must be {wanted}; correct or unset it") }
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
        return Err(unusable(&name, &one_line(&value), "a number from 1"));
    }
    if let Some((name, value)) = set("AWS_RETRY_MODE", "retry_mode")
        && value.parse::<RetryMode>().is_err()
    {
        return Err(unusable(&name, &one_line(&value), "standard or adaptive"));
    }
    Ok(())
}

/// The region by flag, environment and profile. Not from instance metadata: the AWS CLI does not ask there either, and
/// off EC2 the question costs a second.
fn region(options: &AwsOptions, profiles: &ProfileSet) -> Result<Region, AwsError> {
    if let Some(region) = &options.region {
        return Ok(Region::new(region.clone()));
    }
    let of_environment = |name: &'static str| Some((name, set(name)?));
    let of_profile = || Some(("`region` of the AWS profile", profiles.get("region")?.to_owned()));
    let found = of_environment("AWS_REGION").or_else(|| of_environment("AWS_DEFAULT_REGION")).or_else(of_profile);
    match found {
        Some((name, region)) if !is_region(&region) => Err(unusable(name, &one_line(&region), A_REGION)),
        Some((_, region)) => Ok(Region::new(region)),
        None => Ok(Region::new(FALLBACK_REGION)),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_endpoint, is_region};

    #[test]
    fn endpoints() {
        for url in [
            "http://127.0.0.1:5000",
            "https://iam.amazonaws.com",
            "http://moto_server:5000/path?x#y",
            "http://[::1]:5000",
            "http://[::1]",
            "https://user:pass@host:443/",
        ] {
            assert!(is_endpoint(url), "{url}");
        }
        for url in [
            "",
            "http://",
            "https:///path",
            "ftp://x",
            "x",
            "127.0.0.1:5000",
            "http://a b",
            "http://h:port",
            "http://h:70000",
            "http://:5000",
            "http://a:b:80",
            "http://[::1",
            "http://h/\n",
            "http://é",
        ] {
            assert!(!is_endpoint(url), "{url}");
        }
    }

    #[test]
    fn regions() {
        assert!(["eu-west-1", "aws-global", "us-gov-east-1", "local"].into_iter().all(is_region));
        let long = "x".repeat(64);
        for region in ["", "eu west", "no_region", "-eu", "eu-", "1234", "eu.west", &long] {
            assert!(!is_region(region), "{region}");
        }
    }
}
