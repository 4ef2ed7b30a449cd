//! A daemon's own binary as a child process: its address is read from its log, and it is ended by its process id.

use std::{
    io::{BufRead as _, BufReader},
    os::unix::process::ExitStatusExt as _,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::eventually;

/// A running daemon. Killed when dropped; a failing test shows the end of its log.
pub struct Daemon {
    child: Child,
    /// Where it serves: `http://127.0.0.1:port`.
    pub url: String,
    log: Arc<Mutex<Vec<String>>>,
    name: String,
}

impl Daemon {
    /// Starts `command` and waits until it says where it listens.
    ///
    /// # Panics
    /// If it ends before that; the message holds its log.
    pub async fn start(mut command: Command) -> Self {
        let name = command.get_program().to_string_lossy().rsplit('/').next().unwrap_or_default().to_owned();
        command.env("RUST_BACKTRACE", "0").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let stderr = child.stderr.take().unwrap();
        let log: Arc<Mutex<Vec<String>>> = Arc::default();
        let lines = log.clone();
        // A pipe and not a file: a limit on the size of files must not touch the log. Ends with the child.
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                lines.lock().unwrap().push(line);
            }
        });
        let mut daemon = Self { child, url: String::new(), log, name };
        daemon.url = eventually("the daemon listens", async || {
            let url = daemon.log.lock().unwrap().iter().find_map(|line| address(line));
            if url.is_none()
                && let Some(status) = daemon.child.try_wait().unwrap()
            {
                panic!("{} ended with {status} before it listened", daemon.name);
            }
            url
        })
        .await;
        daemon
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Every line it has logged.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().join("\n")
    }

    /// Whether a line of its log holds `text`.
    pub fn says(&self, text: &str) -> bool {
        self.log.lock().unwrap().iter().any(|line| line.contains(text))
    }

    /// `kill -9`, and waits until it is gone.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// SIGTERM, and waits until it has ended well.
    ///
    /// # Panics
    /// If it ends with an error or not at all.
    pub async fn stop(mut self) {
        self.signal(Signal::TERM);
        let status = self.end().await;
        assert!(status.success(), "{} ended with {status}", self.name);
    }

    /// Waits until it has died of SIGKILL by itself.
    ///
    /// # Panics
    /// If it ends otherwise or not at all.
    pub async fn dies_by_sigkill(mut self) {
        let status = self.end().await;
        assert_eq!(status.signal(), Some(Signal::KILL.as_raw()), "{} ended with {status}", self.name);
    }

    /// Sends a signal.
    pub fn signal(&self, signal: Signal) {
        let pid = self.child.id().try_into().ok().and_then(Pid::from_raw).unwrap();
        kill_process(pid, signal).unwrap();
    }

    async fn end(&mut self) -> ExitStatus {
        let child = &mut self.child;
        eventually(&format!("{} ends", self.name), async || child.try_wait().unwrap()).await
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking()
            && let Ok(log) = self.log.lock()
        {
            let end = log.len().saturating_sub(40);
            eprintln!("--- the end of the log of {}:\n{}", self.name, log[end..].join("\n"));
        }
    }
}

/// The address in a JSON log line that has the field `http.address`.
fn address(line: &str) -> Option<String> {
    let line: Value = serde_json::from_str(line).ok()?;
    let fields = line.get("fields").unwrap_or(&line);
    Some(format!("http://{}", fields.get("http.address")?.as_str()?))
}
