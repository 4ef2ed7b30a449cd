//! `receive`: what sshd runs for a key that may push.

use std::{
    ffi::OsString,
    io::{BufRead as _, Read as _, Write as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::Command,
    sync::mpsc::{self, RecvTimeoutError},
};

use anyhow::{Context as _, bail};
use daemon_kit::clock::Clock;
use warehouse::layout::{self, Layout};

use super::{
    error::NotWhole,
    forced::{self, Wish},
    lock::Lock,
    messages::{ALIVE_EVERY, Ask, SILENCE_MAX, STAGING_ARGUMENT, Say, Standing, VERSION},
    receiver::{LOCK, Receiver, TRANSFER_LOCK},
};

/// The longest line that is read: a manifest, or a status, many times over.
const LINE_BYTES_MAX: u64 = 32 << 20;

/// How `receive` is set up by its forced command.
pub(crate) struct Setup<'a> {
    /// The replica's warehouse.
    pub(crate) root: &'a Path,
    /// The rsync program.
    pub(crate) rsync: &'a Path,
    /// Generations that stay.
    pub(crate) keep_generations: u32,
    /// Now.
    pub(crate) clock: &'a Clock,
}

/// Does what the client asked sshd for, if it is allowed.
///
/// # Errors
/// When it is not, or fails.
pub(crate) fn receive(wish: &str, setup: &Setup<'_>) -> anyhow::Result<()> {
    match forced::parse(wish).map_err(anyhow::Error::msg)? {
        Wish::Session => converse(setup),
        Wish::Rsync(options) => become_rsync(&options, setup),
    }
}

/// How the replica whose warehouse is `root` stands.
pub(super) fn standing(root: &Path, clock: &Clock) -> Standing {
    let layout = Layout::new(root);
    let published = layout.published();
    let replica = warehouse::read_replica(&published).ok().flatten();
    let current = std::fs::read_to_string(published.join(layout::CURRENT_FILE)).ok();
    Standing {
        age_seconds: replica.as_ref().and_then(|replica| replica.age_seconds(clock.now())),
        replica,
        generation: current.and_then(|name| layout::manifest_number(name.trim())),
        is_busy: Lock::is_taken(&layout.replica().join(LOCK)),
    }
}

/// Turns this process into rsync's receiving end, writing into the staging folder of the conversation that is under way.
fn become_rsync(options: &[String], setup: &Setup<'_>) -> anyhow::Result<()> {
    let folder = Layout::new(setup.root).replica();
    anyhow::ensure!(Lock::is_taken(&folder.join(LOCK)), "nobody is pushing: a push begins with a conversation");
    let staging = folder.join("staging");
    let transfer = Lock::take(&folder.join(TRANSFER_LOCK), "rsync")?;
    transfer.outlive_exec()?;
    let mut command = Command::new(setup.rsync);
    command.arg("--server").args(options).arg(".").arg(STAGING_ARGUMENT);
    // Nothing of the client's environment; the folder is where this process stands.
    command.env_clear().env("PATH", path()).current_dir(staging.parent().unwrap_or(&staging));
    Err(command.exec()).with_context(|| format!("start {}", setup.rsync.display()))
}

#[expect(clippy::disallowed_methods, reason = "a child needs the PATH that sshd gave; it is no configuration")]
fn path() -> OsString {
    std::env::var_os("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".into())
}

/// Answers the sending side until it hangs up or falls silent.
fn converse(setup: &Setup<'_>) -> anyhow::Result<()> {
    say(&Say::Hello { version: VERSION })?;
    let (sender, lines) = mpsc::channel();
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        loop {
            let mut line = String::new();
            match input.by_ref().take(LINE_BYTES_MAX).read_line(&mut line) {
                Ok(1..) if sender.send(line).is_ok() => {}
                _ => return,
            }
        }
    });
    let mut receiver: Option<Receiver> = None;
    loop {
        let line = match lines.recv_timeout(SILENCE_MAX) {
            Ok(line) => line,
            Err(RecvTimeoutError::Disconnected) => return Ok(()),
            Err(RecvTimeoutError::Timeout) => {
                bail!("the sending side has said nothing for {} s", SILENCE_MAX.as_secs())
            }
        };
        let ask: Ask = serde_json::from_str(&line).context("what the sending side said")?;
        if let Some(answer) = while_saying_so(|| answer(ask, &mut receiver, setup)) {
            say(&answer)?;
        }
    }
}

fn answer(ask: Ask, receiver: &mut Option<Receiver>, setup: &Setup<'_>) -> Option<Say> {
    let failed = |error: anyhow::Error| match error.downcast_ref::<NotWhole>() {
        Some(NotWhole(problems)) => Say::NotWhole(problems.clone()),
        None => Say::Failed(format!("{error:#}")),
    };
    let missing = || Say::Failed("the conversation has not begun".to_owned());
    Some(match (ask, receiver.as_mut()) {
        (Ask::Alive, _) => return None,
        (Ask::Status, _) => Say::Status(Box::new(standing(setup.root, setup.clock))),
        (Ask::Begin { .. }, Some(_)) => Say::Failed("the conversation has begun already".to_owned()),
        (Ask::Begin { from }, None) => {
            // It is shown to others.
            let from: String = from.chars().filter(|letter| !letter.is_control()).take(100).collect();
            match Receiver::open(setup.root, setup.keep_generations, &from, setup.clock) {
                Ok(opened) => {
                    *receiver = Some(opened);
                    Say::Begun
                }
                Err(error) => failed(error),
            }
        }
        (Ask::Prepare { manifest, replace_newer }, Some(receiver)) => {
            receiver.prepare(&manifest, replace_newer).map_or_else(failed, Say::Wanted)
        }
        (Ask::Finish(arrived), Some(receiver)) => receiver.finish(&arrived).map_or_else(failed, Say::Done),
        (Ask::Prepare { .. } | Ask::Finish(_), None) => missing(),
    })
}

/// Does `work`, which may take minutes, and says meanwhile that it is at it.
fn while_saying_so<T>(work: impl FnOnce() -> T) -> T {
    let (done, ended) = mpsc::channel::<()>();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            while ended.recv_timeout(ALIVE_EVERY) == Err(RecvTimeoutError::Timeout) {
                if say(&Say::Alive).is_err() {
                    return;
                }
            }
        });
        let answer = work();
        drop(done);
        answer
    })
}

fn say(answer: &Say) -> anyhow::Result<()> {
    let mut line = serde_json::to_vec(answer)?;
    line.push(b'\n');
    let mut output = std::io::stdout().lock();
    output.write_all(&line).and_then(|()| output.flush()).context("speak to the sending side")
}
