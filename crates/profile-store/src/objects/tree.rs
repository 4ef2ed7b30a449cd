//! A tree, byte by byte.

use git2::Oid;

/// What an entry of a tree is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    File,
    Executable,
    Tree,
    Link,
    Submodule,
    /// Anything else that a hand-made tree can say, as `100664` or `040000`.
    Other(Vec<u8>),
}

impl Mode {
    pub(super) fn parse(text: &[u8]) -> Self {
        match text {
            b"100644" => Self::File,
            b"100755" => Self::Executable,
            b"40000" => Self::Tree,
            b"120000" => Self::Link,
            b"160000" => Self::Submodule,
            other => Self::Other(other.to_vec()),
        }
    }

    fn text(&self) -> &[u8] {
        match self {
            Self::File => b"100644",
            Self::Executable => b"100755",
            Self::Tree => b"40000",
            Self::Link => b"120000",
            Self::Submodule => b"160000",
            Self::Other(text) => text,
        }
    }

    pub(crate) fn is_tree(&self) -> bool {
        *self == Self::Tree
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) mode: Mode,
    pub(crate) name: Vec<u8>,
    pub(crate) id: Oid,
}

impl Entry {
    /// git's order: folders as if their name ended with `/`.
    fn key(&self) -> impl Iterator<Item = u8> + '_ {
        self.name.iter().copied().chain(self.mode.is_tree().then_some(b'/'))
    }
}

/// A tree's entries, in git's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tree {
    pub(crate) entries: Vec<Entry>,
}

impl Tree {
    /// Takes a tree apart. Refuses one whose entries are not in order, or that git would not have written.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, &'static str> {
        let mut entries: Vec<Entry> = Vec::with_capacity(bytes.len() / 32);
        let mut rest = bytes;
        while !rest.is_empty() {
            let space = rest.iter().position(|byte| *byte == b' ').ok_or("an entry without a mode")?;
            let end = rest
                .iter()
                .position(|byte| *byte == 0)
                .filter(|end| *end > space + 1)
                .ok_or("an entry without a name")?;
            let id = rest.get(end + 1..end + 21).ok_or("an entry without an id")?;
            let entry = Entry {
                mode: Mode::parse(&rest[..space]),
                name: rest[space + 1..end].to_vec(),
                id: Oid::from_bytes(id).map_err(|_| "an entry without an id")?,
            };
            if entry.name.contains(&b'/') {
                return Err("a name with a slash");
            }
            if entries.last().is_some_and(|last| !last.key().lt(entry.key())) {
                return Err("entries out of order, or twice");
            }
            entries.push(entry);
            rest = &rest[end + 21..];
        }
        Ok(Self { entries })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(self.entries.len() * 48);
        for entry in &self.entries {
            bytes.extend_from_slice(entry.mode.text());
            bytes.push(b' ');
            bytes.extend_from_slice(&entry.name);
            bytes.push(0);
            bytes.extend_from_slice(entry.id.as_bytes());
        }
        bytes
    }

    pub(crate) fn get(&self, name: &[u8]) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.name == name)
    }

    /// The id of the folder `name`.
    pub(crate) fn folder(&self, name: &[u8]) -> Option<Oid> {
        self.get(name).filter(|entry| entry.mode.is_tree()).map(|entry| entry.id)
    }

    /// Puts an entry in its place, or takes it away.
    pub(crate) fn set(&mut self, name: &[u8], value: Option<(Mode, Oid)>) {
        self.entries.retain(|entry| entry.name != name);
        if let Some((mode, id)) = value {
            let entry = Entry { mode, name: name.to_vec(), id };
            let at = self.entries.partition_point(|other| other.key().lt(entry.key()));
            self.entries.insert(at, entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    #[test]
    fn entries_stand_in_gits_order_and_come_back_as_they_were() {
        let mut tree = Tree::default();
        for (name, mode) in [("b", Mode::Tree), ("b.c", Mode::File), ("a", Mode::Executable), ("b-", Mode::File)] {
            tree.set(name.as_bytes(), Some((mode, id(1))));
        }
        let names: Vec<&[u8]> = tree.entries.iter().map(|entry| entry.name.as_slice()).collect();
        assert_eq!(names, [&b"a"[..], b"b-", b"b.c", b"b"]);
        assert_eq!(Tree::parse(&tree.to_bytes()), Ok(tree.clone()));
        tree.set(b"b", None);
        assert_eq!(tree.folder(b"b"), None);
        assert_eq!(tree.entries.len(), 3);
    }

    #[test]
    fn trees_that_git_would_not_write_are_refused() {
        let entry = |mode: &str, name: &str| [mode.as_bytes(), b" ", name.as_bytes(), b"\0", &[7; 20]].concat();
        for bad in [
            b"100644".to_vec(),
            b"100644 a".to_vec(),
            b"100644 a\0short".to_vec(),
            entry("100644", ""),
            entry("100644", "a/b"),
            [entry("100644", "b"), entry("100644", "a")].concat(),
            [entry("100644", "a"), entry("100644", "a")].concat(),
        ] {
            assert!(Tree::parse(&bad).is_err(), "{bad:?}");
        }
        let odd = Tree::parse(&entry("040000", "a")).unwrap();
        assert_eq!(odd.entries[0].mode, Mode::Other(b"040000".to_vec()));
    }
}
