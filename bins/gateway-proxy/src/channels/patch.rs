//! A member of a change: left out, `null`, or a value.

use serde::{Deserialize, Deserializer};

/// What becomes of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Patch<T> {
    /// It stays.
    #[default]
    Keep,
    /// It is again what the channel's definition says.
    Reset,
    /// It becomes this.
    Set(T),
}

impl<T> Patch<T> {
    /// Whether nothing is to change.
    pub(crate) const fn is_keep(&self) -> bool {
        matches!(self, Self::Keep)
    }

    /// What is changed about it after this.
    pub(crate) fn after<U>(self, before: Option<U>, set: impl FnOnce(T) -> U) -> Option<U> {
        match self {
            Self::Keep => before,
            Self::Reset => None,
            Self::Set(value) => Some(set(value)),
        }
    }
}

/// Behind `#[serde(default)]`: what is left out never comes here.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::deserialize(deserializer)?.map_or(Self::Reset, Self::Set))
    }
}
