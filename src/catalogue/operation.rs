//! Operations of SDKs and the AWS CLI, and CloudTrail's event names, to the actions that they need.

use std::sync::LazyLock;

use super::{Action, DATA, MARK, Row, Service, action, service, table, tables};

/// Actions of which an operation needs one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Need {
    /// The actions; where there are several, the request decides which: `s3:GetObjectVersion` with a version id.
    pub any_of: Vec<Action>,
    /// Whether every request needs it, not only some.
    pub always: bool,
}

/// What an operation needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Needs {
    /// Each of these.
    Actions(Vec<Need>),
    /// No permission of IAM.
    Nothing,
    /// It has no action of its name, and which it needs is not known.
    NotKnown,
}

/// An operation, `HeadObject`, of an SDK client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The SDK client, `s3`: what follows `aws` on the command line, but for `s3api`. The IAM prefix where there is none.
    pub client: &'static str,
    /// The name in AWS's spelling.
    pub name: &'static str,
    /// The actions.
    pub needs: Needs,
    /// Whether that was confirmed; if not, say "probably".
    pub confirmed: bool,
    /// Whether it simply needs the action of its name.
    pub same_name: bool,
}

/// The operation of an SDK client, CLI command, IAM prefix or endpoint (`s3api`, `lambda`, `monitoring`) and a name:
/// `HeadObject`, `head-object` or as CloudTrail has it, `CreateFunction20150331v2`. Case and hyphens do not matter.
/// An action's own name is also an operation.
pub fn operation(client: &str, name: &str) -> Option<Operation> {
    let clients = clients(if client.eq_ignore_ascii_case("s3api") { "s3" } else { client });
    let find = |name: &str| {
        let of_client =
            |row: &Row| listed(row.field(0), name).or_else(|| same_name(row.field(0), service(row.field(3))?, name));
        let alone = || service(client).and_then(|service| same_name(service.prefix(), service, name));
        clients.iter().find_map(of_client).or_else(alone)
    };
    find(name).or_else(|| find(without_version(name)?))
}

/// An SDK service: its row, and the names that it goes by as [`letters`], the most exact first: client, IAM prefix,
/// service id, endpoint prefix.
struct Client {
    row: Row,
    names: [String; 4],
}

static CLIENTS: LazyLock<Vec<Client>> = LazyLock::new(|| {
    let name = |row: Row, place: usize| String::from_utf8(letters(row.field(place)).collect()).unwrap_or_default();
    table("s").map(|row| Client { row, names: [0, 3, 1, 2].map(|place| name(row, place)) }).collect()
});

/// The SDK services that a name stands for, the most exact first.
fn clients(name: &str) -> Vec<Row> {
    let name: Vec<u8> = letters(name).collect();
    if name.is_empty() {
        return Vec::new();
    }
    let rank = |client: &Client| client.names.iter().position(|own| own.as_bytes() == name);
    let mut clients: Vec<_> = CLIENTS.iter().filter_map(|client| Some((rank(client)?, client.row))).collect();
    clients.sort_by_key(|(rank, _)| *rank);
    clients.into_iter().map(|(_, row)| row).collect()
}

/// The SDK client that a name stands for, `elbv2` for "Elastic Load Balancing v2": as client, IAM prefix, service id or
/// endpoint prefix. None where it stands for several.
pub fn client(name: &str) -> Option<&'static str> {
    let found = clients(name);
    let exact = found.iter().find(|row| [0, 1].iter().any(|place| loosely_equal(row.field(*place), name)));
    let of_prefix = || found.iter().find(|row| loosely_equal(row.field(0), row.field(3)));
    let one = match found.as_slice() {
        [one] => Some(one),
        _ => exact.or_else(of_prefix),
    };
    one.map(|row| row.field(0))
}

/// The SDK clients that have an operation of a name, in AWS's spelling; where several clients share an IAM prefix, the one
/// of that name.
pub fn clients_with(name: &str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    let line = format!("\n{name}");
    let actions = DATA.find(MARK).unwrap_or(DATA.len());
    for at in memchr::memmem::find_iter(DATA.as_bytes(), &line) {
        let before = DATA.get(..at).unwrap_or_default();
        let behind = DATA.get(at + line.len()..).unwrap_or_default();
        if !behind.starts_with(['\t', '\n', '!', '?']) {
            continue;
        }
        let owner = |mark: &str| before.rfind(mark).and_then(|at| before.get(at + mark.len()..)?.lines().next());
        let client = match at > actions {
            true => owner("\n@").and_then(client),
            false => owner("\no\t"),
        };
        if let Some(client) = client.filter(|client| !found.contains(client)) {
            found.push(client);
        }
    }
    found
}

/// An operation that is listed because it does not simply need the action of its name.
fn listed(client: &'static str, name: &str) -> Option<Operation> {
    let is_clients = |line: &&str| line.strip_prefix("o\t") == Some(client);
    let mut operations =
        tables().skip_while(|line| !is_clients(line)).skip(1).take_while(|line| !line.starts_with("o\t"));
    let row = Row(operations.find(|line| loosely_equal(Row(line).field(0), name))?);
    let needs = match (row.field(1), row.field(2)) {
        ("u", _) => Needs::NotKnown,
        (_, "-") => Needs::Nothing,
        (_, text) => Needs::Actions(text.split(',').map(need).collect()),
    };
    let confirmed = matches!(row.field(1), "h" | "v" | "n");
    Some(Operation { client, name: row.field(0), needs, confirmed, same_name: false })
}

/// `?a|b`
fn need(text: &str) -> Need {
    let actions = text.strip_prefix('?').unwrap_or(text);
    Need { any_of: actions.split('|').filter_map(action).collect(), always: !text.starts_with('?') }
}

fn same_name(client: &'static str, service: Service, name: &str) -> Option<Operation> {
    let action = service.actions().find(|action| loosely_equal(action.name(), name))?;
    let needs = Needs::Actions(vec![Need { any_of: vec![action], always: true }]);
    Some(Operation { client, name: action.name(), needs, confirmed: true, same_name: true })
}

/// The name without the version that CloudTrail adds: `20150331`, `20150331v2`, `2020_05_31`.
fn without_version(name: &str) -> Option<&str> {
    let (at, _) = name.match_indices("20").find(|(at, _)| {
        let version = name.get(at + 2..).unwrap_or_default();
        version.len() >= 6 && version.chars().all(|letter| letter.is_ascii_digit() || "_-vV".contains(letter))
    })?;
    name.get(..at).filter(|name| !name.is_empty())
}

/// Whether two names have the same letters and digits, and any, whatever their case and what is between.
fn loosely_equal(one: &str, other: &str) -> bool {
    letters(one).eq(letters(other)) && letters(one).next().is_some()
}

fn letters(text: &str) -> impl Iterator<Item = u8> {
    text.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
}

/// The service of a CloudTrail event source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventSource {
    /// Its IAM prefix.
    pub prefix: &'static str,
    /// Whether that was confirmed; if not, say "probably".
    pub confirmed: bool,
}

/// The service of a CloudTrail `eventSource`, `monitoring.amazonaws.com`.
pub fn event_source(source: &str) -> Option<EventSource> {
    let source = source.strip_suffix(".cn").unwrap_or(source);
    let label = source.strip_suffix(".amazonaws.com").unwrap_or(source);
    let is = |row: &Row, place| row.field(place).eq_ignore_ascii_case(label);
    let by_hand = || {
        let row = table("e").find(|row| is(row, 0))?;
        Some(EventSource { prefix: row.field(1), confirmed: row.field(2) != "?" })
    };
    let sure = |service: Service| EventSource { prefix: service.prefix(), confirmed: true };
    let guess = |service: Service| EventSource { prefix: service.prefix(), confirmed: false };
    let by_endpoint = || {
        let row = table("s").find(|row| is(row, 2) || is(row, 0))?;
        service(row.field(3)).map(guess)
    };
    let by_last_label = || label.rsplit_once('.').and_then(|(_, last)| service(last)).map(guess);
    by_hand().or_else(|| service(label).map(sure)).or_else(by_endpoint).or_else(by_last_label)
}
