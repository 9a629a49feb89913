//! Events as rows of a query's result: the columns that `diagnose trail --sql` asks for, and those of the tables themselves
//! (`SELECT *`, the fields of CloudWatch Logs Insights), by their names in any case.

use serde_json::Value;

use super::json::{arns, owners};
use super::rows::value;
use super::{Event, Identity};

impl Event {
    /// The event of a row; `column` gives the text of a column by its name in lower case.
    pub fn of_columns<'a>(column: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |name: &str| column(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let json = |name: &str| column(name).map(value).unwrap_or_default();
        // A column of its own, a field by its path, or a member of the whole structure.
        let whole = json("useridentity");
        let identity = |name: &str, path: &str| {
            let of_whole = || path.split('.').try_fold(&whole, |value, name| member(value, name));
            let own = text(name).or_else(|| text(&format!("useridentity.{path}")));
            own.or_else(|| of_whole().and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned))
        };
        let parameters = json("requestparameters");
        let resources = json("resources");
        Self {
            id: text("eventid"),
            time: text("eventtime"),
            source: text("eventsource"),
            name: text("eventname"),
            error_code: text("errorcode"),
            error_message: text("errormessage"),
            request_id: text("requestid"),
            region: text("awsregion"),
            address: text("sourceipaddress"),
            agent: text("useragent"),
            endpoint: text("vpcendpointid"),
            identity: Identity {
                kind: identity("identity_type", "type"),
                arn: identity("identity_arn", "arn"),
                id: identity("identity_id", "principalid"),
                account: identity("identity_account", "accountid"),
                issuer: identity("issuer_arn", "sessioncontext.sessionissuer.arn"),
                mfa: identity("mfa", "sessioncontext.attributes.mfaauthenticated"),
                created: identity("session_created", "sessioncontext.attributes.creationdate"),
                source_identity: identity("source_identity", "sessioncontext.sourceidentity"),
                invoked_by: identity("invoked_by", "invokedby"),
            },
            resources: arns(&resources),
            owners: owners(&resources),
            versioned: parameters.get("versionId").is_some_and(|id| !id.is_null()),
            parameters,
            context: Vec::new(),
        }
    }
}

/// A member by its name in any case.
fn member<'v>(value: &'v Value, name: &str) -> Option<&'v Value> {
    value.as_object()?.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}
