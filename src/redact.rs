//! An answer without the names in it: each becomes a stable placeholder, the same one wherever the name stands.
//!
//! One mechanism for every command and format. What is known by its place (a principal's name, a `Sid`, a value in a
//! document, an argument) is learned first; then every text of the finished report, and every line of an error, is
//! looked through: for what was learned, and for what gives itself away by its form (ARNs, account ids, addresses, keys,
//! paths). Rendering comes after it, so that tables, arrows and line ends fit. What AWS itself says stays: services,
//! actions, condition keys, operators, regions, AWS managed policies.
//!
//! A new report joins by listing its fields, see [`walk`].

mod arn;
mod known;
mod learn;
mod scan;
#[cfg(test)]
mod tests;
pub mod walk;
mod words;

use std::collections::BTreeMap;
use std::rc::Rc;

use aho_corasick::{AhoCorasick, MatchKind};

use crate::fix::terraform::label;
use crate::report::Report;
use walk::Redact;

/// What a name is of; its placeholder says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An account id.
    Account,
    /// An IP address.
    Address,
    /// A bucket.
    Bucket,
    /// An e-mail address.
    Email,
    /// A file or folder.
    File,
    /// A group of users.
    Group,
    /// An id that AWS gave: of a resource, a request, an organization.
    Id,
    /// The id of an access key.
    Key,
    /// Whatever else.
    Name,
    /// A policy.
    Policy,
    /// A role.
    Role,
    /// A session.
    Session,
    /// A statement's `Sid`.
    Sid,
    /// The key of a tag.
    Tag,
    /// A test of a file of expectations.
    Test,
    /// A web address.
    Url,
    /// A user.
    User,
    /// A value in a condition, a tag, or the context.
    Value,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Account => "ACCOUNT",
            Self::Address => "IP",
            Self::Bucket => "BUCKET",
            Self::Email => "EMAIL",
            Self::File => "FILE",
            Self::Group => "GROUP",
            Self::Id => "ID",
            Self::Key => "KEY",
            Self::Name => "NAME",
            Self::Policy => "POLICY",
            Self::Role => "ROLE",
            Self::Session => "SESSION",
            Self::Sid => "SID",
            Self::Tag => "TAG",
            Self::Test => "TEST",
            Self::Url => "URL",
            Self::User => "USER",
            Self::Value => "VALUE",
        }
    }
}

/// A name that was learned.
#[derive(Debug)]
struct Known {
    kind: Kind,
    /// In its own letters.
    spelling: String,
    /// `ROLE-1`, from the first time that it was written.
    placeholder: Option<String>,
    /// The name, lower-cased, of which this is another spelling (escaped, cut).
    same_as: Option<String>,
}

/// Finds names, each by its number in the list.
#[derive(Debug)]
struct Finder {
    automaton: AhoCorasick,
    list: Vec<String>,
}

/// Knows the names of a run, and writes texts without them.
#[derive(Debug, Default)]
pub struct Redactor {
    on: bool,
    /// By the name, lower-cased: IAM names differ by more than case.
    names: BTreeMap<String, Known>,
    counts: BTreeMap<Kind, usize>,
    /// Finds the names of `list`; `None` where names were learned since.
    finder: Option<Rc<Finder>>,
    /// Placeholders get their numbers; else texts are only looked through for names.
    writes: bool,
}

impl Redactor {
    /// One that changes nothing, or one that knows nothing yet.
    pub fn new(on: bool) -> Self {
        Self { on, ..Self::default() }
    }

    /// Whether it changes anything.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// Takes every name out of a report. What stands at its end is known at its beginning.
    pub fn report(&mut self, report: &mut Report) {
        self.apply(report);
        for result in report.results.iter_mut().filter(|result| self.on && !result.verify.is_empty()) {
            result.verify.insert_str(0, "# ");
        }
    }

    /// As [`Self::report`], of any report.
    pub fn apply(&mut self, report: &mut impl Redact) {
        if !self.on {
            return;
        }
        report.redact(self);
        self.writes = true;
        report.redact(self);
        self.writes = false;
    }

    /// A text without names.
    pub fn text(&mut self, text: &str) -> String {
        self.writes = true;
        let text = self.mapped(text).0;
        self.writes = false;
        text
    }

    /// A line for standard error without names; what it quotes is somebody's, whether it was learned or not.
    pub fn line(&mut self, line: &str) -> String {
        if !self.on {
            return line.to_owned();
        }
        // Clap quotes with one, this program with the other.
        for quote in ['`', '\''] {
            for quoted in line.split(quote).skip(1).step_by(2) {
                if !words::is_ours(quoted) {
                    self.value(quoted, Kind::Name);
                }
            }
        }
        self.text(line)
    }

    /// A text of a report, which is walked through twice.
    fn walked(&mut self, text: &str) -> String {
        self.mapped(text).0
    }

    /// A text without names, and where its parts came from: pairs of places in the old and the new text.
    fn mapped(&mut self, text: &str) -> (String, Vec<(usize, usize)>) {
        if !self.on {
            return (text.to_owned(), Vec::new());
        }
        self.look_through(text)
    }

    /// Learns a name. The kind of a name is what it was first seen as.
    fn name(&mut self, name: &str, kind: Kind) {
        if is_name(name) {
            self.learn(name, kind);
        }
    }

    /// Learns what its place says to be a customer's, a user `athena` too; what policies are written with is nobody's.
    fn place_name(&mut self, name: &str, kind: Kind) {
        if name.chars().any(char::is_alphanumeric) && !words::is_syntax(name) {
            self.learn(name, kind);
        }
    }

    fn learn(&mut self, name: &str, kind: Kind) {
        let lower = name.to_ascii_lowercase();
        if !self.on || self.names.contains_key(&lower) {
            return;
        }
        self.finder = None;
        for other in spellings(name) {
            let known = Known { kind, spelling: other.clone(), placeholder: None, same_as: Some(lower.clone()) };
            self.names.entry(other.to_ascii_lowercase()).or_insert(known);
        }
        self.names.insert(lower, Known { kind, spelling: name.to_owned(), placeholder: None, same_as: None });
    }

    /// The placeholder of a name, which is learned by this.
    fn placeholder(&mut self, name: &str, kind: Kind) -> String {
        self.name(name, kind);
        let lower = name.to_ascii_lowercase();
        let first = self.names.get(&lower).and_then(|known| known.same_as.clone()).unwrap_or(lower);
        let Some(known) = self.names.get_mut(&first) else { return name.to_owned() };
        if !self.writes {
            return name.to_owned();
        }
        let (kind, counts) = (known.kind, &mut self.counts);
        let new = || {
            let count = counts.entry(kind).or_default();
            *count += 1;
            format!("{}-{count}", kind.word())
        };
        known.placeholder.get_or_insert_with(new).clone()
    }

    /// Finds what was learned; nothing while there is still something to learn.
    fn finder(&mut self) -> Option<Rc<Finder>> {
        if !self.writes {
            return None;
        }
        if self.finder.is_none() {
            let list: Vec<String> = self.names.keys().cloned().collect();
            let mut builder = AhoCorasick::builder();
            let built = builder.match_kind(MatchKind::LeftmostLongest).ascii_case_insensitive(true).build(&list);
            self.finder = built.ok().map(|automaton| Rc::new(Finder { automaton, list }));
        }
        self.finder.clone()
    }
}

/// Whether a text can be a name: wildcards, marks and what this program or AWS says anyway are none.
fn is_name(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric) && !words::is_well_known(text)
}

/// How else a name may stand in a text: in JSON, in a shell's quotes, in HCL and as its label, cut as long names are for
/// people.
fn spellings(name: &str) -> Vec<String> {
    let label = label(name);
    let mut all: Vec<String> = [label].into_iter().filter(|label| label != name && is_name(label)).collect();
    // Cut first: half an escape is nobody's spelling.
    let cut: String = name.chars().take(words::CUT).collect();
    for name_or_start in [name, cut.as_str()] {
        let json = serde_json::to_string(name_or_start).unwrap_or_default();
        let json = json.get(1..json.len().saturating_sub(1)).unwrap_or_default();
        let ascii: String = json.chars().map(ascii_only).collect();
        for text in [name_or_start, json, &ascii] {
            let shell = text.replace('\'', "'\\''");
            let hcl = text.replace("${", "$${").replace("%{", "%%{");
            all.extend([text.to_owned(), shell, hcl].into_iter().filter(|other| other != name && !other.is_empty()));
        }
    }
    all
}

fn ascii_only(letter: char) -> String {
    if letter.is_ascii() {
        return letter.to_string();
    }
    letter.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect()
}
