//! What a file is to a merge.

use crate::allow_list;

/// What a file is to a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A mapping of settings.
    Yaml,
    /// Hermes' scheduled jobs.
    Jobs,
    /// Another JSON object.
    Json,
    /// Prose that belongs to the host that edits it.
    OursWins,
    /// Other text; what is no text is as [`Kind::Opaque`].
    Text,
    /// Anything else.
    Opaque,
}

impl From<allow_list::Kind> for Kind {
    fn from(kind: allow_list::Kind) -> Self {
        match kind {
            allow_list::Kind::Yaml => Self::Yaml,
            allow_list::Kind::JsonJobs => Self::Jobs,
            allow_list::Kind::Json | allow_list::Kind::SecretsLock => Self::Json,
            allow_list::Kind::Ours => Self::OursWins,
            allow_list::Kind::Opaque => Self::Text,
        }
    }
}
