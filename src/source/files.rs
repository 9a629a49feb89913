//! Files and standard input as text.

use std::io::{BufRead as _, Read, StdinLock};
use std::path::Path;

use super::error::SourceError;

/// How much of standard input is read at once.
const BLOCK: usize = 1024 * 1024;

/// Reads the files of one run. Standard input (`-`) can be read once.
#[derive(Debug, Default)]
pub struct Files {
    stdin_read: bool,
}

impl Files {
    /// Whether standard input was not read yet.
    pub fn has_stdin(&self) -> bool {
        !self.stdin_read
    }

    /// Whether standard input was not read yet, and holds anything; waits for its first byte.
    pub fn has_input(&self) -> bool {
        self.has_stdin() && std::io::stdin().lock().fill_buf().is_ok_and(|bytes| !bytes.is_empty())
    }

    /// Standard input, to be read as it comes.
    ///
    /// # Errors
    /// Where it was read before.
    pub(super) fn stdin(&mut self) -> Result<StdinLock<'static>, SourceError> {
        if std::mem::replace(&mut self.stdin_read, true) {
            let reason = "it can be read only once".to_owned();
            return Err(SourceError::File { path: shown_path("-").to_owned(), reason });
        }
        Ok(std::io::stdin().lock())
    }

    /// Standard input in blocks, as it comes.
    ///
    /// # Errors
    /// Where it cannot be read, or was read before.
    pub fn stream(&mut self, mut block: impl FnMut(&[u8])) -> Result<(), SourceError> {
        let failed = |reason: String| SourceError::File { path: shown_path("-").to_owned(), reason };
        let mut input = self.stdin()?;
        let mut buffer = vec![0; BLOCK];
        loop {
            match input.read(&mut buffer) {
                Ok(0) => return Ok(()),
                Ok(length) => block(buffer.get(..length).unwrap_or_default()),
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(failed(error.to_string())),
            }
        }
    }

    /// The text of a file, or of standard input for `-`.
    ///
    /// # Errors
    /// Where it cannot be read or is not UTF-8.
    pub fn read(&mut self, path: &str) -> Result<String, SourceError> {
        let failed = |reason: &str| SourceError::File { path: shown_path(path).to_owned(), reason: reason.to_owned() };
        let bytes = if path == "-" {
            let mut bytes = Vec::new();
            let read = self.stdin()?.read_to_end(&mut bytes);
            read.map_err(|error| failed(&error.to_string()))?;
            bytes
        } else {
            let file = Path::new(path);
            std::fs::read(file).map_err(|error| failed(&words(file, &error, "no such file")))?
        };
        let text = String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            failed(&format!("it is no text (byte {} is not UTF-8)", at + 1))
        })?;
        // A byte-order mark says nothing in UTF-8.
        match text.strip_prefix('\u{feff}') {
            Some(rest) => Ok(rest.to_owned()),
            None => Ok(text),
        }
    }
}

/// How a path is called: `-` is standard input.
pub(super) fn shown_path(path: &str) -> &str {
    if path == "-" { "standard input" } else { path }
}

/// Writes a file that was named on the command line.
///
/// # Errors
/// Where it cannot be written.
pub fn write_file(path: &str, text: &str) -> Result<(), SourceError> {
    let failed = |error: std::io::Error| SourceError::Write {
        path: path.to_owned(),
        reason: words(Path::new(path), &error, "no such folder"),
    };
    std::fs::write(path, text).map_err(failed)
}

/// A failed file operation in words.
pub(super) fn words(path: &Path, error: &std::io::Error, missing: &str) -> String {
    let kind = error.kind();
    if path.is_dir() {
        "it is a folder".to_owned()
    } else if kind == std::io::ErrorKind::NotFound {
        missing.to_owned()
    } else if kind == std::io::ErrorKind::PermissionDenied {
        "permission denied".to_owned()
    } else {
        error.to_string()
    }
}
