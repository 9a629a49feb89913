//! Every labelled message is read as labelled; counted by field.

use std::collections::BTreeMap;

use diagnose::eval::DenyKind;
use diagnose::message::{Message, read};
use diagnose::snapshot::Layer;
use serde_json::Value;

/// Records that are labelled wrongly, with the field and the reason.
const WRONG_LABELS: &[(&str, &str, &str)] = &[];

#[derive(Default)]
struct Tally {
    counts: BTreeMap<String, (usize, usize)>,
    differences: Vec<String>,
}

impl Tally {
    fn count(&mut self, id: &str, field: &str, expected: &Value, found: &Value) {
        let entry = self.counts.entry(field.to_owned()).or_default();
        entry.1 += 1;
        if expected == found {
            entry.0 += 1;
        } else if !WRONG_LABELS.iter().any(|(record, wrong, _)| *record == id && *wrong == field) {
            self.differences.push(format!("{id} {field}\n   expected {expected}\n   found    {found}"));
        }
    }
}

fn layer(layer: Option<Layer>) -> Value {
    let code = layer.map(|layer| match layer {
        Layer::ServiceControl => "scp",
        Layer::ResourceControl => "rcp",
        Layer::VpcEndpoint => "vpc-endpoint",
        Layer::Resource => "resource",
        Layer::Trust => "trust",
        Layer::Identity => "identity",
        Layer::Boundary => "boundary",
        Layer::Session => "session",
    });
    code.into()
}

fn deny(deny: Option<DenyKind>) -> Value {
    deny.map(|deny| if deny == DenyKind::Explicit { "explicit" } else { "implicit" }).into()
}

/// The fields of the labels, denials without an action among them; those that hold nothing at all left out.
fn found(message: &Message) -> Vec<BTreeMap<&'static str, Value>> {
    let denials = message.denials.iter().map(|denial| {
        BTreeMap::from([
            ("principal", denial.principal.clone().into()),
            ("action", denial.action.clone().into()),
            ("resource", denial.resource.clone().into()),
            ("deny", deny(denial.deny)),
            ("layer", layer(denial.layer)),
            ("policy_arn", denial.policy_arn.clone().into()),
            ("authorization_id", denial.authorization_id.clone().into()),
            ("authorization_region", denial.authorization_region.clone().into()),
            ("via", layer(denial.via)),
            ("encoded", denial.encoded.clone().into()),
            ("count", denial.count.into()),
            ("resource_cut", denial.resource_cut.into()),
            ("role", denial.role.clone().into()),
            ("client", denial.wrapping.client.into()),
            ("error_code", denial.wrapping.error_code.clone().into()),
            ("operation", denial.wrapping.operation.clone().into()),
            ("request_id", denial.wrapping.request_id.clone().into()),
            ("service", denial.wrapping.service.clone().into()),
        ])
    });
    let unfinished = message.unfinished.iter().map(|unfinished| {
        BTreeMap::from([
            ("principal", unfinished.principal.clone().into()),
            ("action", Value::Null),
            ("resource", unfinished.resource.clone().into()),
            ("deny", deny(unfinished.deny)),
            ("layer", layer(unfinished.layer)),
            ("policy_arn", unfinished.policy_arn.clone().into()),
        ])
    });
    let unfinished = unfinished.filter(|fields| fields.values().any(|value| *value != Value::Null));
    denials.chain(unfinished).collect()
}

fn compare(record: &Value, tally: &mut Tally) {
    let id = record["id"].as_str().unwrap();
    let message = read(record["raw"].as_str().unwrap().as_bytes());
    let expected = &record["expected"];
    let labelled = expected["denials"].as_array().unwrap();
    let found = found(&message);
    tally.count(id, "denials", &labelled.len().into(), &found.len().into());
    for (number, label) in labelled.iter().enumerate() {
        for (field, value) in label.as_object().unwrap() {
            let own = found.get(number).and_then(|fields| fields.get(field.as_str())).unwrap_or(&Value::Null);
            tally.count(id, &format!("denials.{field}"), value, own);
        }
    }
    let encoded = message.denials.iter().any(|denial| denial.encoded.is_some())
        || message.bare.iter().any(|bare| bare.encoded.is_some())
        || message.wrapping.encoded.is_some();
    let codes: Vec<&str> = message.others.iter().map(|other| other.code).collect();
    for (field, value) in expected.as_object().unwrap() {
        let wrapping = &message.wrapping;
        let own: Value = match field.as_str() {
            "encoded" => encoded.into(),
            "error_code" => wrapping.error_code.clone().into(),
            "request_id" => wrapping.request_id.clone().into(),
            "operation" => wrapping.operation.clone().into(),
            "service" => wrapping.service.clone().into(),
            "client" => wrapping.client.into(),
            "bare" => message.bare.len().into(),
            "unfinished" => message.unfinished.len().into(),
            "others" => {
                for code in value.as_array().unwrap() {
                    tally.count(id, "others", &true.into(), &codes.contains(&code.as_str().unwrap()).into());
                }
                continue;
            }
            _ => continue,
        };
        tally.count(id, field, value, &own);
    }
}

fn check(records: &str) {
    let mut tally = Tally::default();
    for line in records.lines() {
        compare(&serde_json::from_str(line).unwrap(), &mut tally);
    }
    for (field, (right, all)) in &tally.counts {
        println!("{field} {right}/{all}");
    }
    assert!(tally.differences.is_empty(), "{} differences\n{}", tally.differences.len(), tally.differences.join("\n"));
}

#[test]
fn the_corpus_is_read_as_labelled() {
    check(include_str!("../../fixtures/messages/corpus.jsonl"));
}

#[test]
fn further_messages_are_read_as_labelled() {
    check(include_str!("../../fixtures/messages/more.jsonl"));
}
