//! The `.env` of a profile made from a template.

use std::collections::BTreeMap;

use profile_store::{
    env_file::{EnvFile, Unstorable},
    secrets_schema::{SecretsSchema, Source},
};

const HEADING: &str =
    "# Names without a value are this profile's own secrets: enter them, or let `host sync` bring them.\n";

/// The `.env` after a template was applied: settings have the template's values unless somebody has changed them, secrets
/// keep theirs, and what is not there yet is named without one.
///
/// `before` are the settings that the template had when it was applied last.
pub(crate) fn env_after(
    here: Option<&str>,
    schema: &SecretsSchema,
    before: &BTreeMap<String, String>,
) -> Result<String, Unstorable> {
    let mut env = EnvFile::parse(here.unwrap_or(HEADING));
    for entry in schema.entries() {
        let now = env.get(&entry.name).map(str::to_owned);
        match &entry.source {
            Source::Setting(value) => {
                let is_ours = now.as_ref().is_none_or(|now| now.is_empty() || before.get(&entry.name) == Some(now));
                if is_ours {
                    env.set(&entry.name, value)?;
                }
            }
            _ if now.is_none() => env.set(&entry.name, "")?,
            _ => {}
        }
    }
    Ok(env.to_text())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(url: &str) -> SecretsSchema {
        let text = format!(
            r#"{{"type": "object", "properties": {{
                "TOKEN": {{"type": "string", "x-source": "user"}},
                "URL": {{"type": "string", "const": "{url}"}}}}}}"#
        );
        SecretsSchema::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn secrets_are_named_settings_are_set_and_what_somebody_entered_stays() {
        let none = BTreeMap::new();
        let first = env_after(None, &schema("http://a"), &none).unwrap();
        assert_eq!(first, format!("{HEADING}TOKEN=\nURL=http://a\n"));
        assert_eq!(env_after(Some(&first), &schema("http://a"), &none).unwrap(), first);
        let filled = first.replace("TOKEN=", "TOKEN=mine");
        let before = BTreeMap::from([("URL".to_owned(), "http://a".to_owned())]);
        let moved = env_after(Some(&filled), &schema("http://b"), &before).unwrap();
        assert_eq!(moved, format!("{HEADING}TOKEN=mine\nURL=http://b\n"), "the template's own value moves on");
        let changed = filled.replace("http://a", "http://mine");
        assert_eq!(env_after(Some(&changed), &schema("http://b"), &before).unwrap(), changed);
    }
}
