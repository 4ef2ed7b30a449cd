//! What a proxy says about the caller behind it.

use axum::http::{HeaderMap, HeaderName};

const CALLER: HeaderName = HeaderName::from_static("x-twilight-caller");
/// Longest name of a caller.
const NAME_BYTES: usize = 128;

/// The caller's name as a proxy tells it: 1 to 128 visible ASCII characters.
pub(super) fn name(headers: &HeaderMap) -> Option<&str> {
    let name = headers.get(CALLER)?.to_str().ok()?.trim();
    ((1..=NAME_BYTES).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic())).then_some(name)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_name_is_short_and_visible() {
        let told = |value: &'static str| {
            let headers = HeaderMap::from_iter([(CALLER, HeaderValue::from_static(value))]);
            name(&headers).map(str::to_owned)
        };
        assert_eq!(told(" agent-7 ").as_deref(), Some("agent-7"));
        assert_eq!((told(""), told("a b"), told("\t")), (None, None, None));
        assert_eq!(told(Box::leak("x".repeat(129).into_boxed_str())), None);
    }
}
