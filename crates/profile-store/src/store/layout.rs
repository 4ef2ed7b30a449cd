//! Where everything lies, and how it is opened.
//!
//! ```text
//! <root>/registry.git   the bare repository: main with OWNERS, README.md, profiles/
//!        views/<id>.git one owner's view each (see `projection`); can be deleted at any time
//!        writer.lock    held by whoever moves main
//!        libgit2.config settings that libgit2 reads and stock git would complain about
//! ```

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
};

use chrono::DateTime;
use git2::{Config, ConfigLevel, ErrorCode, ObjectType, Oid, Repository, RepositoryInitOptions};

use super::{MAIN, Snapshot, history::Memo, writer::Writer};
use crate::{
    Author, CommitId, Owners, StoreError,
    allow_list::Limits,
    objects::{Commit, Mode, NewCommit, Objects, Tree},
};

const README: &str = "# Profiles\n\n`profiles/<name>/` holds what a Hermes profile replicates. `OWNERS` says whose each one is.\n\
                      Secrets are not in here: `secrets.lock` names them.\n";

/// Settings of the repository that serve stock git behind a daemon as well.
const SETTINGS: &[(&str, &str)] = &[
    ("receive.denyNonFastForwards", "true"),
    ("receive.denyDeletes", "true"),
    ("receive.fsckObjects", "true"),
    ("receive.autogc", "false"),
    ("receive.maxInputSize", "134217728"),
    ("receive.denyCurrentBranch", "ignore"),
    ("http.receivepack", "true"),
    ("gc.auto", "0"),
    ("core.fsync", "all"),
    ("core.logAllRefUpdates", "false"),
];

/// The profiles of everybody, in git. Cheap to clone; every call opens the repository anew and blocks on the disk.
///
/// Several processes may use one folder at a time, stock git among them.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) root: Arc<Path>,
    pub(super) limits: Arc<Limits>,
    pub(super) memo: Arc<Memo>,
}

impl Store {
    /// Opens the store in the folder `root`, or makes it: with an empty `OWNERS` and a README.
    ///
    /// # Errors
    /// [`StoreError::Io`], [`StoreError::Git`]; also where the folder belongs to another user.
    pub fn open_or_create(root: &Path, limits: Limits) -> Result<Self, StoreError> {
        fs::create_dir_all(root).map_err(StoreError::io(format!("make {}", root.display())))?;
        let root = root.canonicalize().map_err(StoreError::io(format!("find {}", root.display())))?;
        let store = Self { root: root.into(), limits: Arc::new(limits), memo: Arc::default() };
        let writer = Writer::lock(&store)?;
        let config = store.root.join("libgit2.config");
        let text = "[core]\n\tfsyncObjectFiles = true\n";
        if fs::read_to_string(&config).ok().as_deref() != Some(text) {
            fs::write(&config, text).map_err(StoreError::io(format!("write {}", config.display())))?;
        }
        init_bare(&store.git_dir())?;
        let repository = store.repository()?;
        match repository.refname_to_id(MAIN) {
            Ok(_) => {}
            Err(error) if error.code() == ErrorCode::NotFound => first_commit(repository)?,
            Err(error) => return Err(error.into()),
        }
        drop(writer);
        Ok(store)
    }

    /// The bare repository, for `git http-backend` and its kin.
    pub fn git_dir(&self) -> PathBuf {
        self.root.join("registry.git")
    }

    /// The bounds it was opened with.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What main holds now.
    ///
    /// # Errors
    /// [`StoreError::Git`], [`StoreError::Damaged`].
    pub fn head(&self) -> Result<Snapshot, StoreError> {
        let repository = self.repository()?;
        let head = repository.refname_to_id(MAIN)?;
        Snapshot::at(Objects::of(repository), head)
    }

    /// What main held at a commit of its history.
    ///
    /// # Errors
    /// [`StoreError::NoCommit`] where main has never been there; otherwise as [`Self::head`].
    pub fn at(&self, commit: CommitId) -> Result<Snapshot, StoreError> {
        let repository = self.repository()?;
        let head = repository.refname_to_id(MAIN)?;
        let is_known = repository.odb()?.exists(commit.0)
            && (head == commit.0 || self.memo.knows(commit.0) || repository.graph_descendant_of(head, commit.0)?);
        if !is_known {
            return Err(StoreError::NoCommit(commit));
        }
        Snapshot::at(Objects::of(repository), commit.0)
    }

    pub(crate) fn repository(&self) -> Result<Repository, StoreError> {
        open(&self.git_dir(), &self.root)
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }
}

/// Opens a repository with our own settings only: what stands in the home of whoever runs the daemon does not count.
pub(crate) fn open(git_dir: &Path, root: &Path) -> Result<Repository, StoreError> {
    let repository = Repository::open_bare(git_dir)?;
    let mut config = Config::new()?;
    config.add_file(&git_dir.join("config"), ConfigLevel::Local, false)?;
    config.add_file(&root.join("libgit2.config"), ConfigLevel::App, false)?;
    repository.set_config(&config)?;
    Ok(repository)
}

/// Makes a bare repository, or completes one that a killed process began.
pub(crate) fn init_bare(git_dir: &Path) -> Result<(), StoreError> {
    let mut options = RepositoryInitOptions::new();
    options.bare(true).external_template(false).initial_head("main");
    // libgit2 tries the file system out with files of its own; who is killed meanwhile leaves them behind.
    let repository = match complete(git_dir) {
        Some(repository) => repository,
        None => Repository::init_opts(git_dir, &options)?,
    };
    let mut config = repository.config()?.open_level(ConfigLevel::Local)?;
    for (name, value) in SETTINGS {
        if config.get_string(name).ok().as_deref() != Some(value) {
            config.set_str(name, value)?;
        }
    }
    // Made now and flushed, so that no commit waits for the name of a new folder.
    let objects = git_dir.join("objects");
    for byte in 0..=u8::MAX {
        let folder = objects.join(format!("{byte:02x}"));
        if !folder.exists() {
            fs::create_dir_all(&folder).map_err(StoreError::io(format!("make {}", folder.display())))?;
        }
    }
    Ok(())
}

/// A repository that was made to its end: the last of our settings is there.
fn complete(git_dir: &Path) -> Option<Repository> {
    let (name, value) = SETTINGS.last()?;
    let repository = Repository::open_bare(git_dir).ok()?;
    let config = repository.config().ok()?.open_level(ConfigLevel::Local).ok()?;
    (config.get_string(name).ok()? == *value).then_some(repository)
}

fn first_commit(repository: Repository) -> Result<(), StoreError> {
    let mut objects = Objects::of(repository);
    let mut tree = Tree::default();
    for (name, bytes) in [("OWNERS", Owners::default().to_bytes()), ("README.md", README.as_bytes().to_vec())] {
        let blob = objects.put(ObjectType::Blob, bytes)?;
        tree.set(name.as_bytes(), Some((Mode::File, blob)));
    }
    let tree = objects.put_tree(&tree)?;
    // The same in every store, so that two that were made apart can meet.
    let author = Author::new("profile-registry", "registry@localhost", DateTime::UNIX_EPOCH);
    let commit = Commit::new(NewCommit { tree, parents: Vec::new(), author: &author, message: "Begin" });
    let id: Oid = objects.put(ObjectType::Commit, commit.to_bytes())?;
    objects.persist()?;
    objects.repository().reference(MAIN, id, false, "begin")?;
    Ok(())
}
