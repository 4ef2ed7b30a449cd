//! A state in a word.

use maud::{Markup, html};

/// What colour a state has; the word says it too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Somebody should look.
    Warn,
    /// It does not work.
    Bad,
    /// Switched off, or not concerned.
    Off,
    /// Neither good nor bad.
    Info,
}

impl Level {
    /// The class of whatever shows it: `ok`, `warn`, `bad`, `off`, `info`.
    pub fn class(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warn => "warn",
            Self::Bad => "bad",
            Self::Off => "off",
            Self::Info => "info",
        }
    }
}

/// The word with its colour.
pub fn badge(level: Level, text: &str) -> Markup {
    html! { span class={ "badge " (level.class()) } { (text) } }
}
