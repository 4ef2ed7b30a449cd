//! What a transfer is told beside its two sides.

use daemon_kit::{clock::Clock, config::ReplicaConfig};

/// How a transfer is carried out.
pub(crate) struct Options<'a> {
    /// `[replica]`.
    pub(crate) config: &'a ReplicaConfig,
    /// Generations that stay on the receiving side.
    pub(crate) keep_generations: u32,
    /// What a transfer may take of the line, KiB a second.
    pub(crate) bandwidth_limit_kib: Option<u64>,
    /// Whether a replica may be put back to an older generation, or to another one of the same number.
    pub(crate) replace_newer: bool,
    /// Whether a progress bar is shown where stderr is a terminal.
    pub(crate) progress: bool,
    /// Now.
    pub(crate) clock: &'a Clock,
}
