//! Compose files as one model: includes followed, extensions merged, variables at their defaults.

use std::collections::BTreeMap;

use profile_store::yaml::{self, Node, Scalar, Style};
use serde_json::{Map, Value, json};

use crate::files::text;

/// The services of a compose file and of all that it includes.
pub(crate) struct Model {
    /// By name, everything merged.
    pub(crate) services: BTreeMap<String, Value>,
}

impl Model {
    /// Reads the compose file at `path`, from the root.
    pub(crate) fn read(path: &str) -> Self {
        let file = document(path);
        let includes = file["include"].as_array().cloned().unwrap_or_default();
        let mut services = BTreeMap::new();
        for include in &includes {
            assert_eq!(include["project_directory"], ".", "{path}: paths of an included file start at the root");
            services.extend(services_of(include["path"].as_str().unwrap()));
        }
        services.extend(services_of(path));
        Self { services }
    }

    /// Those that a bare `docker compose up` starts.
    pub(crate) fn default_services(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.services.iter().filter(|(_, service)| service.get("profiles").is_none())
    }

    /// Those whose image is built here.
    pub(crate) fn ours(&self) -> impl Iterator<Item = (&String, &Value)> {
        self.services.iter().filter(|(_, service)| service.get("build").is_some())
    }
}

/// `448m` in bytes.
pub(crate) fn bytes(limit: &Value) -> u64 {
    let text = limit.as_str().unwrap_or_else(|| panic!("{limit} is no limit"));
    let (number, unit) = text.split_at(text.len() - 1);
    assert_eq!(unit, "m", "{text}");
    number.parse::<u64>().unwrap() << 20
}

/// The strings of a list.
pub(crate) fn strings(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().map(|item| item.as_str().unwrap().to_owned()).collect()
}

fn services_of(path: &str) -> BTreeMap<String, Value> {
    let file = document(path);
    let services = file.get("services").and_then(Value::as_object).cloned().unwrap_or_default();
    services.into_iter().map(|(name, service)| (name, extended(service))).collect()
}

/// A service with what it extends: its own keys win, its own lists are added.
fn extended(service: Value) -> Value {
    let Some(from) = service.get("extends") else { return service };
    let base = services_of(from["file"].as_str().unwrap()).remove(from["service"].as_str().unwrap()).unwrap();
    let mut merged = base.as_object().unwrap().clone();
    for (key, value) in service.as_object().unwrap() {
        match (merged.get_mut(key), value) {
            (Some(Value::Array(base)), Value::Array(own)) => base.extend(own.iter().cloned()),
            _ => _ = merged.insert(key.clone(), value.clone()),
        }
    }
    merged.remove("extends");
    Value::Object(merged)
}

fn document(path: &str) -> Value {
    let text = with_defaults(&text(path));
    value(&yaml::parse(&text).unwrap_or_else(|refused| panic!("{path}: {refused}")))
}

/// `${NAME:-default}` is `default`, as without a `.env`.
fn with_defaults(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find("${") {
        let (before, variable) = rest.split_at(start);
        let (variable, after) = variable[2..].split_once('}').unwrap();
        let (_, default) = variable.split_once(":-").unwrap_or_else(|| panic!("{variable} has no default"));
        out.push_str(before);
        out.push_str(default);
        rest = after;
    }
    out + rest
}

fn value(node: &Node) -> Value {
    match node {
        Node::List(list) => list.iter().map(value).collect(),
        Node::Map(map) => {
            let entries = map.iter().map(|(key, node)| (scalar(key).as_str().unwrap().to_owned(), value(node)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        Node::Scalar(found) => scalar(found),
    }
}

fn scalar(found: &Scalar) -> Value {
    match &found.value {
        yaml::Value::Text(text) => json!(text),
        yaml::Value::Bool(truth) => json!(truth),
        yaml::Value::Int(number) => json!(i64::try_from(*number).unwrap()),
        yaml::Value::Null => Value::Null,
        yaml::Value::Float(_) | yaml::Value::Other(_) => {
            assert_ne!(found.style, Style::Quoted);
            panic!("{found:?}: two readers could read this differently; quote it")
        }
    }
}
