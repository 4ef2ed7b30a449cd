//! How things are, and what is not as it should be.

use serde::Serialize;

/// From well to worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Health {
    /// Nothing to do.
    Ok,
    /// It serves, and somebody should look.
    Look,
    /// It does not serve.
    Down,
}

impl Health {
    /// What `twilight status` ends with; 2 is a wrong command line.
    pub(super) fn exit_code(self) -> u8 {
        match self {
            Self::Ok => 0,
            Self::Look => 1,
            Self::Down => 3,
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Look => "look",
            Self::Down => "DOWN",
        }
    }
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// How bad it is.
    pub(super) health: Health,
    /// What it is about: a daemon, `queue ingest`, `channel qwen-1`.
    pub(super) about: String,
    /// In a sentence, for people.
    pub(super) text: String,
    /// The heading in the manual.
    pub(super) section: &'static str,
}

/// What is found on the way.
#[derive(Debug, Default)]
pub(super) struct Problems(pub(super) Vec<Problem>);

impl Problems {
    pub(super) fn look(&mut self, section: &'static str, about: impl Into<String>, text: impl Into<String>) {
        self.add(Health::Look, section, about.into(), text.into());
    }

    pub(super) fn down(&mut self, section: &'static str, about: impl Into<String>, text: impl Into<String>) {
        self.add(Health::Down, section, about.into(), text.into());
    }

    fn add(&mut self, health: Health, section: &'static str, about: String, text: String) {
        self.0.push(Problem { health, about, text, section });
    }
}
