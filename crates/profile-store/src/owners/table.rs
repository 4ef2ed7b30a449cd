//! The whole of `OWNERS`.

use std::collections::BTreeMap;

use chrono::{DateTime, SubsecRound as _, Utc};

use super::line::{OwnerLine, OwnersBroken, is_proof};
use crate::{OwnerId, ProfileName};

const HEADER: &str = "# profile_name | owner_id | verified_by | claimed_at";

/// What a claim did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// The profile has a new owner.
    New,
    /// It was this owner's already; nothing changed.
    AlreadyYours,
}

/// Why a profile did not change hands.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OwnersError {
    /// Somebody else's. Who is not said: the answer goes to whoever asked.
    #[error("the profile {0} has an owner already")]
    OwnedByAnother(ProfileName),
    /// Nobody's.
    #[error("the profile {0} has no owner")]
    Unclaimed(ProfileName),
    /// `verified_by` that cannot be written.
    #[error("verified_by has 1 to 128 characters of A-Za-z0-9._:@-")]
    BadProof,
}

/// Who owns which profile.
///
/// Reading is strict: a file with one line that is not exactly right is no [`Owners`] at all, so that nothing is decided
/// by half of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Owners {
    lines: BTreeMap<ProfileName, OwnerLine>,
}

impl Owners {
    /// Reads the file. Lines that begin with `#` say nothing; every other is a profile's, each profile at most once.
    ///
    /// # Errors
    /// [`OwnersBroken`] at the first line that is not right; also for CR, tabs, a missing last newline and what is no UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self, OwnersBroken> {
        let broken = |line: usize, problem: &str| OwnersBroken { line, problem: problem.to_owned() };
        let text = std::str::from_utf8(bytes).map_err(|_| broken(0, "not UTF-8"))?;
        if !text.ends_with('\n') {
            return Err(broken(0, "the last line has no end, or the file is empty"));
        }
        let mut lines = BTreeMap::new();
        for (index, text) in text.split_terminator('\n').enumerate() {
            if text.chars().any(char::is_control) {
                return Err(broken(index + 1, "a control character"));
            }
            if text.starts_with('#') {
                continue;
            }
            let line = OwnerLine::parse(text).map_err(|problem| OwnersBroken { line: index + 1, problem })?;
            if lines.insert(line.profile.clone(), line).is_some() {
                return Err(broken(index + 1, "the profile has a line already"));
            }
        }
        Ok(Self { lines })
    }

    /// The file: a heading and the lines in order of their names.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut text = format!("{HEADER}\n");
        for line in self.lines.values() {
            text.push_str(&line.to_string());
            text.push('\n');
        }
        text.into_bytes()
    }

    /// The line of `profile`.
    pub fn line(&self, profile: &ProfileName) -> Option<&OwnerLine> {
        self.lines.get(profile)
    }

    /// Whose `profile` is.
    pub fn owner_of(&self, profile: &ProfileName) -> Option<&OwnerId> {
        self.lines.get(profile).map(|line| &line.owner)
    }

    /// All lines, in order of names.
    pub fn lines(&self) -> impl Iterator<Item = &OwnerLine> {
        self.lines.values()
    }

    /// The profiles of `owner`, in order.
    pub fn profiles_of(&self, owner: &OwnerId) -> impl Iterator<Item = &ProfileName> {
        self.lines.values().filter(move |line| line.owner == *owner).map(|line| &line.profile)
    }

    /// Gives a free profile to `owner`. Claiming one's own again changes nothing, not even the date.
    ///
    /// # Errors
    /// [`OwnersError::OwnedByAnother`], [`OwnersError::BadProof`].
    pub fn claim(
        &mut self,
        profile: &ProfileName,
        owner: &OwnerId,
        verified_by: &str,
        at: DateTime<Utc>,
    ) -> Result<Claim, OwnersError> {
        match self.owner_of(profile) {
            Some(has) if has == owner => return Ok(Claim::AlreadyYours),
            Some(_) => return Err(OwnersError::OwnedByAnother(profile.clone())),
            None => {}
        }
        self.set(profile, owner, verified_by, at)?;
        Ok(Claim::New)
    }

    /// Gives the profile of `from` to `to`. That both agreed is the caller's to prove.
    ///
    /// # Errors
    /// [`OwnersError::Unclaimed`], [`OwnersError::OwnedByAnother`] where it is not `from`'s, [`OwnersError::BadProof`].
    pub fn transfer(
        &mut self,
        profile: &ProfileName,
        from: &OwnerId,
        to: &OwnerId,
        verified_by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), OwnersError> {
        match self.owner_of(profile) {
            Some(owner) if owner == from => self.set(profile, to, verified_by, at),
            Some(_) => Err(OwnersError::OwnedByAnother(profile.clone())),
            None => Err(OwnersError::Unclaimed(profile.clone())),
        }
    }

    /// Leaves `profile` without an owner; says whether it had one.
    pub fn release(&mut self, profile: &ProfileName) -> bool {
        self.lines.remove(profile).is_some()
    }

    fn set(
        &mut self,
        profile: &ProfileName,
        owner: &OwnerId,
        verified_by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), OwnersError> {
        if !is_proof(verified_by) {
            return Err(OwnersError::BadProof);
        }
        let line = OwnerLine {
            profile: profile.clone(),
            owner: owner.clone(),
            verified_by: verified_by.to_owned(),
            claimed_at: at.trunc_subsecs(0),
        };
        self.lines.insert(profile.clone(), line);
        Ok(())
    }
}
