//! A large tree that is looked into, and not taken apart: of thousands of entries a few are of interest.

use std::cmp::Ordering;

use git2::Oid;

use super::{Entry, Mode};

/// A tree's bytes, and where its entries lie in them.
#[derive(Clone, Debug, Default)]
pub(crate) struct RawTree {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    start: usize,
    name: usize,
    /// Of the name, where a NUL stands; the id follows.
    end: usize,
}

const ID: usize = 20;

impl RawTree {
    /// Finds the entries. Order and names are not judged.
    pub(crate) fn parse(bytes: Vec<u8>) -> Result<Self, &'static str> {
        let mut spans = Vec::with_capacity(bytes.len() / 40);
        let mut start = 0;
        while start < bytes.len() {
            let space = memchr::memchr(b' ', &bytes[start..]).ok_or("an entry without a mode")?;
            let name = start + space + 1;
            let length = memchr::memchr(0, &bytes[name..]).ok_or("an entry without a name")?;
            let end = name + length;
            if end + 1 + ID > bytes.len() {
                return Err("an entry without an id");
            }
            spans.push(Span { start, name, end });
            start = end + 1 + ID;
        }
        Ok(Self { bytes, spans })
    }

    /// The entries whose names are wanted, in their order.
    pub(crate) fn select(&self, is_wanted: impl Fn(&[u8]) -> bool) -> Vec<Entry> {
        self.spans.iter().filter(|span| is_wanted(self.name(**span))).filter_map(|span| self.entry(*span)).collect()
    }

    /// The id of the folder `name`.
    pub(crate) fn folder(&self, name: &[u8]) -> Option<Oid> {
        let span = self.spans.iter().find(|span| self.name(**span) == name)?;
        self.entry(*span).filter(|entry| entry.mode.is_tree()).map(|entry| entry.id)
    }

    /// Whether every entry that one of two trees has otherwise, or alone, has a name of `these`.
    pub(crate) fn differs_only_in(&self, other: &Self, these: impl Fn(&[u8]) -> bool) -> bool {
        self.differences(other).all(these)
    }

    /// The names of the entries that another tree has otherwise, or that one of both has alone.
    pub(crate) fn names_otherwise_in(&self, other: &Self) -> Vec<Vec<u8>> {
        let mut names: Vec<Vec<u8>> = self.differences(other).map(<[u8]>::to_vec).collect();
        // A file and a folder of one name are two.
        names.dedup();
        names
    }

    fn differences<'a>(&'a self, other: &'a Self) -> impl Iterator<Item = &'a [u8]> {
        let (mut ours, mut theirs) = (self.spans.iter().copied().peekable(), other.spans.iter().copied().peekable());
        std::iter::from_fn(move || {
            loop {
                let (one, another) = match (ours.peek().copied(), theirs.peek().copied()) {
                    (None, None) => return None,
                    (Some(one), None) => (Some(one), None),
                    (None, Some(another)) => (None, Some(another)),
                    (Some(one), Some(another)) if self.of(one) == other.of(another) => {
                        ours.next();
                        theirs.next();
                        continue;
                    }
                    (Some(one), Some(another)) => match self.key(one).cmp(other.key(another)) {
                        Ordering::Less => (Some(one), None),
                        Ordering::Greater => (None, Some(another)),
                        Ordering::Equal => (Some(one), Some(another)),
                    },
                };
                if one.is_some() {
                    ours.next();
                }
                if another.is_some() {
                    theirs.next();
                }
                return one.map(|span| self.name(span)).or(another.map(|span| other.name(span)));
            }
        })
    }

    fn of(&self, span: Span) -> &[u8] {
        &self.bytes[span.start..span.end + 1 + ID]
    }

    fn name(&self, span: Span) -> &[u8] {
        &self.bytes[span.name..span.end]
    }

    /// git's order: folders as if their name ended with `/`.
    fn key(&self, span: Span) -> impl Iterator<Item = u8> + '_ {
        let is_tree = &self.bytes[span.start..span.name - 1] == b"40000";
        self.name(span).iter().copied().chain(is_tree.then_some(b'/'))
    }

    fn entry(&self, span: Span) -> Option<Entry> {
        let id = Oid::from_bytes(&self.bytes[span.end + 1..span.end + 1 + ID]).ok()?;
        let mode = Mode::parse(&self.bytes[span.start..span.name - 1]);
        Some(Entry { mode, name: self.name(span).to_vec(), id })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::objects::Tree;

    fn id(byte: u8) -> Oid {
        Oid::from_bytes(&[byte; 20]).unwrap()
    }

    fn raw(entries: &[(&str, u8)]) -> RawTree {
        let mut tree = Tree::default();
        for (name, byte) in entries {
            let mode = if name.ends_with(".md") { Mode::File } else { Mode::Tree };
            tree.set(name.as_bytes(), Some((mode, id(*byte))));
        }
        RawTree::parse(tree.to_bytes()).unwrap()
    }

    #[test]
    fn what_is_wanted_is_found_without_the_rest() {
        // The ids hold blanks, NULs and what looks like entries.
        let tree = raw(&[("alice", b' '), ("bob", 0), ("carol", b'4'), ("x.md", 7)]);
        assert_eq!((tree.folder(b"bob"), tree.folder(b"x.md"), tree.folder(b"bo")), (Some(id(0)), None, None));
        let selected = tree.select(|name| name.starts_with(b"c") || name == b"alice");
        let names: Vec<&[u8]> = selected.iter().map(|entry| entry.name.as_slice()).collect();
        assert_eq!(names, [&b"alice"[..], b"carol"]);
        assert_eq!((selected[1].id, selected[1].mode.is_tree()), (id(b'4'), true));
    }

    #[test]
    fn two_trees_differ_only_in_what_changed_came_or_went() {
        let base = raw(&[("a", 1), ("b", 2), ("b-", 3), ("c", 4)]);
        let own = |name: &[u8]| name == b"b";
        for (other, is_own) in [
            (raw(&[("a", 1), ("b", 2), ("b-", 3), ("c", 4)]), true),
            (raw(&[("a", 1), ("b", 9), ("b-", 3), ("c", 4)]), true),
            (raw(&[("a", 1), ("b-", 3), ("c", 4)]), true),
            (raw(&[("a", 1), ("b", 2), ("b-", 9), ("c", 4)]), false),
            (raw(&[("a", 1), ("b", 9), ("b-", 3)]), false),
            (raw(&[("a", 1), ("b", 2), ("b-", 3), ("c", 4), ("d", 5)]), false),
            (raw(&[("0", 1), ("a", 1), ("b", 2), ("b-", 3), ("c", 4)]), false),
            (RawTree::default(), false),
        ] {
            assert_eq!(base.differs_only_in(&other, own), is_own, "{other:?}");
            assert_eq!(other.differs_only_in(&base, own), is_own, "{other:?}");
            let names = base.names_otherwise_in(&other);
            assert_eq!(names.iter().all(|name| own(name)), is_own, "{names:?}");
        }
        assert!(raw(&[("b", 1)]).differs_only_in(&RawTree::default(), own));
    }

    #[test]
    fn bytes_that_are_no_tree_are_refused() {
        let whole = raw(&[("alice", 1), ("bob", 2)]).bytes;
        let ends: Vec<usize> = (0..=whole.len()).filter(|end| RawTree::parse(whole[..*end].to_vec()).is_ok()).collect();
        assert_eq!(ends, [0, whole.len() / 2 + 1, whole.len()]);
    }
}
