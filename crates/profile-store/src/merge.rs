//! Three versions of a file become one, by what the file means (D12).
//!
//! | kind | rule |
//! |---|---|
//! | [`Kind::Yaml`] | by key, with comments; the same key changed on both sides is a [`Conflict`] |
//! | [`Kind::Jobs`] | `cron/jobs.json` by job id; what the scheduler writes is never merged |
//! | [`Kind::Json`] | `secrets.lock` and other JSON by key |
//! | [`Kind::OursWins`] | `SOUL.md`, `AGENTS.md`: ours as a whole, theirs in a [`Note`] |
//! | [`Kind::Text`] | by lines, where a changed line and a neighbour of it are a conflict |
//! | [`Kind::Opaque`] | both changed is a conflict |
//!
//! A change of one side alone is always taken, byte for byte. What a merge of YAML writes was read back by a second
//! parser and means exactly the merged values; where that fails, it is a conflict and not a wrong file.

mod jobs;
mod json_file;
mod kind;
mod lines;
mod list_rules;
mod outcome;
mod text;
mod tree;
mod yaml_file;

pub use jobs::{AUTHORED_FIELDS, authored, jobs_with_state, same_jobs};
pub use kind::Kind;
pub use outcome::{Conflict, Merged, Note, Outcome, Side, Why};

/// The three versions; `None` where the file does not exist.
#[derive(Clone, Copy, Debug)]
pub struct Sides<'a> {
    /// The last version that both sides had.
    pub base: Option<&'a [u8]>,
    /// The version of whoever merges.
    pub ours: Option<&'a [u8]>,
    /// The version that comes in.
    pub theirs: Option<&'a [u8]>,
}

/// Merges one file.
pub fn merge(kind: Kind, sides: Sides<'_>) -> Outcome {
    attempt(kind, sides, None)
}

/// Merges one file after a person has decided for a side: what would be a conflict is as that side has it, and nothing
/// else. Where only the whole file can be decided over, it is that side's file.
pub fn merge_in_favour_of(side: Side, kind: Kind, sides: Sides<'_>) -> Merged {
    match attempt(kind, sides, Some(side)) {
        Outcome::Merged(merged) => merged,
        Outcome::Conflicted(_) => {
            let content = match side {
                Side::Base => sides.base,
                Side::Ours => sides.ours,
                Side::Theirs => sides.theirs,
            };
            Merged { content: content.map(<[u8]>::to_vec), notes: Vec::new() }
        }
    }
}

fn attempt(kind: Kind, sides: Sides<'_>, favoured: Option<Side>) -> Outcome {
    let Sides { base, ours, theirs } = sides;
    if ours == theirs || base == theirs {
        return Outcome::clean(ours);
    }
    if base == ours {
        return Outcome::clean(theirs);
    }
    // Both changed, and differently.
    let (Some(ours), Some(theirs)) = (ours, theirs) else {
        return text::deleted_and_changed(kind, sides);
    };
    let base = base.unwrap_or_default();
    match kind {
        Kind::Yaml => yaml_file::merge(base, ours, theirs, favoured),
        Kind::Jobs => jobs::merge(base, ours, theirs, favoured),
        Kind::Json => json_file::merge(base, ours, theirs, favoured),
        Kind::OursWins => text::ours_wins(ours, theirs),
        Kind::Text => text::merge(base, ours, theirs, favoured),
        Kind::Opaque => Outcome::conflict(Conflict::whole(Why::BothChanged, sides)),
    }
}

#[cfg(test)]
mod tests;
