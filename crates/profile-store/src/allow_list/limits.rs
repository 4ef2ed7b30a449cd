//! How much a profile and a push may hold.

/// Bounds on what enters the repository. The defaults are far above what a Hermes profile holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Files of one profile.
    pub files_max: usize,
    /// Bytes of all files of one profile.
    pub profile_bytes_max: u64,
    /// New commits of one push.
    pub commits_max: usize,
    /// Bytes of all new files of one push.
    pub push_bytes_max: u64,
    /// Bytes of a commit with its message.
    pub commit_bytes_max: u64,
    /// Bytes of `OWNERS`.
    pub owners_bytes_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            files_max: 2_000,
            profile_bytes_max: 16 << 20,
            commits_max: 1_000,
            push_bytes_max: 64 << 20,
            commit_bytes_max: 64 << 10,
            owners_bytes_max: 4 << 20,
        }
    }
}
