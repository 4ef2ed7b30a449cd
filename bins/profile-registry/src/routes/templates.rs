//! `GET /templates`: what profiles can be made of.

use axum::{Json, extract::Path, http::StatusCode};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use daemon_kit::problem::Problem;
use profile_store::template::{Files, Placeholder, Template, ValueType, shipped, version};
use serde_json::{Value, json};

const SCHEMA: &str = "secrets.schema.json";

/// `{templates: [{name, version, title, description, placeholders: [{name, type, required, default, description}],
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

/// A template that comes with the programs.
pub(crate) struct Shipped {
    /// `template-…`
    pub(crate) name: &'static str,
    /// Which version it is.
    pub(crate) version: String,
    /// As people say it.
    pub(crate) title: String,
    /// One sentence.
    pub(crate) description: Option<String>,
    /// What it takes.
    pub(crate) placeholders: Vec<Placeholder>,
    /// The names of its files.
    pub(crate) paths: Vec<String>,
    /// Its `secrets.schema.json`.
    schema: Value,
}

impl Shipped {
    /// Reads one.
    ///
    /// # Errors
    /// 500 for one that cannot be read: it is our own.
    pub(crate) fn read(name: &'static str, files: &Files) -> Result<Self, Problem> {
        let broken = |problem: String| {
            tracing::error!(template = name, "the template {name} cannot be read: {problem}");
            Problem::internal()
        };
        let template = Template::read(files).map_err(|error| broken(error.to_string()))?;
        let schema: Value = serde_json::from_slice(files.get(SCHEMA).map(Vec::as_slice).unwrap_or_default())
            .map_err(|error| broken(error.to_string()))?;
        let config = files.get("config.yaml.template").map(|bytes| String::from_utf8_lossy(bytes));
        Ok(Self {
            name,
            version: version(files),
            title: title(name),
            description: config.as_deref().map(description),
            placeholders: template.placeholders().cloned().collect(),
            paths: files.keys().cloned().collect(),
            schema,
        })
    }

    /// `[{name, description, source, required, channel}]`
    pub(crate) fn secrets(&self) -> Vec<Value> {
        secrets(&self.schema)
    }
}

fn told(name: &'static str, files: &Files) -> Result<Value, Problem> {
    let read = Shipped::read(name, files)?;
    Ok(json!({
        "name": name,
        "version": read.version,
        "title": read.title,
        "description": read.description,
        "placeholders": read.placeholders.iter().map(placeholder).collect::<Vec<_>>(),
        "secrets": read.secrets(),
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
