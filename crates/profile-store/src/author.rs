//! Who makes a commit, and when.

use chrono::{DateTime, Utc};

/// Who makes a commit. Characters that would end the field are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// A name, as `tg:123` or `host:mini`.
    pub name: String,
    /// An address; it need not exist.
    pub email: String,
    /// When: the commit says it to the second, in UTC.
    pub at: DateTime<Utc>,
}

impl Author {
    /// An author.
    pub fn new(name: impl Into<String>, email: impl Into<String>, at: DateTime<Utc>) -> Self {
        Self { name: name.into(), email: email.into(), at }
    }

    pub(crate) fn line(&self) -> String {
        let clean = |text: &str| -> String {
            text.chars().filter(|character| !"<>".contains(*character) && !character.is_control()).collect()
        };
        let (name, email) = (clean(&self.name), clean(&self.email));
        let name = if name.trim().is_empty() { "unknown" } else { name.trim() };
        format!("{name} <{}> {} +0000", email.trim(), self.at.timestamp().max(0))
    }
}
