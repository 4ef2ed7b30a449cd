//! A command line that is wrong in a way that its grammar cannot tell.

/// Makes the program end with exit code 2, as for any other wrong command line.
#[derive(Debug)]
pub(crate) struct UsageError(String);

/// The error of a wrong command line.
pub(crate) fn usage(message: impl Into<String>) -> anyhow::Error {
    UsageError(message.into()).into()
}

impl std::fmt::Display for UsageError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for UsageError {}
