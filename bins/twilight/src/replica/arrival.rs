//! What came of a transfer.

use serde::{Deserialize, Serialize};

/// How a replica stands after a transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Outcome {
    /// The generation that is current now.
    pub(crate) generation: u64,
    /// The hash of its content.
    pub(crate) logical_hash: String,
    /// Whether it became current by this transfer; otherwise the replica was up to date.
    pub(crate) is_new: bool,
    /// The files that had to travel.
    pub(crate) files: Vec<String>,
    /// Bytes that were verified.
    pub(crate) verified_bytes: u64,
    /// Rows that were counted and hashed.
    pub(crate) verified_rows: u64,
    /// Bytes that rsync moved, both ways.
    pub(crate) moved_bytes: u64,
    /// How long the copying took, milliseconds.
    pub(crate) copied_ms: u64,
    /// How long it took with everything, milliseconds.
    pub(crate) elapsed_ms: u64,
}

/// What the sending side tells when everything has been sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Arrived {
    /// The generation.
    pub(crate) generation: u64,
    /// The source's `status.json`, as it is written there.
    pub(crate) status: Option<String>,
    /// Who brings it, for example `push from mac-mini`.
    pub(crate) from: String,
    /// Bytes that rsync moved, both ways.
    pub(crate) moved_bytes: u64,
    /// How long the copying took, milliseconds.
    pub(crate) copied_ms: u64,
}
