//! How the call was made: when, through which network, and whether a service made it for the principal.

use super::{Given, absent, assume, derive};
use crate::condition::parse_date;
use crate::context::{Basis, Context, Fact, Value};

/// Keys of requests through a VPC endpoint; `aws:SourceIp` is then missing, and the other way round.
const ENDPOINT_KEYS: [&str; 3] = ["aws:SourceVpc", "aws:SourceVpce", "aws:VpcSourceIp"];

/// Keys that name the services which made the call for the principal, one after another.
const CALLED_VIA: [&str; 3] = ["aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast"];

/// The key by which KMS names the service through which it is used.
const KMS_VIA: &str = "kms:ViaService";

pub(super) fn time(context: &mut Context, given: &Given) {
    let said = |key: &str| match context.fact(key) {
        Fact::Value(value) => value.items.first().and_then(|item| parse_date(item)),
        Fact::Present | Fact::Like(_) | Fact::Absent | Fact::Unknown => None,
    };
    let said = said("aws:currenttime").or_else(|| said("aws:epochtime"));
    let basis = match (said, given.is_then) {
        (Some(_), _) => Basis::Derived("the time that was given"),
        (None, true) => Basis::Derived("when the call was refused; at another time the answer may be another"),
        (None, false) => Basis::Clock,
    };
    let now = said.unwrap_or(given.now);
    context.set_if_missing("aws:CurrentTime", Fact::Value(Value::one(now.to_string())), basis);
    context.set_if_missing("aws:EpochTime", Fact::Value(Value::one(now.as_second().to_string())), basis);
}

pub(super) fn network(context: &mut Context) {
    let is_given = |context: &Context, name: &str| context.entry(&name.to_lowercase()).is_some();
    if ENDPOINT_KEYS.iter().any(|name| is_given(context, name)) {
        absent(context, "aws:SourceIp", "the request passes a VPC endpoint");
    } else if is_given(context, "aws:SourceIp") {
        for name in ENDPOINT_KEYS {
            absent(context, name, "the request comes from a public address");
        }
    }
    assume(context, "aws:SecureTransport", "true", "the SDKs and the AWS CLI use TLS");
}

/// Whether a service made the call with the principal's credentials, and which. `is_open`: nobody knows.
///
/// Source: IAM User Guide, "Forward access sessions", `aws:ViaAWSService`, `aws:CalledVia` ("AWS global condition context
/// keys": a direct call has no `aws:CalledVia`, and not every service that calls adds itself to it); KMS Developer Guide,
/// `kms:ViaService`.
pub(super) fn forwarded(context: &mut Context, is_open: bool) {
    let is_named = |name: &str| match context.fact(&name.to_lowercase()) {
        Fact::Value(value) => !value.is_null(),
        Fact::Present | Fact::Like(_) => true,
        Fact::Absent | Fact::Unknown => false,
    };
    let by_key = CALLED_VIA.into_iter().chain([KMS_VIA]).any(is_named);
    if by_key {
        derive(context, "aws:ViaAWSService", "true", "the service that made the call is named");
    }
    first_and_last(context);
    match context.entry("aws:viaawsservice").map(|entry| &entry.fact) {
        Some(Fact::Value(value)) if value.items.iter().all(|item| item.eq_ignore_ascii_case("false")) => {
            for name in CALLED_VIA.into_iter().chain([KMS_VIA]) {
                absent(context, name, "no service made the call on the principal's behalf");
            }
        }
        None if !is_open => {
            let because = "nothing says that a service made the call on the principal's behalf";
            assume(context, "aws:ViaAWSService", "false", because);
            for name in CALLED_VIA {
                context.set_if_missing(name, Fact::Absent, Basis::Assumed(because));
            }
        }
        Some(_) | None => {}
    }
}

/// The ends of the chain, where the whole of it is known: an event of CloudTrail tells its last service alone.
fn first_and_last(context: &mut Context) {
    let Fact::Value(chain) = context.fact("aws:calledvia") else { return };
    let ends = chain.items.first().cloned().zip(chain.items.last().cloned());
    if let Some((first, last)) = ends.filter(|_| context.entry("aws:calledvialast").is_none()) {
        derive(context, "aws:CalledViaFirst", &first, "the first service of aws:CalledVia");
        derive(context, "aws:CalledViaLast", &last, "the last service of aws:CalledVia");
    }
}
