//! The files of a profile as the registry has them.

use std::collections::BTreeMap;

use profile_store::template::Files;

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    /// Its bytes.
    pub(crate) bytes: Vec<u8>,
    /// Whether it may be run.
    pub(crate) executable: bool,
}

/// By path.
pub(crate) type Tree = BTreeMap<String, File>;

/// The bytes alone.
pub(crate) fn as_files(tree: &Tree) -> Files {
    tree.iter().map(|(path, file)| (path.clone(), file.bytes.clone())).collect()
}
