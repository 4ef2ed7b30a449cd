//! A tree with some files changed: only the folders on their way are read and written.

use std::collections::BTreeMap;

use git2::Oid;

use super::{Mode, Objects, Tree};
use crate::StoreError;

/// A file that is put (mode and blob) or taken away.
pub(crate) type Leaf = Option<(Mode, Oid)>;

/// The tree `root` with every path of `leaves` put or taken away. Folders that become empty go.
pub(crate) fn edit(objects: &mut Objects, root: Oid, leaves: &BTreeMap<String, Leaf>) -> Result<Oid, StoreError> {
    let flat: Vec<(&str, &Leaf)> = leaves.iter().map(|(path, leaf)| (path.as_str(), leaf)).collect();
    match folder(objects, Some(root), &flat)? {
        Some(id) => Ok(id),
        None => objects.put_tree(&Tree::default()),
    }
}

fn folder(objects: &mut Objects, old: Option<Oid>, leaves: &[(&str, &Leaf)]) -> Result<Option<Oid>, StoreError> {
    let mut tree = old.map(|id| objects.tree(id)).transpose()?.unwrap_or_default();
    let mut below: BTreeMap<&str, Vec<(&str, &Leaf)>> = BTreeMap::new();
    for (path, leaf) in leaves {
        match path.split_once('/') {
            Some((name, rest)) => below.entry(name).or_default().push((rest, leaf)),
            None => tree.set(path.as_bytes(), (*leaf).clone()),
        }
    }
    for (name, leaves) in below {
        let inner = folder(objects, tree.folder(name.as_bytes()), &leaves)?;
        // A path that leads through a file and takes something away there changes nothing.
        if inner.is_some() || tree.folder(name.as_bytes()).is_some() {
            tree.set(name.as_bytes(), inner.map(|id| (Mode::Tree, id)));
        }
    }
    if tree.entries.is_empty() { Ok(None) } else { objects.put_tree(&tree).map(Some) }
}
