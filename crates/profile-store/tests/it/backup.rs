//! Packs of a repository that goes on, and the repository that is made of them.

use std::{fs, path::PathBuf};

use profile_store::{
    CommitId, Store, StoreError,
    allow_list::Limits,
    backup::{check_history, contains, export, head, rebuild},
};
use tempfile::TempDir;

use crate::{
    support::{Fixture, name, scratch},
    work::git,
};

/// Packs, each with what the one before has not.
struct Packs {
    folder: TempDir,
    files: Vec<PathBuf>,
    last: Option<CommitId>,
}

impl Packs {
    fn new() -> Self {
        Self { folder: scratch(), files: Vec::new(), last: None }
    }

    /// How many objects the next one holds.
    fn take(&mut self, fixture: &Fixture) -> usize {
        let commit = head(fixture.root.path()).unwrap();
        let mut bytes = Vec::new();
        let count = export(fixture.root.path(), commit, self.last, &mut bytes).unwrap();
        assert_eq!(count == 0, bytes.is_empty());
        if count > 0 {
            let file = self.folder.path().join(format!("{}.pack", self.files.len()));
            fs::write(&file, bytes).unwrap();
            self.files.push(file);
        }
        self.last = Some(commit);
        count
    }
}

#[test]
fn a_repository_made_of_packs_is_the_same_and_goes_on() {
    let fixture = Fixture::new();
    let mut packs = Packs::new();
    let first = packs.take(&fixture);
    fixture.put("alice", "SOUL.md", "Second.\n");
    fixture.put("bob", "SOUL.md", "Second too.\n");
    let second = packs.take(&fixture);
    assert!(first > 10 && second < first, "{first} and then {second}: only what is new");
    assert_eq!(packs.take(&fixture), 0, "nothing is new");

    let root = scratch();
    rebuild(root.path(), &packs.files, fixture.head()).unwrap();
    let checked = check_history(root.path()).unwrap();
    assert_eq!((checked.head, checked.owned), (fixture.head(), 2));
    assert_eq!(checked, check_history(fixture.root.path()).unwrap());
    git(&root.path().join("registry.git"), &["fsck", "--strict", "--full"]);

    let store = Store::open_or_create(root.path(), Limits::default()).unwrap();
    assert_eq!(store.head().unwrap().id(), fixture.head());
    let restored = Fixture { root, store };
    assert_eq!(restored.text("alice", "SOUL.md").unwrap(), "Second.\n");
    restored.put("alice", "SOUL.md", "Third.\n");
    assert_eq!(check_history(restored.root.path()).unwrap().commits, checked.commits + 1);
    assert!(contains(restored.root.path(), restored.head(), fixture.head()).unwrap());
    assert!(!contains(fixture.root.path(), fixture.head(), restored.head()).unwrap());
}

#[test]
fn packs_taken_while_others_commit_hold_what_main_named_then() {
    let fixture = Fixture::new();
    let mut packs = Packs::new();
    let mut heads = Vec::new();
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for n in 0..30 {
                fixture.put("alice", "SOUL.md", &format!("{n}\n"));
            }
        });
        while heads.len() < 8 {
            packs.take(&fixture);
            heads.extend(packs.last);
        }
    });
    packs.take(&fixture);
    heads.extend(packs.last);
    for head in heads {
        let root = scratch();
        rebuild(root.path(), &packs.files, head).unwrap();
        assert_eq!(check_history(root.path()).unwrap().head, head);
    }
}

#[test]
fn what_is_missing_or_damaged_is_named() {
    let fixture = Fixture::new();
    let mut packs = Packs::new();
    packs.take(&fixture);
    fixture.put("alice", "SOUL.md", "Second.\n");
    packs.take(&fixture);

    let root = scratch();
    let error = rebuild(root.path(), &packs.files[..1], fixture.head()).unwrap_err();
    assert!(matches!(&error, StoreError::Damaged(what) if what.contains(&fixture.head().to_string())), "{error}");

    let mut bytes = fs::read(&packs.files[0]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&packs.files[0], &bytes).unwrap();
    assert!(rebuild(scratch().path(), &packs.files, fixture.head()).is_err(), "a flipped bit");

    let blob = git(&fixture.store.git_dir(), &["rev-parse", "main:profiles/bob/SOUL.md"]);
    let object = fixture.store.git_dir().join("objects").join(&blob[..2]).join(&blob[2..]);
    fs::remove_file(&object).unwrap();
    let error = check_history(fixture.root.path()).unwrap_err();
    assert!(error.to_string().contains(&blob), "{error}");
    assert!(fixture.store.head().unwrap().file(&name("alice"), "SOUL.md").is_ok());
}
