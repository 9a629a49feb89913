//! One call of the AWS CLI.

use super::quote::quote;

/// A command line that is being written.
#[derive(Debug)]
pub(super) struct Command(String);

impl Command {
    /// `aws` with a service and an operation of it.
    pub(super) fn new(call: &str) -> Self {
        Self(format!("aws {call}"))
    }

    /// An option with its value.
    pub(super) fn option(mut self, name: &str, value: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(name);
        // The CLI reads a separate word with a leading dash as an option of its own; names may begin with one.
        self.0.push(if value.starts_with('-') { '=' } else { ' ' });
        self.0.push_str(&quote(value));
        self
    }

    /// Words that need no quoting.
    pub(super) fn words(mut self, words: &str) -> Self {
        self.0.push(' ');
        self.0.push_str(words);
        self
    }

    pub(super) fn line(self) -> String {
        self.0
    }
}
