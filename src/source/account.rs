//! Every role and user of a source, read one at a time and from any thread: a large account is never in memory as a whole.

use std::collections::HashSet;
use std::sync::Arc;

use super::document::{Lines, Shelf};
use super::error::SourceError;
use super::{Kind, SnapshotFile, collect, gaad, own};
use crate::audit::Others;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{BrokenEntry, Layer, Member, Reading, Snapshot, Source};

/// The roles and users of a source, each once, in the order of the source.
#[derive(Debug)]
pub struct Account<'a> {
    kind: Everyone<'a>,
    source: Source,
    lines: Arc<Lines<'a>>,
    order: Vec<usize>,
}

#[derive(Debug)]
enum Everyone<'a> {
    Gaad(gaad::Account<'a>),
    Own(own::File<'a>, Vec<(Layer, Reading)>),
    Collected(collect::Account),
}

impl SnapshotFile {
    /// Its roles and users. Sessions are not among them: their roles are.
    ///
    /// # Errors
    /// Where the file as a whole is broken. One policy that is broken is an unknown of its principals.
    pub fn account(&self) -> Result<Account<'_>, SourceError> {
        let lines = Arc::new(Lines::new(&self.path, &self.text));
        let shelf = Shelf::placed(Arc::clone(&lines));
        let kind = match self.kind {
            Kind::Own => {
                let file = own::File::open(&self.path, &self.text, shelf)?;
                let organization = file.organization();
                Everyone::Own(file, organization)
            }
            Kind::Gaad => Everyone::Gaad(gaad::Account::open(&self.path, &self.text, shelf)?),
            Kind::Collected => Everyone::Collected(collect::Account::open(&self.path)?),
        };
        let mut account = Account { kind, source: self.source, lines, order: Vec::new() };
        account.order = account.order();
        Ok(account)
    }
}

impl Account<'_> {
    /// How many roles and users there are.
    pub fn len(&self) -> usize {
        self.order.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.order.is_empty()
    }

    /// What the source lacks as a whole, in words.
    pub fn notes(&self) -> Vec<String> {
        match &self.kind {
            Everyone::Gaad(all) if all.is_cut() => {
                vec!["the file is one page of several, and the others are missing".to_owned()]
            }
            Everyone::Gaad(_) | Everyone::Own(..) => Vec::new(),
            Everyone::Collected(all) => all.broken.clone(),
        }
    }

    /// Who has a boundary and who has none, without reading their policies.
    pub fn others(&self) -> Others {
        match &self.kind {
            Everyone::Gaad(all) => all.others(),
            Everyone::Own(..) | Everyone::Collected(_) => Others::default(),
        }
    }

    /// Entries that are not of the shape that they should have. Who has an ARN is one of [`Self::member`] all the same,
    /// of whom nothing else is known.
    pub fn broken(&self) -> Vec<BrokenEntry> {
        match &self.kind {
            Everyone::Gaad(all) => all.broken(|part| self.lines.line_of(part)),
            Everyone::Own(all, _) => all.broken(|part| self.lines.line_of(part)),
            Everyone::Collected(_) => Vec::new(),
        }
    }

    /// Where the policies come from.
    pub fn source(&self) -> Source {
        self.source
    }

    /// The file, where it is one: the places of [`Member`]s are in it.
    pub fn file(&self) -> Option<&str> {
        self.lines.path()
    }

    /// The ARN of one of them.
    pub fn arn(&self, index: usize) -> Option<&str> {
        self.arn_at(*self.order.get(index)?)
    }

    /// One of them.
    pub fn member(&self, index: usize) -> Option<Member> {
        let index = *self.order.get(index)?;
        let snapshot = match &self.kind {
            Everyone::Gaad(all) => all.snapshot(index),
            Everyone::Own(all, organization) => all.snapshot(index, organization),
            Everyone::Collected(all) => all.snapshot(index),
        };
        let line = self.arn_at(index).and_then(|arn| self.lines.line_of(arn));
        Some(Member { snapshot: Snapshot { source: self.source, ..snapshot? }, line, address: None })
    }

    /// Roles and users, each once.
    fn order(&self) -> Vec<usize> {
        let count = match &self.kind {
            Everyone::Gaad(all) => all.len(),
            Everyone::Own(all, _) => all.len(),
            Everyone::Collected(all) => all.len(),
        };
        let mut seen = HashSet::new();
        let is_new = |index: &usize| {
            let Some(arn) = self.arn_at(*index) else { return false };
            let kind = Principal::from_arn(arn).map(|found| found.kind);
            matches!(kind, Some(PrincipalKind::Role | PrincipalKind::User)) && seen.insert(arn)
        };
        (0..count).filter(is_new).collect()
    }

    fn arn_at(&self, index: usize) -> Option<&str> {
        match &self.kind {
            Everyone::Gaad(all) => all.arn(index),
            Everyone::Own(all, _) => all.arn(index),
            Everyone::Collected(all) => all.arn(index),
        }
    }
}
