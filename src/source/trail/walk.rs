//! The files below a path, in the order of their names.

use std::fs;

use walkdir::WalkDir;

use super::Skipped;

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: String,
    /// In bytes.
    pub(super) size: u64,
}

/// The files below a path; what cannot be looked at, loops of links among it, is skipped.
pub(super) fn files(path: &str, found: &mut Vec<Found>, skipped: &mut Vec<Skipped>) {
    for entry in WalkDir::new(path).follow_links(true).sort_by_file_name() {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let size = entry.metadata().map_or(0, |data| data.len());
                found.push(Found { path: entry.path().to_string_lossy().into_owned(), size });
            }
            Ok(entry) if entry.file_type().is_dir() => {}
            // A pipe is read as one (`<(aws cloudtrail …)`); a device or a socket in a folder is nobody's log.
            Ok(entry) if entry.depth() == 0 => found.push(Found { path: path.to_owned(), size: 0 }),
            Ok(entry) => skipped.push(Skipped {
                file: entry.path().to_string_lossy().into_owned(),
                reason: "it is no regular file".to_owned(),
            }),
            Err(error) => {
                let file = error.path().map_or_else(|| path.to_owned(), |path| path.to_string_lossy().into_owned());
                let reason = match (error.loop_ancestor(), error.io_error()) {
                    (Some(above), _) => format!("a link to the folder {} that it is in", above.display()),
                    (None, Some(io)) if fs::symlink_metadata(&file).is_ok_and(|data| data.is_symlink()) => {
                        format!(
                            "a link that leads nowhere: {}",
                            crate::source::files::words(file.as_ref(), io, "no such file")
                        )
                    }
                    (None, Some(io)) => crate::source::files::words("".as_ref(), io, "no such file or folder"),
                    (None, None) => "it cannot be looked at".to_owned(),
                };
                skipped.push(Skipped { file, reason });
            }
        }
    }
}
