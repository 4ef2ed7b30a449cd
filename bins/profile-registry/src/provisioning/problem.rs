//! What errors of orders mean for whoever asked.

use axum::http::StatusCode;
use daemon_kit::problem::Problem;

use super::{AcknowledgeRefused, ProvisionError};
use crate::{BooksError, failure};

/// What an error of an order means.
pub(crate) fn problem(error: ProvisionError) -> Problem {
    let detail = error.to_string();
    let conflict = |kind, title| Problem::new(StatusCode::CONFLICT, kind, title, detail.clone());
    match error {
        ProvisionError::UnknownOrder(_) => {
            Problem::new(StatusCode::NOT_FOUND, "unknown-order", "There is no such order", detail)
        }
        ProvisionError::UnknownProduct(_) => Problem::invalid("product", detail),
        ProvisionError::Invalid { field, problem } => Problem::invalid(field, problem),
        ProvisionError::AnotherOrder(_) => conflict("another-order", "The number stands for another order"),
        ProvisionError::Amount { .. } => conflict("wrong-amount", "The amount is another one"),
        ProvisionError::Payer(_) => conflict("wrong-payer", "The order is somebody else's"),
        ProvisionError::PaidTwice(_) => conflict("paid-twice", "The order was paid before"),
        ProvisionError::WrongState { state, .. } => {
            conflict("wrong-state", "The order is somewhere else").with("state", state)
        }
        ProvisionError::Books(BooksError::Taken(_)) => conflict("taken", "Something unique is there already"),
        ProvisionError::Books(error) => failure::books(error),
        ProvisionError::Store(error) => failure::store(error),
        ProvisionError::Inconsistent(_) | ProvisionError::Vault(_) | ProvisionError::NoRandomness => {
            tracing::error!("answer about an order: {detail}");
            Problem::internal()
        }
    }
}

/// Why a host does not get a profile's secrets.
pub(crate) fn refused(error: AcknowledgeRefused) -> Problem {
    let detail = error.to_string();
    match error {
        AcknowledgeRefused::NotServed { .. } => {
            Problem::new(StatusCode::NOT_FOUND, "not-served", "The host does not serve the profile", detail)
        }
        AcknowledgeRefused::Stale { now } => {
            Problem::new(StatusCode::CONFLICT, "stale", "It has changed since", detail).with("fingerprint", now)
        }
        AcknowledgeRefused::Broken(_) => {
            Problem::new(StatusCode::CONFLICT, "profile-broken", "The profile cannot be delivered", detail)
        }
        AcknowledgeRefused::Failed(error) => problem(error),
    }
}
