//! Names between commas.

use super::BadQuery;

/// More names than SearXNG has of either kind enabled.
const NAMES_MAX: usize = 64;
const NAME_BYTES: usize = 64;

/// Sorted, without repetition. `general` alone is what SearXNG searches without any category, so it is none.
pub(super) fn list(field: &'static str, text: Option<&str>) -> Result<Vec<String>, BadQuery> {
    let mut names: Vec<String> = Vec::new();
    for name in text.unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty()) {
        if name.len() > NAME_BYTES || name.chars().any(char::is_control) {
            return Err(BadQuery::new(field, "a name is too long, or has control characters", &[]));
        }
        names.push(name.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    if names.len() > NAMES_MAX {
        return Err(BadQuery::new(field, "more than 64 names", &[]));
    }
    if field == "categories" && names == ["general"] {
        names.clear();
    }
    Ok(names)
}
