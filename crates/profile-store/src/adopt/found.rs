//! What a plan found.

use std::fmt;

/// A value that must not be shown. `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct SecretValue(pub(super) String);

impl SecretValue {
    /// The value, for the one place that stores it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretValue {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("(hidden)")
    }
}

/// A secret that moves from a setting into `.env`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedSecret {
    /// The variable it gets, or already had.
    pub name: String,
    /// Where it stood: `config.yaml: providers.x.api_key`.
    pub place: String,
    /// It.
    pub value: SecretValue,
}

/// Something that a person has to decide before the profile is taken in, or should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attention {
    /// The file, with the line or the key where there is one.
    pub place: String,
    /// What is the matter, and never a value.
    pub what: String,
    /// Whether it stands against adopting.
    pub blocks: bool,
}
