//! Where the next page of a list begins.

use std::{fmt, str::FromStr};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, NaiveDateTime, Utc};

/// The longest id that a cursor may carry, in bytes: ids are checksums in hex.
const ID_BYTES_MAX: usize = 64;

/// Where the next page of a list begins, newest first: behind the row of this moment and id.
///
/// Its text is opaque, safe in a URL and in a header, and stays good when the generation changes: rows that are newer than the
/// first page do not show up on later ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    at: DateTime<Utc>,
    id: String,
}

/// A text that is no cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor: send the one of the page before, unchanged")]
pub struct BadCursor;

impl Cursor {
    pub(super) fn behind(at: DateTime<Utc>, id: &str) -> Self {
        Self { at, id: id.to_owned() }
    }

    /// The moment as DuckDB takes it.
    pub(super) fn at(&self) -> NaiveDateTime {
        self.at.naive_utc()
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&BASE64.encode(format!("{}.{}", self.at.timestamp_micros(), self.id)))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, BadCursor> {
        let bytes = BASE64.decode(text).map_err(|_| BadCursor)?;
        let text = String::from_utf8(bytes).map_err(|_| BadCursor)?;
        let (micros, id) = text.split_once('.').ok_or(BadCursor)?;
        let at = micros.parse().ok().and_then(DateTime::from_timestamp_micros).ok_or(BadCursor)?;
        if id.len() > ID_BYTES_MAX {
            return Err(BadCursor);
        }
        Ok(Self { at, id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_reads_back_and_is_safe_in_a_url() {
        for (micros, id) in [(1_790_000_000_123_456, "9f86d081884c7d65"), (-1, ""), (0, "a.b|ß")] {
            let cursor = Cursor::behind(DateTime::from_timestamp_micros(micros).unwrap(), id);
            let text = cursor.to_string();
            assert!(text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_'), "{text}");
            assert_eq!(text.parse(), Ok(cursor));
        }
    }

    #[test]
    fn what_is_no_cursor_is_refused() {
        let encoded = |text: &str| BASE64.encode(text);
        for text in [
            String::new(),
            "!".to_owned(),
            "12.ab".to_owned(),
            encoded("12"),
            encoded("x.ab"),
            encoded("9223372036854775807.ab"),
            encoded(&format!("12.{}", "a".repeat(65))),
            BASE64.encode(b"12.\xff"),
        ] {
            assert_eq!(text.parse::<Cursor>(), Err(BadCursor), "{text}");
        }
    }
}
