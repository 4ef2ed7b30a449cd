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
                    "base": self.shown(&conflict.path, conflict.base.as_ref()),
                    "ours": self.shown(&conflict.path, conflict.ours.as_ref()),
                    "theirs": self.shown(&conflict.path, conflict.theirs.as_ref()),
                })
            })
            .collect();
        json!({"path": self.path, "conflicts": conflicts})
    }

    /// A value, unless it looks like a secret, by itself or by the key that it is given to.
    fn shown(&self, at: &str, value: Option<&String>) -> Option<String> {
        let value = value?;
        let key = at.rsplit('.').next().unwrap_or_default();
        let texts = [value.clone(), format!("{key}: {value}")];
        let is_secret = texts.iter().any(|text| !secret_scan::scan(&self.path, text.as_bytes()).is_empty());
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
                let shown = self.shown(&conflict.path, value.as_ref());
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

#[cfg(test)]
mod tests {
    use profile_store::merge::Why;

    use super::*;

    #[test]
    fn a_value_that_only_its_key_makes_a_secret_is_hidden_too() {
        let value = |text: &str| Some(text.to_owned());
        let conflict = |path: &str| Conflict {
            path: path.to_owned(),
            why: Why::BothChanged,
            base: value("${MAIL}"),
            ours: value("correct horse battery"),
            theirs: value("${POST}"),
        };
        let conflicts = vec![conflict("mcp_servers.mail.env.MAIL_PASSWORD"), conflict("display.title")];
        let file = FileConflict { path: "config.yaml".to_owned(), conflicts };
        let (told, shown) = (file.to_json(), file.to_string());
        assert_eq!(told["conflicts"][0]["ours"], "(hidden: it looks like a secret)");
        assert_eq!(told["conflicts"][0]["theirs"], "${POST}");
        assert_eq!(told["conflicts"][1]["ours"], "correct horse battery");
        assert_eq!(shown.matches("correct horse").count(), 1, "{shown}");
    }
}
