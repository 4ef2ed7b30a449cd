//! What comes of a step, and why one is not made.

use profile_store::StoreError;

use super::ProvisionError;
use crate::{BooksError, gateway_client::GatewayError};

/// What came of a step.
pub(super) enum Step {
    /// The order moved: there may be more to do.
    Moved,
    /// Somebody else moves it next, or nobody.
    Rest,
}

/// Why a step was not made.
#[derive(Debug)]
pub(super) enum Halt {
    /// Again later.
    Later(String),
    /// Again later, and somebody has to do something.
    Alert {
        /// What it is about, so that it is told once: `pool:telegram_bot`.
        about: String,
        /// For people.
        why: String,
    },
    /// Not again before an operator says so.
    Stop(String),
    /// Our own trouble: again later.
    Failed(ProvisionError),
}

impl From<ProvisionError> for Halt {
    fn from(error: ProvisionError) -> Self {
        Self::Failed(error)
    }
}

impl From<BooksError> for Halt {
    fn from(error: BooksError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        match error {
            // What the policy refuses it will refuse again.
            StoreError::Refused(refusals) => Self::Stop(refusals.to_string()),
            StoreError::Owners(_) | StoreError::Damaged(_) => {
                Self::Alert { about: "repository".to_owned(), why: error.to_string() }
            }
            error => Self::Failed(error.into()),
        }
    }
}

impl From<GatewayError> for Halt {
    fn from(error: GatewayError) -> Self {
        match error {
            GatewayError::Unavailable(_) => Self::Later(error.to_string()),
            // A wrong admin token, for instance: mended without touching the order.
            GatewayError::Refused(_) | GatewayError::Unknown => {
                Self::Alert { about: "gateway".to_owned(), why: error.to_string() }
            }
            GatewayError::Conflict(_) => Self::Stop(error.to_string()),
        }
    }
}
