//! Who a denial is about, from what the text prints.

use crate::arn::{Arn, is_account_id};
use crate::message::Denial;
use crate::principal::{Principal, PrincipalKind};

/// The principal of a denial; `None` where the text names nobody that AWS knows by a name.
pub(super) fn of(denial: &Denial) -> Option<Principal> {
    let printed = denial.principal.as_deref();
    let session = printed.and_then(Principal::from_arn);
    // The role's ARN with its path says more than the session's.
    if let Some(role) = denial.role.as_deref().and_then(Principal::from_arn) {
        return match session.filter(|session| session.kind == PrincipalKind::AssumedRole) {
            Some(session) => Some(Principal { entity_arn: role.arn, ..session }),
            None => Some(role),
        };
    }
    session.or_else(|| printed.and_then(masked))
}

/// A principal whose account is masked (`***`): its name is left.
fn masked(text: &str) -> Option<Principal> {
    let arn = Arn::parse(text).filter(|arn| !is_account_id(arn.account))?;
    let mut parts = arn.resource.split('/');
    let kind = parts.next()?;
    let is_name = |name: &&str| !name.is_empty() && !name.contains(['*', '<', '#', '[']);
    match kind {
        "assumed-role" => Some(Principal::named(PrincipalKind::Role, parts.next().filter(is_name)?)),
        "role" => Some(Principal::named(PrincipalKind::Role, parts.next_back().filter(is_name)?)),
        "user" => Some(Principal::named(PrincipalKind::User, parts.next_back().filter(is_name)?)),
        _ => None,
    }
}
