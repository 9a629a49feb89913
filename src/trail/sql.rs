//! The query that finds the same denials in Athena or CloudTrail Lake, for organizations whose trail does not fit one
//! machine. Its result is read back as any other input.
//!
//! Sources: Athena User Guide, "Query AWS CloudTrail logs"; CloudTrail User Guide, "Supported SQL schemas for event data
//! stores" and "CloudTrail Lake SQL constraints".

use std::fmt::Write as _;

use jiff::Timestamp;

use crate::message::event::{CODES, SENTENCES};

/// Whose SQL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// Athena, over the table that its guide makes of a trail's files.
    Athena,
    /// CloudTrail Lake, over an event data store.
    Lake,
}

/// The columns, each with what it is called in the result.
const COLUMNS: [(&str, &str); 22] = [
    ("eventid", "eventid"),
    ("eventtime", "eventtime"),
    ("eventsource", "eventsource"),
    ("eventname", "eventname"),
    ("awsregion", "awsregion"),
    ("errorcode", "errorcode"),
    ("errormessage", "errormessage"),
    ("requestid", "requestid"),
    ("sourceipaddress", "sourceipaddress"),
    ("useragent", "useragent"),
    ("vpcendpointid", "vpcendpointid"),
    ("useridentity.type", "identity_type"),
    ("useridentity.arn", "identity_arn"),
    ("useridentity.principalid", "identity_id"),
    ("useridentity.accountid", "identity_account"),
    ("useridentity.invokedby", "invoked_by"),
    ("useridentity.sessioncontext.sessionissuer.arn", "issuer_arn"),
    ("useridentity.sessioncontext.attributes.mfaauthenticated", "mfa"),
    ("useridentity.sessioncontext.attributes.creationdate", "session_created"),
    ("useridentity.sessioncontext.sourceidentity", "source_identity"),
    ("requestparameters", "requestparameters"),
    ("json_format(CAST(resources AS JSON))", "resources"),
];

/// The query over a table, a row for each refused call. `None` where the table's name cannot be one.
///
/// The name is one to three parts, `cloudtrail_logs` or `catalog.database.table`, each of letters, digits, `_` and `-`;
/// of Lake, the id of the event data store.
pub fn query(dialect: Dialect, table: &str, since: Option<Timestamp>, until: Option<Timestamp>) -> Option<String> {
    let table = quoted(dialect, table)?;
    let columns: Vec<String> = COLUMNS
        .iter()
        // The table of Athena's guide has no such field.
        .filter(|(_, name)| dialect == Dialect::Lake || *name != "source_identity")
        .map(|(column, name)| match (dialect, *column) {
            (Dialect::Lake, "requestparameters") => {
                format!("json_format(CAST({column} AS JSON)) AS {name}")
            }
            (_, column) if column == *name => column.to_owned(),
            (_, column) => format!("{column} AS {name}"),
        })
        .collect();
    let codes = CODES.iter().map(|code| format!("errorcode LIKE '%{code}%'"));
    let words = SENTENCES.iter().map(|words| format!("errormessage LIKE '%{}%'", words.replace('\'', "''")));
    let denied: Vec<String> = codes.chain(words).collect();
    let mut query = format!(
        "SELECT\n  {}\nFROM {table}\nWHERE errorcode IS NOT NULL\n  AND ({})\n",
        columns.join(",\n  "),
        denied.join("\n    OR ")
    );
    for (operator, time) in [(">=", since), ("<=", until)] {
        if let Some(time) = time {
            let _ = writeln!(query, "  AND eventtime {operator} {}", written(dialect, time));
        }
    }
    Some(query)
}

/// A time as the column holds it: text in Athena, a timestamp in Lake.
fn written(dialect: Dialect, time: Timestamp) -> String {
    match dialect {
        Dialect::Athena => format!("'{}'", time.strftime("%Y-%m-%dT%H:%M:%SZ")),
        Dialect::Lake => format!("TIMESTAMP '{}'", time.strftime("%Y-%m-%d %H:%M:%S")),
    }
}

/// The name, quoted as the dialect wants it.
fn quoted(dialect: Dialect, table: &str) -> Option<String> {
    let is_name = |part: &str| {
        let valid = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        (1..=255).contains(&part.len()) && part.bytes().all(valid)
    };
    let parts: Vec<&str> = table.split('.').collect();
    let fits = match dialect {
        Dialect::Athena => (1..=3).contains(&parts.len()),
        Dialect::Lake => parts.len() == 1,
    };
    if !fits || !parts.iter().all(|part| is_name(part)) {
        return None;
    }
    match dialect {
        Dialect::Athena => Some(parts.iter().map(|part| format!("\"{part}\"")).collect::<Vec<_>>().join(".")),
        // Lake takes the bare id of an event data store.
        Dialect::Lake => Some(table.to_owned()),
    }
}
