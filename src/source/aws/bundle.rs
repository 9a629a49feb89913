//! Who may sign for AWS, where a company's proxy does: the certificates in the file of `AWS_CA_BUNDLE`, else of `ca_bundle`
//! in the profile, in place of the system's own.
//!
//! Source: AWS CLI User Guide, "Environment variables" (`AWS_CA_BUNDLE` overrides `ca_bundle`) and "Configuration and
//! credential file settings" (`ca_bundle`); RFC 7468, section 5 (a certificate as text).

use aws_config::profile::ProfileSet;
use aws_sdk_iam::config::SharedHttpClient;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::AwsError;
use super::connect::set;
use super::failure::{one_line, root_cause};
use crate::source::files;

/// A client that trusts the certificates of the bundle and no others; `None` where no bundle is named.
///
/// # Errors
/// Where its file cannot be read or holds nothing that can be trusted.
pub(super) fn client(profiles: &ProfileSet) -> Result<Option<SharedHttpClient>, AwsError> {
    let of_profile = || Some(("`ca_bundle` of the AWS profile", profiles.get("ca_bundle")?.to_owned()));
    let Some((name, path)) = set("AWS_CA_BUNDLE").map(|path| ("AWS_CA_BUNDLE", path)).or_else(of_profile) else {
        return Ok(None);
    };
    let refused = |why: String| AwsError::Settings {
        detail: format!("{name} is `{}`: {why}; correct or unset it", one_line(&path)),
    };
    let file = std::path::Path::new(&path);
    let text = std::fs::read(file).map_err(|error| refused(files::words(file, &error, "no such file")))?;
    let store = certificates(&text).map_err(|why| refused(why.to_owned()))?.iter().fold(TrustStore::empty(), trusting);
    let context = TlsContext::builder().with_trust_store(store).build().map_err(|error| refused(root_cause(&error)))?;
    // But for its certificates it is the SDK's own, which takes its proxies from the environment.
    Ok(Some(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
            .tls_context(context.clone())
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.set_sleep_impl(components.and_then(|components| components.sleep_impl()));
        connector.build()
    })))
}

/// The certificates in `text` that can be trusted. Beside them there may be others, as in the bundles of operating systems;
/// the SDK's client panics on those.
fn certificates(text: &[u8]) -> Result<Vec<CertificateDer<'static>>, &'static str> {
    let mut all: Vec<CertificateDer<'static>> = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(text) {
        all.push(certificate.map_err(|_| "a certificate in it is cut short or no Base64")?);
    }
    if all.is_empty() {
        return Err("it holds no certificate (as text, between the lines BEGIN CERTIFICATE and END CERTIFICATE)");
    }
    all.retain(|certificate| RootCertStore::empty().add(certificate.clone()).is_ok());
    if all.is_empty() { Err("no certificate in it can be understood") } else { Ok(all) }
}

/// The client reads certificates as text alone.
fn trusting(store: TrustStore, certificate: &CertificateDer<'_>) -> TrustStore {
    let text = STANDARD.encode(certificate);
    store.with_pem_certificate(format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n"))
}
