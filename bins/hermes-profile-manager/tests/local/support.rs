//! A home, the program on it, and what is in files.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::{MetadataExt as _, PermissionsExt as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::SystemTime,
};

use serde_json::Value;
use tempfile::TempDir;

/// What the program said and how it ended; `None` where a signal ended it.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

/// Hermes's home.
pub(crate) struct Home {
    folder: TempDir,
}

/// Bytes, mode and time of every file, and the target of every link.
pub(crate) type Snapshot = BTreeMap<PathBuf, (Vec<u8>, u32, SystemTime)>;

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub(crate) fn chmod(&self, path: &str, mode: u32) {
        fs::set_permissions(self.path().join(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn mode(&self, path: &str) -> u32 {
        fs::metadata(self.path().join(path)).unwrap().mode() & 0o777
    }

    pub(crate) fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    /// Everything but what the program remembers.
    pub(crate) fn snapshot(&self) -> Snapshot {
        let mut files = Snapshot::new();
        walk(self.path(), &mut files);
        files.retain(|path, _| !path.starts_with(self.path().join(".profile-manager")));
        files
    }

    /// The program with these words, in an environment with nothing else in it.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_hermes-profile-manager"));
        command.arg("--home").arg(self.path()).args(words).env_clear().stdin(Stdio::null());
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Answer {
        run(self.command(words))
    }

    /// It must end with this code.
    pub(crate) fn ends(&self, words: &[&str], code: i32) -> Answer {
        let answer = self.run(words);
        assert_eq!(answer.code, Some(code), "{words:?}: {answer:?}");
        answer
    }
}

pub(crate) fn run(mut command: Command) -> Answer {
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

fn walk(folder: &Path, files: &mut Snapshot) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        let meta = fs::symlink_metadata(&path).unwrap();
        if kind.is_dir() {
            walk(&path, files);
        } else {
            let bytes = if kind.is_symlink() {
                fs::read_link(&path).unwrap().into_os_string().into_encoded_bytes()
            } else {
                fs::read(&path).unwrap()
            };
            files.insert(path, (bytes, meta.mode(), meta.modified().unwrap()));
        }
    }
}
