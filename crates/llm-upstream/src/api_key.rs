//! A text that must not be shown.

use std::fmt;

/// A provider's key. `Debug` prints `***` and there is no `Display`, so it cannot reach a log by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// Wraps a key; surrounding white space (a line end of a file) is cut off.
    pub fn new(text: impl AsRef<str>) -> Self {
        Self(text.as_ref().trim().to_owned())
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key itself, for the authorization header.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_does_not_show_itself_and_its_line_end_is_cut_off() {
        let key = ApiKey::new("sk-0123456789\n");
        assert_eq!((format!("{key:?}").as_str(), key.expose()), ("***", "sk-0123456789"));
        assert!(ApiKey::new(" \n").is_empty());
    }
}
