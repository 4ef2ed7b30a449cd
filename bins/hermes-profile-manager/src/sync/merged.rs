//! The merge of one file, with what people and earlier runs decided.

use std::collections::BTreeSet;

use profile_store::{
    allow_list::classify,
    merge::{self, Kind, Merged, Note, Outcome, Sides, merge_in_favour_of},
};

use super::{Choices, File, FileConflict, Prefer, Tree};
use crate::state::{Decision, Lost, Unfinished, fingerprint};

/// What the merges of all files came to.
#[derive(Debug, Default)]
pub(super) struct Merges {
    pub(super) tree: Tree,
    pub(super) conflicts: Vec<FileConflict>,
    pub(super) notes: Vec<(String, Note)>,
    pub(super) lost: Vec<Lost>,
    pub(super) decisions: Unfinished,
}

/// The three versions of one file.
#[derive(Clone, Copy)]
struct Three<'a> {
    base: Option<&'a File>,
    ours: Option<&'a File>,
    theirs: Option<&'a File>,
}

impl Merges {
    /// Merges file by file.
    pub(super) fn of(base: &Tree, ours: &Tree, theirs: &Tree, choices: &Choices, unfinished: &Unfinished) -> Self {
        let mut merges = Self::default();
        let paths: BTreeSet<&String> = base.keys().chain(ours.keys()).chain(theirs.keys()).collect();
        for path in paths {
            let three = Three { base: base.get(path), ours: ours.get(path), theirs: theirs.get(path) };
            if let Some(file) = merges.file(path, three, choices.of(path), unfinished.get(path)) {
                merges.tree.insert(path.clone(), file);
            }
        }
        merges
    }

    fn file(&mut self, path: &str, three: Three<'_>, said: Option<Prefer>, before: Option<&Decision>) -> Option<File> {
        let Three { base, ours, theirs } = three;
        if ours == theirs || base == theirs {
            return ours.cloned();
        }
        if base == ours {
            return theirs.cloned();
        }
        let (our_print, their_print) = (print(ours), print(theirs));
        // A run that did not end had the same before it, or has done a half of it.
        let ours_known = |before: &&Decision| our_print == before.ours || our_print == before.merged;
        let theirs_known = |before: &&Decision| their_print == before.theirs || their_print == before.merged;
        let before = before.filter(ours_known).filter(theirs_known);
        let done = before.filter(|before| our_print == before.merged || their_print == before.merged);
        if let Some(before) = done {
            // The other half shall not come out otherwise.
            self.decisions.insert(path.to_owned(), before.clone());
            return if our_print == before.merged { ours.cloned() } else { theirs.cloned() };
        }
        let said = said.or(before.and_then(|before| before.prefer));
        let merged = self.content(path, three, said)?;
        for note in merged.notes {
            match (&note, theirs) {
                (Note::TheirsLeftOut(_), Some(theirs)) => self.lose(path, "theirs", &theirs.bytes),
                (Note::CommentsLeftOut(comments), _) => {
                    self.lose(path, "comments-of-theirs", comments.join("\n").as_bytes());
                }
                _ => {}
            }
            self.notes.push((path.to_owned(), note));
        }
        let file = merged.content.map(|bytes| File { bytes, executable: executable(three) });
        let decision = Decision { ours: our_print, theirs: their_print, merged: print(file.as_ref()), prefer: said };
        self.decisions.insert(path.to_owned(), decision);
        file
    }

    /// `None` where it is a conflict; ours stands in for it.
    fn content(&mut self, path: &str, three: Three<'_>, said: Option<Prefer>) -> Option<Merged> {
        let bytes = |file: Option<&'_ File>| file.map(|file| file.bytes.clone());
        let (base, ours, theirs) = (bytes(three.base), bytes(three.ours), bytes(three.theirs));
        let sides = Sides { base: base.as_deref(), ours: ours.as_deref(), theirs: theirs.as_deref() };
        let kind = classify(path).map_or(Kind::Opaque, |allowed| allowed.kind.into());
        let conflicts = match merge::merge(kind, sides) {
            Outcome::Merged(_) if kind == Kind::OursWins && said == Some(Prefer::Theirs) => Vec::new(),
            Outcome::Merged(merged) => return Some(merged),
            Outcome::Conflicted(conflicts) => conflicts,
        };
        let Some(prefer) = said else {
            self.conflicts.push(FileConflict { path: path.to_owned(), conflicts });
            return None;
        };
        let (loses, side) = match prefer {
            Prefer::Ours => (theirs.as_deref(), "theirs"),
            Prefer::Theirs => (ours.as_deref(), "ours"),
        };
        if let Some(bytes) = loses {
            self.lose(path, side, bytes);
        }
        if kind == Kind::OursWins {
            return Some(Merged { content: if prefer == Prefer::Ours { ours } else { theirs }, notes: Vec::new() });
        }
        Some(merge_in_favour_of(prefer.side(), kind, sides))
    }

    fn lose(&mut self, path: &str, side: &'static str, bytes: &[u8]) {
        self.lost.push(Lost { path: path.to_owned(), side, bytes: bytes.to_vec() });
    }
}

/// Content and whether it may be run.
fn print(file: Option<&File>) -> Option<String> {
    file.map(|file| format!("{}{}", fingerprint(&file.bytes), if file.executable { "x" } else { "" }))
}

/// Whoever changed it; ours where both did, or where nobody knows.
fn executable(three: Three<'_>) -> bool {
    let bit = |file: Option<&File>| file.map(|file| file.executable);
    let (base, ours, theirs) = (bit(three.base), bit(three.ours), bit(three.theirs));
    let chosen = match (ours, theirs) {
        (Some(ours), Some(theirs)) => Some(if base == Some(ours) { theirs } else { ours }),
        (one, other) => one.or(other),
    };
    chosen.unwrap_or(false)
}
