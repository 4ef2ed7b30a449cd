//! A document as values: what two texts have to agree in to mean the same.

use super::scalar::{Scalar, Style, Value};

/// Entries of one mapping: keys are found by looking through it, so a file of nothing but keys must not be endless.
pub(crate) const ENTRIES_MAX: usize = 2_000;
/// Members of one sequence.
pub(crate) const ITEMS_MAX: usize = 5_000;

/// A node of a document. Equality is by value: quoting, comments and the order of keys do not count.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// A single value.
    Scalar(Scalar),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

impl Node {
    /// A string, quoted when it is written.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Scalar(Scalar::new(Value::Text(text.into()), Style::Quoted))
    }

    /// An integer.
    pub fn int(int: i64) -> Self {
        Self::Scalar(Scalar::new(Value::Int(int.into()), Style::Plain))
    }

    /// A truth value.
    pub fn bool(bool: bool) -> Self {
        Self::Scalar(Scalar::new(Value::Bool(bool), Style::Plain))
    }

    /// The empty value.
    pub fn null() -> Self {
        Self::Scalar(Scalar::new(Value::Null, Style::Plain))
    }

    /// The mapping, if it is one.
    pub fn as_map(&self) -> Option<&Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The mapping to change, if it is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        match self {
            Self::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The sequence, if it is one.
    pub fn as_list(&self) -> Option<&[Node]> {
        match self {
            Self::List(list) => Some(list),
            _ => None,
        }
    }

    /// The string, if it is one.
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Self::Scalar(Scalar { value: Value::Text(text), .. }) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    pub fn as_int(&self) -> Option<i128> {
        match self {
            Self::Scalar(Scalar { value: Value::Int(int), .. }) => Some(*int),
            _ => None,
        }
    }

    /// The node at a path of keys.
    pub fn at(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, key| node.as_map()?.get(key))
    }

    /// Puts a node at a path of keys, making the mappings on the way; what is in the way is replaced.
    pub fn put(&mut self, path: &[&str], node: Node) {
        let Some((first, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if self.as_map().is_none() {
            *self = Self::Map(Map::default());
        }
        if let Self::Map(map) = self {
            map.entry(first).put(rest, node);
        }
    }

    /// Takes the node at a path of keys out.
    pub fn take(&mut self, path: &[&str]) -> Option<Node> {
        let (last, way) = path.split_last()?;
        let mut node = self;
        for key in way {
            node = node.as_map_mut()?.get_mut(key)?;
        }
        node.as_map_mut()?.remove(last)
    }
}

/// A mapping in the order of its text, with every key once.
#[derive(Clone, Debug, Default)]
pub struct Map {
    entries: Vec<(Scalar, Node)>,
}

impl Map {
    /// Entries in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&Scalar, &Node)> + DoubleEndedIterator {
        self.entries.iter().map(|(key, node)| (key, node))
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The node under a string key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.iter().find(|(have, _)| have.is_text(key)).map(|(_, node)| node)
    }

    /// The node under a string key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.iter_mut().find(|(have, _)| have.is_text(key)).map(|(_, node)| node)
    }

    /// The node under any key.
    pub fn find(&self, key: &Scalar) -> Option<&Node> {
        self.entries.iter().find(|(have, _)| have == key).map(|(_, node)| node)
    }

    /// Where a key stands.
    pub fn position(&self, key: &Scalar) -> Option<usize> {
        self.entries.iter().position(|(have, _)| have == key)
    }

    /// Puts an entry at a place, or replaces the node that its key has already.
    pub fn insert(&mut self, at: usize, key: Scalar, node: Node) {
        match self.position(&key) {
            Some(have) => self.entries[have].1 = node,
            None => self.entries.insert(at.min(self.entries.len()), (key, node)),
        }
    }

    /// Puts an entry at the end, or replaces the node that its key has already.
    pub fn set(&mut self, key: &str, node: Node) {
        self.insert(self.len(), Scalar::key(key), node);
    }

    /// Takes an entry out.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        let at = self.entries.iter().position(|(have, _)| have.is_text(key))?;
        Some(self.entries.remove(at).1)
    }

    fn entry(&mut self, key: &str) -> &mut Node {
        let at = self.entries.iter().position(|(have, _)| have.is_text(key)).unwrap_or_else(|| {
            self.entries.push((Scalar::key(key), Node::null()));
            self.entries.len() - 1
        });
        &mut self.entries[at].1
    }
}

impl PartialEq for Map {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, node)| other.find(key) == Some(node))
    }
}
