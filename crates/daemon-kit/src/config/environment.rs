use std::{collections::BTreeMap, fmt};

/// The environment variables that the configuration may look at: a map, so that tests pass their own.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment(BTreeMap<String, String>);

impl Environment {
    /// The process's variables whose names start with `TWILIGHT_`, `TUSHARE_` or `ALPHA_VANTAGE_`; the others are none of
    /// our business.
    pub fn real() -> Self {
        let ours =
            |name: &str| ["TWILIGHT_", "TUSHARE_", "ALPHA_VANTAGE_"].iter().any(|prefix| name.starts_with(prefix));
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .filter(|(name, _)| ours(name))
            .collect()
    }

    /// The value of `name`; an empty one counts as not set, as compose files write `NAME: ${NAME:-}`.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// All of them, by name.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl<K: Into<String>, V: Into<String>> FromIterator<(K, V)> for Environment {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(variables: I) -> Self {
        Self(variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// Names only: values may be secrets.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Environment").field(&self.0.keys()).finish()
    }
}
