//! Pages of a list: how long one is, and where the next one begins.

use std::fmt::Display;

use axum::http::{HeaderValue, Uri};
use daemon_kit::problem::Problem;

use super::Params;

/// Rows of a page unless the caller says otherwise.
const USUAL: usize = 100;
/// The longest page.
const MOST: usize = 1000;

/// Reads `limit`.
///
/// # Errors
/// 400 for anything but 1 to 1000.
pub(crate) fn limit(params: &Params) -> Result<usize, Problem> {
    let read = |text: &str| text.parse().ok().filter(|limit| (1..=MOST).contains(limit));
    Ok(params.read("limit", "1 to 1000", read)?.unwrap_or(USUAL))
}

/// `<…>; rel="next"` (RFC 8288): this very request with `cursor` in place of its own.
pub(crate) fn next_link(uri: &Uri, cursor: &impl Display) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("<{}>; rel=\"next\"", next_href(uri, cursor))).ok()
}

/// Path and query of this very request with `cursor` in place of its own.
pub(crate) fn next_href(uri: &Uri, cursor: &impl Display) -> String {
    let others = uri.query().unwrap_or_default().split('&');
    let mut query: Vec<&str> = others.filter(|pair| !pair.is_empty() && !pair.starts_with("cursor=")).collect();
    let cursor = format!("cursor={cursor}");
    query.push(&cursor);
    format!("{}?{}", uri.path(), query.join("&"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_page_is_the_same_request_from_another_row_on() {
        let link = |uri: &'static str| next_link(&Uri::from_static(uri), &"17").unwrap();
        assert_eq!(link("/admin/requests"), "</admin/requests?cursor=17>; rel=\"next\"");
        assert_eq!(
            link("/admin/requests?profile=a%20b&cursor=18&limit=2"),
            "</admin/requests?profile=a%20b&limit=2&cursor=17>; rel=\"next\""
        );
    }

    #[test]
    fn a_page_has_a_row_at_least_and_an_end() {
        let read = |query: &str| {
            let uri = format!("/admin/requests?{query}").parse().unwrap();
            limit(&Params::parse(&uri, &["limit"]).unwrap()).map_err(|problem| problem.kind())
        };
        assert_eq!((read(""), read("limit=1"), read("limit=1000")), (Ok(100), Ok(1), Ok(1000)));
        for text in ["0", "1001", "-1", "many", "1e3"] {
            assert_eq!(read(&format!("limit={text}")), Err("invalid-parameter"));
        }
    }
}
