//! A store with two owners, and what the tests ask of it.

use std::{collections::BTreeMap, fs, path::Path};

use chrono::{DateTime, Utc};
use profile_store::{
    Actor, Author, Base, Change, CommitId, OwnerId, ProfileName, Push, Rule, Store, StoreError, allow_list::Limits,
};
use tempfile::TempDir;

use crate::work::{Work, git, pack};

pub(crate) struct Fixture {
    pub(crate) root: TempDir,
    pub(crate) store: Store,
}

pub(crate) fn name(text: &str) -> ProfileName {
    ProfileName::parse(text).unwrap()
}

pub(crate) fn id(text: &str) -> OwnerId {
    OwnerId::parse(text).unwrap()
}

pub(crate) fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_795_000_000, 0).unwrap()
}

pub(crate) fn author() -> Author {
    Author::new("host:mini", "mini@localhost", noon())
}

/// Owns `alice`.
pub(crate) fn alice() -> Actor {
    Actor::owner(id("tg:1"))
}

/// Owns `bob`.
pub(crate) fn bob() -> Actor {
    Actor::owner(id("tg:2"))
}

impl Fixture {
    /// `alice` of tg:1 and `bob` of tg:2, each with a few files.
    pub(crate) fn new() -> Self {
        Self::with_limits(Limits::default())
    }

    pub(crate) fn with_limits(limits: Limits) -> Self {
        let root = scratch();
        let store = Store::open_or_create(root.path(), limits).unwrap();
        let this = Self { root, store };
        this.claim("alice", "tg:1");
        this.claim("bob", "tg:2");
        for profile in ["alice", "bob"] {
            let files = [
                ("config.yaml", format!("model:\n  default: qwen-{profile}\n")),
                ("SOUL.md", format!("I am {profile}.\n")),
                ("skills/market/look/SKILL.md", format!("# Look\n\nFor {profile}.\n")),
            ];
            let changes: Vec<_> =
                files.iter().map(|(path, text)| Change::put(&name(profile), path, text.as_bytes())).collect();
            this.admin(&changes);
        }
        this
    }

    pub(crate) fn claim(&self, profile: &str, owner: &str) {
        let claimed = self.store.update(&Actor::Admin, &author(), "Claim", |now| {
            let mut owners = now.owners()?;
            owners.claim(&name(profile), &id(owner), "telegram", noon()).unwrap();
            Ok::<_, StoreError>(vec![Change::owners(&owners)])
        });
        claimed.unwrap();
    }

    pub(crate) fn admin(&self, changes: &[Change]) -> CommitId {
        self.store.commit(Base::Any, &Actor::Admin, &author(), "By an administrator", changes).unwrap().id
    }

    pub(crate) fn put(&self, profile: &str, path: &str, text: &str) -> CommitId {
        self.admin(&[Change::put(&name(profile), path, text)])
    }

    pub(crate) fn head(&self) -> CommitId {
        self.store.head().unwrap().id()
    }

    pub(crate) fn text(&self, profile: &str, path: &str) -> Option<String> {
        let bytes = self.store.head().unwrap().file(&name(profile), path).unwrap();
        bytes.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    /// A working copy of the whole repository.
    pub(crate) fn work(&self) -> Work {
        Work::clone_of(&self.store.git_dir())
    }

    /// Judges the work's HEAD as a push to main, in a quarantine as git's own.
    pub(crate) fn judge(&self, work: &Work, actor: &Actor) -> Result<(), StoreError> {
        self.judge_to(work, "refs/heads/main", actor)
    }

    pub(crate) fn judge_to(&self, work: &Work, reference: &str, actor: &Actor) -> Result<(), StoreError> {
        let quarantine = scratch();
        let new = work.head();
        pack(&work.path, &[&new], &[&self.head().to_string()], &self.store.git_dir(), quarantine.path());
        let push = Push { reference, old: self.head(), new: new.parse().unwrap(), quarantine: Some(quarantine.path()) };
        self.store.judge_push(&push, actor)
    }

    /// The push is refused by this rule for this path, and the repository is byte for byte what it was.
    #[track_caller]
    pub(crate) fn refuses(&self, work: &Work, actor: &Actor, rule: Rule, path: &str) {
        let before = files(&self.store.git_dir());
        let error = self.judge(work, actor).unwrap_err();
        let StoreError::Refused(refusals) = &error else { panic!("{error}") };
        let found = refusals.0.iter().find(|refusal| refusal.rule == rule && refusal.path == path);
        assert!(found.is_some_and(|refusal| refusal.text.len() > 10), "{rule:?} {path}: {refusals}");
        assert_eq!(files(&self.store.git_dir()), before, "a refused push leaves nothing behind");
    }

    pub(crate) fn fsck(&self) {
        git(&self.store.git_dir(), &["fsck", "--strict", "--full"]);
    }
}

/// A folder to work in: in memory where there is room, for the tests flush thousands of files to the disk, and what they
/// show does not hang on it being one.
pub(crate) fn scratch() -> TempDir {
    const ROOM_MIN: u64 = 1 << 30;
    let memory = Path::new("/dev/shm");
    let has_room = rustix::fs::statvfs(memory).is_ok_and(|stat| stat.f_bavail * stat.f_frsize > ROOM_MIN);
    let in_memory = has_room.then(|| tempfile::tempdir_in(memory).ok()).flatten();
    in_memory.unwrap_or_else(|| TempDir::new().unwrap())
}

/// Every file below a folder with its content.
pub(crate) fn files(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.insert(path.display().to_string(), fs::read(&path).unwrap());
            }
        }
    }
    found
}

/// A setting that a test gives to a child of its own.
#[expect(clippy::disallowed_methods, reason = "how a test's parent speaks to its child")]
pub(crate) fn told(variable: &str) -> Option<String> {
    std::env::var(variable).ok()
}
