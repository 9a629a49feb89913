//! Whose a document is: the account whose credentials can change it.

use super::{Ask, Fix, grantee};
use crate::arn::{Arn, is_account_id};
use crate::context::Fact;
use crate::request::Request;
use crate::snapshot::{Layer, Snapshot};

/// The account in which a fix is made; `None` where nobody said.
pub(super) fn account(fix: &Fix, ask: &Ask<'_>) -> Option<String> {
    let in_arn = || fix.document.attached_to.as_deref().and_then(grantee::account).filter(|id| is_account_id(id));
    let account = match fix.layer {
        Layer::ServiceControl | Layer::ResourceControl => managing(ask.snapshot, fix.layer),
        Layer::Resource | Layer::Trust => in_arn().or_else(|| of_resource(ask.request)),
        Layer::VpcEndpoint => in_arn(),
        Layer::Identity | Layer::Boundary | Layer::Session => ask.snapshot.principal.account.as_deref(),
    };
    account.map(str::to_owned)
}

/// The account that manages the organization: the one in the ARNs of its policies.
///
/// Source: Service Authorization Reference, AWS Organizations, resource types `policy`.
pub(super) fn managing(snapshot: &Snapshot, layer: Layer) -> Option<&str> {
    let arns = snapshot.layers.policies(layer).filter_map(|policy| policy.arn.as_deref());
    arns.filter_map(Arn::parse).map(|arn| arn.account).find(|account| is_account_id(account))
}

/// The account of the resource that was asked about: a bucket's ARN has none, and the source or a flag may say it.
pub(super) fn of_resource(request: &Request) -> Option<&str> {
    match request.context.fact("aws:resourceaccount") {
        Fact::Value(value) => value.items.first().map(String::as_str),
        Fact::Present | Fact::Like(_) | Fact::Absent | Fact::Unknown => None,
    }
}

/// Whether the credentials that read the principal, of the account `own`, can make the change: it is in that account, or
/// nobody said otherwise.
pub fn is_own(fix: &Fix, own: Option<&str>) -> bool {
    match (fix.layer, &fix.account) {
        (_, Some(account)) => own == Some(account),
        (Layer::ServiceControl | Layer::ResourceControl, None) => false,
        (
            Layer::VpcEndpoint | Layer::Resource | Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session,
            None,
        ) => true,
    }
}

/// Whose credentials a change needs, `account 123456789012`; `own`: the principal's account, which stands for an owner that
/// nobody named.
pub fn credentials(fix: &Fix, own: Option<&str>) -> String {
    let account = fix.account.as_deref();
    match (fix.layer, account) {
        (Layer::ServiceControl | Layer::ResourceControl, Some(account)) => {
            format!("the organization, management account {account}")
        }
        (Layer::ServiceControl | Layer::ResourceControl, None) => "the organization's management account".to_owned(),
        (
            Layer::VpcEndpoint | Layer::Resource | Layer::Trust | Layer::Identity | Layer::Boundary | Layer::Session,
            account,
        ) => account.or(own).map_or_else(|| "the account".to_owned(), |account| format!("account {account}")),
    }
}
