//! The merge of a JSON object, by key.

use super::{Conflict, Merged, Outcome, Side, tree::TreeMerge};
use crate::{
    json,
    yaml::{Map, Node},
};

/// Merges by key and lays the result out anew: JSON has no comments to keep.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], favoured: Option<Side>) -> Outcome {
    let read = |bytes: &[u8], side| match json::parse(bytes) {
        Ok(Node::Map(map)) => Ok(map),
        Ok(_) => Err(Outcome::unreadable(side, "no object")),
        Err(error) => Err(Outcome::unreadable(side, error)),
    };
    let base = if base.is_empty() { Ok(Map::default()) } else { read(base, Side::Base) };
    match base.and_then(|base| Ok((base, read(ours, Side::Ours)?, read(theirs, Side::Theirs)?))) {
        Ok((base, ours, theirs)) => {
            let mut tree = TreeMerge::below(&[], favoured);
            let merged = json::emit(&Node::Map(tree.map(&base, &ours, &theirs)));
            let conflicts: Vec<Conflict> = tree.conflicts;
            if !conflicts.is_empty() {
                return Outcome::Conflicted(conflicts);
            }
            Outcome::Merged(Merged { content: Some(merged.into_bytes()), notes: tree.notes })
        }
        Err(unreadable) => unreadable,
    }
}
