//! Who asks.

use std::collections::BTreeSet;

use crate::{OwnerId, Owners, ProfileName};

/// Who wants to change something, as the caller has authenticated them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// May change everything, `OWNERS` included; what is not fit for the repository is refused all the same.
    Admin,
    /// A registered host, which serves profiles: may change every profile that has an owner, nothing else.
    Host,
    /// May change the profiles of these ids.
    Owner(BTreeSet<OwnerId>),
}

impl Actor {
    /// The owner with one id.
    pub fn owner(id: OwnerId) -> Self {
        Self::Owner(BTreeSet::from([id]))
    }

    pub(crate) fn is_admin(&self) -> bool {
        *self == Self::Admin
    }

    /// Whether the actor may change the files of `profile`.
    pub fn may_change(&self, profile: &ProfileName, owners: &Owners) -> bool {
        match self {
            Self::Admin => true,
            Self::Host => owners.owner_of(profile).is_some(),
            Self::Owner(ids) => owners.owner_of(profile).is_some_and(|owner| ids.contains(owner)),
        }
    }
}
