//! Where a snapshot comes from: AWS, a snapshot of any kind, or loose policy files. The only room with IO.

mod account;
pub mod aws;
mod broken;
mod collect;
mod document;
mod error;
mod files;
mod find;
mod gaad;
mod loose;
mod own;
pub mod plan;
pub mod trail;
mod write;

pub use account::Account;
pub use error::SourceError;
pub use files::{Files, write_file};
pub use loose::{Loaded, LooseFile, Overlay};
pub use write::{schema, to_json};

use std::collections::BTreeMap;

use document::Shelf;

use crate::principal::Principal;
use crate::snapshot::{Snapshot, Source};

/// What is asked of a source.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// The principal whose policies are wanted.
    pub principal: &'a Principal,
    /// The ARNs of the roles that are assumed: their trust policies are wanted.
    pub roles: &'a [String],
    /// The resources asked about, as they were named: ARNs, or patterns of them.
    pub resources: &'a [String],
    /// The account of the resources whose ARN does not say it.
    pub resource_account: Option<&'a str>,
    /// The ids of the VPC endpoints that the request passes.
    pub endpoints: &'a [String],
}

/// A snapshot file or folder, opened once and asked about any number of principals.
#[derive(Debug)]
pub struct SnapshotFile {
    path: String,
    text: String,
    kind: Kind,
    source: Source,
}

impl SnapshotFile {
    /// Reads the file; its kind is told from its content.
    ///
    /// # Errors
    /// Where it cannot be read, or is of neither kind.
    pub fn open(files: &mut Files, path: &str) -> Result<Self, SourceError> {
        if collect::is_folder(path) {
            return Ok(Self {
                path: path.to_owned(),
                text: String::new(),
                kind: Kind::Collected,
                source: Source::Snapshot,
            });
        }
        let text = files.read(path)?;
        let Some(kind) = kind(&text) else {
            if let Err(error) = check_json(&text) {
                return Err(SourceError::syntax(path, &text, &error));
            }
            return Err(SourceError::NotASnapshot { path: files::shown_path(path).to_owned() });
        };
        Ok(Self { path: path.to_owned(), text, kind, source: Source::Snapshot })
    }

    /// The whole account as AWS told it: `text` is the JSON of `aws iam get-account-authorization-details`.
    pub(crate) fn of_aws(text: String) -> Self {
        Self { path: String::new(), text, kind: Kind::Gaad, source: Source::Aws }
    }

    /// Whether it is a folder, which holds the policies of many resources.
    pub fn is_folder(&self) -> bool {
        matches!(self.kind, Kind::Collected)
    }

    /// What it holds about one principal.
    ///
    /// # Errors
    /// Where it is broken, or does not hold the principal.
    pub fn read(&self, ask: Ask<'_>) -> Result<Snapshot, SourceError> {
        self.parsed()?.read(ask)
    }

    /// Takes the text apart once, for any number of principals.
    ///
    /// # Errors
    /// Where it is broken.
    pub fn parsed(&self) -> Result<Parsed<'_>, SourceError> {
        let (path, text) = (&self.path, &self.text);
        let content = match self.kind {
            Kind::Own => {
                let file = own::File::open(path, text, Shelf::default())?;
                Content::Own(file.principals(), Box::new(file))
            }
            Kind::Gaad => {
                let account = gaad::Account::open(path, text, Shelf::default())?;
                Content::Gaad(account.principals(), Box::new(account))
            }
            Kind::Collected => Content::Collected,
        };
        Ok(Parsed { path, content })
    }
}

/// A snapshot file that was taken apart.
#[derive(Debug)]
pub struct Parsed<'a> {
    path: &'a str,
    content: Content<'a>,
}

/// What is in it, with all its principals.
#[derive(Debug)]
enum Content<'a> {
    Own(Vec<Principal>, Box<own::File<'a>>),
    Gaad(Vec<Principal>, Box<gaad::Account<'a>>),
    /// Of a folder that holds many accounts, what is asked about is read.
    Collected,
}

impl Parsed<'_> {
    /// What it holds about one principal.
    ///
    /// # Errors
    /// Where it does not hold the principal.
    pub fn read(&self, ask: Ask<'_>) -> Result<Snapshot, SourceError> {
        match &self.content {
            Content::Own(principals, file) => own::read(self.path, file, principals, ask),
            Content::Gaad(principals, account) => gaad::read(self.path, account, principals, ask),
            Content::Collected => collect::read(&mut Files::default(), self.path, ask),
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum Kind {
    Own,
    Gaad,
    Collected,
}

/// Told from the names at the top of the document; nothing below is read.
fn kind(text: &str) -> Option<Kind> {
    let top: BTreeMap<String, serde::de::IgnoredAny> =
        serde_json::Deserializer::from_str(text).into_iter().next()?.ok()?;
    if top.contains_key("diagnose_snapshot") {
        return Some(Kind::Own);
    }
    GAAD.iter().any(|name| top.contains_key(*name)).then_some(Kind::Gaad)
}

/// The lists of `aws iam get-account-authorization-details`.
const GAAD: [&str; 4] = ["RoleDetailList", "UserDetailList", "GroupDetailList", "Policies"];

fn check_json(text: &str) -> Result<(), serde_json::Error> {
    serde_json::from_str::<serde::de::IgnoredAny>(text).map(|_| ())
}
