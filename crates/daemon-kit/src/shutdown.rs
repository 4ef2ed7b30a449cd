//! From a signal to a [`CancellationToken`]: the first asks the daemon to drain, the second ends it at once.

use std::future::pending;

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Installs handlers for SIGTERM, SIGINT and SIGHUP and returns the token that the first of them cancels.
///
/// Call it before the first await of `main`: a signal that comes earlier ends the process unasked. The second signal
/// exits with 128 + its number, without draining. SIGHUP, which a closed terminal and a "reload" send, would otherwise end
/// the process with its work undone; where it is ignored (`nohup`), it stays ignored.
///
/// # Errors
/// When the process may not install signal handlers.
pub fn on_signals() -> std::io::Result<CancellationToken> {
    let mut signals = Signals {
        terminate: signal(SignalKind::terminate())?,
        interrupt: signal(SignalKind::interrupt())?,
        hangup: (!hangup_is_ignored()).then(|| signal(SignalKind::hangup())).transpose()?,
    };
    let token = CancellationToken::new();
    let shutdown = token.clone();
    tokio::spawn(async move {
        let name = signals.next().await.0;
        tracing::info!(signal = name, "{name} received, draining; a second signal exits at once");
        shutdown.cancel();
        let (name, number) = signals.next().await;
        tracing::warn!(signal = name, "second signal {name}, exiting without draining");
        std::process::exit(128 + number);
    });
    Ok(token)
}

struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hangup: Option<Signal>,
}

impl Signals {
    async fn next(&mut self) -> (&'static str, i32) {
        let hangup = async {
            match &mut self.hangup {
                Some(hangup) => hangup.recv().await,
                None => pending().await,
            }
        };
        tokio::select! {
            _ = self.terminate.recv() => ("SIGTERM", SignalKind::terminate().as_raw_value()),
            _ = self.interrupt.recv() => ("SIGINT", SignalKind::interrupt().as_raw_value()),
            _ = hangup => ("SIGHUP", SignalKind::hangup().as_raw_value()),
        }
    }
}

/// Whether this process was started with SIGHUP ignored. Linux tells; elsewhere it is taken for not ignored.
fn hangup_is_ignored() -> bool {
    std::fs::read_to_string("/proc/self/status").is_ok_and(|status| ignores(&status, SignalKind::hangup()))
}

/// Whether the mask `SigIgn` of a process's status has the signal.
fn ignores(status: &str, signal: SignalKind) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (signal.as_raw_value() - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ignored_signal_is_read_from_the_process_status() {
        let status =
            |mask: &str| format!("Name:\tx\nSigBlk:\t0000000000000001\nSigIgn:\t{mask}\nSigCgt:\t0000000000000001\n");
        assert!(ignores(&status("0000000000001001"), SignalKind::hangup()));
        assert!(!ignores(&status("0000000000001000"), SignalKind::hangup()));
        assert!(ignores(&status("0000000000004000"), SignalKind::terminate()));
        assert!(!ignores("", SignalKind::hangup()) && !ignores(&status("none"), SignalKind::hangup()));
    }
}
