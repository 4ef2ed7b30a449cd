//! A JSON body, where a request has one.

use axum::{
    body::{Body, Bytes},
    http::{StatusCode, Uri},
};
use daemon_kit::{body::read_body_up_to, problem::Problem};
use serde::de::DeserializeOwned;

/// A list of every code there is takes a tenth of this.
const BODY_BYTES: usize = 1 << 20;

/// Reads the body, blanks around it left out.
///
/// # Errors
/// 413 for more than 1 MiB.
pub(crate) async fn read_body(body: Body) -> Result<Bytes, Problem> {
    read_body_up_to(body, BODY_BYTES).await
}

/// Reads a JSON object with the fields `known`.
///
/// # Errors
/// 400 for anything else, and where there are parameters, too.
pub(crate) fn parse_body<T: DeserializeOwned>(
    uri: &Uri,
    body: &[u8],
    known: &'static [&'static str],
) -> Result<T, Problem> {
    if uri.query().is_some_and(|query| !query.is_empty()) {
        return Err(Problem::invalid("query", "give a body or parameters, not both"));
    }
    serde_json::from_slice(body).map_err(|error| {
        // The message of serde_json names the field and what it expected; it repeats no more than one value.
        let detail = format!("the body is not what is expected: {}", shown_error(&error));
        Problem::invalid("body", detail).allowed(known)
    })
}

/// 400 `missing-parameter` for a field that must be there.
pub(crate) fn missing(field: &'static str, example: &str) -> Problem {
    let detail = format!("`{field}` is required, for example {field}={example}");
    Problem::new(StatusCode::BAD_REQUEST, "missing-parameter", "A parameter is missing", detail).field(field)
}

fn shown_error(error: &serde_json::Error) -> String {
    const MOST: usize = 200;
    error.to_string().chars().filter(|c| !c.is_control()).take(MOST).collect()
}
