//! Entity tags: a generation never changes, so its number and content hash are all that an answer's validity hangs on.

use axum::http::{HeaderMap, HeaderValue, header};
use warehouse::Generation;

/// The version of the answers' shapes. Raise it with any change of them, or caches keep the old shape until the next
/// generation.
const REPRESENTATION: u32 = 2;

/// The tag of the representation `variant` (layer, basis, format) of one generation, quotes included.
///
/// Weak, because the same answer may be sent compressed.
pub(crate) fn etag(generation: &Generation, variant: [&str; 3]) -> String {
    let hash = generation.manifest().logical_hash.get(..12).unwrap_or_default();
    let [layer, basis, format] = variant;
    format!("W/\"{}-{hash}-{REPRESENTATION}-{layer}.{basis}.{format}\"", generation.number())
}

/// Whether the caller has the representation already (`If-None-Match`, weak comparison).
pub(crate) fn is_current(headers: &HeaderMap, etag: &str) -> bool {
    headers.get_all(header::IF_NONE_MATCH).iter().any(|value| lists(value, etag))
}

fn lists(value: &HeaderValue, etag: &str) -> bool {
    let Ok(list) = value.to_str() else { return false };
    // None of our tags holds a comma, so a comma inside somebody else's tag only makes more texts that do not match.
    list.trim() == "*" || list.split(',').any(|tag| opaque(tag.trim()) == opaque(etag))
}

fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_matches_in_a_list_weak_or_strong_and_by_a_star() {
        let tag = "W/\"12-abc-1-curated.qfq.json\"";
        for (value, expected) in [
            ("W/\"12-abc-1-curated.qfq.json\"", true),
            ("\"12-abc-1-curated.qfq.json\"", true),
            ("\"x\", W/\"12-abc-1-curated.qfq.json\"", true),
            ("*", true),
            ("\"13-abc-1-curated.qfq.json\"", false),
            ("12-abc-1-curated.qfq.json", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::IF_NONE_MATCH, HeaderValue::from_static(value))]);
            assert_eq!(is_current(&headers, tag), expected, "{value}");
        }
        assert!(!is_current(&HeaderMap::new(), tag));
    }
}
