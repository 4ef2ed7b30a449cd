//! What a token may be used for.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// One use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// `/v1/*` of the gateway.
    Llm,
    /// `/search` of the gateway.
    Search,
    /// Data and quality routes.
    Read,
    /// `/admin/*`; does not include the others.
    Admin,
}

/// A text that is no scope.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no scope: llm, search, read or admin")]
pub struct ScopeError {
    text: String,
}

/// A set of [`Scope`]s; a list of words in JSON.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Scopes(u8);

impl Scope {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Llm, Self::Search, Self::Read, Self::Admin];

    /// The word in JSON and on the command line.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Llm => "llm",
            Self::Search => "search",
            Self::Read => "read",
            Self::Admin => "admin",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

impl Scopes {
    /// No scope.
    pub const NONE: Self = Self(0);

    /// Whether `scope` is in it.
    pub const fn has(self, scope: Scope) -> bool {
        self.0 & scope.bit() != 0
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// What is in it, in the order of [`Scope::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Scope> {
        Scope::ALL.into_iter().filter(move |scope| self.has(*scope))
    }
}

impl FromIterator<Scope> for Scopes {
    fn from_iter<I: IntoIterator<Item = Scope>>(scopes: I) -> Self {
        Self(scopes.into_iter().fold(0, |bits, scope| bits | scope.bit()))
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

impl FromStr for Scope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let found = Self::ALL.into_iter().find(|scope| scope.as_str() == text);
        found.ok_or_else(|| ScopeError { text: text.to_owned() })
    }
}

impl fmt::Debug for Scopes {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter()).finish()
    }
}

impl Serialize for Scopes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter().map(Scope::as_str))
    }
}

/// A scope that this version does not know opens nothing here, and does not close what the others open.
impl<'de> Deserialize<'de> for Scopes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words = Vec::<String>::deserialize(deserializer)?;
        Ok(words.iter().filter_map(|word| word.parse::<Scope>().ok()).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_has_what_was_put_in_and_nothing_else() {
        let scopes: Scopes = [Scope::Admin, Scope::Llm, Scope::Llm].into_iter().collect();
        for scope in Scope::ALL {
            assert_eq!(scopes.has(scope), matches!(scope, Scope::Llm | Scope::Admin), "{scope}");
            assert_eq!(scope.as_str().parse(), Ok(scope));
        }
        assert_eq!(serde_json::to_string(&scopes).unwrap(), r#"["llm","admin"]"#);
        assert!(Scopes::NONE.is_empty() && !scopes.is_empty());
    }

    #[test]
    fn words_of_a_later_version_open_nothing() {
        let scopes: Scopes = serde_json::from_str(r#"["read","fly"]"#).unwrap();
        assert_eq!(scopes, [Scope::Read].into_iter().collect());
        assert!("Read".parse::<Scope>().unwrap_err().to_string().contains("llm, search, read or admin"));
    }
}
