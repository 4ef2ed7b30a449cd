//! The real rsync as a child process.
//!
//! Files are written in place, over what the receiver has put there under their names: yesterday's tail, or what an
//! interrupted run left. So a copy that was killed goes on where it was, and only what differs travels. Nobody reads that
//! folder, and nothing in it shares its blocks with a published file.

use std::{
    io::{BufReader, Read},
    process::{Child, Command, Stdio},
};

use anyhow::Context as _;
use warehouse::layout;

use super::{Options, error::Stopped, lock::Lock, progress::Progress};

/// Always given. `--ignore-times`: a damaged file may have the right length and time. `--no-whole-file`: also between two
/// folders of one host, so that an interrupted copy goes on.
const ALWAYS: [&str; 6] =
    ["--ignore-times", "--inplace", "--no-whole-file", "--stats", "--no-human-readable", "--info=progress2"];
/// What a tail is compared in, bytes. Finer than rsync's own choice: what a publish writes anew lies scattered. Not for a base,
/// whose sums would be a transfer of their own.
const TAIL_BLOCK: &str = "--block-size=1024";
/// Exit codes: some files could not be transferred; some vanished.
const PARTIAL: i32 = 23;
const VANISHED: i32 = 24;
/// What is kept of its complaints.
const COMPLAINT_BYTES: usize = 4096;

/// What a transfer moved, bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Moved {
    pub(crate) sent: u64,
    pub(crate) received: u64,
}

impl Moved {
    pub(crate) fn both(self) -> u64 {
        self.sent + self.received
    }
}

/// What lies between the two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Line {
    /// Nothing: two folders of this host.
    None,
    /// A connection to an rsync daemon.
    Daemon,
    /// ssh.
    Ssh,
}

/// Makes sure that there is an rsync that understands what it is told.
///
/// # Errors
/// When there is none, or it is too old, or another program of that name.
pub(crate) fn check(options: &Options<'_>) -> anyhow::Result<()> {
    let program = &options.config.rsync;
    let name = program.display();
    let output = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    let output = output.with_context(|| format!("start {name} (apt-get install rsync, or brew install rsync)"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let first = text.lines().next().unwrap_or_default();
    let Some(version) = version(first) else {
        anyhow::bail!("{name} says {first:?}: rsync 3.1 or newer is needed (brew install rsync, then [replica] rsync)")
    };
    anyhow::ensure!(version >= (3, 1), "{name} is rsync {}.{}: 3.1 or newer is needed", version.0, version.1);
    Ok(())
}

/// Copies `sources` into `target`. Over a line it compresses, and gives up where nothing moves any more.
pub(crate) fn copy(
    options: &Options<'_>,
    sources: &[String],
    target: &str,
    line: Line,
    lock: &Lock,
    progress: &Progress,
) -> Result<Moved, Stopped> {
    let failed = |error: anyhow::Error| Stopped::Failed(format!("{error:#}"));
    let mut child = command(options, sources, target, line, lock).and_then(|mut command| {
        let program = options.config.rsync.display();
        command.spawn().with_context(|| format!("start {program} (apt-get install rsync, or brew install rsync)"))
    });
    let child = child.as_mut().map_err(|error| Stopped::Failed(format!("{error:#}")))?;
    let (said, complained) = listen(child, progress);
    let status = child.wait().map_err(|error| failed(error.into()))?;
    if status.success() {
        return Ok(Moved {
            sent: number(&said, "Total bytes sent").unwrap_or_default(),
            received: number(&said, "Total bytes received").unwrap_or_default(),
        });
    }
    let text = format!("rsync ended with {status}: {}", complained.trim().replace('\n', "; "));
    let is_gone = complained.contains("No such file or directory") || complained.contains("vanished");
    match status.code() {
        Some(VANISHED) => Err(Stopped::Vanished(text)),
        Some(PARTIAL) if is_gone => Err(Stopped::Vanished(text)),
        _ if complained.contains("No space left") || complained.contains("File too large") => {
            Err(Stopped::Failed(format!("the disk is full: {text}")))
        }
        _ => Err(Stopped::Failed(text)),
    }
}

fn command(
    options: &Options<'_>,
    sources: &[String],
    target: &str,
    line: Line,
    lock: &Lock,
) -> anyhow::Result<Command> {
    let mut command = Command::new(&options.config.rsync);
    command.args(ALWAYS);
    if line != Line::None {
        command.arg("--compress").arg(format!("--timeout={}", options.config.timeout.as_secs()));
    }
    // With a remote shell, an rsync daemon would be asked through ssh.
    if line == Line::Ssh {
        command.arg("-e").arg(remote_shell(options));
    }
    let is_tail = |source: &String| layout::tail_number(source.rsplit('/').next().unwrap_or_default()).is_some();
    if sources.iter().all(is_tail) {
        command.arg(TAIL_BLOCK);
    }
    if let Some(limit) = options.bandwidth_limit_kib {
        command.arg(format!("--bwlimit={limit}"));
    }
    command.arg("--").args(sources).arg(target);
    // Of somebody's shell, they would change what the other side is told.
    for variable in ["RSYNC_RSH", "RSYNC_PROTECT_ARGS", "RSYNC_OLD_ARGS", "RSYNC_CONNECT_PROG", "RSYNC_PROXY"] {
        command.env_remove(variable);
    }
    command.env("LC_ALL", "C").stdin(lock.as_stdin()?).stdout(Stdio::piped()).stderr(Stdio::piped());
    Ok(command)
}

/// ssh and its arguments, as rsync splits them.
fn remote_shell(options: &Options<'_>) -> String {
    let mut words = vec![options.config.ssh.to_string_lossy().into_owned()];
    words.extend(ssh_arguments(options));
    words.join(" ")
}

/// What ssh gets before the host: the operator's own first, for ssh takes the first value of an option.
pub(crate) fn ssh_arguments(options: &Options<'_>) -> Vec<String> {
    let ours = [
        "-o",
        "BatchMode=yes",
        "-o",
        "ConnectTimeout=20",
        "-o",
        "ServerAliveInterval=15",
        "-o",
        "ServerAliveCountMax=4",
    ];
    options.config.ssh_arguments.iter().cloned().chain(ours.map(str::to_owned)).collect()
}

/// Reads both outputs to their end; the progress goes to the bar.
fn listen(child: &mut Child, progress: &Progress) -> (String, String) {
    let stderr = child.stderr.take();
    let complaints = std::thread::spawn(move || {
        let mut text = Vec::new();
        if let Some(mut stderr) = stderr {
            let _ = stderr.by_ref().take(COMPLAINT_BYTES as u64).read_to_end(&mut text);
            // A full pipe would stop it.
            let _ = std::io::copy(&mut stderr, &mut std::io::sink());
        }
        String::from_utf8_lossy(&text).into_owned()
    });
    let mut said = String::new();
    if let Some(stdout) = child.stdout.take() {
        let mut line = Vec::new();
        for byte in BufReader::new(stdout).bytes().map_while(Result::ok) {
            if byte != b'\r' && byte != b'\n' {
                line.push(byte);
                continue;
            }
            let text = String::from_utf8_lossy(&line);
            match done(&text) {
                Some(bytes) => progress.at(bytes),
                None => said = said + &text + "\n",
            }
            line.clear();
        }
    }
    (said, complaints.join().unwrap_or_default())
}

/// The bytes of a line of `--info=progress2`: `  5000000 100%   21.73MB/s    0:00:00`.
fn done(line: &str) -> Option<u64> {
    let mut words = line.split_whitespace();
    let bytes = words.next()?.parse().ok()?;
    words.next()?.strip_suffix('%')?.parse::<u8>().ok()?;
    Some(bytes)
}

/// A figure of `--stats`.
fn number(said: &str, name: &str) -> Option<u64> {
    let line = said.lines().find(|line| line.starts_with(name))?;
    line.split_once(": ")?.1.replace(',', "").trim().parse().ok()
}

fn version(line: &str) -> Option<(u32, u32)> {
    let rest = line.strip_prefix("rsync")?.trim_start().strip_prefix("version")?.trim_start();
    let mut numbers = rest.trim_start_matches('v').split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_lines_are_read() {
        assert_eq!(version("rsync  version 3.2.7  protocol version 31"), Some((3, 2)));
        assert_eq!(version("rsync  version v3.1.3  protocol version 31"), Some((3, 1)));
        assert_eq!(version("openrsync: protocol version 29"), None);
        assert_eq!(done("        5000000 100%   21.73MB/s    0:00:00 (xfr#1, to-chk=0/1)"), Some(5_000_000));
        for other in ["", "Number of files: 1 (reg: 1)", "sent 5001290 bytes  received 35 bytes"] {
            assert_eq!(done(other), None);
        }
        let said = "Literal data: 5000000 bytes\nTotal bytes sent: 5,001,290\nTotal bytes received: 35\n";
        assert_eq!(
            (number(said, "Total bytes sent"), number(said, "Total bytes received")),
            (Some(5_001_290), Some(35))
        );
    }
}
