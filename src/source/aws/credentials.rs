//! Credentials, and why there are none.
//!
//! Source: AWS SDKs and Tools Reference, "Standardized credential providers"; AWS CLI Command Reference, `configure
//! export-credentials` and `sso login`.

use std::error::Error;
use std::time::Duration;

use aws_config::BehaviorVersion;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::imds::{self, client::error::ImdsError};
use aws_config::meta::ProviderChainError;
use aws_config::profile::{ProfileFileCredentialsProvider, ProfileSet};
use aws_config::provider_config::ProviderConfig;
use aws_sdk_iam::config::{Credentials, ProvideCredentials, Region, SharedHttpClient};
use aws_sdk_iam::error::ErrorMetadata;
use aws_sdk_sts::operation::assume_role::AssumeRoleError;
use aws_sdk_sts::operation::assume_role_with_web_identity::AssumeRoleWithWebIdentityError;

use super::connect::{of_environment, set};
use super::failure::{FailureKind, kind_of, one_line, root_cause};
use super::{AwsError, AwsOptions};

/// Long enough for a sign-in tool behind `credential_process`, short enough not to look hung for ever.
const CREDENTIALS_TIMEOUT: Duration = Duration::from_secs(60);
/// Off EC2 nobody answers at the metadata address.
const METADATA_TIMEOUT: Duration = Duration::from_secs(1);

/// Credentials, found once: a run is shorter than they last, and what fails here fails before the first call.
pub(super) async fn credentials(
    options: &AwsOptions,
    profiles: &ProfileSet,
    region: Region,
    http: Option<SharedHttpClient>,
) -> Result<Credentials, AwsError> {
    let mut config = ProviderConfig::without_region()
        .with_region(Some(region.clone()))
        .with_behavior_version(Some(BehaviorVersion::latest()));
    if let Some(http) = http {
        config = config.with_http_client(http);
    }
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
            let mut chain = DefaultCredentialsChain::builder().region(region).configure(config).imds_client(metadata);
            if let Some(profile) = of_environment() {
                chain = chain.profile_name(&profile);
            }
            Box::new(chain.build().await)
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
            _ => Settings::of(options, profiles).why(&error),
        },
        Err(_) => {
            "the provider of the credentials gave none within 60 seconds; sign in, or choose others with --profile"
                .to_owned()
        }
    };
    Err(AwsError::Credentials { detail })
}

/// What the settings say of where credentials come from.
struct Settings<'a> {
    /// The profile that was named, by a flag or in the environment.
    profile: Option<String>,
    /// The ARN of an MFA device, whose code nobody is asked for.
    needs_code: bool,
    /// A sign-in of IAM Identity Center.
    is_sso: bool,
    /// The file of a web identity token.
    token_file: Option<std::borrow::Cow<'a, str>>,
}

impl<'a> Settings<'a> {
    fn of(options: &AwsOptions, profiles: &'a ProfileSet) -> Self {
        let profile = options.profile.clone().or_else(of_environment);
        let section = profiles.get_profile(profile.as_deref().unwrap_or("default"));
        let get = |key: &str| section.and_then(|section| section.get(key));
        let of_environment = || set("AWS_WEB_IDENTITY_TOKEN_FILE").filter(|_| options.profile.is_none());
        Self {
            needs_code: get("mfa_serial").is_some(),
            is_sso: get("sso_session").or_else(|| get("sso_start_url")).is_some(),
            token_file: get("web_identity_token_file").map(Into::into).or_else(|| of_environment().map(Into::into)),
            profile,
        }
    }

    /// Which profile, which call, what AWS says, and what to do.
    fn why(&self, error: &(dyn Error + 'static)) -> String {
        let whose = self.profile.as_ref().map_or_else(String::new, |name| format!("profile `{}`: ", one_line(name)));
        let flag = self.profile.as_ref().map_or_else(String::new, |name| format!(" --profile {}", one_line(name)));
        let others = "sign in again, or choose others with --profile";
        if let Some((call, meta)) = of_aws(error) {
            let code = meta.code().unwrap_or("no code");
            let said = meta.message().map_or_else(String::new, |said| format!(": {}", long_line(said)));
            let next = match kind_of(code, 0) {
                FailureKind::AccessDenied if self.needs_code => format!(
                    "the profile has an mfa_serial, and no MFA code is asked for here; put what `aws configure \
                     export-credentials{flag} --format env` prints into the environment"
                ),
                FailureKind::AccessDenied => "ask for that right, or choose others with --profile".to_owned(),
                FailureKind::Credentials => others.to_owned(),
                FailureKind::Throttled
                | FailureKind::NotFound
                | FailureKind::Network
                | FailureKind::Request
                | FailureKind::Timeout
                | FailureKind::MalformedReply
                | FailureKind::ServiceError => "try again later, or choose others with --profile".to_owned(),
            };
            return format!("{whose}{call} failed ({}){said}; {next}", one_line(code));
        }
        let cause = without_words_of_process(error);
        match &self.token_file {
            Some(file) if is_of_file(error) => {
                let file = one_line(file);
                format!("{whose}the web identity token file `{file}` cannot be read: {cause}; correct or unset it")
            }
            _ if self.is_sso => format!("{whose}{cause}; sign in with `aws sso login{flag}`"),
            Some(_) | None => format!("{whose}{cause}; {others}"),
        }
    }
}

/// The call that AWS refused on the way to credentials, and its words.
fn of_aws<'e>(error: &'e (dyn Error + 'static)) -> Option<(&'static str, &'e ErrorMetadata)> {
    let mut cause = Some(error);
    while let Some(one) = cause {
        if let Some(refused) = one.downcast_ref::<AssumeRoleError>() {
            return Some(("sts:AssumeRole", refused.meta()));
        }
        if let Some(refused) = one.downcast_ref::<AssumeRoleWithWebIdentityError>() {
            return Some(("sts:AssumeRoleWithWebIdentity", refused.meta()));
        }
        if let Some(meta) = one.downcast_ref::<ErrorMetadata>() {
            return Some(("the sign-in", meta));
        }
        cause = one.source();
    }
    None
}

/// AWS's sentence on one line; longer than other words, because it ends with what is missing.
fn long_line(text: &str) -> String {
    let words = text.split(|letter: char| letter.is_control() || letter.is_whitespace());
    words.filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ").chars().take(600).collect()
}

fn is_of_file(error: &(dyn Error + 'static)) -> bool {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.is::<std::io::Error>()
}

/// The innermost cause of `error`, without what a `credential_process` wrote to standard error: that may hold what it is to
/// keep secret.
fn without_words_of_process(error: &dyn Error) -> String {
    let cause = root_cause(error);
    match cause.split_once(". Stderr:") {
        Some((before, _)) => format!("{before}; run the credential_process of the profile by hand to see why"),
        None => cause,
    }
}

/// Whether `error` says that no provider had anything, rather than that one of them failed: it is the chain's, or that of
/// the chain's last provider, the instance metadata, which off EC2 fails in many ways.
fn is_absent<E: Error + 'static>(error: &E) -> bool {
    error.source().is_some_and(|source| source.is::<ProviderChainError<E>>() || source.is::<ImdsError>())
}
