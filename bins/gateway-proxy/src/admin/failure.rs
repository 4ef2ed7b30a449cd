//! What an error of the books means for an operator. Our own faults are logged here, once, and nowhere else.

use axum::http::{HeaderValue, StatusCode, header};
use daemon_kit::problem::Problem;
use gateway_ledger::LedgerError;

/// Turns an error of the ledger into the answer, and logs it where it is ours.
pub(crate) fn problem(error: LedgerError) -> Problem {
    match error {
        LedgerError::DiskFull(_) => {
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "disk-full", "The books cannot be written", error.to_string())
                .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
        }
        LedgerError::Conflict(detail) => Problem::new(StatusCode::CONFLICT, "conflict", "It is another one", detail),
        LedgerError::NotFound(detail) => Problem::new(StatusCode::NOT_FOUND, "not-found", "There is none", detail),
        LedgerError::Closed => {
            let detail = "the gateway is shutting down";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "closing", "The books are closed", detail)
        }
        error => {
            tracing::error!(error = %error, "use the ledger: {error}");
            Problem::internal()
        }
    }
}
