//! Edits a document's text until it says what is wanted, and keeps everything else as it stands.

use std::str::FromStr;

use yaml_edit::{Document, Mapping, MappingEntry, YamlNode};

use super::{
    emit,
    node::{Map, Node},
    scalar::Scalar,
    strict::{Refused, parse},
};

/// Why a text could not be made to say what was wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unwritable {
    /// The text to begin with is none of ours.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// The editor lost its way; nothing was written.
    #[error("the text cannot be edited without changing something else in it")]
    Unfaithful,
}

/// The text of `text` with the values of `target`: comments, order and spelling of what stays are kept, and so is a
/// comment above a key that goes.
///
/// The answer was read back: it means exactly `target`.
pub fn rewrite(text: &str, target: &Node) -> Result<String, Unwritable> {
    let now = parse(text)?;
    if now == *target {
        return Ok(text.to_owned());
    }
    let (Some(have), Some(want)) = (now.as_map(), target.as_map()) else { return Err(Unwritable::Unfaithful) };
    if have.is_empty() {
        return faithful(appended(text, target), target).ok_or(Unwritable::Unfaithful);
    }
    // As little as possible first; where the editor loses its way in a value, its whole top-level entry is written anew.
    let attempt = |depth| edited(text, have, want, depth).ok().and_then(|written| faithful(written, target));
    attempt(usize::MAX).or_else(|| attempt(0)).ok_or(Unwritable::Unfaithful)
}

fn faithful(written: String, target: &Node) -> Option<String> {
    parse(&written).is_ok_and(|read| read == *target).then_some(written)
}

/// A text without entries has only comments to keep (or `{}`, which reads back wrong and is refused).
fn appended(text: &str, target: &Node) -> String {
    let head = if text.is_empty() || text.ends_with('\n') { text.to_owned() } else { format!("{text}\n") };
    let head = if head.trim() == "{}" { String::new() } else { head };
    format!("{head}{}", emit::block(target, 0))
}

fn edited(text: &str, have: &Map, want: &Map, depth: usize) -> Result<String, Unwritable> {
    let document = Document::from_str(text).map_err(|_| Unwritable::Unfaithful)?;
    let root = document.as_mapping().ok_or(Unwritable::Unfaithful)?;
    edit(&root, have, want, depth)?;
    Ok(document.to_string())
}

fn edit(mapping: &Mapping, have: &Map, want: &Map, depth: usize) -> Result<(), Unwritable> {
    let entries: Vec<MappingEntry> = mapping.entries().collect();
    if entries.len() != have.len() {
        return Err(Unwritable::Unfaithful);
    }
    // By place, not by name: the editor compares keys under YAML 1.2.
    let mut order: Vec<Scalar> = Vec::new();
    for (entry, (key, node)) in entries.into_iter().zip(have.iter()) {
        match want.find(key) {
            // Not the entry's own `remove`, which leaves the comment behind its value.
            None => {
                mapping.remove(entry.key_node().ok_or(Unwritable::Unfaithful)?).ok_or(Unwritable::Unfaithful)?;
            }
            Some(wanted) => {
                order.push(key.clone());
                change(&entry, node, wanted, mapping.is_flow_style(), depth)?;
            }
        }
    }
    let mut after = 0;
    for (key, node) in want.iter() {
        match order.iter().position(|have| have == key) {
            Some(at) => after = at + 1,
            None => {
                mapping.insert_at_index(after, read(&emit::key(key))?, built(node, mapping.is_flow_style())?);
                order.insert(after, key.clone());
                after += 1;
            }
        }
    }
    Ok(())
}

fn change(entry: &MappingEntry, have: &Node, want: &Node, flow: bool, depth: usize) -> Result<(), Unwritable> {
    if have == want {
        return Ok(());
    }
    if let (Some(have), Some(want), Some(YamlNode::Mapping(mapping))) =
        (have.as_map(), want.as_map(), entry.value_node())
        && depth > 0
        && have.iter().any(|(key, _)| want.find(key).is_some())
    {
        return edit(&mapping, have, want, depth - 1);
    }
    entry.set_value(built(want, flow)?, flow);
    Ok(())
}

/// A node for the editor.
fn built(node: &Node, flow: bool) -> Result<YamlNode, Unwritable> {
    read(&if flow { emit::flow(node) } else { emit::block(node, 0) })
}

fn read(text: &str) -> Result<YamlNode, Unwritable> {
    let document = Document::from_str(text).map_err(|_| Unwritable::Unfaithful)?;
    let node = document.as_mapping().map(YamlNode::Mapping);
    let node = node.or_else(|| document.as_sequence().map(YamlNode::Sequence));
    node.or_else(|| document.as_scalar().map(YamlNode::Scalar)).ok_or(Unwritable::Unfaithful)
}
