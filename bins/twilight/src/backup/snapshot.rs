//! What one backup holds.

use std::{fmt, path::PathBuf};

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

/// The form of the files that this program writes, and the newest that it reads.
pub(crate) const FORMAT: u32 = 1;

/// One backup of one host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Snapshot {
    pub(crate) format: u32,
    /// `<time>-<host>`
    pub(crate) id: String,
    pub(crate) taken_at: DateTime<Utc>,
    pub(crate) host: String,
    /// Of the program that took it.
    pub(crate) version: String,
    pub(crate) parts: Vec<Part>,
    /// SHA-256 of the whole, this field left empty.
    pub(crate) checksum: String,
}

/// A store of the host, and its files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Where it lay, as the configuration said.
    pub(crate) folder: PathBuf,
    pub(crate) files: Vec<StoredFile>,
    #[serde(flatten)]
    pub(crate) about: About,
}

/// What kind of store, and what has to be known of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "part", rename_all = "snake_case")]
pub(crate) enum About {
    /// A published generation, and the archives of raw responses.
    Warehouse { generation: u64, logical_hash: String },
    /// The gateway's books: money, tokens, channels.
    Gateway,
    /// The registry's books, and its repository as packs in order.
    Registry { head: String },
    /// Files that hold secrets, and the configuration; sealed.
    Secrets { recipient: String, count: usize },
}

/// The kinds of [`About`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, clap::ValueEnum, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    Warehouse,
    Gateway,
    Registry,
    Secrets,
}

/// A file, in pieces.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredFile {
    /// Below the part's folder.
    pub(crate) path: String,
    pub(crate) size: u64,
    /// Of the whole file.
    pub(crate) sha256: String,
    /// When it was last written to, nanoseconds since 1970, where that tells whether it is still the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) modified_ns: Option<i64>,
    /// The names of its pieces, in order.
    pub(crate) pieces: Vec<String>,
}

impl Snapshot {
    pub(crate) fn part(&self, kind: Kind) -> Option<&Part> {
        self.parts.iter().find(|part| part.kind() == kind)
    }

    pub(crate) fn bytes(&self) -> u64 {
        self.files().map(|(_, file)| file.size).sum()
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&Part, &StoredFile)> {
        self.parts.iter().flat_map(|part| part.files.iter().map(move |file| (part, file)))
    }

    /// With the checksum that belongs to it.
    pub(crate) fn signed(mut self) -> serde_json::Result<Self> {
        self.checksum = self.sum()?;
        Ok(self)
    }

    pub(crate) fn is_as_signed(&self) -> serde_json::Result<bool> {
        Ok(self.checksum == self.sum()?)
    }

    fn sum(&self) -> serde_json::Result<String> {
        let bare = Self { checksum: String::new(), ..self.clone() };
        Ok(hex::encode(Sha256::digest(serde_json::to_vec(&bare)?)))
    }
}

impl Part {
    pub(crate) fn kind(&self) -> Kind {
        match self.about {
            About::Warehouse { .. } => Kind::Warehouse,
            About::Gateway => Kind::Gateway,
            About::Registry { .. } => Kind::Registry,
            About::Secrets { .. } => Kind::Secrets,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Warehouse => "warehouse",
            Self::Gateway => "gateway",
            Self::Registry => "registry",
            Self::Secrets => "secrets",
        })
    }
}
