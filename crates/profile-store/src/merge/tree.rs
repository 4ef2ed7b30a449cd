//! The merge of values. It knows no text; what it answers is what the written file has to mean.

use super::{
    list_rules::{ListRule, rule_for},
    outcome::{Conflict, Note, Side},
};
use crate::yaml::{Map, Node, Scalar};

/// Hermes' own stamp on a configuration.
pub(super) const CONFIG_VERSION: &str = "_config_version";

/// Collects what stands against a merge, and what is worth a note.
#[derive(Debug, Default)]
pub(super) struct TreeMerge {
    pub(super) conflicts: Vec<Conflict>,
    pub(super) notes: Vec<Note>,
    path: Vec<String>,
    /// Whose value it is where both changed one; without that it is a conflict.
    favoured: Option<Side>,
}

impl TreeMerge {
    /// A merge below a path.
    pub(super) fn below(path: &[&str], favoured: Option<Side>) -> Self {
        Self { path: path.iter().map(|&key| key.to_owned()).collect(), favoured, ..Self::default() }
    }

    /// One node of three; `None` is a node that is not there. Where there is a conflict, ours is answered.
    pub(super) fn node(&mut self, base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> Option<Node> {
        if ours == theirs || base == theirs {
            return ours.cloned();
        }
        if base == ours {
            return theirs.cloned();
        }
        match (ours, theirs) {
            (Some(Node::Map(ours)), Some(Node::Map(theirs))) => {
                let empty = Map::default();
                let base = base.and_then(Node::as_map).unwrap_or(&empty);
                Some(Node::Map(self.map(base, ours, theirs)))
            }
            (Some(Node::List(our_items)), Some(Node::List(their_items))) => {
                let base_items = base.and_then(Node::as_list).unwrap_or_default();
                match self.list(base_items, our_items, their_items) {
                    Some(merged) => Some(Node::List(merged)),
                    None => self.conflict(base, ours, theirs),
                }
            }
            (Some(our_node), Some(their_node)) if self.path == [CONFIG_VERSION] => {
                match (our_node.as_int(), their_node.as_int()) {
                    (Some(one), Some(other)) => {
                        self.notes.push(Note::ConfigVersion(one.max(other)));
                        Some(if one >= other { our_node.clone() } else { their_node.clone() })
                    }
                    _ => self.conflict(base, ours, theirs),
                }
            }
            _ => self.conflict(base, ours, theirs),
        }
    }

    fn conflict(&mut self, base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> Option<Node> {
        match self.favoured {
            Some(Side::Base) => return base.cloned(),
            Some(Side::Ours) => {}
            Some(Side::Theirs) => return theirs.cloned(),
            None => self.conflicts.push(Conflict::at(&self.path, base, ours, theirs)),
        }
        ours.cloned()
    }

    /// Ours in its order, then what only theirs has behind its left neighbour.
    pub(super) fn map(&mut self, base: &Map, ours: &Map, theirs: &Map) -> Map {
        let mut merged = Map::default();
        for (key, node) in ours.iter() {
            if let Some(node) = self.entry(key, base.find(key), Some(node), theirs.find(key)) {
                merged.insert(merged.len(), key.clone(), node);
            }
        }
        let mut left: Option<&Scalar> = None;
        for (key, node) in theirs.iter() {
            if ours.find(key).is_none()
                && let Some(node) = self.entry(key, base.find(key), None, Some(node))
            {
                let at = left.and_then(|left| merged.position(left)).map_or(0, |at| at + 1);
                merged.insert(at, key.clone(), node);
            }
            if merged.position(key).is_some() {
                left = Some(key);
            }
        }
        merged
    }

    fn entry(&mut self, key: &Scalar, base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> Option<Node> {
        self.path.push(key.display());
        let node = self.node(base, ours, theirs);
        self.path.pop();
        node
    }

    /// `None` where the sequence is one value.
    fn list(&mut self, base: &[Node], ours: &[Node], theirs: &[Node]) -> Option<Vec<Node>> {
        match rule_for(&self.path) {
            ListRule::Whole => None,
            ListRule::Set => {
                let scalars = |list: &[Node]| list.iter().all(|item| matches!(item, Node::Scalar(_)));
                [base, ours, theirs].into_iter().all(scalars).then(|| set(base, ours, theirs))
            }
            ListRule::Table(name) => {
                let (base, ours, theirs) =
                    (by_identity(base, name)?, by_identity(ours, name)?, by_identity(theirs, name)?);
                Some(self.map(&base, &ours, &theirs).iter().map(|(_, node)| node.clone()).collect())
            }
        }
    }
}

/// Ours without what theirs took out, then what theirs put in.
fn set(base: &[Node], ours: &[Node], theirs: &[Node]) -> Vec<Node> {
    let kept = ours.iter().filter(|item| !base.contains(item) || theirs.contains(item));
    let new = theirs.iter().filter(|item| !base.contains(item) && !ours.contains(item));
    let mut merged: Vec<Node> = Vec::new();
    for item in kept.chain(new) {
        if !merged.contains(item) {
            merged.push(item.clone());
        }
    }
    merged
}

/// The members under what identifies them; `None` where one has no identity, or two have the same.
fn by_identity(list: &[Node], name: &str) -> Option<Map> {
    let mut map = Map::default();
    for item in list {
        let Node::Scalar(id) = item.at(&[name])? else { return None };
        if map.position(id).is_some() {
            return None;
        }
        map.insert(map.len(), id.clone(), item.clone());
    }
    Some(map)
}
