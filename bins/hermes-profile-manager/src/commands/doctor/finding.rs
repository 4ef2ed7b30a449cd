//! What was looked at, and how it is.

/// How it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grade {
    /// As it should be.
    Good,
    /// Somebody should know.
    Warning,
    /// Something does not work, or harms.
    Broken,
}

/// One thing.
#[derive(Clone, Debug)]
pub(super) struct Finding {
    /// A profile, or what else was looked at.
    pub(super) place: String,
    /// How it is.
    pub(super) grade: Grade,
    /// In words, and never a secret.
    pub(super) told: String,
}

/// In the order in which they were found.
#[derive(Debug, Default)]
pub(super) struct Findings(Vec<Finding>);

impl Grade {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Warning => "warning",
            Self::Broken => "broken",
        }
    }
}

impl Findings {
    pub(super) fn all(&self) -> impl Iterator<Item = &Finding> {
        self.0.iter()
    }

    pub(super) fn good(&mut self, place: &str, told: impl Into<String>) {
        self.add(place, Grade::Good, told.into());
    }

    pub(super) fn warn(&mut self, place: &str, told: impl Into<String>) {
        self.add(place, Grade::Warning, told.into());
    }

    pub(super) fn broken(&mut self, place: &str, told: impl Into<String>) {
        self.add(place, Grade::Broken, told.into());
    }

    /// How many there are, to see whether one was added.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    fn add(&mut self, place: &str, grade: Grade, told: String) {
        self.0.push(Finding { place: place.to_owned(), grade, told });
    }
}
