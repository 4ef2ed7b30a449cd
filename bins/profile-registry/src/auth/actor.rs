//! Somebody whom a token has identified.

use std::fmt;

use daemon_kit::problem::Problem;
use profile_store::OwnerId;

use crate::failure;

/// Who asks. Handlers behind [`require_actor`](crate::auth::require_actor) take it with `Extension<Actor>`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An operator, by the configured token.
    Admin,
    /// The owner with this id.
    Owner(OwnerId),
    /// The registered host of this name.
    Host(String),
}

impl Actor {
    /// As the policy of the store knows them.
    pub fn policy(&self) -> profile_store::Actor {
        match self {
            Self::Admin => profile_store::Actor::Admin,
            Self::Owner(id) => profile_store::Actor::owner(id.clone()),
            Self::Host(_) => profile_store::Actor::Host,
        }
    }

    /// The owner's id.
    ///
    /// # Errors
    /// 403 for anybody else.
    pub(crate) fn require_owner(&self) -> Result<&OwnerId, Problem> {
        match self {
            Self::Owner(id) => Ok(id),
            _ => Err(failure::forbidden("an owner's token: `hermes-profile-manager login` gets one", "owner")),
        }
    }

    /// # Errors
    /// 403 for anybody but an operator.
    pub(crate) fn require_admin(&self) -> Result<(), Problem> {
        match self {
            Self::Admin => Ok(()),
            _ => Err(failure::forbidden("the token that profile-registry.admin_token configures", "admin")),
        }
    }
}

/// As logs, commits and the audit call them: `admin`, `tg:123`, `host:mini`.
impl fmt::Display for Actor {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Admin => out.write_str("admin"),
            Self::Owner(id) => id.fmt(out),
            Self::Host(name) => write!(out, "host:{name}"),
        }
    }
}
