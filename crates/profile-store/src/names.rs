//! What a profile and an owner may be called.

use std::{fmt, str::FromStr};

/// Names that Hermes keeps for itself: its own folders, its default profile, and accounts nobody should imitate.
const RESERVED: &[&str] = &["hermes", "default", "test", "tmp", "root", "sudo", "main"];

/// Subcommands of Hermes: a profile of that name could have no shell alias.
const SUBCOMMANDS: &[&str] = &[
    "chat", "config", "cron", "doctor", "gateway", "mcp", "model", "plugins", "profile", "profiles", "sessions",
    "setup", "skills", "status", "tools", "update",
];

const NAME_MAX: usize = 64;
const OWNER_PART_MAX: usize = 128;

/// Why a text is no profile name or no owner id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Empty, too long, or with a character outside of what Hermes takes.
    #[error("a profile name has 1 to 64 characters of a-z, 0-9, - and _, and begins with a letter or digit")]
    NotAName,
    /// Hermes uses the name itself.
    #[error("the name {0:?} is reserved")]
    Reserved(String),
    /// No `scheme:account` or `scheme:application:account`.
    #[error("an owner id is scheme:account or scheme:application:account, as tg:123 or wx:app:openid")]
    NotAnOwner,
}

/// The name of a profile, by Hermes's rule: `^[a-z0-9][a-z0-9_-]{0,63}$` and not reserved.
///
/// It is lower case, so that two names that differ only by case cannot both exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    /// Takes a name as it stands in a path or in OWNERS: lower case already.
    ///
    /// # Errors
    /// [`NameError::NotAName`], [`NameError::Reserved`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'_';
        let starts_well = text.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
        if !starts_well || text.len() > NAME_MAX || !text.bytes().all(inner) {
            return Err(NameError::NotAName);
        }
        if RESERVED.contains(&text) || SUBCOMMANDS.contains(&text) {
            return Err(NameError::Reserved(text.to_owned()));
        }
        Ok(Self(text.to_owned()))
    }

    /// Takes a name as a person types it: surrounding blanks and case do not count.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn from_input(text: &str) -> Result<Self, NameError> {
        Self::parse(&text.trim().to_ascii_lowercase())
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The folder of the profile in the repository: `profiles/<name>`.
    pub fn folder(&self) -> String {
        format!("profiles/{}", self.0)
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for ProfileName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

/// Who a profile belongs to: `scheme:account` or `scheme:application:account`, as `tg:123456` or `wx:wx1234:oABC`.
///
/// The scheme is lower case; the account keeps its case, for WeChat's openids tell case apart.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OwnerId(String);

impl OwnerId {
    /// Takes an owner id.
    ///
    /// # Errors
    /// [`NameError::NotAnOwner`].
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let mut parts = text.split(':');
        let scheme = parts.next().unwrap_or_default();
        let is_scheme = (1..=16).contains(&scheme.len())
            && scheme.starts_with(|first: char| first.is_ascii_lowercase())
            && scheme.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        let rest: Vec<&str> = parts.collect();
        let is_part = |part: &&str| {
            (1..=OWNER_PART_MAX).contains(&part.len())
                && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.@-".contains(&byte))
        };
        if is_scheme && (1..=2).contains(&rest.len()) && rest.iter().all(is_part) {
            Ok(Self(text.to_owned()))
        } else {
            Err(NameError::NotAnOwner)
        }
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for OwnerId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for OwnerId {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_name_follows_hermes() {
        for good in ["a", "alice", "a-b_c", "0day", &"x".repeat(64)] {
            assert_eq!(ProfileName::parse(good).map(|name| name.to_string()), Ok(good.to_owned()));
        }
        for bad in ["", "A", "Alice", "-a", "_a", "a b", "a/b", "..", "ä", "a.b", &"x".repeat(65), "a\n"] {
            assert_eq!(ProfileName::parse(bad), Err(NameError::NotAName), "{bad:?}");
        }
        for reserved in ["hermes", "default", "test", "tmp", "root", "sudo", "main", "gateway", "mcp"] {
            assert_eq!(ProfileName::parse(reserved), Err(NameError::Reserved(reserved.to_owned())));
        }
    }

    #[test]
    fn case_and_blanks_of_a_typed_name_do_not_count() {
        assert_eq!(ProfileName::from_input(" Alice "), ProfileName::parse("alice"));
        assert_eq!(ProfileName::from_input("Default"), Err(NameError::Reserved("default".to_owned())));
    }

    #[test]
    fn an_owner_is_a_scheme_and_an_account() {
        for good in ["tg:123", "wx:wx0a1b:oAbC-_x", "key:a.b@c"] {
            assert!(OwnerId::parse(good).is_ok(), "{good}");
        }
        for bad in ["", "tg", "tg:", ":1", "TG:1", "tg:1:2:3", "tg:a|b", "tg:a b", "tg:a\n", "1tg:1", "tg::1"] {
            assert_eq!(OwnerId::parse(bad), Err(NameError::NotAnOwner), "{bad:?}");
        }
        assert_ne!(OwnerId::parse("wx:a:oX"), OwnerId::parse("wx:a:ox"));
    }
}
