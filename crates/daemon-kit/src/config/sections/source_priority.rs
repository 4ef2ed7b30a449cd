//! `[warehouse.source_priority]`: whose bars and events count where several sources have them.

use serde::{Deserialize, Serialize};

use super::super::{context::Context, error::ConfigError};

/// Every source there is.
pub(super) const SOURCES: [&str; 5] = ["tushare", "tdx", "aktools", "yahoo", "alpha_vantage"];

/// What may stand in the section: sources, the preferred one first. The next one fills in where it has nothing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourcePriority {
    /// Daily bars of mainland shares. Default ["tushare", "tdx"].
    pub daily: Vec<String>,
    /// Daily bars of mainland indices, funds and bonds. Default ["tushare", "tdx", "yahoo"].
    pub index: Vec<String>,
    /// Daily bars of everything abroad, and of currencies. Default ["yahoo", "alpha_vantage"].
    pub foreign: Vec<String>,
    /// Dividends, bonus and rights issues. Default ["tdx", "tushare", "yahoo", "alpha_vantage"]: Tushare has no rights
    /// issues.
    pub corporate_action: Vec<String>,
}

impl Default for SourcePriority {
    fn default() -> Self {
        let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self {
            daily: list(&["tushare", "tdx"]),
            index: list(&["tushare", "tdx", "yahoo"]),
            foreign: list(&["yahoo", "alpha_vantage"]),
            corporate_action: list(&["tdx", "tushare", "yahoo", "alpha_vantage"]),
        }
    }
}

impl SourcePriority {
    /// Itself, if every list names known sources, each once.
    pub(super) fn resolve(&self, context: &Context) -> Result<Self, ConfigError> {
        let lists = [
            ("daily", &self.daily),
            ("index", &self.index),
            ("foreign", &self.foreign),
            ("corporate_action", &self.corporate_action),
        ];
        for (name, sources) in lists {
            let mut once = sources.clone();
            once.sort();
            once.dedup();
            let key = format!("warehouse.source_priority.{name}");
            if sources.is_empty() || once.len() < sources.len() {
                let problem = "is empty or names a source twice";
                return Err(context.bad(&key, problem, "each source once, the preferred one first"));
            }
            if let Some(unknown) = once.iter().find(|source| !SOURCES.contains(&source.as_str())) {
                return Err(context.bad(&key, format!("names the unknown source {unknown:?}"), SOURCES.join(", ")));
            }
        }
        Ok(self.clone())
    }
}
