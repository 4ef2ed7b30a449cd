//! What the gateway answers, as cells of a table.

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::table::{count, instant, table};

/// A value; `-` for none, words with blanks between them for a list.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A whole number with thousands separated.
pub(super) fn number(value: &Value) -> String {
    value.as_u64().map_or_else(|| text(value), count)
}

/// A moment as operators read it: Shanghai time.
pub(super) fn moment(value: &Value) -> String {
    instant(value.as_str().and_then(|text| text.parse::<DateTime<Utc>>().ok()))
}

/// What is used of a limit: `12 / 100`, `12` where there is none.
pub(super) fn of_limit(used: &Value, limit: &Value) -> String {
    match (used, limit) {
        (Value::Null, _) => "-".to_owned(),
        (used, Value::Null) => number(used),
        (used, limit) => format!("{} / {}", number(used), number(limit)),
    }
}

/// The items of a list, none where there is no list.
pub(super) fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A list's rows, of which there may be one more than wanted: then there are more pages.
pub(super) fn page(rows: &[Value], limit: usize) -> (&[Value], &'static str) {
    if rows.len() > limit { (&rows[..limit], "\nThere are more: --limit.") } else { (rows, "") }
}

/// The members of an object as a table of two columns.
pub(super) fn members(value: &Value, names: &[(&str, &str)]) -> String {
    let rows = names.iter().map(|(title, path)| {
        let found = path.split('.').fold(value, |value, name| &value[name]);
        [(*title).to_owned(), text(found)]
    });
    table(["what", "value"], rows.collect::<Vec<_>>())
}

/// The name of a channel or the id of a request is part of the address that is asked: it must not lead elsewhere.
pub(super) fn name(text: &str) -> Result<String, String> {
    let fits = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if text.chars().all(fits) && !text.is_empty() && !matches!(text, "." | "..") {
        return Ok(text.to_owned());
    }
    Err("letters, digits, points and hyphens".to_owned())
}

/// How many rows a command may show.
pub(super) fn limit(text: &str) -> Result<usize, String> {
    // The gateway is asked for one more, and gives a thousand at most.
    text.parse().ok().filter(|limit| (1..=999).contains(limit)).ok_or_else(|| "1 to 999".to_owned())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn cells_are_readable_whatever_is_there() {
        let cells = [json!(null), json!("a"), json!(true), json!(["a", "b"]), json!([])].map(|value| text(&value));
        assert_eq!(cells, ["-", "a", "true", "a b", "-"]);
        assert_eq!((number(&json!(1_234_567)), number(&json!(null))), ("1,234,567".to_owned(), "-".to_owned()));
        assert_eq!(of_limit(&json!(12), &json!(1000)), "12 / 1,000");
        assert_eq!(of_limit(&json!(12), &json!(null)), "12");
        assert_eq!(moment(&json!("2026-11-23T04:00:00Z")), "2026-11-23 12:00:00");
        assert_eq!((page(&[json!(1), json!(2)], 1).0.len(), page(&[json!(1)], 1).1), (1, ""));
    }

    #[test]
    fn a_name_cannot_lead_to_another_address() {
        for wrong in ["", "..", "a/b", "a?b", "a b", "a%2fb"] {
            assert!(name(wrong).is_err(), "{wrong}");
        }
        assert_eq!(name("silicon-1"), Ok("silicon-1".to_owned()));
    }
}
