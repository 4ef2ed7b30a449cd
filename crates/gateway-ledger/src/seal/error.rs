//! Why a key cannot be sealed or opened.

/// Why a key cannot be sealed or opened. No variant holds a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The master secret is too short to protect anything.
    #[error(
        "the master key has {found} bytes, at least {} are needed: make one with `openssl rand -base64 32`",
        crate::seal::MasterKey::BYTES_MIN
    )]
    TooShort {
        /// Its length.
        found: usize,
    },
    /// It was sealed under another master key.
    #[error(
        "the key of {name:?} was sealed with master key {sealed_with}, the configured one is {configured}: configure that one, or store the key again"
    )]
    WrongMasterKey {
        /// The channel.
        name: String,
        /// The id of the master key that it was sealed with.
        sealed_with: String,
        /// The id of the master key at hand.
        configured: String,
    },
    /// The sealed bytes were changed, or belong to another name.
    #[error("the sealed key of {name:?} is damaged or was sealed for another channel: store the key again")]
    Damaged {
        /// The channel.
        name: String,
    },
    /// The system gave no random bytes.
    #[error("the system's random number generator failed")]
    NoRandomness,
}
