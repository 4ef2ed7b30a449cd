//! Why a template gives no profile.

/// Why a template gives no profile. No variant carries a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateError {
    /// A file of the template is broken.
    #[error("{file}: {problem}")]
    File {
        /// Its path in the template.
        file: String,
        /// What is wrong.
        problem: String,
    },
    /// A placeholder has neither a value nor a default.
    #[error("the value {name} is missing ({file} needs it)")]
    Missing {
        /// Its name.
        name: String,
        /// A file that needs it.
        file: String,
    },
    /// A value that no placeholder takes.
    #[error("the template has no placeholder {name}; it has {}", known.join(", "))]
    Unknown {
        /// Its name.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// A value that its placeholder does not take.
    #[error("the value {name} {problem}")]
    Invalid {
        /// Its name.
        name: String,
        /// What it has to be.
        problem: String,
    },
}

impl TemplateError {
    pub(super) fn file(file: &str, problem: impl ToString) -> Self {
        Self::File { file: file.to_owned(), problem: problem.to_string() }
    }
}
