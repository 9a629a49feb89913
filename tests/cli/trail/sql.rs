//! The query, run by a real engine over the events as a table with CloudTrail's columns: its result gives the same groups.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::program::{diagnose, on_logs};

const VERSION: &str = "1.4.1";

/// Loads the events as the table of Athena's guide or as an event data store, runs a query and writes CSV.
///
/// Source: Athena User Guide, "Create a table for CloudTrail logs"; CloudTrail User Guide, "Supported SQL schemas for event
/// data stores".
const SCRIPT: &str = r#"
import csv, json, sys
import duckdb
dialect, events, query, out = sys.argv[1:]
issuer = "STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, username VARCHAR)"
more = ", sourceidentity VARCHAR" if dialect == "lake" else ""
session = f"STRUCT(attributes STRUCT(mfaauthenticated VARCHAR, creationdate VARCHAR), sessionissuer {issuer}{more})"
identity = ("STRUCT(type VARCHAR, principalid VARCHAR, arn VARCHAR, accountid VARCHAR, invokedby VARCHAR, accesskeyid VARCHAR, "
            f"username VARCHAR, sessioncontext {session})")
text = ["eventsource", "eventname", "awsregion", "sourceipaddress", "useragent", "errorcode", "errormessage", "requestid",
        "eventid", "vpcendpointid"]
types = {name: "VARCHAR" for name in text} | {"useridentity": identity,
    "eventtime": "TIMESTAMP" if dialect == "lake" else "VARCHAR",
    "requestparameters": "MAP(VARCHAR, VARCHAR)" if dialect == "lake" else "VARCHAR",
    "resources": "STRUCT(arn VARCHAR, accountid VARCHAR, type VARCHAR)[]"}
def lower(value, depth=0):
    if isinstance(value, dict):
        return {name.lower(): lower(inner) for name, inner in value.items()}
    return [lower(item) for item in value] if isinstance(value, list) else value
rows = []
for line in open(events):
    event = json.loads(line)
    parameters = event.get("requestParameters")
    row = {name: lower(event).get(name) for name in types}
    if parameters is not None:
        plain = lambda value: value if isinstance(value, str) else json.dumps(value)
        row["requestparameters"] = ({name: plain(value) for name, value in parameters.items()} if dialect == "lake"
                                    else json.dumps(parameters))
    rows.append(row)
base = duckdb.connect()
base.execute("CREATE MACRO json_format(value) AS CAST(value AS VARCHAR)")
columns = ", ".join(f"{name} {kind}" for name, kind in types.items())
base.execute(f'CREATE TABLE "logs" ({columns})')
import tempfile
with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as file:
    file.writelines(json.dumps(row) + "\n" for row in rows)
    file.flush()
    kinds = "{" + ", ".join(f"'{name}': '{kind}'" for name, kind in types.items()) + "}"
    base.execute(f"INSERT INTO logs SELECT {', '.join(types)} FROM read_json('{file.name}', format='newline_delimited', columns={kinds})")
found = base.execute(open(query).read())
names = [column[0] for column in found.description]
with open(out, "w", newline="") as file:
    writer = csv.writer(file, quoting=csv.QUOTE_ALL)
    writer.writerow(names)
    writer.writerows(["" if value is None else str(value) for value in row] for row in found.fetchall())
"#;

/// A Python with DuckDB of the pinned version, in a virtual environment under `target/`, made the first time.
fn python() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let folder = tmp.join(format!("duckdb-{VERSION}"));
    let python = folder.join("bin/python");
    let lock = File::create(tmp.join("duckdb.lock")).unwrap();
    lock.lock().unwrap();
    let has = || Command::new(&python).args(["-c", "import duckdb"]).output().is_ok_and(|done| done.status.success());
    if !has() {
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder).status();
        assert!(made.is_ok_and(|status| status.success()), "this test needs Python 3 with venv on PATH as `python3`");
        let requirement = format!("duckdb=={VERSION}");
        let pip = Command::new(&python).args(["-m", "pip", "install", "--quiet", &requirement]).output().unwrap();
        assert!(has(), "could not install {requirement}: {}", String::from_utf8_lossy(&pip.stderr));
    }
    python
}

#[test]
fn the_result_of_the_query_gives_the_same_groups() {
    let events = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cloudtrail/events.jsonl");
    let folder = tempfile::tempdir().unwrap();
    for dialect in ["athena", "lake"] {
        for times in ["", " --since 2026-11-21T10:00:00Z --until 2026-11-21T19:00:00Z"] {
            let wanted = on_logs("events.jsonl -o jsonl").args(times).outcome().stdout;
            let query = diagnose("trail --table logs --sql").arg(dialect).args(times).outcome().stdout;
            let (file, out) = (folder.path().join("query.sql"), folder.path().join("result.csv"));
            std::fs::write(&file, query).unwrap();
            let run =
                Command::new(python()).args(["-c", SCRIPT, dialect]).args([&events, &file, &out]).output().unwrap();
            assert!(run.status.success(), "{dialect}: {}", String::from_utf8_lossy(&run.stderr));
            let result = std::fs::read(&out).unwrap();
            let found = diagnose("trail result.csv -o jsonl").file("result.csv", result).outcome();
            assert_eq!(found.stdout, wanted, "{dialect}{times}");
        }
    }
}
