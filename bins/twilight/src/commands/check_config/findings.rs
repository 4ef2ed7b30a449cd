//! What is wrong with a configuration.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Level {
    /// A daemon would not start, or not do its work.
    Error,
    /// It works, and may not be meant.
    Warning,
}

/// One thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Finding {
    pub(super) level: Level,
    /// The key, or the section.
    pub(super) key: String,
    /// What is wrong, and what is allowed.
    pub(super) text: String,
}

/// All of them, in the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings(pub(super) Vec<Finding>);

impl Findings {
    pub(super) fn error(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.0.push(Finding { level: Level::Error, key: key.into(), text: text.into() });
    }

    pub(super) fn warning(&mut self, key: impl Into<String>, text: impl Into<String>) {
        self.0.push(Finding { level: Level::Warning, key: key.into(), text: text.into() });
    }
}
