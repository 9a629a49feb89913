//! Where the policies come from, by the flags; each principal's are read once.

use std::collections::HashMap;
use std::rc::Rc;

use super::Failure;
use super::ask::Subjects;
use crate::cli::SourceArgs;
use crate::principal::{Principal, PrincipalKind};
use crate::snapshot::{Snapshot, Source};
use crate::source::aws::{self, AwsOptions, Undecoded};
use crate::source::{Files, Loaded, LooseFile, Overlay, SnapshotFile, SourceError};

pub(super) const NO_PRINCIPAL_IN_SNAPSHOT: &str = "name the principal in the snapshot: --role, --user or --principal";

/// The source of policies of one run.
pub(super) struct Policies<'a> {
    args: &'a SourceArgs,
    overlay: Overlay,
    loaded: Loaded,
    file: Option<SnapshotFile>,
    /// Where each answer is in `read`, or why there is none.
    known: HashMap<Question, Result<usize, Failure>>,
    /// The answers, in the order in which they were asked for.
    read: Vec<Rc<Snapshot>>,
}

/// Who, and what is asked beside the principal.
type Question = (Option<Principal>, Subjects);

impl<'a> Policies<'a> {
    /// Reads the files that were named.
    pub(super) fn open(args: &'a SourceArgs, files: &mut Files) -> Result<Self, Failure> {
        let overlay = Overlay {
            identity: loose(&args.identity_policy),
            boundary: args.boundary.as_deref().map(LooseFile::parse),
            no_boundary: args.no_boundary,
            session: loose(&args.session_policy),
            resource: loose(&args.resource_policy),
            endpoint: loose(&args.vpc_endpoint_policy),
            service_control: loose(&args.scp),
            resource_control: loose(&args.rcp),
        };
        let file = args.snapshot.as_deref().map(|path| SnapshotFile::open(files, path)).transpose()?;
        let loaded = overlay.load(files)?;
        Ok(Self { args, overlay, loaded, file, known: HashMap::new(), read: Vec::new() })
    }

    /// The snapshot file, if one was named, and the loose files.
    pub(super) fn into_parts(self) -> (Option<SnapshotFile>, Loaded) {
        (self.file, self.loaded)
    }

    /// Everything known about a principal; `said`: the text of a denial says something by itself.
    pub(super) fn of(
        &mut self,
        principal: Option<&Principal>,
        subjects: &Subjects,
        said: bool,
    ) -> Result<Rc<Snapshot>, Failure> {
        let subjects = self.relevant(subjects);
        let question = (principal.cloned(), subjects);
        if !self.known.contains_key(&question) {
            let found = self.fetch(principal, &question.1, said);
            self.keep(question.clone(), found);
        }
        match self.known.get(&question) {
            Some(Ok(at)) => self.read.get(*at).cloned().ok_or_else(|| Failure::usage(NO_PRINCIPAL_IN_SNAPSHOT)),
            Some(Err(failure)) => Err(failure.clone()),
            None => Err(Failure::usage(NO_PRINCIPAL_IN_SNAPSHOT)),
        }
    }

    /// Reads from the snapshot file what will be asked of many principals: it is taken apart once for all of them.
    pub(super) fn read_ahead(&mut self, wanted: impl Iterator<Item = (Principal, Subjects)>) -> Result<(), Failure> {
        let Some(file) = self.file.take() else { return Ok(()) };
        let read = self.read_all(&file, wanted);
        self.file = Some(file);
        read
    }

    fn read_all(
        &mut self,
        file: &SnapshotFile,
        wanted: impl Iterator<Item = (Principal, Subjects)>,
    ) -> Result<(), Failure> {
        if file.is_folder() {
            return Ok(());
        }
        let parsed = file.parsed()?;
        for (principal, subjects) in wanted {
            let question = (Some(principal), subjects.of_principal());
            if let (false, (Some(principal), subjects)) = (self.known.contains_key(&question), &question) {
                let found = parsed.read(subjects.ask(principal)).map_err(Failure::from);
                self.keep(question, found);
            }
        }
        Ok(())
    }

    fn keep(&mut self, question: Question, found: Result<Snapshot, Failure>) {
        let found = found.map(|mut snapshot| {
            self.loaded.apply(&mut snapshot);
            self.read.push(Rc::new(snapshot));
            self.read.len() - 1
        });
        self.known.insert(question, found);
    }

    /// A folder of many accounts is read by what is asked about; the other sources tell the same whatever it is.
    fn relevant(&self, subjects: &Subjects) -> Subjects {
        if self.is_folder() { subjects.clone() } else { subjects.of_principal() }
    }

    /// What was read so far.
    pub(super) fn read(&self) -> Vec<&Snapshot> {
        self.read.iter().map(|snapshot| &**snapshot).collect()
    }

    /// Whether AWS is asked, unless the flags name another source.
    pub(super) fn is_live(&self) -> bool {
        self.file.is_none() && !self.args.offline && !self.overlay.is_whole()
    }

    /// Decodes an encoded message; the inner error says why STS did not.
    pub(super) fn decode(&self, token: &str) -> Result<Result<String, Undecoded>, Failure> {
        Ok(run(aws::decode(token, &options(self.args)))?.map_err(SourceError::from)?)
    }

    fn fetch(&self, principal: Option<&Principal>, subjects: &Subjects, said: bool) -> Result<Snapshot, Failure> {
        match (&self.file, principal) {
            (Some(file), Some(principal)) => Ok(file.read(subjects.ask(principal))?),
            // A snapshot tells nothing of somebody who is not named.
            (_, principal) if self.alone(principal, said) => {
                let mut snapshot = Overlay::alone(principal.cloned().unwrap_or_else(Principal::unknown));
                if !self.overlay.has_files() && !self.overlay.no_boundary {
                    snapshot.source = Source::Message;
                }
                Ok(snapshot)
            }
            (Some(_), None) => Err(Failure::usage(NO_PRINCIPAL_IN_SNAPSHOT)),
            (None, None) => Err(Failure::usage(
                "name the principal: --role, --user or --principal; or give policy files with --identity-policy and --boundary",
            )),
            (None, Some(_)) if self.args.offline => Err(Failure::usage(
                "--offline needs policies from files: --snapshot FILE, or --identity-policy FILE and --boundary FILE",
            )),
            (None, Some(principal)) => {
                Ok(run(aws::read(subjects.ask(principal), &options(self.args)))?.map_err(SourceError::from)?)
            }
        }
    }

    fn is_folder(&self) -> bool {
        self.file.as_ref().is_some_and(SnapshotFile::is_folder)
    }

    /// Whether the files, or the text of a denial, are the whole source.
    fn alone(&self, principal: Option<&Principal>, said: bool) -> bool {
        let files = self.overlay.has_files();
        match principal {
            None => said || (files && self.file.is_none()),
            Some(principal) => {
                // What such a principal may do stands in no policy of its own.
                let has_policies = principal.kind.is_role() || principal.kind == PrincipalKind::User;
                let is_told = self.args.offline || !has_policies;
                let alone = self.overlay.is_whole() || (is_told && files) || (self.args.offline && said);
                alone && self.file.is_none()
            }
        }
    }

    /// Whether the flags name files of policies.
    pub(super) fn has_files(&self) -> bool {
        self.overlay.has_files() || self.overlay.no_boundary
    }
}

/// Which AWS the flags name.
pub(super) fn options(args: &SourceArgs) -> AwsOptions {
    AwsOptions {
        profile: args.profile.clone(),
        region: args.region.clone(),
        endpoint_url: args.endpoint_url.clone(),
        ..AwsOptions::default()
    }
}

fn loose(list: &[String]) -> Vec<LooseFile> {
    list.iter().map(|text| LooseFile::parse(text)).collect()
}

/// Waits for AWS on this thread.
pub(super) fn run<T>(work: impl Future<Output = T>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|error| Failure::usage(format!("could not start: {error}")))?;
    Ok(runtime.block_on(work))
}
