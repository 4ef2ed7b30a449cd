//! What the two sides of a push say to each other: one JSON value a line, over the standard input and output of
//! `twilight replica receive`.

use serde::{Deserialize, Serialize};
use warehouse::{ReplicaFile, manifest::FileRef};

use super::arrival::{Arrived, Outcome};

/// The version of these messages; both sides must speak the same.
pub(super) const VERSION: u32 = 1;
/// What the sending side asks ssh to run.
pub(super) const SESSION_COMMAND: &str = "twilight replica session";
/// Where the sending side tells rsync to put files; the receiving side knows which folder that is.
pub(super) const STAGING_ARGUMENT: &str = "staging/";
/// Whoever works says so this often.
pub(super) const ALIVE_EVERY: std::time::Duration = std::time::Duration::from_secs(10);
/// Whoever hears nothing for so long gives up, and with that its lock.
pub(super) const SILENCE_MAX: std::time::Duration = std::time::Duration::from_secs(120);

/// What the sending side says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Ask {
    /// How the replica stands; takes no lock.
    Status,
    /// Take the lock, in the name of `from`.
    Begin { from: String },
    /// Look what is missing of the generation with this manifest.
    Prepare { manifest: String, replace_newer: bool },
    /// Everything has been sent: prove it and make it current.
    Finish(Arrived),
    /// Still there.
    Alive,
}

/// What the receiving side answers.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Say {
    /// The first line of all.
    Hello {
        version: u32,
    },
    Status(Box<Standing>),
    Begun,
    /// These have to travel.
    Wanted(Vec<FileRef>),
    Done(Outcome),
    /// What arrived is not whole: every damaged file.
    NotWhole(Vec<String>),
    Failed(String),
    /// Still at it.
    Alive,
}

/// How a replica stands.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Standing {
    /// What it says of itself; none before the first transfer.
    pub(crate) replica: Option<ReplicaFile>,
    /// Seconds since it was last found up to date, by its own clock.
    pub(crate) age_seconds: Option<i64>,
    /// The generation that readers are sent to.
    pub(crate) generation: Option<u64>,
    /// Whether a transfer is under way.
    pub(crate) is_busy: bool,
}
