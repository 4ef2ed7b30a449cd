//! One line of `OWNERS`.

use std::fmt;

use chrono::{DateTime, SecondsFormat, Utc};

use crate::{OwnerId, ProfileName};

/// The file cannot be believed. Nobody but an administrator may push until it is repaired.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("OWNERS line {line}: {problem}")]
pub struct OwnersBroken {
    /// From 1; 0 where the file as a whole is meant.
    pub line: usize,
    /// What is wrong, without the line's text.
    pub problem: String,
}

/// Whose a profile is, how that was proved, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnerLine {
    /// The profile.
    pub profile: ProfileName,
    /// Its owner.
    pub owner: OwnerId,
    /// How the owner proved it: `telegram`, `payment:<order>`, `admin` … 1 to 128 characters of `A-Za-z0-9._:@-`.
    pub verified_by: String,
    /// When, to the second, UTC.
    pub claimed_at: DateTime<Utc>,
}

impl OwnerLine {
    /// Reads one line, which must be exactly as [`fmt::Display`] writes it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let fields: Vec<&str> = text.split(" | ").collect();
        let [profile, owner, verified_by, claimed_at] = fields.as_slice() else {
            return Err(format!("{} fields between \" | \", not 4", fields.len()));
        };
        let line = Self {
            profile: ProfileName::parse(profile).map_err(|error| error.to_string())?,
            owner: OwnerId::parse(owner).map_err(|error| error.to_string())?,
            verified_by: (*verified_by).to_owned(),
            claimed_at: DateTime::parse_from_rfc3339(claimed_at)
                .map_err(|_| "claimed_at is no time like 2026-01-31T12:00:00Z".to_owned())?
                .with_timezone(&Utc),
        };
        if !is_proof(verified_by) {
            return Err("verified_by has 1 to 128 characters of A-Za-z0-9._:@-".to_owned());
        }
        // Another spelling of the same time would be another line of the same meaning.
        if line.to_string() == text {
            Ok(line)
        } else {
            Err("claimed_at is no time like 2026-01-31T12:00:00Z".to_owned())
        }
    }
}

pub(super) fn is_proof(text: &str) -> bool {
    (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:@-".contains(&byte))
}

impl fmt::Display for OwnerLine {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.claimed_at.to_rfc3339_opts(SecondsFormat::Secs, true);
        write!(out, "{} | {} | {} | {at}", self.profile, self.owner, self.verified_by)
    }
}
