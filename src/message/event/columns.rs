//! Events as rows of a query's result: the columns that `diagnose trail --sql` asks for, by their names in any case.

use serde_json::Value;

use super::json::arns;
use super::{Event, Identity};

impl Event {
    /// The event of a row; `column` gives the text of a column by its name in lower case.
    pub fn of_columns<'a>(column: impl Fn(&str) -> Option<&'a str>) -> Self {
        let text = |name: &str| column(name).filter(|text| !text.is_empty()).map(str::to_owned);
        let json =
            |name: &str| column(name).and_then(|text| serde_json::from_str::<Value>(text).ok()).unwrap_or_default();
        let parameters = json("requestparameters");
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
                kind: text("identity_type"),
                arn: text("identity_arn"),
                id: text("identity_id"),
                account: text("identity_account"),
                issuer: text("issuer_arn"),
                mfa: text("mfa"),
                created: text("session_created"),
                source_identity: text("source_identity"),
                invoked_by: text("invoked_by"),
            },
            resources: arns(&json("resources")),
            versioned: parameters.get("versionId").is_some_and(|id| !id.is_null()),
            parameters,
            context: Vec::new(),
        }
    }
}
