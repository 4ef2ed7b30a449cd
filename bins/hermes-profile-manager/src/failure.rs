//! Why a command did not do what it was asked for; each kind has its exit code.

use std::{fmt::Write as _, io, path::Path};

use serde_json::{Value, json};

use crate::{client::ClientError, sync::FileConflict};

/// Why a command did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// A file, the disk, or something else here.
    #[error("{0}")]
    Failed(String),
    /// The command line is wrong.
    #[error("{0}")]
    Usage(String),
    /// Somebody has to decide; nothing was changed.
    #[error("{}", conflict_text(.profile, .files))]
    Conflict {
        /// Whose files.
        profile: String,
        /// What stands against what.
        files: Vec<FileConflict>,
    },
    /// Somebody has to decide or to mend something first; nothing was changed.
    #[error("{0}")]
    Undecided(String),
    /// The registry has moved on, and this command does not merge.
    #[error("{0}")]
    Moved(String),
    /// The registry, or its policy checked here beforehand, refuses.
    #[error("{detail}{}", refusal_text(.refusals))]
    Refused {
        /// The problem's kind, as `change-refused`.
        kind: String,
        /// What it says.
        detail: String,
        /// File by file: `{path, rule, text}`.
        refusals: Vec<Value>,
    },
    /// There is no token, or it is no longer valid.
    #[error("{0}: run `hermes-profile-manager login`")]
    NotLoggedIn(String),
    /// The registry does not answer.
    #[error("{0}")]
    Unreachable(String),
    /// Nobody gave the proof in time.
    #[error("{0}")]
    Pending(String),
    /// Some of several profiles; they were told one by one. The exit code is the first one's.
    #[error("{failed} of {all} profiles could not be {done}")]
    Several {
        /// How many.
        failed: usize,
        /// Of how many.
        all: usize,
        /// What was to be done.
        done: &'static str,
        /// The exit code.
        code: u8,
    },
}

impl Failure {
    /// Something failed here.
    pub(crate) fn failed(what: impl Into<String>) -> Self {
        Self::Failed(what.into())
    }

    /// Something failed with a file.
    pub(crate) fn io(what: &str, path: impl AsRef<Path>, error: &io::Error) -> Self {
        let hint = match error.raw_os_error() {
            Some(28 | 122 | 27) => {
                " (the disk is full, or a limit on files is reached; run it again when there is room)"
            }
            _ => "",
        };
        Self::Failed(format!("{what} {}: {error}{hint}", path.as_ref().display()))
    }

    /// As `--help` documents it.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Failed(_) => 1,
            Self::Usage(_) => 2,
            Self::Conflict { .. } | Self::Undecided(_) | Self::Moved(_) => 3,
            Self::Refused { .. } => 4,
            Self::NotLoggedIn(_) => 5,
            Self::Unreachable(_) => 6,
            Self::Pending(_) => 7,
            Self::Several { code, .. } => *code,
        }
    }

    /// The name of the exit code.
    pub(crate) fn kind(&self) -> &str {
        match self.exit_code() {
            2 => "usage",
            3 => "conflict",
            4 => "refused",
            5 => "not-logged-in",
            6 => "unreachable",
            7 => "pending",
            _ => "failed",
        }
    }

    /// For `--json`: `{error: {code, kind, message, …}}`.
    pub(crate) fn to_json(&self) -> Value {
        let mut error = json!({"code": self.exit_code(), "kind": self.kind(), "message": self.to_string()});
        match self {
            Self::Conflict { profile, files } => {
                error["profile"] = profile.as_str().into();
                error["conflicts"] = files.iter().map(FileConflict::to_json).collect();
            }
            Self::Refused { kind, refusals, .. } => {
                error["problem"] = kind.as_str().into();
                error["refusals"] = refusals.clone().into();
            }
            _ => {}
        }
        json!({"error": error})
    }
}

impl From<ClientError> for Failure {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Unreachable(what) => Self::Unreachable(what),
            ClientError::Unauthorized(detail) => Self::NotLoggedIn(detail),
            ClientError::Problem(problem) => {
                let refusals = problem.body["refusals"].as_array().cloned().unwrap_or_default();
                Self::Refused { detail: problem.to_string(), kind: problem.kind, refusals }
            }
            ClientError::Unreadable(what) => Self::Failed(what),
        }
    }
}

fn refusal_text(refusals: &[Value]) -> String {
    let mut text = String::new();
    for refusal in refusals {
        let part = |name: &str| refusal[name].as_str().unwrap_or_default();
        let _ = write!(text, "\n  {}: {}", part("path"), part("text"));
    }
    text
}

fn conflict_text(profile: &str, files: &[FileConflict]) -> String {
    let mut text = format!("{profile}: a conflict; nothing of it was changed");
    for file in files {
        let _ = write!(text, "\n{file}");
    }
    if let Some(first) = files.first() {
        let path = &first.path;
        let _ = write!(
            text,
            "\nWhat to do: edit the file and run it again, or `sync {profile} --ours {path}` to keep what is here, or \
             `sync {profile} --theirs {path}` to take the registry's. Only the keys or lines shown are decided by that; \
             what loses is kept below .profile-manager/theirs."
        );
    }
    text
}
