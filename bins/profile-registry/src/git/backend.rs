//! One run of `git http-backend`: a request's body in, an answer out, both as they come.
//!
//! A task of its own sees to the run, so that it is ended in order whatever becomes of the connection.

use std::{
    io,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{
    body::{Body, Bytes},
    response::Response,
};
use futures::{StreamExt as _, stream};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    process::{ChildStderr, ChildStdin, ChildStdout},
    sync::{mpsc, oneshot},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    cgi::Head,
    process_group::{self, ProcessGroup},
    push_head::{PushHead, Signed},
    ticket::Ticket,
};

/// What one run may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bounds {
    /// A whole run.
    whole: Duration,
    /// Without a byte of the request, until it has come.
    idle: Duration,
    /// A request's body: `receive.maxInputSize` says no before, in words.
    body: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { whole: Duration::from_secs(600), idle: Duration::from_secs(60), body: 136 << 20 }
    }
}

/// What is kept of what git says beside its answer.
const STDERR_MAX: u64 = 8 << 10;
/// Pieces of an answer that wait for the client.
const CHUNKS: usize = 4;
const BUFFER: usize = 64 << 10;
/// How long a push that is broken off has to end by itself.
const GRACE: Duration = Duration::from_secs(3);

/// Why a run was broken off.
#[derive(Debug, thiserror::Error)]
enum BrokenOff {
    #[error("the client has gone")]
    Left,
    #[error("the client sends nothing any more")]
    Idle,
    #[error("it took too long")]
    TooLong,
    #[error("the request is too large")]
    TooLarge,
    #[error(transparent)]
    Signed(#[from] Signed),
    #[error("git: {0}")]
    Git(#[from] io::Error),
}

/// Runs `command` with the body of a request, and answers with what it says. A push has a ticket. `after` is done when
/// nothing of the run is left, before the client hears the end.
///
/// # Errors
/// When git does not run or says nothing that is an answer; both stand in the log.
pub(super) async fn run(
    runs: &TaskTracker,
    command: Command,
    body: Body,
    ticket: Option<Arc<Ticket>>,
    bounds: Bounds,
    after: impl Future<Output = ()> + Send + 'static,
) -> Result<Response, ()> {
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true).process_group(0);
    let mut child = command.spawn().map_err(|error| tracing::error!("start git: {error}"))?;
    let group = ProcessGroup::of(&child);
    let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let ((Some(stdin), Some(mut stdout), Some(mut stderr)), Some(group)) = (pipes, group) else { return Err(()) };
    let (head, told) = oneshot::channel();
    let (chunks, rest) = mpsc::channel::<Bytes>(CHUNKS);
    // Whoever drops the answer, or does not wait for it, has gone.
    let left = CancellationToken::new();
    let guard = left.clone().drop_guard();
    // Then the connection is cut: half an answer must not look like a whole one, however slowly it is read.
    let half = Arc::new(AtomicBool::new(false));
    let is_half = half.clone();
    let push = ticket.as_ref().map(|_| PushHead::default());
    runs.spawn(async move {
        let work = async {
            let (feed, answer) = (feed(stdin, body, bounds, push), answer(&mut stdout, head, &chunks));
            let ((), (), said) = tokio::try_join!(feed, answer, listen(&mut stderr))?;
            let status = child.wait().await?;
            if !said.is_empty() {
                tracing::info!(%status, "git says: {}", said.escape_debug());
            }
            Ok(())
        };
        let ended = tokio::select! {
            ended = tokio::time::timeout(bounds.whole, work) => ended.unwrap_or(Err(BrokenOff::TooLong)),
            () = left.cancelled() => Err(BrokenOff::Left),
        };
        if let Err(problem) = ended {
            tracing::info!("a run of git is broken off: {problem}");
            metrics::counter!("registry_git_broken_off_total").increment(1);
            if let Some(ticket) = ticket {
                // By itself git throws away what it has in quarantine; killed it does not.
                ticket.let_go();
                let rest = async {
                    let (mut out, mut err) = (tokio::io::sink(), tokio::io::sink());
                    tokio::join!(tokio::io::copy(&mut stdout, &mut out), tokio::io::copy(&mut stderr, &mut err))
                };
                let _ = tokio::time::timeout(GRACE, async { tokio::join!(rest, child.wait()) }).await;
            }
            process_group::end(group, &mut child).await;
            is_half.store(true, Ordering::Relaxed);
        }
        after.await;
    });
    let head = told.await.map_err(drop)?;
    let rest = stream::unfold((rest, half, guard), |(mut rest, half, guard)| async move {
        let chunk = match rest.recv().await {
            Some(chunk) => Ok(chunk),
            None if half.swap(false, Ordering::Relaxed) => Err(io::Error::other("the run of git was broken off")),
            None => return None,
        };
        Some((chunk, (rest, half, guard)))
    });
    Ok(head.with(Body::from_stream(rest)))
}

/// Gives git the request. What git does not want to read is read all the same: a client that is still sending hears no
/// answer.
async fn feed(stdin: ChildStdin, body: Body, bounds: Bounds, mut push: Option<PushHead>) -> Result<(), BrokenOff> {
    let (mut stdin, mut body, mut bytes) = (Some(stdin), body.into_data_stream(), 0_u64);
    loop {
        let chunk = tokio::time::timeout(bounds.idle, body.next()).await.map_err(|_| BrokenOff::Idle)?;
        let Some(chunk) = chunk else { return Ok(()) };
        let chunk = chunk.map_err(|_| BrokenOff::Left)?;
        bytes = bytes.saturating_add(chunk.len() as u64);
        if bytes > bounds.body {
            return Err(BrokenOff::TooLarge);
        }
        if let Some(push) = &mut push {
            push.read(&chunk)?;
        }
        if let Some(pipe) = &mut stdin
            && pipe.write_all(&chunk).await.is_err()
        {
            stdin = None;
        }
    }
}

/// Passes git's answer on.
async fn answer(
    stdout: &mut ChildStdout,
    head: oneshot::Sender<Head>,
    chunks: &mpsc::Sender<Bytes>,
) -> Result<(), BrokenOff> {
    let mut output = BufReader::with_capacity(BUFFER, stdout);
    let read = Head::read(&mut output).await?;
    head.send(read).map_err(|_| BrokenOff::Left)?;
    loop {
        let bytes = output.fill_buf().await?;
        if bytes.is_empty() {
            return Ok(());
        }
        let length = bytes.len();
        chunks.send(Bytes::copy_from_slice(bytes)).await.map_err(|_| BrokenOff::Left)?;
        output.consume(length);
    }
}

/// What git says beside its answer, cut where it is long.
async fn listen(stderr: &mut ChildStderr) -> Result<String, BrokenOff> {
    let mut kept = Vec::new();
    (&mut *stderr).take(STDERR_MAX).read_to_end(&mut kept).await?;
    tokio::io::copy(stderr, &mut tokio::io::sink()).await?;
    Ok(String::from_utf8_lossy(&kept).trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Duration = Duration::from_millis(100);

    /// The whole answer of this script; `None` where it is broken off, before its first byte or after.
    async fn run_script(script: &str, body: Body, bounds: Bounds) -> Option<Vec<u8>> {
        let (runs, ended) = (TaskTracker::new(), Arc::new(AtomicBool::new(false)));
        let after = {
            let ended = ended.clone();
            async move { ended.store(true, Ordering::Relaxed) }
        };
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        let told = match run(&runs, command, body, None, bounds, after).await {
            Err(()) => None,
            Ok(answer) => {
                assert_eq!(answer.headers()["content-type"], "x/y");
                let told = axum::body::to_bytes(answer.into_body(), 1 << 20).await.ok();
                assert!(told.is_none() || ended.load(Ordering::Relaxed), "the client hears the end when all is over");
                told.map(|bytes| bytes.to_vec())
            }
        };
        runs.close();
        runs.wait().await;
        assert!(ended.load(Ordering::Relaxed));
        told
    }

    #[tokio::test]
    async fn the_request_goes_in_and_the_answer_comes_out() {
        let script = "printf 'Content-Type: x/y\\r\\n\\r\\n'; exec cat";
        let told = run_script(script, Body::from("0004"), Bounds::default()).await;
        assert_eq!(told.unwrap(), b"0004");
        // What git does not want to read does not keep its answer back.
        let large = Body::from(vec![b'x'; 1 << 20]);
        let script = "printf 'Content-Type: x/y\\r\\n\\r\\nno'";
        assert_eq!(run_script(script, large, Bounds::default()).await.unwrap(), b"no");
    }

    #[tokio::test]
    async fn a_run_that_takes_too_long_is_ended_with_all_below_it() {
        let folder = tempfile::tempdir().unwrap();
        let lock = folder.path().join("lock");
        // A grandchild that does not hear the first signal, and holds on to what can be seen.
        let script = format!(
            "printf 'Content-Type: x/y\\r\\n\\r\\nhalf'; exec 9>'{}'; (trap '' TERM; while :; do sleep 1; done) & wait",
            lock.display()
        );
        let told = run_script(&script, Body::empty(), Bounds { whole: SHORT, ..Bounds::default() }).await;
        assert_eq!(told, None, "half an answer is none");
    }

    #[tokio::test]
    async fn a_request_that_stands_still_or_never_ends_is_broken_off() {
        let script = "printf 'Content-Type: x/y\\r\\n\\r\\n'; exec cat >/dev/null";
        let still = Body::from_stream(stream::pending::<io::Result<Bytes>>());
        let told = run_script(script, still, Bounds { idle: SHORT, ..Bounds::default() }).await;
        assert_eq!(told, None);
        let endless = Body::from_stream(stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 1024]))));
        let told = run_script(script, endless, Bounds { body: 100_000, ..Bounds::default() }).await;
        assert_eq!(told, None);
    }
}
