//! A machine with a folder of its own.

use std::path::PathBuf;

use profile_store::ProfileName;
use tempfile::TempDir;

use super::{
    super::{Choices, Engine, Mode, Report, Task},
    Memory,
};
use crate::{
    disk::Disk,
    failure::Failure,
    home::Home,
    state::{Locked, State},
    steps::Steps,
};

/// One machine.
pub(super) struct Site {
    _folder: TempDir,
    pub(super) home: Home,
    pub(super) state: State,
    pub(super) host: Option<&'static str>,
}

pub(super) fn alice() -> ProfileName {
    ProfileName::parse("alice").unwrap()
}

pub(super) fn task(mode: Mode) -> Task {
    Task {
        profile: alice(),
        mode,
        choices: Choices::default(),
        serve: None,
        memories: None,
        message: None,
        named: true,
    }
}

impl Site {
    pub(super) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let home = Home::find(Some(folder.path().to_owned())).unwrap();
        Self { state: State::of(&home), home, _folder: folder, host: None }
    }

    pub(super) fn path(&self, path: &str) -> PathBuf {
        self.home.profile_path(&alice()).join(path)
    }

    pub(super) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(super) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path(path)).unwrap_or_default()
    }

    pub(super) async fn lock(&self) -> Locked {
        Locked::acquire(&self.home, &self.state, Disk::new(Steps::default())).await.unwrap()
    }

    pub(super) async fn run(&self, memory: &Memory, task: &Task) -> Result<Report, Failure> {
        let locked = self.lock().await;
        let engine = Engine {
            remote: memory,
            home: &self.home,
            state: &self.state,
            locked: Some(&locked),
            host: self.host,
            now: chrono::DateTime::from_timestamp(1_795_420_800, 0).unwrap() + memory.tick(),
        };
        engine.run(task).await
    }

    pub(super) async fn sync(&self, memory: &Memory) -> Report {
        self.run(memory, &task(Mode::Sync)).await.unwrap_or_else(|failure| panic!("{failure}"))
    }

    pub(super) async fn decide(&self, memory: &Memory, ours: &[&str], theirs: &[&str]) -> Report {
        let owned = |paths: &[&str]| paths.iter().map(|&path| path.to_owned()).collect::<Vec<_>>();
        let choices = Choices::new(&alice(), &owned(ours), &owned(theirs)).unwrap();
        let task = Task { choices, ..task(Mode::Sync) };
        self.run(memory, &task).await.unwrap_or_else(|failure| panic!("{failure}"))
    }

    /// Everything that was kept of what lost.
    pub(super) fn kept(&self) -> Vec<String> {
        fn walk(folder: &std::path::Path, texts: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).into_iter().flatten() {
                let path = entry.unwrap().path();
                if path.is_dir() { walk(&path, texts) } else { texts.push(std::fs::read_to_string(path).unwrap()) }
            }
        }
        let mut texts = Vec::new();
        walk(&self.state.path().join("theirs"), &mut texts);
        texts
    }
}
