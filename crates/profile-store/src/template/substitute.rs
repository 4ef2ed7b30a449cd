//! Putting values into documents and into prose.

use std::collections::BTreeMap;

use super::{
    ValueType,
    placeholder::{Piece, has_any, pieces},
};
use crate::yaml::{Map, Node, Scalar, Style, Value};

/// A placeholder's value with its type.
#[derive(Clone, Debug)]
pub(super) struct Filled {
    pub(super) value: String,
    pub(super) value_type: ValueType,
}

/// Values by name; complete and checked before anything is put anywhere.
pub(super) type Filling = BTreeMap<String, Filled>;

/// All strings of a document, keys included, with whether they may hold placeholders.
pub(super) fn strings(node: &Node) -> Vec<(&str, bool)> {
    match node {
        Node::Scalar(Scalar { value: Value::Text(text), style, .. }) => vec![(text, *style != Style::Plain)],
        Node::Scalar(_) => Vec::new(),
        Node::List(list) => list.iter().flat_map(strings).collect(),
        Node::Map(map) => {
            let of = |(key, value)| {
                key_text(key).into_iter().map(|text| (text, false)).chain(strings(value)).collect::<Vec<_>>()
            };
            map.iter().flat_map(of).collect()
        }
    }
}

fn key_text(key: &Scalar) -> Option<&str> {
    match &key.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// A document with its placeholders replaced, node by node.
pub(super) fn node(node: &Node, filling: &Filling) -> Result<Node, String> {
    match node {
        Node::Scalar(Scalar { value: Value::Text(text), .. }) if has_any(text) => string(text, filling),
        Node::Scalar(_) => Ok(node.clone()),
        Node::List(list) => list.iter().map(|item| self::node(item, filling)).collect::<Result<_, _>>().map(Node::List),
        Node::Map(map) => {
            let mut filled = Map::default();
            for (key, value) in map.iter() {
                filled.insert(filled.len(), key.clone(), self::node(value, filling)?);
            }
            Ok(Node::Map(filled))
        }
    }
}

/// A placeholder that is the whole string becomes a value of its type.
fn string(text: &str, filling: &Filling) -> Result<Node, String> {
    if let [Piece::Use(_) | Piece::Declaration(_)] = pieces(text)?.as_slice()
        && let Some(filled) = pieces(text)?.first().and_then(name).and_then(|name| filling.get(name))
    {
        return Ok(match filled.value_type {
            ValueType::Int(_) => filled.value.parse().map(Node::int).map_err(|_| "no number".to_owned())?,
            ValueType::Bool => Node::bool(filled.value == "true"),
            _ => Node::text(filled.value.clone()),
        });
    }
    self::text(text, filling).map(Node::text)
}

/// Prose with its placeholders replaced; what a value holds is not looked at again.
pub(super) fn text(text: &str, filling: &Filling) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    for piece in pieces(text)? {
        match (&piece, name(&piece)) {
            (Piece::Text(text), _) => out.push_str(text),
            (_, Some(name)) => match filling.get(name) {
                Some(filled) => out.push_str(&filled.value),
                None => return Err(format!("{name} has no value")),
            },
            (_, None) => {}
        }
    }
    Ok(out)
}

fn name<'a>(piece: &'a Piece<'_>) -> Option<&'a str> {
    match piece {
        Piece::Text(_) => None,
        Piece::Use(name) => Some(name),
        Piece::Declaration(placeholder) => Some(&placeholder.name),
    }
}
