//! The workspace's own binaries, run to their end.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

use crate::within;

/// What a program said and how it ended.
#[derive(Debug)]
pub struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

/// The program `name` of this workspace, built in the profile of the running test.
///
/// # Panics
/// If it has not been built.
pub fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    // target/<profile>/deps/<test>
    let path = test.parent().and_then(|deps| deps.parent()).unwrap().join(name);
    assert!(path.exists(), "{} is not built: run `cargo build --workspace --bins` first", path.display());
    path
}

/// Runs a command to its end.
///
/// # Panics
/// If it does not end within `bound`; it is killed then.
pub async fn run(mut command: Command, bound: Duration) -> Answer {
    let folder = tempfile::tempdir().unwrap();
    let (stdout, stderr) = (folder.path().join("stdout"), folder.path().join("stderr"));
    command.stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
    command.stdout(std::fs::File::create(&stdout).unwrap()).stderr(std::fs::File::create(&stderr).unwrap());
    let mut child = Reaped(command.spawn().unwrap());
    let ended = within(bound, &format!("{command:?} ends"), async || child.0.try_wait().unwrap()).await;
    let read = |path| String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
    Answer { code: ended.code(), stdout: read(&stdout), stderr: read(&stderr) }
}

/// Killed and waited for at the latest when dropped.
struct Reaped(std::process::Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
