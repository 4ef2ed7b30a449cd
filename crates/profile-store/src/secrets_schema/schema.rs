//! The whole schema, and the check of a profile's values against it.

use std::collections::BTreeMap;

use super::{Entry, Source};
use crate::{json, yaml::Node};

/// Why a text is no schema of secrets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct SchemaError(pub(super) String);

/// Something that is wrong with a profile's values; never carries one.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} {problem}")]
pub struct Problem {
    /// The variable.
    pub name: String,
    /// What is wrong.
    pub problem: &'static str,
}

/// What a profile needs in its `.env`.
#[derive(Clone, Debug, Default)]
pub struct SecretsSchema {
    entries: Vec<Entry>,
}

impl SecretsSchema {
    /// Reads a `secrets.schema.json`.
    ///
    /// # Errors
    /// [`SchemaError`] with the variable and what is wrong.
    pub fn parse(bytes: &[u8]) -> Result<Self, SchemaError> {
        Self::from_node(&json::parse(bytes).map_err(|error| SchemaError(error.to_string()))?)
    }

    pub(crate) fn from_node(node: &Node) -> Result<Self, SchemaError> {
        let failed = |problem: &str| SchemaError(problem.to_owned());
        let map = node.as_map().ok_or_else(|| failed("the schema is no object"))?;
        let known =
            ["$schema", "title", "description", "type", "additionalProperties", "required", "properties", "x-channel"];
        if let Some((key, _)) = map.iter().find(|(key, _)| !known.iter().any(|member| key.is_text(member))) {
            return Err(failed(&format!("the member `{}` is none of {}", key.display(), known.join(", "))));
        }
        if node.at(&["type"]).and_then(Node::as_text) != Some("object") {
            return Err(failed("`type` has to be \"object\""));
        }
        let required = map.get("required").and_then(Node::as_list).unwrap_or_default();
        let properties =
            map.get("properties").and_then(Node::as_map).ok_or_else(|| failed("`properties` is missing"))?;
        let channel = map.get("x-channel").and_then(Node::as_text);
        let mut entries = Vec::new();
        let mut elsewhere = Vec::new();
        for (key, entry) in properties.iter() {
            let name = key.display();
            if !is_name(&name) {
                return Err(failed(&format!("`{name}` is no name of an environment variable")));
            }
            let entry = entry.as_map().ok_or_else(|| failed(&format!("{name}: no object")))?;
            let is_required = required.iter().any(|item| item.as_text() == Some(&name));
            let read = Entry::read(&name, entry, is_required)?;
            let only = entry.get("x-channel").and_then(Node::as_text);
            if only.is_some() && channel.is_none() {
                return Err(failed(&format!("{name}: `x-channel`, and the schema names no channel of its own")));
            }
            // What another channel needs is read, so that it is right, and then does not count.
            if only.is_none_or(|only| Some(only) == channel) { entries.push(read) } else { elsewhere.push(name) }
        }
        let is_known = |item: &Node| {
            let named = |name: &String| item.as_text() == Some(name);
            entries.iter().any(|entry| named(&entry.name)) || elsewhere.iter().any(named)
        };
        let unknown = required.iter().find(|item| !is_known(item));
        match unknown {
            Some(_) => Err(failed("`required` names a variable that `properties` does not have")),
            None => Ok(Self { entries }),
        }
    }

    /// All variables, in the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The variables that are no secrets, with their values.
    pub fn settings(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries.iter().filter_map(|entry| match &entry.source {
            Source::Setting(value) => Some((entry.name.as_str(), value.as_str())),
            _ => None,
        })
    }

    /// What is wrong with a profile's values. Variables that the schema does not know are the user's own.
    pub fn check(&self, values: &BTreeMap<String, String>) -> Vec<Problem> {
        let of = |entry: &Entry| {
            let problem = match values.get(&entry.name).filter(|value| !value.is_empty()) {
                Some(value) => entry.problem_of(value),
                None => entry.required.then_some("is missing"),
            };
            problem.map(|problem| Problem { name: entry.name.clone(), problem })
        };
        self.entries.iter().filter_map(of).collect()
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_')
}
