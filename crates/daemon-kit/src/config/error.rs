use std::{io, path::PathBuf};

/// Why there is no configuration. Every variant names what to change; none shows a secret.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("read configuration {}: {source}", path.display())]
    Unreadable {
        /// The file that was asked for.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The file is not TOML.
    #[error("{origin}:{line}: not valid TOML: {message}")]
    Syntax {
        /// The file.
        origin: String,
        /// Its line, counted from 1.
        line: usize,
        /// What the parser expected.
        message: String,
    },
    /// A key or section that nobody reads.
    #[error("{origin}:{line}: unknown key `{key}`{}; allowed here: {}", meant(nearest.as_deref()), allowed.join(", "))]
    UnknownKey {
        /// The file.
        origin: String,
        /// Its line, counted from 1.
        line: usize,
        /// The whole path, for example `warehouse.rot`.
        key: String,
        /// The allowed key that is spelled most alike, if one is near.
        nearest: Option<String>,
        /// All keys that may stand there.
        allowed: Vec<String>,
    },
    /// A known key whose value cannot be used.
    #[error("{}: `{key}`: {problem}; allowed: {allowed}", place(origin, *line))]
    BadValue {
        /// The file, or where else the value came from.
        origin: String,
        /// Its line, counted from 1; none where the value is not written there.
        line: Option<usize>,
        /// The whole path of the key.
        key: String,
        /// What is wrong.
        problem: String,
        /// What may stand there.
        allowed: String,
    },
    /// A secret that was given twice, or cannot be read, or is needed and missing.
    #[error("{}: secret `{key}`: {problem}", place(origin, *line))]
    Secret {
        /// The file.
        origin: String,
        /// Its line, counted from 1; none where the key is not written there.
        line: Option<usize>,
        /// The whole path of the key.
        key: String,
        /// What is wrong and how to give the secret.
        problem: String,
    },
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|key| format!(" (did you mean `{key}`?)")).unwrap_or_default()
}

fn place(origin: &str, line: Option<usize>) -> String {
    line.map_or_else(|| origin.to_owned(), |line| format!("{origin}:{line}"))
}
