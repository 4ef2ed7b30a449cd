//! Chinese or English.

use axum::http::{HeaderMap, header};

use crate::cookies;

/// The cookie that keeps a choice; all daemons of a host share it.
pub(crate) const COOKIE: &str = "twilight_language";

/// The language of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// English
    English,
    /// Simplified Chinese
    Chinese,
}

/// A text in both languages, where it is a constant.
#[derive(Clone, Copy, Debug)]
pub struct Text {
    /// English
    pub en: &'static str,
    /// Simplified Chinese
    pub zh: &'static str,
}

impl Language {
    /// One of two texts. They stand side by side where they are used, so that a change of one meets the other.
    pub fn say(self, en: &'static str, zh: &'static str) -> &'static str {
        match self {
            Self::English => en,
            Self::Chinese => zh,
        }
    }

    /// As [`say`](Self::say), for a constant.
    pub fn text(self, text: Text) -> &'static str {
        self.say(text.en, text.zh)
    }

    /// As `lang` attributes and the cookie have it.
    pub fn tag(self) -> &'static str {
        self.say("en", "zh-CN")
    }

    /// The one of a tag (`zh`, `zh-CN`, `en-GB`).
    pub(crate) fn of_tag(tag: &str) -> Option<Self> {
        match tag.trim().split(['-', '_']).next()?.to_ascii_lowercase().as_str() {
            "zh" => Some(Self::Chinese),
            "en" => Some(Self::English),
            _ => None,
        }
    }

    /// What was chosen; else the first of the browser's languages that there is; else English.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let chosen = cookies::get(headers, COOKIE).and_then(Self::of_tag);
        let accepted = || {
            let accepted = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
            accepted.split(',').find_map(|entry| Self::of_tag(entry.split(';').next()?))
        };
        chosen.or_else(accepted).unwrap_or(Self::English)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn seen(cookie: &'static str, accepted: &'static str) -> Language {
        let (cookie, accepted) = (HeaderValue::from_static(cookie), HeaderValue::from_static(accepted));
        Language::of(&HeaderMap::from_iter([(header::COOKIE, cookie), (header::ACCEPT_LANGUAGE, accepted)]))
    }

    #[test]
    fn a_choice_wins_over_the_browser_and_the_browser_over_english() {
        assert_eq!(seen("a=b; twilight_language=en", "zh-CN,zh;q=0.9"), Language::English);
        assert_eq!(seen("twilight_language=zh-CN", "en"), Language::Chinese);
        assert_eq!(seen("twilight_language=xx", "fr, zh-TW;q=0.8, en;q=0.7"), Language::Chinese);
        assert_eq!(seen("", "fr"), Language::English);
    }
}
