//! Reading a stored response again: a figure that was refused when it came is normalized by today's rules.

use chrono::{DateTime, Utc};
use market_model::MacroObservation;
use serde::Deserialize;

use crate::{AktoolsError, Fetched, RawPage, SeriesSpec, cache::Answer, normalize, series, shanghai::day_of, wire};

/// Reads one stored response: its request and body as in [`RawPage`]. Of the series that its function holds those that
/// `is_wanted` says are read. `pages` are empty: whoever asks has the response.
///
/// # Errors
/// [`AktoolsError::StoredResponse`] for what is no response with such a series; without pages whatever
/// [`Client::series`](crate::Client::series) says about an answer.
pub fn decode(
    request: &str,
    body: &[u8],
    fetched_at: DateTime<Utc>,
    is_wanted: impl Fn(&SeriesSpec) -> bool,
) -> Result<Fetched<MacroObservation>, AktoolsError> {
    let unreadable = |reason: String| AktoolsError::StoredResponse { reason };
    let asked: Asked = serde_json::from_str(request).map_err(|error| unreadable(format!("its request: {error}")))?;
    let function = series::function_named(&asked.function);
    let function = function.ok_or_else(|| unreadable(format!("no series is known in {}", asked.function)))?;
    let wanted: Vec<&SeriesSpec> = series::series_of(function).filter(|spec| is_wanted(spec)).collect();
    if wanted.is_empty() {
        return Err(unreadable(format!("no series of {function} is wanted")));
    }
    let table = wire::read(body).map_err(unreadable)?;
    // The body stays where it is: nothing here looks at it again.
    let page =
        RawPage { dataset: function, request: request.to_owned(), fetched_at, http_status: 200, body: Vec::new() };
    match normalize::observations(&Answer { page, table }, &wanted, day_of(fetched_at)) {
        Ok(fetched) => Ok(Fetched { pages: Vec::new(), ..fetched }),
        Err(mut error) => {
            error.take_pages();
            Err(error)
        }
    }
}

/// What is needed of a request.
#[derive(Deserialize)]
struct Asked {
    function: String,
}
