//! Folders and files of the store. Every path into it is made here, and none leads out of it.

use std::io::ErrorKind;
use std::path::Path;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::de::{DeserializeOwned, IgnoredAny};

use crate::arn::{Arn, is_account_id};
use crate::source::error::SourceError;
use crate::source::files::Files;

/// What a name keeps beside letters and digits when iam-collect encodes it: that of JavaScript's `encodeURIComponent`.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'!')
    .remove(b'~')
    .remove(b'*')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')');

/// The longest name of a file that file systems take.
const LONGEST: usize = 255;

/// The store: one part for each partition of AWS.
#[derive(Debug)]
pub(super) struct Store {
    /// The path as given.
    pub(super) path: String,
    /// By name.
    pub(super) partitions: Vec<Partition>,
}

/// What was read of one partition.
#[derive(Debug)]
pub(super) struct Partition {
    /// `aws`, `aws-cn`, …; `None` where the path leads into it and its name does not count.
    name: Option<String>,
    /// With `accounts`, `organizations` and `indexes` in it.
    pub(super) folder: Folder,
}

/// A folder of the store, which need not be there.
#[derive(Debug, Clone)]
pub(super) struct Folder {
    path: String,
}

impl Store {
    /// The store at a path: the folder with `aws` in it, the folder `aws` itself, or one partition in that.
    pub(super) fn open(path: &str) -> Result<Self, SourceError> {
        let top = Folder { path: path.trim_end_matches('/').to_owned() };
        let path = path.to_owned();
        if is_partition(&top) {
            return Ok(Self { path, partitions: vec![Partition { name: None, folder: top }] });
        }
        for cloud in [Some(top.clone()), top.child("aws")].into_iter().flatten() {
            let names = cloud.folders()?;
            let part = |name: String| {
                let folder = cloud.child(&name).filter(is_partition)?;
                Some(Partition { name: Some(name), folder })
            };
            let partitions: Vec<Partition> = names.into_iter().filter_map(part).collect();
            if !partitions.is_empty() {
                return Ok(Self { path, partitions });
            }
        }
        Err(SourceError::NotAStore { path })
    }

    /// What was read of a partition.
    pub(super) fn partition(&self, name: &str) -> Option<&Partition> {
        self.partitions.iter().find(|one| one.name.as_deref().is_none_or(|own| own == name))
    }
}

fn is_partition(folder: &Folder) -> bool {
    ["accounts", "organizations"].iter().any(|name| folder.child(name).is_some_and(|child| child.is_there()))
}

impl Partition {
    /// The folder of an account, if the store holds it.
    pub(super) fn account(&self, id: &str) -> Option<Folder> {
        let folder = self.folder.child("accounts")?.child(id)?;
        (is_account_id(id) && folder.is_there()).then_some(folder)
    }

    /// The ids of all accounts.
    pub(super) fn accounts(&self) -> Result<Vec<String>, SourceError> {
        let Some(folder) = self.folder.child("accounts") else { return Ok(Vec::new()) };
        let mut ids = folder.folders()?;
        ids.retain(|id| is_account_id(id));
        Ok(ids)
    }
}

impl Folder {
    /// A folder in this one, by a name that may hold anything; `None` where no file can have that name.
    pub(super) fn child(&self, name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        is_name(&name).then(|| Self { path: format!("{}/{name}", self.path) })
    }

    /// Whether it is there.
    pub(super) fn is_there(&self) -> bool {
        Path::new(&self.path).is_dir()
    }

    /// The names of the folders in it, sorted; none if it is not there.
    pub(super) fn folders(&self) -> Result<Vec<String>, SourceError> {
        let failed =
            |error: std::io::Error| SourceError::File { path: self.path.clone(), reason: error.kind().to_string() };
        let entries = match std::fs::read_dir(if self.path.is_empty() { "/" } else { &self.path }) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let entry = entry.map_err(failed)?;
            let is_folder =
                entry.file_type().is_ok_and(|kind| kind.is_dir() || (kind.is_symlink() && entry.path().is_dir()));
            // A name that is no text is none that iam-collect writes.
            names.extend(entry.file_name().into_string().ok().filter(|_| is_folder));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The text of a file in it, `None` if it is not there.
    pub(super) fn text(&self, files: &mut Files, name: &str) -> Result<Option<String>, SourceError> {
        let path = format!("{}/{name}", self.path);
        if !is_name(name) || matches!(Path::new(&path).try_exists(), Ok(false)) {
            return Ok(None);
        }
        files.read(&path).map(Some)
    }

    /// What a JSON file in it holds, `None` if it is not there.
    pub(super) fn json<T: DeserializeOwned>(&self, files: &mut Files, name: &str) -> Result<Option<T>, SourceError> {
        let Some(text) = self.text(files, name)? else { return Ok(None) };
        // What is no JSON is told as such, before what of it is no such value.
        let whole = serde_json::from_str::<IgnoredAny>(&text);
        let parsed = whole.and_then(|_| serde_json::from_str(&text));
        parsed.map(Some).map_err(|error| SourceError::syntax(&format!("{}/{name}", self.path), &text, &error))
    }

    /// The folder of a resource in this folder of its account.
    pub(super) fn resource(&self, arn: &Arn<'_>) -> Option<Self> {
        let (kind, name) = kind_and_name(arn);
        let owner = if arn.account == "aws" { "aws" } else { "" };
        let fields = [arn.service, arn.region, owner, kind];
        let folder = fields
            .into_iter()
            .filter(|field| !field.is_empty())
            .try_fold(self.clone(), |folder, field| folder.child(field))?;
        if name.is_empty() { Some(folder) } else { folder.child(&encoded(name)) }
    }
}

/// The type and the name in an ARN's resource part. Topics, queues and buckets have no type.
fn kind_and_name<'a>(arn: &Arn<'a>) -> (&'a str, &'a str) {
    let is_bucket = arn.service == "s3" && arn.account.is_empty() && arn.region.is_empty();
    if is_bucket || matches!(arn.service, "sns" | "sqs") {
        return ("", arn.resource);
    }
    let resource = arn.resource.strip_prefix('/').unwrap_or(arn.resource);
    resource.split_once(['/', ':']).unwrap_or((resource, ""))
}

fn encoded(name: &str) -> String {
    utf8_percent_encode(name.trim(), ENCODED).to_string()
}

/// The last part of a name that was encoded with its path, in lower case as it stands there.
pub(super) fn last_of(encoded: &str) -> String {
    let name = percent_decode_str(encoded).decode_utf8_lossy();
    name.rsplit('/').next().unwrap_or_default().to_owned()
}

/// Whether a file can have this name, and stays in its folder with it.
fn is_name(name: &str) -> bool {
    let leads_away = |letter: char| matches!(letter, '/' | '\\' | ':') || letter.is_control();
    !matches!(name, "" | "." | "..") && name.len() <= LONGEST && !name.contains(leads_away)
}

#[cfg(test)]
mod tests {
    use super::{Arn, Folder, is_name, last_of};

    #[track_caller]
    fn check(arn: &str, wanted: Option<&str>) {
        let folder = Folder { path: "s".to_owned() };
        let found = folder.resource(&Arn::parse(arn).unwrap()).map(|folder| folder.path);
        assert_eq!(found.as_deref(), wanted, "{arn}");
    }

    #[test]
    fn where_resources_are() {
        check("arn:aws:iam::123456789012:role/MyRole", Some("s/iam/role/myrole"));
        check("arn:aws:iam::123456789012:role/team/a/MyRole", Some("s/iam/role/team%2fa%2fmyrole"));
        check("arn:aws:iam::123456789012:user/a+b=c,d@e", Some("s/iam/user/a%2bb%3dc%2cd%40e"));
        check("arn:aws:iam::aws:policy/job-function/X", Some("s/iam/aws/policy/job-function%2fx"));
        check("arn:aws:s3:::my-bucket", Some("s/s3/my-bucket"));
        check("arn:aws:s3:eu-west-1:123456789012:accesspoint/a", Some("s/s3/eu-west-1/accesspoint/a"));
        check("arn:aws:sqs:eu-west-1:123456789012:Jobs.fifo", Some("s/sqs/eu-west-1/jobs.fifo"));
        check("arn:aws:kms:eu-west-1:123456789012:key/1-2", Some("s/kms/eu-west-1/key/1-2"));
        check("arn:aws:lambda:eu-west-1:123456789012:function:F", Some("s/lambda/eu-west-1/function/f"));
        check("arn:aws:lambda:eu-west-1:123456789012:layer:L:3", Some("s/lambda/eu-west-1/layer/l%3a3"));
        check("arn:aws:apigateway:eu-west-1::/restapis/a1", Some("s/apigateway/eu-west-1/restapis/a1"));
        check("arn:aws:glue:eu-west-1:123456789012:catalog", Some("s/glue/eu-west-1/catalog"));
    }

    #[test]
    fn no_name_leads_out_of_the_store() {
        check("arn:aws:s3:::..", None);
        check("arn:aws:iam::123456789012:role/..", None);
        check("arn:aws:iam::123456789012:role/../../x", Some("s/iam/role/..%2f..%2fx"));
        check("arn:aws:../../etc:::x", None);
        check("arn:aws:kms:..:123456789012:key/x", None);
        check("arn:aws:kms:eu-west-1:123456789012:../x", None);
        check("arn:aws:kms:eu-west-1:123456789012:key/\0", Some("s/kms/eu-west-1/key/%00"));
        for name in ["", ".", "..", "a/b", "a\\b", "c:", "a\0", &"x".repeat(256)] {
            assert!(!is_name(name), "{name:?}");
        }
        assert!(is_name("..%2f..%2fx") && is_name("...") && is_name(&"x".repeat(255)));
    }

    #[test]
    fn names_with_paths() {
        assert_eq!(last_of("team%2fa%2fmyrole"), "myrole");
        assert_eq!(last_of("a%2bb%40c"), "a+b@c");
        assert_eq!(last_of("%ff"), "\u{fffd}");
    }
}
