//! Which models a token may ask for.

use serde::{Deserialize, Serialize};

/// Names of models in which `*` stands for any text, also none: `qwen-*`, `deepseek-ai/*`, `qwen*-plus`. Case counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct ModelPatterns(Box<[Box<str>]>);

/// A list that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// It would allow nothing, which nobody means.
    #[error("the list of models is empty: leave it out to allow every model")]
    Empty,
    /// A name with blanks or control characters, without a character, or beyond 200 bytes.
    #[error("{0:?} is no model name: 1 to 200 characters without blanks, * for any text")]
    BadName(String),
}

impl ModelPatterns {
    const LENGTH_MAX: usize = 200;

    /// Takes a list of names.
    ///
    /// # Errors
    /// [`PatternError`].
    pub fn new(names: Vec<String>) -> Result<Self, PatternError> {
        if names.is_empty() {
            return Err(PatternError::Empty);
        }
        let plain = |name: &str| {
            (1..=Self::LENGTH_MAX).contains(&name.len())
                && !name.chars().any(|letter| letter.is_whitespace() || letter.is_control())
        };
        match names.iter().find(|name| !plain(name)) {
            Some(bad) => Err(PatternError::BadName(bad.clone())),
            None => Ok(Self(names.into_iter().map(String::into_boxed_str).collect())),
        }
    }

    /// Whether one of them fits `model`.
    pub fn allow(&self, model: &str) -> bool {
        self.0.iter().any(|pattern| fits(pattern.as_bytes(), model.as_bytes()))
    }

    /// The names, as they were given.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|name| &**name)
    }
}

/// Goes through both texts once; after a mismatch the latest `*` takes one more byte. No pattern makes it exponential.
fn fits(pattern: &[u8], text: &[u8]) -> bool {
    let (mut at, mut seen) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while seen < text.len() {
        match (pattern.get(at), star) {
            (Some(b'*'), _) => {
                star = Some((at, seen));
                at += 1;
            }
            (Some(byte), _) if *byte == text[seen] => {
                at += 1;
                seen += 1;
            }
            (_, Some((star_at, taken))) => {
                star = Some((star_at, taken + 1));
                at = star_at + 1;
                seen = taken + 1;
            }
            (_, None) => return false,
        }
    }
    pattern[at..].iter().all(|byte| *byte == b'*')
}

impl TryFrom<Vec<String>> for ModelPatterns {
    type Error = PatternError;

    fn try_from(names: Vec<String>) -> Result<Self, PatternError> {
        Self::new(names)
    }
}

impl From<ModelPatterns> for Vec<String> {
    fn from(patterns: ModelPatterns) -> Self {
        patterns.iter().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, model, allowed) in [
            ("qwen-plus", "qwen-plus", true),
            ("qwen-plus", "qwen-plus-latest", false),
            ("qwen-plus", "Qwen-Plus", false),
            ("qwen-*", "qwen-plus", true),
            ("qwen-*", "qwen-", true),
            ("qwen-*", "qwen3-max", false),
            ("deepseek-ai/*", "deepseek-ai/DeepSeek-V3", true),
            ("*-plus", "qwen-plus", true),
            ("*-plus", "qwen-plus-1", false),
            ("q*n*-plus", "qwen3-n-plus", true),
            ("*", "anything", true),
            ("*", "", true),
            ("qwen", "", false),
        ] {
            let patterns = ModelPatterns::new(vec![pattern.to_owned()]).unwrap();
            assert_eq!(patterns.allow(model), allowed, "{pattern} {model}");
        }
    }

    #[test]
    fn one_fitting_name_is_enough() {
        let patterns = ModelPatterns::new(vec!["bge-*".to_owned(), "qwen-plus".to_owned()]).unwrap();
        assert!(patterns.allow("qwen-plus") && patterns.allow("bge-m3") && !patterns.allow("gpt-5"));
    }

    #[test]
    fn lists_that_nobody_means_are_refused() {
        assert_eq!(ModelPatterns::new(Vec::new()), Err(PatternError::Empty));
        for name in ["", "qwen plus", "a\n", &"x".repeat(201)] {
            assert_eq!(ModelPatterns::new(vec![name.to_owned()]), Err(PatternError::BadName(name.to_owned())));
        }
        assert!(serde_json::from_str::<ModelPatterns>("[]").is_err());
    }

    /// The obvious definition, exponential.
    fn fits_slowly(pattern: &[u8], text: &[u8]) -> bool {
        match pattern.split_first() {
            None => text.is_empty(),
            Some((b'*', rest)) => (0..=text.len()).any(|taken| fits_slowly(rest, &text[taken..])),
            Some((byte, rest)) => text.first() == Some(byte) && fits_slowly(rest, &text[1..]),
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_obvious_definition(pattern in "[ab*]{0,8}", text in "[ab]{0,10}") {
            prop_assert_eq!(fits(pattern.as_bytes(), text.as_bytes()), fits_slowly(pattern.as_bytes(), text.as_bytes()));
        }
    }
}
