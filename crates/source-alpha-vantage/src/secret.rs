//! A text that must not be shown.

use std::{borrow::Cow, fmt};

/// What stands in its place.
const MASK: &str = "***";

/// The account's key. `Debug` prints `***` and there is no `Display`, so it cannot reach a log by accident.
#[derive(Clone)]
pub struct Secret(String);

impl Secret {
    /// Wraps a secret; surrounding white space (a line end of a file) is cut off.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Blanks the secret out of a vendor's text.
    pub(crate) fn redact(&self, text: &str) -> String {
        if self.0.is_empty() { text.to_owned() } else { text.replace(&self.0, MASK) }
    }

    /// Blanks the secret out of a body; a body without it stays what it is, byte by byte.
    pub(crate) fn redact_bytes(&self, body: Vec<u8>) -> Vec<u8> {
        let secret = self.0.as_bytes();
        let holds = |body: &[u8]| !secret.is_empty() && body.windows(secret.len()).any(|window| window == secret);
        if !holds(&body) {
            return body;
        }
        let mut redacted = Vec::with_capacity(body.len());
        let mut rest = body.as_slice();
        while let Some((first, after_first)) = rest.split_first() {
            match rest.strip_prefix(secret) {
                Some(after) => {
                    redacted.extend_from_slice(MASK.as_bytes());
                    rest = after;
                }
                None => {
                    redacted.push(*first);
                    rest = after_first;
                }
            }
        }
        redacted
    }

    /// The secret inside a query: reserved characters escaped.
    pub(crate) fn escaped(&self) -> Cow<'_, str> {
        escape(&self.0)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(MASK)
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

/// Escapes everything but letters, digits, `-`, `.`, `_` and `~` for a query.
pub(crate) fn escape(text: &str) -> Cow<'_, str> {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
    if text.as_bytes().iter().all(plain) {
        return Cow::Borrowed(text);
    }
    let bytes = text.bytes();
    bytes.map(|byte| if plain(&byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_blanked_out_of_texts_and_bodies_wherever_it_stands() {
        let secret = Secret::new("ABC123\n");
        assert_eq!(secret.redact("your key ABC123 (ABC123)"), "your key *** (***)");
        assert_eq!(secret.redact_bytes(b"ABC123 xABC12 ABC123ABC123".to_vec()), b"*** xABC12 ******");
        assert_eq!(secret.redact_bytes(b"\xff nothing".to_vec()), b"\xff nothing");
        assert_eq!(Secret::new("").redact_bytes(b"as it is".to_vec()), b"as it is");
        assert_eq!(format!("{secret:?}"), "***");
    }

    #[test]
    fn reserved_characters_are_escaped_in_a_query() {
        assert_eq!(Secret::new("a&b=c").escaped(), "a%26b%3Dc");
        assert_eq!(escape("BRK-B"), "BRK-B");
    }
}
