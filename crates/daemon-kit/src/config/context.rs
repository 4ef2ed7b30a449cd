//! What a section needs to resolve itself: how to complain about a key, and how to get a secret.

use std::{
    collections::BTreeMap,
    fmt::Display,
    ops::RangeInclusive,
    path::{Path, PathBuf},
};

use super::{environment::Environment, error::ConfigError, explain, secret::Secret};

/// Stands for a secret that is not fetched; no real one is empty.
const PLACEHOLDER: &str = "";

/// The document around the settings.
#[derive(Clone, Debug)]
pub(super) struct Context {
    pub(super) origin: String,
    pub(super) lines: BTreeMap<String, usize>,
    pub(super) environment: Environment,
    pub(super) secrets: Secrets,
}

/// Whether secrets are fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Secrets {
    /// Yes: the configuration is about to be used.
    Fetch,
    /// No: the section is only checked. Secrets resolve to nothing, needed ones to a placeholder.
    Check,
}

/// How a secret may be given, as the settings have it.
#[derive(Clone, Copy)]
pub(super) struct Given<'a> {
    pub(super) value: Option<&'a Secret>,
    pub(super) file: Option<&'a Path>,
    /// A short variable name that is accepted beside the long one.
    pub(super) alias: Option<&'a str>,
}

impl Context {
    pub(super) fn bad(&self, key: &str, problem: impl Display, allowed: impl Display) -> ConfigError {
        ConfigError::BadValue {
            origin: self.origin.clone(),
            line: self.line(key),
            key: key.to_owned(),
            problem: problem.to_string(),
            allowed: allowed.to_string(),
        }
    }

    /// A key of an open table (`calls_per_minute`, `urls`) must be one of `allowed`.
    pub(super) fn known_key(&self, table: &str, key: &str, allowed: &[&str]) -> Result<(), ConfigError> {
        if allowed.contains(&key) {
            return Ok(());
        }
        let allowed: Vec<String> = allowed.iter().map(|&key| key.to_owned()).collect();
        let path = format!("{table}.{key}");
        let nearest = explain::nearest(key, &allowed);
        let line = self.line(&path).unwrap_or(1);
        Err(ConfigError::UnknownKey { origin: self.origin.clone(), line, key: path, nearest, allowed })
    }

    pub(super) fn within<T>(&self, key: &str, value: T, range: RangeInclusive<T>) -> Result<T, ConfigError>
    where
        T: PartialOrd + Display,
    {
        if range.contains(&value) {
            return Ok(value);
        }
        let allowed = format!("{} to {}", range.start(), range.end());
        Err(self.bad(key, format!("{value} is out of range"), allowed))
    }

    pub(super) fn not_empty(&self, key: &str, path: &Path) -> Result<PathBuf, ConfigError> {
        if path.as_os_str().is_empty() {
            return Err(self.bad(key, "is empty", "a path; relative ones start at the working folder"));
        }
        Ok(path.to_owned())
    }

    /// The secret `key` from wherever it was given, none where it was not.
    pub(super) fn secret(&self, key: &str, given: Given<'_>) -> Result<Option<Secret>, ConfigError> {
        let file_key = format!("{key}_file");
        if let (Some(_), Some(_)) = (given.value, given.file) {
            return Err(self.secret_error(key, format!("given twice, as `{key}` and as `{file_key}`: keep one")));
        }
        if given.value.is_some_and(|value| value.expose().trim().is_empty()) {
            return Err(self.secret_error(key, "is empty: remove the line, or give a value"));
        }
        if self.secrets == Secrets::Check {
            return Ok(None);
        }
        for name in [Some(variable(key)), given.alias.map(str::to_owned)].into_iter().flatten() {
            let file_name = format!("{name}_FILE");
            match (self.environment.get(&name), self.environment.get(&file_name)) {
                (Some(_), Some(_)) => {
                    return Err(self.secret_error(key, format!("given twice, in {name} and in {file_name}: keep one")));
                }
                (Some(value), None) => return Ok(Some(Secret::new(value))),
                (None, Some(path)) => return self.read_secret(key, &file_name, Path::new(path)).map(Some),
                (None, None) => {}
            }
        }
        match given.file {
            Some(path) => self.read_secret(key, &file_key, path).map(Some),
            None => Ok(given.value.cloned()),
        }
    }

    /// As [`secret`](Self::secret), but it has to be there.
    pub(super) fn required_secret(&self, key: &str, given: Given<'_>, hint: &str) -> Result<Secret, ConfigError> {
        match (self.secret(key, given)?, self.secrets) {
            (Some(secret), _) => Ok(secret),
            (None, Secrets::Check) => Ok(Secret::new(PLACEHOLDER)),
            (None, Secrets::Fetch) => {
                let name = given.alias.map_or_else(|| variable(key), str::to_owned);
                let ways = format!("give `{key}`, `{key}_file`, or {name} or {name}_FILE in the environment");
                Err(self.secret_error(key, format!("is missing: {ways}{hint}")))
            }
        }
    }

    pub(super) fn is_placeholder(&self, secret: &Secret) -> bool {
        self.secrets == Secrets::Check && secret.expose() == PLACEHOLDER
    }

    pub(super) fn secret_error(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        let line = self.lines.get(&format!("{key}_file")).copied().or_else(|| self.line(key));
        ConfigError::Secret { origin: self.origin.clone(), line, key: key.to_owned(), problem: problem.into() }
    }

    fn read_secret(&self, key: &str, named_by: &str, path: &Path) -> Result<Secret, ConfigError> {
        let place = format!("the file that {named_by} names, {}", path.display());
        let text = std::fs::read_to_string(path)
            .map_err(|error| self.secret_error(key, format!("cannot read {place}: {error}")))?;
        match text.trim() {
            "" => Err(self.secret_error(key, format!("{place} is empty"))),
            secret => Ok(Secret::new(secret)),
        }
    }

    /// The line of `key`, or of the section that it would stand in.
    fn line(&self, key: &str) -> Option<usize> {
        let parents = std::iter::successors(Some(key), |key| key.rfind(['.', '[']).map(|end| &key[..end]));
        parents.into_iter().find_map(|key| self.lines.get(key)).copied()
    }
}

/// `ingest-worker.tushare.token` is `TWILIGHT_INGEST_WORKER_TUSHARE_TOKEN`.
pub(super) fn variable(key: &str) -> String {
    let upper = |letter: char| if letter.is_ascii_alphanumeric() { letter.to_ascii_uppercase() } else { '_' };
    format!("TWILIGHT_{}", key.chars().map(upper).collect::<String>())
}
