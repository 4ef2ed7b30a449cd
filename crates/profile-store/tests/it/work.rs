//! Stock git, and a working copy to make commits in.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

use crate::support::scratch;

pub(crate) struct Work {
    _folder: TempDir,
    pub(crate) path: PathBuf,
}

/// git without anybody's own settings.
pub(crate) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    command.current_dir(folder).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_SYSTEM", "/dev/null");
    command.args(["-c", "core.fsync=none"]);
    for who in ["AUTHOR", "COMMITTER"] {
        command.env(format!("GIT_{who}_NAME"), "Someone").env(format!("GIT_{who}_EMAIL"), "someone@localhost");
        command.env(format!("GIT_{who}_DATE"), "1795000100 +0800");
    }
    command
}

pub(crate) fn run(command: &mut Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    let _ = writer.join().unwrap();
    output
}

#[track_caller]
pub(crate) fn git_with(folder: &Path, arguments: &[&str], input: &[u8]) -> Vec<u8> {
    let output = run(command(folder).args(arguments), input);
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

#[track_caller]
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    String::from_utf8(git_with(folder, arguments, b"")).unwrap().trim().to_owned()
}

/// What a push brings (`new` without `old`), where git's receiving side would keep it until it is accepted.
pub(crate) fn pack(from: &Path, new: &[&str], old: &[&str], to: &Path, quarantine: &Path) {
    let mut revisions = new.iter().map(|id| format!("{id}\n")).collect::<String>();
    let known = |id: &&&str| run(command(from).args(["cat-file", "-e", id]), b"").status.success();
    old.iter().filter(known).for_each(|id| revisions.push_str(&format!("^{id}\n")));
    let pack = git_with(from, &["pack-objects", "--revs", "--thin", "--stdout", "-q"], revisions.as_bytes());
    receive(&pack, to, quarantine);
}

pub(crate) fn receive(pack: &[u8], to: &Path, quarantine: &Path) {
    let mut index = command(to);
    index.args(["index-pack", "--stdin", "--fix-thin"]);
    index.env("GIT_OBJECT_DIRECTORY", quarantine).env("GIT_ALTERNATE_OBJECT_DIRECTORIES", to.join("objects"));
    let output = run(&mut index, pack);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

impl Work {
    pub(crate) fn clone_of(repository: &Path) -> Self {
        let folder = scratch();
        let path = folder.path().join("work");
        // Over git's own protocol and not by linking files, so that it holds what a client gets.
        let url = format!("file://{}", repository.display());
        git(folder.path(), &["clone", "-q", &url, "work"]);
        Self { _folder: folder, path }
    }

    pub(crate) fn git(&self, arguments: &[&str]) -> String {
        git(&self.path, arguments)
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.path.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Commits everything as it stands.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["add", "-A", "-f"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", message]);
        self.head()
    }

    /// Writes a file and commits.
    pub(crate) fn edit(&self, path: &str, content: impl AsRef<[u8]>) -> String {
        self.write(path, content);
        self.commit("Edit")
    }

    /// Commits what the index holds, with an entry that no working copy could.
    pub(crate) fn commit_entry(&self, mode: &str, object: &str, path: &str) -> String {
        self.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{object},{path}")]);
        self.git(&["commit", "-q", "-m", "Entry"]);
        self.head()
    }

    pub(crate) fn blob(&self, content: &[u8]) -> String {
        String::from_utf8(git_with(&self.path, &["hash-object", "-w", "--stdin"], content)).unwrap().trim().to_owned()
    }

    /// An object of any kind and content, as no git would write it.
    pub(crate) fn literal(&self, kind: &str, content: &[u8]) -> String {
        let arguments = ["hash-object", "-t", kind, "-w", "--stdin", "--literally"];
        String::from_utf8(git_with(&self.path, &arguments, content)).unwrap().trim().to_owned()
    }

    /// Makes HEAD a commit of this tree on top of what HEAD was.
    pub(crate) fn commit_tree(&self, tree: &str) -> String {
        let commit = self.git(&["commit-tree", tree, "-p", "HEAD", "-m", "Tree"]);
        self.git(&["update-ref", "HEAD", &commit]);
        commit
    }

    pub(crate) fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"])
    }
}
