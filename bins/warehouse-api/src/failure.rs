//! What an error of the warehouse means for a caller. Our own faults are logged here, once, and nowhere else.

use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use daemon_kit::problem::Problem;
use tokio::task::JoinError;
use warehouse::WarehouseError;

/// 503 `no-generation-yet`: the server is fine, the first publish has not happened.
pub(crate) fn no_generation_yet() -> Problem {
    Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        "no-generation-yet",
        "Nothing is published yet",
        "the warehouse has not published its first generation; data routes answer once it has",
    )
    .header(header::RETRY_AFTER, HeaderValue::from_static("5"))
}

/// Turns an error of a read into the answer, and logs it where it is ours.
pub(crate) fn problem(error: WarehouseError) -> Problem {
    match error {
        WarehouseError::NoGeneration => no_generation_yet(),
        WarehouseError::Unavailable(_) => busy(),
        WarehouseError::TimedOut { after_ms } => timed_out(Duration::from_millis(after_ms)),
        error => {
            tracing::error!(error = %error, "read the warehouse: {error}");
            Problem::internal()
        }
    }
}

/// 503 `busy`: no place for one more query came free in time.
pub(crate) fn busy() -> Problem {
    let detail = "every place for a query stayed taken; ask again, or for fewer days at a time";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", "Too many queries at once", detail)
        .header(header::RETRY_AFTER, HeaderValue::from_static("1"))
}

/// 504 `query-timeout`: the query was stopped at its limit.
pub(crate) fn timed_out(limit: Duration) -> Problem {
    let detail = format!("the query did not end within {} s: ask for fewer days", limit.as_secs_f64());
    Problem::new(StatusCode::GATEWAY_TIMEOUT, "query-timeout", "The query took too long", detail)
}

/// A query that panicked: the panic's own message is in the log already.
pub(crate) fn panicked(error: &JoinError) -> Problem {
    tracing::error!(error = %error, "a query panicked: {error}");
    Problem::internal()
}
