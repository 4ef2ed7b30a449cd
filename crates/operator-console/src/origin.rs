//! Whether a change comes from a page of ours.

use axum::http::{HeaderMap, HeaderName, Uri, header};

use crate::address;

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether the browser says that another site's page made the request. Other ports of the same host are other sites here,
/// though not for `SameSite`. A caller that is no browser says nothing and is judged by its CSRF token alone.
pub(crate) fn is_foreign(headers: &HeaderMap, uri: &Uri) -> bool {
    let site = headers.get(FETCH_SITE).map(|site| site.as_bytes());
    if site.is_some_and(|site| site != b"same-origin" && site != b"none") {
        return true;
    }
    let Some(origin) = headers.get(header::ORIGIN) else { return false };
    let host = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    host.is_none_or(|host| !host.eq_ignore_ascii_case(address::host(headers, uri)))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn foreign(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::from_iter([(header::HOST, HeaderValue::from_static("127.0.0.1:3000"))]);
        for (name, value) in pairs {
            headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        is_foreign(&headers, &Uri::from_static("/console/x"))
    }

    #[test]
    fn what_a_browser_says_of_another_site_is_foreign() {
        assert!(!foreign(&[]));
        assert!(!foreign(&[("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "same-origin")]));
        for pairs in [
            [("origin", "http://127.0.0.1:8000"), ("sec-fetch-site", "same-site")],
            [("origin", "http://127.0.0.1:3000"), ("sec-fetch-site", "cross-site")],
            [("origin", "null"), ("sec-fetch-site", "same-origin")],
            [("origin", "http://127.0.0.1:3000.evil.example"), ("sec-fetch-site", "none")],
        ] {
            assert!(foreign(&pairs), "{pairs:?}");
        }
    }
}
