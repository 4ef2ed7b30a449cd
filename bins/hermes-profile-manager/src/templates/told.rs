//! A template as it is listed.

use profile_store::{
    secrets_schema::{SecretsSchema, Source as SecretSource},
    template::{Placeholder, Template, TemplateError, ValueType, Values},
};
use serde_json::{Value, json};

use super::TemplateFiles;

/// What of a template people and programs are told.
pub(crate) struct Told {
    placeholders: Vec<Placeholder>,
    secrets: Option<SecretsSchema>,
    broken: Option<TemplateError>,
}

fn read(template: &TemplateFiles) -> Told {
    let read = match Template::read(&template.files) {
        Ok(read) => read,
        Err(error) => return Told { placeholders: Vec::new(), secrets: None, broken: Some(error) },
    };
    // Which secrets there are may hang on a value: by default, then.
    let sample: Values = read.placeholders().filter_map(sample).collect();
    let rendered = read.render(&sample);
    let placeholders = read.placeholders().cloned().collect();
    match rendered {
        Ok(rendered) => Told { placeholders, secrets: Some(rendered.secrets), broken: None },
        Err(error) => Told { placeholders, secrets: None, broken: Some(error) },
    }
}

/// Some value of what has no default.
fn sample(placeholder: &Placeholder) -> Option<(String, String)> {
    let value = match &placeholder.value_type {
        _ if placeholder.default.is_some() => return None,
        ValueType::Line | ValueType::Id => "1".to_owned(),
        ValueType::Int(range) => range.start().to_string(),
        ValueType::Bool => "true".to_owned(),
        ValueType::Url => "http://127.0.0.1".to_owned(),
        ValueType::Choice(choices) => choices.first()?.clone(),
    };
    Some((placeholder.name.clone(), value))
}

fn from(source: &SecretSource) -> &'static str {
    match source {
        SecretSource::Generated(_) => "generated",
        SecretSource::FromPool(_) => "from_pool",
        SecretSource::ManagedBot => "managed_bot",
        SecretSource::User => "user",
        SecretSource::Setting(_) => "setting",
    }
}

/// `{name, source, placeholders: [{name, type, required, default}], secrets: [{name, source, required, description}], problem}`.
pub(crate) fn to_json(template: &TemplateFiles) -> Value {
    let told = read(template);
    let placeholders = told.placeholders.iter().map(|placeholder| {
        json!({
            "name": placeholder.name,
            "type": placeholder.value_type.to_string(),
            "required": placeholder.default.is_none(),
            "default": placeholder.default,
        })
    });
    let entries = told.secrets.as_ref().map(SecretsSchema::entries).unwrap_or_default();
    let secrets = entries.iter().map(|entry| {
        json!({
            "name": entry.name,
            "source": from(&entry.source),
            "required": entry.required,
            "description": entry.description,
        })
    });
    json!({
        "name": template.name,
        "source": template.source.name(),
        "placeholders": placeholders.collect::<Vec<_>>(),
        "secrets": secrets.collect::<Vec<_>>(),
        "problem": told.broken.map(|error| error.to_string()),
    })
}

/// The same for people.
pub(crate) fn shown(template: &TemplateFiles) -> String {
    let told = read(template);
    let mut lines = vec![format!("{} ({})", template.name, template.source.name())];
    lines.extend(told.broken.map(|error| format!("  ! {error}")));
    lines.extend(told.placeholders.iter().map(|Placeholder { name, value_type, default }| match default {
        Some(default) => format!("  {name}: {value_type} (default {default})"),
        None => format!("  {name}: {value_type}"),
    }));
    let entries = told.secrets.as_ref().map(SecretsSchema::entries).unwrap_or_default();
    let secrets = entries.iter().filter(|entry| !matches!(entry.source, SecretSource::Setting(_)));
    lines.extend(secrets.map(|entry| format!("  .env {}: {}", entry.name, entry.description)));
    lines.join("\n")
}
