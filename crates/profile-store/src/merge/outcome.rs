//! What a merge answers: the file, or what stands against it.

use super::Sides;
use crate::yaml::{Node, block};

/// How much of a version a conflict or a note shows.
const SHOWN_BYTES_MAX: usize = 4_096;

/// The answer of a merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// One file.
    Merged(Merged),
    /// Somebody has to decide; nothing may be written or pushed before.
    Conflicted(Vec<Conflict>),
}

/// A merged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Merged {
    /// Its content, or `None` where it is deleted.
    pub content: Option<Vec<u8>>,
    /// What somebody may want to know.
    pub notes: Vec<Note>,
}

/// Something that a merge decided by itself, for the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Ours was kept as a whole; this is the beginning of theirs.
    TheirsLeftOut(String),
    /// Comments of theirs that have no place in the merged text.
    CommentsLeftOut(Vec<String>),
    /// Theirs had deleted the file, which ours has changed: it stays.
    KeptChanged(Side),
    /// Both sides moved on to another `_config_version`: the higher was taken.
    ConfigVersion(i128),
}

/// A side of a merge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The last common version.
    Base,
    /// Of whoever merges.
    Ours,
    /// What comes in.
    Theirs,
}

/// One decision that only a person can take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The key (`model.default`), the job (`jobs.daily.prompt`), the lines (`lines 3-4`), or nothing for the whole file.
    pub path: String,
    /// What happened.
    pub why: Why,
    /// The value before; `None` where there was none.
    pub base: Option<String>,
    /// Our value; `None` where we deleted it.
    pub ours: Option<String>,
    /// Their value; `None` where they deleted it.
    pub theirs: Option<String>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Both sides changed it, to different values.
    #[error("changed on both sides")]
    BothChanged,
    /// One side deleted what the other changed.
    #[error("deleted on one side and changed on the other")]
    DeletedAndChanged,
    /// A version is nothing that can be merged by meaning.
    #[error("{side:?} cannot be merged: {problem}")]
    Unreadable {
        /// Which.
        side: Side,
        /// Where and why, without a value of the text.
        problem: String,
    },
    /// The merged values could not be written into our text faithfully.
    #[error("the merged values cannot be written into the text without changing something else")]
    Unwritable,
}

impl Outcome {
    pub(super) fn clean(content: Option<&[u8]>) -> Self {
        Self::Merged(Merged { content: content.map(<[u8]>::to_vec), notes: Vec::new() })
    }

    pub(super) fn conflict(conflict: Conflict) -> Self {
        Self::Conflicted(vec![conflict])
    }

    pub(super) fn unreadable(side: Side, problem: impl ToString) -> Self {
        let why = Why::Unreadable { side, problem: problem.to_string() };
        Self::conflict(Conflict { path: String::new(), why, base: None, ours: None, theirs: None })
    }

    /// The content of a merge without conflicts.
    pub fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Merged(merged) => merged.content.as_deref(),
            Self::Conflicted(_) => None,
        }
    }
}

impl Conflict {
    /// A conflict over a whole file.
    pub(super) fn whole(why: Why, sides: Sides<'_>) -> Self {
        let shown = |side: Option<&[u8]>| side.map(excerpt);
        let Sides { base, ours, theirs } = sides;
        Self { path: String::new(), why, base: shown(base), ours: shown(ours), theirs: shown(theirs) }
    }

    /// A conflict over a key.
    pub(super) fn at(path: &[String], base: Option<&Node>, ours: Option<&Node>, theirs: Option<&Node>) -> Self {
        let shown = |node: Option<&Node>| node.map(|node| excerpt(block(node, 0).trim_end().as_bytes()));
        let deleted = ours.is_none() || theirs.is_none();
        let why = if deleted { Why::DeletedAndChanged } else { Why::BothChanged };
        Self { path: path.join("."), why, base: shown(base), ours: shown(ours), theirs: shown(theirs) }
    }
}

/// The beginning of a version, as text.
pub(super) fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.len() <= SHOWN_BYTES_MAX {
        return text.into_owned();
    }
    let end = text.floor_char_boundary(SHOWN_BYTES_MAX);
    format!("{}… ({} bytes)", &text[..end], bytes.len())
}
