//! chromedriver as a child process, with everything that it starts in one process group that ends with it. Chromium's crash
//! handlers alone leave the group; they end when nobody is left to watch over.

use std::{
    io::{BufRead, BufReader},
    os::unix::process::CommandExt as _,
    process::{Child, Command, Stdio},
};

use rustix::process::{Pid, Signal, kill_process_group};
use tempfile::TempDir;

/// A running chromedriver, and a folder for whatever the browser writes. It, its browsers and their folder are gone once it
/// is dropped.
pub(super) struct Driver {
    child: Child,
    /// Where it takes commands: `http://127.0.0.1:port`.
    pub(super) url: String,
    /// The browser's home.
    pub(super) folder: TempDir,
}

impl Driver {
    /// Starts it on a port that the kernel chooses.
    ///
    /// # Errors
    /// In words, if it is not installed or does not start.
    pub(super) fn start() -> Result<Self, String> {
        let folder =
            tempfile::Builder::new().prefix("twilight-browser-").tempdir().map_err(|error| error.to_string())?;
        let mut command = Command::new("chromedriver");
        command.args(["--port=0", "--log-level=WARNING"]).process_group(0);
        // Nothing of the browser's ends up with whoever runs the tests.
        command.env("HOME", folder.path()).env("TMPDIR", folder.path());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("chromedriver does not start: {error}"))?;
        let stdout = child.stdout.take();
        let mut driver = Self { child, url: String::new(), folder };
        let mut lines = stdout.map(BufReader::new).into_iter().flat_map(BufRead::lines).map_while(Result::ok);
        let port =
            lines.find_map(|line| Some(line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').to_owned()));
        driver.url = format!("http://127.0.0.1:{}", port.ok_or("chromedriver ended before it listened")?);
        // It must always find somebody who reads what it says. Ends with the child.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(driver)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Some(group) = self.child.id().try_into().ok().and_then(Pid::from_raw) {
            // An error says that nobody of it is left.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let _ = self.child.wait();
    }
}
