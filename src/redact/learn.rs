//! Learns names by their places: in arguments, in what was read of a principal, in documents, in messages.

use super::known::{is_service, is_service_like};
use super::words::is_our_word;
use super::{Kind, Redactor};
use crate::message::{Denial, Message, Wrapping};
use crate::policy::json::{Layout, Value};
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Layer, Origin, Policy, Reading, Snapshot, Unreadable, Use};
use crate::suite::{SourceWanted, StatementWanted, Test};
use crate::trail::Group;

impl Redactor {
    /// A test of a file of expectations: who and what it names.
    pub fn test(&mut self, test: &Test) {
        self.place_name(&test.name, Kind::Test);
        test.role.iter().for_each(|role| self.value(role, Kind::Role));
        test.user.iter().for_each(|user| self.value(user, Kind::User));
        let StatementWanted { policy, sid, statement: _ } = &test.statement;
        policy.iter().for_each(|policy| self.value(policy, Kind::Policy));
        sid.iter().for_each(|sid| self.value(sid, Kind::Sid));
        for text in test.principal.iter().chain(&test.actions).chain(&test.resources).chain(&test.resource_account) {
            self.value(text, Kind::Name);
        }
        for (key, value) in &test.context {
            self.key(key);
            value.items.iter().for_each(|value| self.value(value, Kind::Value));
        }
        let SourceWanted {
            snapshot, identity_policy, boundary, no_boundary: _, session_policy, resource_policy, ..
        } = &test.source;
        let lists = [identity_policy, session_policy, resource_policy, &test.source.vpc_endpoint_policy];
        let more = [&test.source.scp, &test.source.rcp];
        for path in snapshot.iter().chain(boundary).chain(lists.into_iter().chain(more).flatten()) {
            self.argument(path, Kind::File);
        }
    }

    /// What was typed, the program's name first; a value that is a word of ours is none. `is_flag`: there is such a flag.
    pub fn arguments<'a>(&mut self, arguments: impl Iterator<Item = &'a str>, is_flag: impl Fn(&str) -> bool) {
        let mut kind = Kind::Name;
        for argument in arguments.skip(1) {
            let (flag, value) = match argument.split_once('=') {
                Some((flag, value)) if flag.starts_with("--") => (flag, value),
                _ if argument.starts_with("--") => (argument, ""),
                _ => match argument.strip_prefix("-m") {
                    Some(text) => ("-m", text),
                    None => ("", argument),
                },
            };
            match flag.strip_prefix("--") {
                Some(name) if !name.is_empty() && !is_flag(name) => self.name(name, Kind::Name),
                _ if !flag.is_empty() => kind = kind_of_flag(flag),
                _ => {}
            }
            self.argument(value, kind);
        }
    }

    fn argument(&mut self, value: &str, kind: Kind) {
        let is_file = value.contains('/') && !value.contains("://") && !value.contains("arn:");
        let ends = [".json", ".toml", ".yaml", ".log", ".txt", ".gz"];
        let is_file = is_file || ends.iter().any(|end| value.ends_with(end));
        let kind = if kind == Kind::Name && is_file { Kind::File } else { kind };
        // A message is read by who knows messages.
        if value.is_empty()
            || value.starts_with('-')
            || is_our_word(value)
            || value.contains(char::is_whitespace) && kind == Kind::Name
        {
            return;
        }
        match value.split_once('=') {
            Some((name, value)) if !value.is_empty() => {
                if kind == Kind::Value {
                    self.key(name);
                } else {
                    self.value(name, Kind::Policy);
                }
                self.value(value, kind);
            }
            _ => self.value(value, kind),
        }
        if kind == Kind::File {
            self.file(value);
        }
    }

    /// A path: its last part alone and without its ending is the name of a policy.
    fn file(&mut self, path: &str) {
        let path = path.rsplit('=').next().unwrap_or(path);
        let last = path.rsplit(['/', '\\']).next().unwrap_or(path);
        let stem = last.rsplit_once('.').map_or(last, |(stem, _)| stem);
        for part in path.split(['/', '\\']).chain([last]) {
            self.name(part, Kind::File);
        }
        self.name(stem, Kind::Policy);
    }

    /// A value of a variable of the environment: a profile's name, a home folder.
    pub fn variable_of_environment(&mut self, value: &str) {
        self.name(value, Kind::Name);
    }

    /// Everything that was read for an answer.
    pub fn snapshot(&mut self, snapshot: &Snapshot) {
        if !self.on {
            return;
        }
        self.principal(&snapshot.principal);
        for (key, value) in snapshot.tags.iter().flatten() {
            self.name(key, Kind::Tag);
            self.value(value, Kind::Value);
        }
        self.holders(snapshot);
        snapshot.trust_policy.iter().for_each(|policy| self.policy(policy));
        for layer in Layer::ALL {
            for attached in snapshot.layers.attached(layer) {
                attached.to.iter().for_each(|to| self.value(to, Kind::Id));
            }
            for reading in snapshot.layers.readings(layer) {
                self.reading(reading);
            }
        }
    }

    /// Who else has the policies.
    fn holders(&mut self, snapshot: &Snapshot) {
        let Some(sharing) = &snapshot.layers.sharing else { return };
        let policies = [Layer::Identity, Layer::Boundary].into_iter().flat_map(|layer| snapshot.layers.policies(layer));
        for arn in policies.filter_map(|policy| policy.arn.as_deref()) {
            let all = Use::ALL.into_iter().filter_map(|how| sharing.of(how, arn));
            for holder in all.flat_map(|holders| &holders.first) {
                self.principal(&Principal::from_arn(holder).unwrap_or_else(Principal::unknown));
                self.value(holder, Kind::Name);
                if let Some((_, group)) = holder.split_once(":group/") {
                    self.place_name(group.rsplit('/').next().unwrap_or(group), Kind::Group);
                }
            }
        }
    }

    fn reading(&mut self, reading: &Reading) {
        if let Reading::Levels(levels) = reading {
            for level in levels {
                level.target.iter().for_each(|target| self.value(target, Kind::Id));
                level.policies.iter().for_each(|policy| self.policy(policy));
            }
        }
    }

    fn principal(&mut self, who: &Principal) {
        let kind = match who.kind {
            PrincipalKind::Role | PrincipalKind::AssumedRole => Kind::Role,
            PrincipalKind::User | PrincipalKind::FederatedUser => Kind::User,
            PrincipalKind::Root | PrincipalKind::Service | PrincipalKind::Anonymous | PrincipalKind::Unknown => {
                Kind::Name
            }
        };
        who.name.iter().for_each(|name| self.place_name(name, kind));
        who.permission_set().iter().for_each(|set| self.place_name(set, Kind::Policy));
        who.session.iter().for_each(|name| self.place_name(name, Kind::Session));
        who.account.iter().for_each(|account| self.name(account, Kind::Account));
        who.unique_id.iter().for_each(|id| self.name(id, Kind::Key));
        for arn in who.arn.iter().chain(&who.entity_arn) {
            self.value(arn, Kind::Name);
        }
    }

    fn policy(&mut self, policy: &Policy) {
        if policy.origin != Origin::AwsManaged {
            self.name(&policy.name, Kind::Policy);
            // `trust policy of MyRole`, `MyRole/Inline`.
            policy.arn.iter().for_each(|arn| self.value(arn, Kind::Policy));
            if let Origin::Group(group) = &policy.origin {
                self.name(group, Kind::Group);
            }
        }
        policy.version.iter().for_each(|version| self.name(version, Kind::Name));
        policy.file.iter().for_each(|file| self.file(&file.path));
        match &policy.document {
            Ok(document) => self.document(&document.text),
            Err(Unreadable::Malformed { text, .. }) => self.document(text),
            Err(Unreadable::NotRead(_)) => {}
        }
    }

    /// A policy document: what its parts are by their places, then every other text in it.
    pub fn document(&mut self, text: &str) {
        if let Ok(layout) = Layout::read(text) {
            self.member("", &layout.root(text), Kind::Name, 0);
        }
        for literal in literals(text) {
            self.value(literal, Kind::Name);
            if let Ok(decoded) = serde_json::from_str::<String>(&format!("\"{literal}\"")) {
                self.value(&decoded, Kind::Name);
            }
        }
    }

    fn member(&mut self, key: &str, value: &Value<'_>, kind: Kind, depth: usize) {
        if depth > 16 {
            return;
        }
        let kind = match key.to_ascii_lowercase().as_str() {
            "sid" => Kind::Sid,
            "condition" => Kind::Value,
            _ => kind,
        };
        for member in value.members_or_none() {
            self.key(&member.key);
            self.member(&member.key, &member.value, kind, depth + 1);
        }
        value.items().for_each(|item| self.member("", &item, kind, depth + 1));
        if let Some(text) = value.string() {
            self.value(&text, kind);
        }
    }

    /// What a pasted message says.
    pub fn message(&mut self, message: &Message) {
        for denial in &message.denials {
            self.denial(denial);
        }
        for cut in &message.unfinished {
            let texts = [&cut.principal, &cut.resource, &cut.policy_arn];
            texts.into_iter().flatten().for_each(|text| self.said(text));
            self.wrapping(&cut.wrapping);
        }
        message.bare.iter().chain([&message.wrapping]).for_each(|wrapping| self.wrapping(wrapping));
    }

    /// What the events of CloudTrail behind a group of denials say.
    pub fn group(&mut self, group: &Group) {
        group.calls().flat_map(|call| &call.denials).for_each(|denial| self.denial(denial));
        group.resources().chain(&group.who.arn).chain(&group.policy_arn).for_each(|text| self.said(text));
        for id in group.who.id.iter().chain(group.calls().filter_map(|call| call.user_id.as_ref())) {
            let (id, session) = id.split_once(':').unwrap_or((id, ""));
            self.name(id, Kind::Id);
            self.place_name(session, Kind::Session);
        }
        for action in group.actions.iter().filter(|action| crate::catalogue::action(action).is_none()) {
            self.value(action, Kind::Name);
        }
    }

    fn denial(&mut self, denial: &Denial) {
        let texts = [&denial.principal, &denial.role, &denial.resource, &denial.policy_arn];
        texts.into_iter().flatten().for_each(|text| self.said(text));
        if let Some(said) = &denial.statement {
            said.sid.iter().for_each(|sid| self.value(sid, Kind::Sid));
            said.resources.iter().for_each(|text| self.said(text));
        }
        let ids = [&denial.authorization_id, &denial.encoded];
        ids.into_iter().flatten().for_each(|id| self.name(id, Kind::Id));
        for (key, values) in &denial.context {
            self.key(key);
            values.iter().for_each(|value| self.value(value, Kind::Value));
        }
        self.wrapping(&denial.wrapping);
    }

    fn wrapping(&mut self, wrapping: &Wrapping) {
        let ids = [&wrapping.request_id, &wrapping.encoded];
        ids.into_iter().flatten().for_each(|id| self.name(id, Kind::Id));
    }

    /// A principal or resource as a message prints it: an ARN, a name, or `role NAME`.
    fn said(&mut self, text: &str) {
        self.value(text, Kind::Name);
        if let Some((word, name)) = text.split_once(' ').filter(|(word, _)| is_our_word(word)) {
            let kind = match word {
                "role" => Kind::Role,
                "user" => Kind::User,
                "policy" => Kind::Policy,
                _ => Kind::Name,
            };
            self.value(name, kind);
        }
    }

    /// A value that may be a pattern or an ARN: its pieces, and all of it where an ARN ends early for who reads on.
    pub(super) fn value(&mut self, text: &str, kind: Kind) {
        if matches!(kind, Kind::Role | Kind::User) && !text.starts_with("arn:") {
            self.place_name(text, kind);
        }
        if kind == Kind::Value && is_service_like(text) {
            self.place_name(text, kind);
        }
        if !self.on || super::words::is_well_known(text) {
            return;
        }
        if text.starts_with("arn:") {
            self.arn(text);
            if text.contains(|letter: char| letter.is_whitespace() || "\"'`<>|;()[]…\\".contains(letter)) {
                self.name(text, Kind::Name);
            }
        } else if text.contains(['*', '?', '$']) {
            self.pieces(text, kind);
        } else if text.contains(' ') && text.len() > 1024 {
            // Prose, or a file in a value: its words are no names.
        } else {
            self.name(text, kind);
            // The parts of an action of nobody knows what service.
            text.split(':').filter(|part| part.len() > 2).for_each(|part| self.name(part, kind));
            // The `Sid` and the name of a policy that a fix makes of it.
            if let Some((service, name)) = text.split_once(':') {
                self.name(&(capital(service) + &capital(name)), kind);
                if !is_service(service) {
                    self.name(&(capital(service) + "Actions"), kind);
                }
            }
        }
    }
}

/// Letters and digits alone, the first a capital.
fn capital(text: &str) -> String {
    let mut letters = text.chars().filter(char::is_ascii_alphanumeric);
    letters
        .next()
        .map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + &letters.collect::<String>())
}

/// What the value of a flag is.
fn kind_of_flag(flag: &str) -> Kind {
    match flag {
        "--role" => Kind::Role,
        "--user" => Kind::User,
        "--context" => Kind::Value,
        "--snapshot"
        | "--decoded"
        | "--identity-policy"
        | "--boundary"
        | "--session-policy"
        | "--resource-policy"
        | "--vpc-endpoint-policy"
        | "--scp"
        | "--rcp"
        | "--out" => Kind::File,
        "--resource-account" => Kind::Account,
        _ => Kind::Name,
    }
}

/// The strings of a JSON text as they stand, without their quotes; of a broken text as far as they can be told.
fn literals(text: &str) -> Vec<&str> {
    let mut all = Vec::new();
    let mut start: Option<usize> = None;
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate() {
        match (start, byte) {
            _ if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(from), b'"') => {
                all.extend(text.get(from..at));
                start = None;
            }
            (None, b'"') => start = Some(at + 1),
            _ => {}
        }
    }
    all
}
