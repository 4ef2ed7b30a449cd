//! Cookies: read, and written the way all of ours are.

use axum::http::{HeaderMap, HeaderValue, header};

/// The value of the cookie `name`.
pub(crate) fn get<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// `set-cookie` for the pages: no script reads it, no other site's request carries it. `value` is plain letters and digits;
/// `seconds` of 0 deletes it.
pub(crate) fn set(name: &str, value: &str, seconds: i64, secure: bool) -> Option<HeaderValue> {
    let secure = if secure { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::from_str(&text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others_by_its_whole_name() {
        let headers = HeaderMap::from_iter([
            (header::COOKIE, HeaderValue::from_static("ax=1; a=2;b=3=4")),
            (header::COOKIE, HeaderValue::from_static("c=5")),
        ]);
        assert_eq!(
            ["a", "ax", "b", "c", "d"].map(|name| get(&headers, name)),
            [Some("2"), Some("1"), Some("3=4"), Some("5"), None]
        );
    }
}
