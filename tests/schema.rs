//! The schemas in `src/schema/` are those of the types, every golden fits its schema, and the schemas say something.
//! `UPDATE_SCHEMAS=1 cargo test --test schema` writes them anew.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};

use diagnose::schema::schemas;
use serde_json::Value;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_files_are_current() {
    for kind in schemas() {
        let path = root().join("src/schema").join(kind.file);
        let text = serde_json::to_string_pretty(&kind.schema).unwrap() + "\n";
        if std::env::var_os("UPDATE_SCHEMAS").is_some() {
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert_eq!(found, text, "{}: run UPDATE_SCHEMAS=1 cargo test --test schema", kind.file);
    }
}

fn goldens(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            goldens(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "snap") {
            found.push(path);
        }
    }
    found.sort();
}

/// The JSON objects in a golden: a whole text, or what stands on standard output, or its lines.
fn documents(text: &str) -> Vec<Value> {
    let body = text.splitn(3, "---\n").nth(2).unwrap_or_default();
    let stdout = body.split_once("-- stdout\n").map_or(body, |(_, rest)| rest);
    let stdout = stdout.split("-- stderr\n").next().unwrap_or_default();
    match serde_json::from_str(stdout) {
        Ok(value) => vec![value],
        Err(_) => stdout.lines().filter_map(|line| serde_json::from_str(line).ok()).filter(Value::is_object).collect(),
    }
}

#[test]
fn every_golden_fits_its_schema() {
    let mut paths = Vec::new();
    goldens(&root().join("tests"), &mut paths);
    let schemas = schemas();
    let validators: Vec<_> =
        schemas.iter().map(|kind| jsonschema::validator_for(kind.schema.as_value()).unwrap()).collect();
    let mut checked = vec![0; schemas.len()];
    for path in paths {
        let documents = documents(&std::fs::read_to_string(&path).unwrap());
        // SARIF has a schema of its own, against which the run was held that made the golden.
        for document in documents.into_iter().filter(|document| document.get("runs").is_none()) {
            let at = schemas.iter().position(|kind| document.get(kind.member).is_some());
            let at = at.unwrap_or_else(|| panic!("{}: JSON of no known kind: {document}", path.display()));
            let errors: Vec<String> = validators[at]
                .iter_errors(&document)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert!(errors.is_empty(), "{} does not fit {}: {errors:#?}", path.display(), schemas[at].file);
            checked[at] += 1;
        }
    }
    assert!(checked.iter().all(|count| *count > 0), "a schema without a golden: {checked:?}");
}

/// A schema that takes anything proves nothing.
#[test]
fn what_is_no_answer_does_not_fit() {
    let golden = root().join("tests/cli/snapshots/cli__answers__json.snap");
    let good = documents(&std::fs::read_to_string(golden).unwrap()).remove(0);
    let validator = jsonschema::validator_for(schemas()[0].schema.as_value()).unwrap();
    assert!(validator.is_valid(&good));
    let layer = "/results/0/layers/0";
    for (place, value) in [
        ("/schema".to_owned(), Value::from(2)),
        ("/source".to_owned(), "nowhere".into()),
        ("/results/0/verdict".to_owned(), "perhaps".into()),
        ("/results/0/verdict".to_owned(), Value::Null),
        ("/results/0/blocked_by/0/deny".to_owned(), "both".into()),
        (format!("{layer}/layer"), "law".into()),
        (format!("{layer}/outcome"), "denied".into()),
        (format!("{layer}/evidence"), "hearsay".into()),
        ("/results/0/principal/kind".to_owned(), "person".into()),
        ("/results/0/fixes/0/kind".to_owned(), "prayer".into()),
        ("/results/0/fixes/0/patch".to_owned(), serde_json::json!([{"op": "invent", "path": ""}])),
        ("/results/0/fixes/0/document".to_owned(), "text".into()),
        ("/results/0/fixes/0/commands/0".to_owned(), Value::from(1)),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(&place).unwrap_or_else(|| panic!("no {place} in the golden")) = value.clone();
        assert!(!validator.is_valid(&bad), "{place} may be {value}");
    }
    for (place, member) in [("", "results"), ("/results/0", "fixes"), ("/results/0/principal", "arn")] {
        let mut bad = good.clone();
        bad.pointer_mut(place).unwrap().as_object_mut().unwrap().remove(member);
        assert!(!validator.is_valid(&bad), "{place} needs no {member}");
    }
    let mut more = good;
    more["results"][0]["a-field-of-tomorrow"] = Value::from(1);
    assert!(validator.is_valid(&more), "fields may be added");
}
