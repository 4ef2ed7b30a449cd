//! Secrets in settings, and references in their place.

use super::found::{MovedSecret, SecretValue};
use crate::{
    env_file::EnvFile,
    secret_scan::{self, Sort},
    yaml::{Map, Node, Scalar},
};

/// Words in a key whose value is a secret.
const SECRET_WORDS: &[&str] =
    &["api_key", "apikey", "token", "secret", "password", "passwd", "authorization", "cookie", "credential"];
/// Keys with such a word that hold no secret.
const HARMLESS: &[&str] = &["key_env", "max_tokens", "tokens", "token_limit", "context_tokens"];
const BEARER: &str = "Bearer ";

/// The configuration with references in place of its secrets.
pub(super) fn move_out(config: &Node, env: &EnvFile, moved: &mut Vec<MovedSecret>) -> Node {
    Mover { env, moved, path: Vec::new() }.node(config)
}

/// Whether a text is a reference to the environment, or nothing.
pub(super) fn is_reference(text: &str) -> bool {
    let text = text.strip_prefix(BEARER).unwrap_or(text).trim();
    text.is_empty() || (text.starts_with("${") && text.ends_with('}'))
}

struct Mover<'a> {
    env: &'a EnvFile,
    moved: &'a mut Vec<MovedSecret>,
    path: Vec<String>,
}

impl Mover<'_> {
    fn node(&mut self, node: &Node) -> Node {
        match node {
            Node::Map(map) => {
                let mut kept = Map::default();
                for (key, value) in map.iter() {
                    self.path.push(key.display());
                    kept.insert(kept.len(), key.clone(), self.node(value));
                    self.path.pop();
                }
                Node::Map(kept)
            }
            Node::List(list) => {
                let item = |(index, item): (usize, &Node)| {
                    self.path.push(index.to_string());
                    let kept = self.node(item);
                    self.path.pop();
                    kept
                };
                Node::List(list.iter().enumerate().map(item).collect())
            }
            Node::Scalar(scalar) => self.scalar(scalar).unwrap_or_else(|| node.clone()),
        }
    }

    /// A reference, if the scalar is a secret.
    fn scalar(&mut self, scalar: &Scalar) -> Option<Node> {
        let text = scalar.display();
        let is_text = matches!(scalar.value, crate::yaml::Value::Text(_));
        let secret =
            (self.is_under_secret_key() && (is_text || text.len() >= 8)) || (is_text && has_secret_shape(&text));
        if !secret || is_reference(&text) || is_stand_in(&text) {
            return None;
        }
        let (before, value) = text.strip_prefix(BEARER).map_or(("", text.as_str()), |value| (BEARER, value.trim()));
        let name = self.name_for(value);
        let place = format!("config.yaml: {}", self.path.join("."));
        self.moved.push(MovedSecret { name: name.clone(), place, value: SecretValue(value.to_owned()) });
        Some(Node::text(format!("{before}${{{name}}}")))
    }

    fn is_under_secret_key(&self) -> bool {
        let key = self.path.last().map(|key| key.to_ascii_lowercase().replace('-', "_")).unwrap_or_default();
        !HARMLESS.contains(&key.as_str())
            && SECRET_WORDS.iter().any(|word| key.ends_with(word) || key == format!("{word}s"))
    }

    /// The variable that has the value already, or one named for where it stood.
    fn name_for(&self, value: &str) -> String {
        if let Some(moved) = self.moved.iter().find(|moved| moved.value.0 == value) {
            return moved.name.clone();
        }
        if let Some((name, _)) = self.env.variables().find(|(_, have)| *have == value) {
            return name.to_owned();
        }
        let word = |char: char| if char.is_ascii_alphanumeric() { char.to_ascii_uppercase() } else { '_' };
        let name: String = self.path.join("_").chars().map(word).collect();
        let name =
            if name.starts_with(|first: char| first.is_ascii_alphabetic()) { name } else { format!("KEY_{name}") };
        let taken = |name: &str| self.env.get(name).is_some() || self.moved.iter().any(|moved| moved.name == name);
        if !taken(&name) {
            return name;
        }
        let numbered = (2_u32..).map(|number| format!("{name}_{number}")).find(|name| !taken(name));
        numbered.unwrap_or(name)
    }
}

fn has_secret_shape(text: &str) -> bool {
    secret_scan::scan_text(text.as_bytes()).iter().any(|found| found.sort == Sort::Secret)
}

/// What hides a value is no value: moving it would lose the real one.
fn is_stand_in(text: &str) -> bool {
    let line = format!("key: {text}\n");
    secret_scan::scan("config.yaml", line.as_bytes()).iter().any(|found| found.sort == Sort::RedactionPlaceholder)
}
