//! A registry in memory, which fails as it is told.

use std::{
    cell::{Cell, RefCell},
    collections::VecDeque,
    path::PathBuf,
};

use chrono::TimeDelta;
use profile_store::ProfileName;

use super::super::{File, Remote, Tree};
use crate::{
    client::{Change, ClientError, Content, ContentFile, Fetched, Landed},
    state::fingerprint,
};

/// What goes wrong with the next commit.
pub(super) enum Fault {
    /// It is not reached.
    Down,
    /// It commits, and its answer is lost.
    AnswerLost,
    /// Somebody else commits this before it.
    First(Vec<Change>),
    /// It commits, and meanwhile somebody writes this file.
    Writes(PathBuf, String),
}

#[derive(Default)]
pub(super) struct Memory {
    /// All states of the profile, the newest last.
    pub(super) versions: RefCell<Vec<Tree>>,
    pub(super) faults: RefCell<VecDeque<Fault>>,
    pub(super) serving_host: RefCell<Option<String>>,
    /// Whether content at an old commit is gone.
    pub(super) forgets: Cell<bool>,
    ticks: Cell<i64>,
    name: String,
}

impl Memory {
    pub(super) fn new() -> Self {
        Self { name: "http://registry".to_owned(), ..Self::default() }
    }

    pub(super) fn moved(self, name: &str) -> Self {
        Self { name: name.to_owned(), ..self }
    }

    pub(super) fn tree(&self) -> Tree {
        self.versions.borrow().last().cloned().unwrap_or_default()
    }

    pub(super) fn text(&self, path: &str) -> String {
        self.tree().get(path).map(|file| String::from_utf8(file.bytes.clone()).unwrap()).unwrap_or_default()
    }

    /// Somebody else commits.
    pub(super) fn put(&self, path: &str, text: &str) {
        self.land(&[Change { path: path.to_owned(), content: Some((text.as_bytes().to_vec(), false)) }]);
    }

    pub(super) fn land(&self, changes: &[Change]) {
        let mut tree = self.tree();
        for change in changes {
            match &change.content {
                Some((bytes, executable)) => {
                    tree.insert(change.path.clone(), File { bytes: bytes.clone(), executable: *executable });
                }
                None => drop(tree.remove(&change.path)),
            }
        }
        self.versions.borrow_mut().push(tree);
    }

    pub(super) fn commits(&self) -> usize {
        self.versions.borrow().len()
    }

    /// Every run has a time of its own.
    pub(super) fn tick(&self) -> TimeDelta {
        self.ticks.set(self.ticks.get() + 1);
        TimeDelta::seconds(self.ticks.get())
    }

    fn landed(&self) -> Landed {
        Landed::Committed { commit: self.commits().to_string(), content_id: id(&self.tree()) }
    }
}

fn id(tree: &Tree) -> Option<String> {
    (!tree.is_empty()).then(|| fingerprint(format!("{tree:?}").as_bytes()))
}

impl Remote for Memory {
    async fn serving_host(&self, _: &ProfileName) -> Result<Option<String>, ClientError> {
        Ok(self.serving_host.borrow().clone())
    }

    async fn content(&self, _: &ProfileName, known: Option<&str>, at: Option<&str>) -> Result<Fetched, ClientError> {
        let tree = match at {
            Some(_) if self.forgets.get() => Tree::new(),
            Some(at) => self.versions.borrow()[at.parse::<usize>().unwrap() - 1].clone(),
            None => self.tree(),
        };
        let content_id = id(&tree);
        if known.is_some() && content_id.as_deref() == known {
            return Ok(Fetched::Unchanged);
        }
        let file =
            |(path, file): (String, File)| ContentFile { path, executable: file.executable, content: file.bytes };
        let files = tree.into_iter().map(file).collect();
        Ok(Fetched::Content(Content { head: self.commits().to_string(), content_id, files }))
    }

    async fn commit(
        &self,
        _: &ProfileName,
        base: Option<&str>,
        _: &str,
        changes: &[Change],
    ) -> Result<Landed, ClientError> {
        let fault = self.faults.borrow_mut().pop_front();
        match &fault {
            Some(Fault::Down) => return Err(ClientError::Unreachable("down".to_owned())),
            Some(Fault::First(theirs)) => self.land(theirs),
            Some(Fault::Writes(path, text)) => std::fs::write(path, text).unwrap(),
            _ => {}
        }
        if id(&self.tree()).as_deref() != base {
            return Ok(Landed::Moved);
        }
        self.land(changes);
        match fault {
            Some(Fault::AnswerLost) => Err(ClientError::Unreachable("the answer was lost".to_owned())),
            _ => Ok(self.landed()),
        }
    }

    fn address(&self) -> &str {
        &self.name
    }
}
