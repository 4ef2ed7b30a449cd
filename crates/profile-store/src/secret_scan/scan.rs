//! The scan of one file.

use super::{assignments, placeholders, shapes};

const FOUND_MAX: usize = 20;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// The value of a secret.
    Secret,
    /// What stands in for one.
    RedactionPlaceholder,
}

/// One finding, without the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// From 1.
    pub line: usize,
    /// Which.
    pub sort: Sort,
    /// What it looks like, and what to do.
    pub what: String,
}

/// Scans the file at `path`: its name says whether a value stands after a key, as in YAML, JSON and `.env`, or whether it
/// is prose and code, where only what looks like a random value counts.
pub fn scan(path: &str, bytes: &[u8]) -> Vec<Found> {
    let mut found = every(path, bytes);
    found.truncate(FOUND_MAX);
    found
}

fn is_data(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or_default();
    let ends = [".yaml", ".yml", ".json", ".toml", ".env", ".ini", ".conf", ".properties", ".lock"];
    ends.iter().any(|end| name.ends_with(end)) || name.starts_with(".env")
}

/// As [`scan`], without a limit.
pub(super) fn every(path: &str, bytes: &[u8]) -> Vec<Found> {
    look(bytes, is_data(path))
}

/// Scans prose, as a commit's message.
pub fn scan_text(bytes: &[u8]) -> Vec<Found> {
    let mut found = look(bytes, false);
    found.truncate(FOUND_MAX);
    found
}

fn look(bytes: &[u8], is_data: bool) -> Vec<Found> {
    let mut found: Vec<(usize, Sort, String)> = shapes::find(bytes)
        .map(|(at, name)| {
            (at, Sort::Secret, format!("looks like {name}; keep the value in .env and write ${{NAME}} here"))
        })
        .collect();
    for (at, key) in assignments::find(bytes, is_data) {
        let what = format!("{key} has a value; keep it in .env and write ${{NAME}} here");
        found.push((at, Sort::Secret, what));
    }
    if is_data {
        for at in placeholders::find(bytes) {
            let what = "is what stands in for a hidden value: it would overwrite the real one".to_owned();
            found.push((at, Sort::RedactionPlaceholder, what));
        }
    }
    let lines = lines(bytes, found.iter().map(|(at, ..)| *at));
    let mut found: Vec<Found> =
        found.into_iter().zip(lines).map(|((_, sort, what), line)| Found { line, sort, what }).collect();
    found.sort_by_key(|found| (found.line, found.sort != Sort::Secret));
    // One line is one mistake, whichever ways see it.
    found.dedup_by(|later, earlier| later.line == earlier.line && later.sort == earlier.sort);
    found
}

/// The lines of these places, in their order. Counted on from one to the next: there may be a hundred thousand.
fn lines(bytes: &[u8], places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut places: Vec<(usize, usize)> = places.map(|at| at.min(bytes.len())).enumerate().collect();
    let mut lines = vec![1; places.len()];
    places.sort_unstable_by_key(|(_, at)| *at);
    let (mut line, mut counted) = (1, 0);
    for (index, at) in places {
        line += bytes[counted..at].iter().filter(|byte| **byte == b'\n').count();
        counted = at;
        lines[index] = line;
    }
    lines
}
