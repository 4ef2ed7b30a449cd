//! How far a view has come, kept beside it, so that the next call reads only main's new commits.

use std::{fs, path::Path};

use git2::Oid;

use crate::{CommitId, StoreError};

const FORMAT: &str = "view 1";
const END: &str = "end";

/// What is kept. It can be lost: then the view is computed from main's beginning, with the same result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    /// Main's head and what it became.
    pub(super) head: Option<(Oid, Oid)>,
    /// Commits of main and of the view, in the order in which they were mapped.
    pub(super) made: Vec<(Oid, Oid)>,
}

impl State {
    /// Reads it; nothing where it is missing or not whole.
    pub(super) fn load(path: &Path) -> Self {
        fs::read_to_string(path).ok().and_then(|text| Self::parse(&text)).unwrap_or_default()
    }

    fn parse(text: &str) -> Option<Self> {
        let pair = |line: &str| -> Option<(Oid, Oid)> {
            let (main, view) = line.split_once(' ')?;
            Some((main.parse::<CommitId>().ok()?.0, view.parse::<CommitId>().ok()?.0))
        };
        let mut lines = text.strip_suffix('\n')?.lines();
        if lines.next()? != FORMAT {
            return None;
        }
        let head = Some(pair(lines.next()?)?);
        let mut rest: Vec<&str> = lines.collect();
        if rest.pop()? != END {
            return None;
        }
        Some(Self { head, made: rest.into_iter().map(pair).collect::<Option<_>>()? })
    }

    pub(super) fn save(&self, path: &Path) -> Result<(), StoreError> {
        let Some((main, view)) = self.head else { return Ok(()) };
        let mut text = format!("{FORMAT}\n{main} {view}\n");
        for (main, view) in &self.made {
            text.push_str(&format!("{main} {view}\n"));
        }
        text.push_str(END);
        text.push('\n');
        let new = path.with_extension("new");
        let failed = || StoreError::io(format!("write {}", path.display()));
        fs::write(&new, text).map_err(failed())?;
        fs::rename(&new, path).map_err(failed())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_state_that_is_not_whole_is_none() {
        let id = |byte: u8| Oid::from_bytes(&[byte; 20]).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        let state = State { head: Some((id(1), id(2))), made: vec![(id(1), id(2)), (id(3), id(4))] };
        state.save(&path).unwrap();
        assert_eq!(State::load(&path), state);
        let text = fs::read_to_string(&path).unwrap();
        for cut in 0..text.len() {
            fs::write(&path, &text[..cut]).unwrap();
            assert_eq!(State::load(&path), State::default(), "cut at {cut}");
        }
    }
}
