//! `GET /templates`: what profiles can be made of.

use axum::{Json, extract::Path, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use daemon_kit::problem::Problem;
use profile_store::template::{Files, Placeholder, Template, ValueType, shipped};
use serde_json::{Value, json};

const SCHEMA: &str = "secrets.schema.json";

/// `{templates: [{name, title, description, placeholders: [{name, type, required, default, description}],
/// secrets: [{name, description, source, required, channel}]}]}`.
pub(crate) async fn list() -> Result<Json<Value>, Problem> {
    let told: Vec<Value> = shipped().map(|(name, files)| told(name, &files)).collect::<Result<_, _>>()?;
    Ok(Json(json!({"templates": told})))
}

/// `GET /templates/{name}`: the same of one, and `files: [{path, content}]`, the contents in base64.
pub(crate) async fn get(Path(name): Path<String>) -> Result<Json<Value>, Problem> {
    let Some((name, files)) = shipped().find(|(shipped, _)| *shipped == name) else {
        let names: Vec<&str> = shipped().map(|(name, _)| name).collect();
        let detail = format!("there are {}", names.join(", "));
        return Err(Problem::new(StatusCode::NOT_FOUND, "template-not-found", "There is no such template", detail));
    };
    let mut told = told(name, &files)?;
    let contents = files.iter().map(|(path, bytes)| json!({"path": path, "content": BASE64_STANDARD.encode(bytes)}));
    told["files"] = contents.collect();
    Ok(Json(told))
}

fn told(name: &str, files: &Files) -> Result<Value, Problem> {
    let broken = |problem: String| {
        tracing::error!(template = name, "the template {name} cannot be read: {problem}");
        Problem::internal()
    };
    let template = Template::read(files).map_err(|error| broken(error.to_string()))?;
    let schema: Value = serde_json::from_slice(files.get(SCHEMA).map(Vec::as_slice).unwrap_or_default())
        .map_err(|error| broken(error.to_string()))?;
    let config = files.get("config.yaml.template").map(|bytes| String::from_utf8_lossy(bytes));
    Ok(json!({
        "name": name,
        "title": title(name),
        "description": config.as_deref().map(description),
        "placeholders": template.placeholders().map(placeholder).collect::<Vec<_>>(),
        "secrets": secrets(&schema),
    }))
}

/// `template-stock-research-pro` as people say it: `Stock research pro`.
fn title(name: &str) -> String {
    let words = name.strip_prefix("template-").unwrap_or(name).replace('-', " ");
    let mut letters = words.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// The first sentence of the settings' heading.
fn description(config: &str) -> String {
    let heading = config.lines().map_while(|line| line.strip_prefix('#')).map(str::trim).collect::<Vec<_>>().join(" ");
    heading.split_inclusive(". ").next().unwrap_or_default().trim().to_owned()
}

fn placeholder(placeholder: &Placeholder) -> Value {
    let value_type = match &placeholder.value_type {
        ValueType::Line => "string",
        ValueType::Int(_) => "int",
        ValueType::Bool => "bool",
        ValueType::Url => "url",
        ValueType::Id => "id",
        ValueType::Choice(_) => "choice",
    };
    let choices = match &placeholder.value_type {
        ValueType::Choice(choices) => Some(choices),
        _ => None,
    };
    json!({
        "name": placeholder.name,
        "type": value_type,
        "required": placeholder.default.is_none(),
        "default": placeholder.default,
        "choices": choices,
        "description": placeholder.value_type.to_string(),
    })
}

/// The variables of a schema that are secrets.
fn secrets(schema: &Value) -> Vec<Value> {
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|names| names.iter().any(|required| required == name));
    let properties = schema["properties"].as_object();
    let entries = properties.into_iter().flatten().filter(|(_, entry)| entry["const"].is_null());
    let told = entries.map(|(name, entry)| {
        json!({
            "name": name,
            "description": entry["description"],
            "source": entry["x-source"],
            "required": is_required(name),
            "channel": entry["x-channel"],
        })
    });
    told.collect()
}
