//! What merges keep, what they refuse, and the laws that hold for any three versions.

mod favour;
mod jobs;
mod laws;
mod text_files;
mod yaml_files;

use super::{Conflict, Kind, Merged, Outcome, Sides, merge};

fn merged(kind: Kind, base: &str, ours: &str, theirs: &str) -> Outcome {
    let sides = Sides { base: Some(base.as_bytes()), ours: Some(ours.as_bytes()), theirs: Some(theirs.as_bytes()) };
    merge(kind, sides)
}

#[track_caller]
fn clean(outcome: &Outcome) -> (String, &Merged) {
    match outcome {
        Outcome::Merged(merged) => (String::from_utf8(merged.content.clone().unwrap()).unwrap(), merged),
        Outcome::Conflicted(conflicts) => panic!("{conflicts:#?}"),
    }
}

#[track_caller]
fn conflicts(outcome: &Outcome) -> &[Conflict] {
    match outcome {
        Outcome::Conflicted(conflicts) => conflicts,
        Outcome::Merged(merged) => panic!("{}", String::from_utf8_lossy(merged.content.as_ref().unwrap())),
    }
}
