//! ARNs piece by piece: the form stays, so that a reader still sees what kind of thing is meant.

use super::known::{is_in_arns, is_listed, is_service, is_service_like};
use super::words::{is_region, is_well_known};
use super::{Kind, Redactor};
use crate::arn::Arn;

impl Redactor {
    /// An ARN, or a pattern of ARNs, without names: `arn:aws:iam::ACCOUNT-1:role/NAME-1/ROLE-1`.
    pub(super) fn arn(&mut self, text: &str) -> String {
        // Policies of AWS are the same for everybody.
        if is_well_known(text) {
            return text.to_owned();
        }
        let Some(arn) = Arn::parse(text) else { return self.pieces(text, Kind::Name) };
        let known_service = arn.service.contains('*') || is_service(arn.service);
        let partition = if arn.partition.starts_with("aws") {
            arn.partition.to_owned()
        } else {
            self.pieces(arn.partition, Kind::Name)
        };
        let service = if known_service { arn.service.to_owned() } else { self.pieces(arn.service, Kind::Name) };
        let region = if is_region(arn.region) { arn.region.to_owned() } else { self.pieces(arn.region, Kind::Name) };
        let account = match arn.account {
            "aws" => "aws".to_owned(),
            account => self.pieces(account, Kind::Account),
        };
        format!("arn:{partition}:{service}:{region}:{account}:{}", self.resource(&arn))
    }

    /// The last field. Words that are part of the form of the service's ARNs stay.
    fn resource(&mut self, arn: &Arn<'_>) -> String {
        let mut out = String::new();
        let segments = segments(arn.resource);
        let first = segments.first().map(|segment| segment.trim_end_matches(['/', ':'])).unwrap_or_default();
        let has_type = segments.len() > 1 && is_form(arn.service, first);
        for (number, segment) in segments.iter().enumerate() {
            let name = segment.trim_end_matches(['/', ':']);
            let end = segment.get(name.len()..).unwrap_or_default();
            let is_last = number + 1 == segments.len();
            if segments.len() > 1
                && (is_form(arn.service, name) || matches!(name, "root" | "aws-service-role" | "aws-reserved"))
            {
                out.push_str(name);
            } else {
                let kind = kind(arn, if has_type { first } else { "" }, number, is_last);
                out.push_str(&self.pieces(name, kind));
            }
            out.push_str(end);
        }
        if arn.resource == "root" { "root".to_owned() } else { out }
    }

    /// The pieces of a text between wildcards and policy variables, each by its placeholder.
    pub(super) fn pieces(&mut self, text: &str, kind: Kind) -> String {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['*', '?', '$']) {
            let (before, behind) = rest.split_at(at);
            out.push_str(&self.piece(before, kind));
            let end = match behind.strip_prefix("${").and_then(|inside| inside.find('}')) {
                Some(close) => close + 3,
                None => 1,
            };
            let (mark, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
            out.push_str(&self.variable(mark));
            rest = after;
        }
        out + &self.piece(rest, kind)
    }

    /// `${aws:PrincipalTag/team, 'default'}`: the key stays, what a customer added does not.
    fn variable(&mut self, mark: &str) -> String {
        let Some(inside) = mark.strip_prefix("${").and_then(|rest| rest.strip_suffix('}')) else {
            return mark.to_owned();
        };
        let (key, default) = inside.split_once(',').map_or((inside, None), |(key, default)| (key, Some(default)));
        let key = self.key(key);
        let default = default.map(|text| {
            let name = text.trim().trim_matches('\'');
            format!(", '{}'", self.piece(name, Kind::Value))
        });
        format!("${{{key}{}}}", default.unwrap_or_default())
    }

    /// A condition key without the tag behind it.
    pub(super) fn key(&mut self, key: &str) -> String {
        let known = key.trim();
        if super::words::is_key(known) {
            return key.to_owned();
        }
        match known.split_once('/') {
            Some((prefix, tag)) if is_listed(&format!("{prefix}/x")) => {
                format!("{prefix}/{}", self.piece(tag, Kind::Tag))
            }
            _ => self.piece(key, Kind::Name),
        }
    }

    fn piece(&mut self, text: &str, kind: Kind) -> String {
        let is_named =
            matches!(kind, Kind::Bucket | Kind::Role | Kind::User | Kind::Group | Kind::Policy | Kind::Session);
        if is_named || is_service_like(text) {
            self.place_name(text, kind);
            return self.placeholder(text, kind);
        }
        if super::is_name(text) { self.placeholder(text, kind) } else { text.to_owned() }
    }
}

/// A resource part after each slash and colon, but for those inside of a policy variable.
fn segments(resource: &str) -> Vec<&str> {
    let (mut start, mut inside, mut all) = (0, false, Vec::new());
    for (at, letter) in resource.char_indices() {
        match letter {
            '{' => inside = true,
            '}' => inside = false,
            '/' | ':' if !inside => {
                all.extend(resource.get(start..=at));
                start = at + 1;
            }
            _ => {}
        }
    }
    all.extend(resource.get(start..).filter(|rest| !rest.is_empty()));
    all
}

/// Whether a word is part of the form of a service's ARNs, as `log-group` and `role` are.
fn is_form(service: &str, word: &str) -> bool {
    if word.len() < 2 || word.contains(['*', '?', '$', '{']) {
        return false;
    }
    let more = match service {
        "sts" => matches!(word, "assumed-role" | "federated-user"),
        "iam" => matches!(word, "role" | "user" | "policy" | "group" | "service-role" | "mfa" | "instance-profile"),
        "organizations" => word.ends_with("_policy"),
        _ => false,
    };
    more || is_in_arns(service, word)
}

/// What a piece of an ARN's resource is the name of.
fn kind(arn: &Arn<'_>, form: &str, number: usize, is_last: bool) -> Kind {
    match (arn.service, form) {
        ("s3", "") if number == 0 => Kind::Bucket,
        ("iam", "role") if is_last => Kind::Role,
        ("iam", "user") if is_last => Kind::User,
        ("iam", "policy") if is_last => Kind::Policy,
        ("iam", "group") if is_last => Kind::Group,
        ("sts", "assumed-role") if number == 1 => Kind::Role,
        ("sts", "assumed-role") => Kind::Session,
        ("sts", "federated-user") => Kind::User,
        _ => Kind::Name,
    }
}
