//! What a person has to decide, as they are shown it.

use std::fmt;

use profile_store::{merge::Conflict, secret_scan};
use serde_json::{Value, json};

/// One file with conflicts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileConflict {
    /// Relative to the profile.
    pub(crate) path: String,
    /// The keys, jobs or lines.
    pub(crate) conflicts: Vec<Conflict>,
}

impl FileConflict {
    /// `{path, conflicts: [{at, why, base, ours, theirs}]}`.
    pub(crate) fn to_json(&self) -> Value {
        let conflicts: Vec<Value> = self
            .conflicts
            .iter()
            .map(|conflict| {
                json!({
                    "at": conflict.path,
                    "why": conflict.why.to_string(),
                    "base": self.shown(conflict.base.as_ref()),
                    "ours": self.shown(conflict.ours.as_ref()),
                    "theirs": self.shown(conflict.theirs.as_ref()),
                })
            })
            .collect();
        json!({"path": self.path, "conflicts": conflicts})
    }

    /// A value, unless it looks like a secret.
    fn shown(&self, value: Option<&String>) -> Option<String> {
        let value = value?;
        let is_secret = !secret_scan::scan(&self.path, value.as_bytes()).is_empty();
        Some(if is_secret { "(hidden: it looks like a secret)".to_owned() } else { value.clone() })
    }
}

impl fmt::Display for FileConflict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, conflict) in self.conflicts.iter().enumerate() {
            let at = if conflict.path.is_empty() { String::new() } else { format!(" {}", conflict.path) };
            let newline = if index == 0 { "" } else { "\n" };
            write!(out, "{newline}  {}{at}: {}", self.path, conflict.why)?;
            for (name, value) in [("base", &conflict.base), ("ours", &conflict.ours), ("theirs", &conflict.theirs)] {
                let shown = self.shown(value.as_ref());
                let shown = shown.as_deref().unwrap_or("(not there)").trim_end();
                if shown.contains('\n') {
                    write!(out, "\n    {name}:\n      | {}", shown.replace('\n', "\n      | "))?;
                } else {
                    write!(out, "\n    {name:<7}{shown}")?;
                }
            }
        }
        Ok(())
    }
}
