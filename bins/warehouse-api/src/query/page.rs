//! Pages of a list: how long one is, and where the next one begins.

use std::fmt::Display;

use axum::http::{HeaderValue, Uri};
use daemon_kit::{body::shown, problem::Problem};
use warehouse::{Cursor, PAGE_ROWS_MAX};

use super::params::Params;

/// Rows of a page unless the caller says otherwise.
const USUAL: usize = 100;

/// Reads `limit`.
///
/// # Errors
/// 400 for anything but 1 to [`PAGE_ROWS_MAX`].
pub(crate) fn limit(params: &Params) -> Result<usize, Problem> {
    let Some(text) = params.get("limit") else { return Ok(USUAL) };
    text.parse().ok().filter(|limit| (1..=PAGE_ROWS_MAX).contains(limit)).ok_or_else(|| {
        let detail = format!("`{}` is no number of rows", shown(text));
        Problem::invalid("limit", detail).allowed([format!("1 to {PAGE_ROWS_MAX}")])
    })
}

/// Reads `cursor`, if it was given.
///
/// # Errors
/// 400 for a text that no `Link` header ever held.
pub(crate) fn cursor(params: &Params) -> Result<Option<Cursor>, Problem> {
    let Some(text) = params.get("cursor") else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        let detail = format!("`{}` is no cursor: take the one in the `Link` header of the page before", shown(text));
        Problem::invalid("cursor", detail)
    })
}

/// `<…>; rel="next"` (RFC 8288): this very request with `cursor` in place of its own.
pub(crate) fn next_link(uri: &Uri, cursor: &impl Display) -> Option<HeaderValue> {
    let others = uri.query().unwrap_or_default().split('&');
    let others = others.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor="));
    let mut query: Vec<&str> = others.collect();
    let cursor = format!("cursor={cursor}");
    query.push(&cursor);
    HeaderValue::from_str(&format!("<{}?{}>; rel=\"next\"", uri.path(), query.join("&"))).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_same_request_from_another_row_on() {
        let link = |uri: &'static str| next_link(&Uri::from_static(uri), &"MTcuOWY").unwrap();
        assert_eq!(link("/quality/logs"), "</quality/logs?cursor=MTcuOWY>; rel=\"next\"");
        assert_eq!(
            link("/quality/logs?open=true&cursor=MTguYWI&check=gap%5F"),
            "</quality/logs?open=true&check=gap%5F&cursor=MTcuOWY>; rel=\"next\""
        );
    }

    #[test]
    fn a_page_has_a_row_at_least_and_an_end() {
        let read = |query: &str| {
            let uri = format!("/quality/logs?{query}").parse().unwrap();
            limit(&Params::parse(&uri, &["limit"]).unwrap()).map_err(|problem| problem.detail().to_owned())
        };
        assert_eq!((read(""), read("limit=1"), read("limit=1000")), (Ok(100), Ok(1), Ok(1_000)));
        for text in ["0", "1001", "-1", "many", "1e3"] {
            assert_eq!(read(&format!("limit={text}")), Err(format!("`{text}` is no number of rows")));
        }
    }
}
