//! The merge of a YAML file: values decide, the text follows.

use super::{
    Conflict, Note, Outcome, Side, Sides, Why,
    lines::{self, Touching},
    list_rules::equivalent,
    outcome::Merged,
    tree::{CONFIG_VERSION, TreeMerge},
};
use crate::yaml::{Map, Node, comments, parse, rewrite};

/// Merges by key.
///
/// The text comes from a merge of lines where that gives exactly the merged values, for it keeps the comments of both
/// sides; otherwise our text is edited key by key.
pub(super) fn merge(base: &[u8], ours: &[u8], theirs: &[u8], favoured: Option<Side>) -> Outcome {
    let sides = Sides { base: Some(base), ours: Some(ours), theirs: Some(theirs) };
    let read = |bytes, side| Version::read(bytes).map_err(|problem| Outcome::unreadable(side, problem));
    let versions =
        read(base, Side::Base).and_then(|base| Ok((base, read(ours, Side::Ours)?, read(theirs, Side::Theirs)?)));
    let (base, ours, theirs) = match versions {
        Ok(versions) => versions,
        Err(unreadable) => return unreadable,
    };
    let mut tree = TreeMerge::below(&[], favoured);
    let merged = Node::Map(tree.map(&base.map, &ours.map, &theirs.map));
    if !tree.conflicts.is_empty() {
        return Outcome::Conflicted(tree.conflicts);
    }
    let Some(text) = written([&base, &ours, &theirs], &merged, favoured) else {
        return Outcome::conflict(Conflict::whole(Why::Unwritable, sides));
    };
    let mut notes = tree.notes;
    notes.extend(left_out(&base.text, &theirs.text, &text));
    let text = if ours.crlf { text.replace('\n', "\r\n") } else { text };
    Outcome::Merged(Merged { content: Some(text.into_bytes()), notes })
}

struct Version {
    /// With line feeds only.
    text: String,
    crlf: bool,
    map: Map,
}

impl Version {
    fn read(bytes: &[u8]) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(|_| "no UTF-8".to_owned())?;
        let crlf = text.contains("\r\n");
        let text = text.replace("\r\n", "\n");
        match parse(&text) {
            Ok(Node::Map(map)) => Ok(Self { text, crlf, map }),
            Ok(_) => Err("no mapping".to_owned()),
            Err(refused) => Err(refused.to_string()),
        }
    }
}

fn written([base, ours, theirs]: [&Version; 3], merged: &Node, favoured: Option<Side>) -> Option<String> {
    // Both sides' Hermes stamps the file on its own; that alone shall not keep the lines from merging.
    let stamped = |version: &Version| match (version.map.get(CONFIG_VERSION), merged.at(&[CONFIG_VERSION])) {
        (Some(old), Some(new)) if old != new => {
            let mut map = version.map.clone();
            map.set(CONFIG_VERSION, new.clone());
            rewrite(&version.text, &Node::Map(map)).unwrap_or_else(|_| version.text.clone())
        }
        _ => version.text.clone(),
    };
    let by_lines = lines::merge(&stamped(base), &stamped(ours), &stamped(theirs), Touching::Merges, favoured).ok();
    let right = |text: &String| parse(text).is_ok_and(|read| equivalent(&read, merged, &mut Vec::new()));
    by_lines.filter(right).or_else(|| rewrite(&ours.text, merged).ok())
}

/// Comments that theirs wrote and the merged text does not have.
fn left_out(base: &str, theirs: &str, merged: &str) -> Option<Note> {
    let (base, merged) = (comments(base), comments(merged));
    let lost: Vec<String> =
        comments(theirs).into_iter().filter(|comment| !base.contains(comment) && !merged.contains(comment)).collect();
    (!lost.is_empty()).then_some(Note::CommentsLeftOut(lost))
}
