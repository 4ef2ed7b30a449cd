//! What is said: text for people, JSON for programs.

use std::io::{self, Write as _};

use daemon_kit::terminal::printable;
pub(crate) use daemon_kit::terminal::table;
use serde_json::Value;

use crate::failure::Failure;

/// How a command answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    /// JSON on stdout: one document, or one line for each event of a command that waits.
    pub(crate) json: bool,
    /// Nothing but errors and what was asked for by `--json`.
    pub(crate) quiet: bool,
}

impl Output {
    /// The answer of a command: `value` with `--json`, else the text.
    pub(crate) fn answer(self, value: &Value, text: impl FnOnce() -> String) {
        if self.json {
            self.document(value);
        } else if !self.quiet {
            let text = text();
            if !text.is_empty() {
                line(&printable(&text));
            }
        }
    }

    /// One document on stdout.
    pub(crate) fn document(self, value: &Value) {
        line(&serde_json::to_string_pretty(value).unwrap_or_default());
    }

    /// An event of a command that waits: one line of JSON, or the text.
    pub(crate) fn event(self, value: &Value, text: impl FnOnce() -> String) {
        if self.json {
            line(&value.to_string());
        } else if !self.quiet {
            line(&printable(&text()));
        }
    }

    /// Something that people should know and that is no answer; on stderr.
    pub(crate) fn note(self, text: &str) {
        if !self.quiet {
            self.error(text);
        }
    }

    /// Something on stderr. Whoever reads it may be gone: that is no reason to stop half way.
    pub(crate) fn error(self, text: &str) {
        let _ = writeln!(io::stderr().lock(), "{}", printable(text));
    }

    /// Why a command failed.
    pub(crate) fn failed(self, failure: &Failure) {
        if self.json {
            self.document(&failure.to_json());
        }
        self.error(&format!("hermes-profile-manager: {failure}"));
    }
}

/// Whoever reads may have seen enough, as in `… | head`.
fn line(text: &str) {
    let mut out = io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}
