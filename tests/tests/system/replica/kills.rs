//! `kill -9` in the middle of a copy, at so many bytes on the line.

use std::{
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicI32, Ordering},
    },
};

use rustix::process::{Pid, Signal, kill_process};
use system_tests::{
    eventually,
    replica::{Cut, Line, Replica, RsyncDaemon, Source, Sshd},
};

/// Where the copy is killed, in percent of what goes over the line.
#[cfg(not(feature = "soak"))]
const KILLED_AT: [u64; 3] = [1, 50, 99];
#[cfg(feature = "soak")]
const KILLED_AT: [u64; 17] = [1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 97, 98, 99, 100];

/// Runs `replica <arguments>` on `site` and kills it when `bytes` have gone over the line, which breaks.
async fn killed_after(bytes: u64, line: &Line, site: &Replica, arguments: &[&str]) {
    let pid = Arc::new(AtomicI32::new(0));
    let victim = pid.clone();
    line.mend(Some(Cut {
        after: bytes,
        then: Box::new(move || {
            let pid = Pid::from_raw(victim.load(Ordering::SeqCst)).expect("it has been started");
            kill_process(pid, Signal::KILL).unwrap();
        }),
        breaks: true,
    }));
    let mut command = site.command(arguments);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    pid.store(child.id() as i32, Ordering::SeqCst);
    let status = eventually("it is killed", async || child.try_wait().unwrap()).await;
    assert!(!status.success(), "killed after {bytes} bytes: {status}");
    line.mend(None);
}

/// Bytes that `replica <arguments>` moves when nothing disturbs it.
async fn undisturbed(line: &Line, site: &Replica, arguments: &[&str]) -> u64 {
    line.mend(None);
    site.done(arguments).await;
    line.bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_that_is_killed_leaves_the_old_generation_and_the_next_goes_on_where_it_was() {
    let mut source = Source::new();
    let daemon = RsyncDaemon::over(&source.published()).await;
    let keys = format!("source = \"{}\"\n", daemon.place());
    let (replica, twin) = (Replica::configured(&keys), Replica::configured(&keys));
    replica.done(&["pull"]).await;
    // After a compaction everything has to travel anew. A twin tells how much that is.
    let mut old = 1;
    for percent in KILLED_AT {
        let new = source.compact();
        let whole = undisturbed(&daemon.line, &twin, &["pull"]).await;
        killed_after((whole * percent / 100).max(1), &daemon.line, &replica, &["pull"]).await;
        replica.serves(old).await;
        let mended = replica.done_when_free(&["pull"]).await;
        assert_eq!(mended["generation"], new);
        replica.serves(new).await;
        if percent >= 50 {
            let rest = daemon.line.bytes();
            assert!(rest < whole * 3 / 4, "after {percent} % of {whole} bytes, {rest} travelled again");
        }
        old = new;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_is_killed_leaves_the_old_generation_and_the_next_goes_on_where_it_was() {
    let mut source = Source::new();
    let (replica, twin) = (Replica::new(), Replica::new());
    let Some(sshd) = Sshd::before(&replica).await else { return };
    let Some(other) = Sshd::before(&twin).await else { return };
    let primary = Replica::at(&source.root(), &sshd.client_keys());
    let beside = Replica::at(&source.root(), &other.client_keys());
    primary.done(&["push"]).await;
    let mut old = 1;
    for percent in KILLED_AT {
        let new = source.compact();
        let whole = undisturbed(&other.line, &beside, &["push"]).await;
        killed_after((whole * percent / 100).max(1), &sshd.line, &primary, &["push"]).await;
        // At the end of the line everything may have arrived: then the other side may have finished by itself.
        let stands_at = replica.generation().unwrap();
        assert!(stands_at == old || (stands_at == new && percent >= 99), "{stands_at} after {percent} %");
        replica.serves(stands_at).await;
        let mended = primary.done_when_free(&["push"]).await;
        assert_eq!(mended["generation"], new);
        replica.serves(new).await;
        old = new;
    }
}
