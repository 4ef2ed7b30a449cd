//! Files without a structure that the merge knows.

use super::{
    Conflict, Kind, Note, Outcome, Side, Sides, Why,
    lines::{self, Touching},
    outcome::{Merged, excerpt},
};

/// Ours as a whole, with theirs in a note.
pub(super) fn ours_wins(ours: &[u8], theirs: &[u8]) -> Outcome {
    Outcome::Merged(Merged { content: Some(ours.to_vec()), notes: vec![Note::TheirsLeftOut(excerpt(theirs))] })
}

/// By lines, as far as both are text.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], favoured: Option<Side>) -> Outcome {
    let sides = Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs) };
    let text = |bytes| std::str::from_utf8(bytes).ok().filter(|text: &&str| !text.contains('\0'));
    let (Some(base), Some(ours), Some(theirs)) = (text(base), text(ours), text(theirs)) else {
        return Outcome::conflict(Conflict::whole(Why::BothChanged, sides));
    };
    match lines::merge(base, ours, theirs, Touching::Conflicts, favoured) {
        Ok(merged) => Outcome::clean(Some(merged.as_bytes())),
        Err(overlap) => {
            let before: String = base.split_inclusive('\n').skip(overlap.base.start).take(overlap.base.len()).collect();
            let path = format!("lines {}-{}", overlap.base.start + 1, overlap.base.end.max(overlap.base.start + 1));
            let shown = |text: &str| Some(excerpt(text.as_bytes()));
            let (base, ours, theirs) = (shown(&before), shown(&overlap.ours), shown(&overlap.theirs));
            Outcome::conflict(Conflict { path, why: Why::BothChanged, base, ours, theirs })
        }
    }
}

/// One side deleted the file, the other changed it.
pub(super) fn deleted_and_changed(kind: Kind, sides: Sides<'_>) -> Outcome {
    if kind != Kind::OursWins {
        return Outcome::conflict(Conflict::whole(Why::DeletedAndChanged, sides));
    }
    // Prose that somebody still works on is worth more than its deletion.
    let (kept, side) = match (sides.ours, sides.theirs) {
        (Some(ours), _) => (ours, Side::Ours),
        (None, theirs) => (theirs.unwrap_or_default(), Side::Theirs),
    };
    Outcome::Merged(Merged { content: Some(kept.to_vec()), notes: vec![Note::KeptChanged(side)] })
}
