//! What happens on either side while a copy is under way.

use std::{
    process::{Command, Stdio},
    sync::{Arc, Mutex},
};

use system_tests::{
    eventually,
    replica::{Cut, Replica, RsyncDaemon, Source, wrapper},
};
use warehouse::{Reader, ReaderOptions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_that_publishes_and_forgets_meanwhile_is_followed_to_its_newest_generation() {
    // One generation stays: what a pull has asked for is gone when the next is published.
    let source = Arc::new(Mutex::new(Source::keeping(1)));
    let published = source.lock().unwrap().published();
    let daemon = RsyncDaemon::over(&published).await;
    let keys = format!("source = \"{}\"\n", daemon.place());
    let replica = Replica::configured(&keys);
    replica.done(&["pull"]).await;
    let reader = Reader::open(replica.published(), ReaderOptions::default()).unwrap();
    // The first answers of the daemon name a generation: after them, and in the middle of the files.
    for after in [2_500, 60_000] {
        source.lock().unwrap().publish_a_day();
        let publisher = source.clone();
        daemon.line.mend(Some(Cut {
            after,
            then: Box::new(move || {
                let mut source = publisher.lock().unwrap();
                source.publish_a_day();
                source.publish_a_day();
            }),
            breaks: false,
        }));
        let outcome = replica.done(&["pull"]).await;
        let newest = warehouse::list_generations(&published).unwrap()[0].number;
        let brought = outcome["generation"].as_u64().unwrap();
        // A copy whose files were open already is complete; it is whole, and one pull behind.
        assert!(brought == newest || brought + 2 == newest, "{brought} of {newest}");
        replica.serves(brought).await;
        assert!(reader.refresh().unwrap());
        assert_eq!(reader.current().unwrap().number(), brought);
        daemon.line.mend(None);
        replica.done(&["pull"]).await;
        replica.serves(newest).await;
        assert!(reader.refresh().is_ok());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_source_on_this_host_keeps_what_is_being_copied() {
    let mut source = Source::keeping(1);
    let replica = Replica::new();
    let (gate, arrived) = (replica.folder().join("gate"), replica.folder().join("arrived"));
    let (mut child, _waiting) = blocked_pull(&source, &replica, &gate, &arrived);
    eventually("the copy has begun", async || arrived.exists().then_some(())).await;
    for _ in 0..2 {
        source.publish_a_day();
    }
    assert!(source.published().join("tail-000001.duckdb").exists(), "it is held");
    std::fs::write(&gate, "").unwrap();
    let status = eventually("the copy ends", async || child.try_wait().unwrap()).await;
    assert!(status.success(), "{status}");
    replica.serves(1).await;
    source.publish_a_day();
    assert!(!source.published().join("tail-000001.duckdb").exists(), "and given back");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_at_once_the_second_is_told_who_the_first_is() {
    let source = Source::new();
    let replica = Replica::new();
    let (gate, arrived) = (replica.folder().join("gate"), replica.folder().join("arrived"));
    let (mut child, _waiting) = blocked_pull(&source, &replica, &gate, &arrived);
    eventually("the copy has begun", async || arrived.exists().then_some(())).await;
    let from = source.root().display().to_string();
    let stderr = replica.refused(&["pull", "--from", &from]).await;
    let holder = format!("the replica is being changed by a pull from {from} (process {} on ", child.id());
    assert!(stderr.contains(&holder), "{stderr}");
    let primary = Replica::at(&source.root(), "");
    let stderr = primary.refused(&["push", "--to", &replica.root().display().to_string()]).await;
    assert!(stderr.contains(&holder), "{stderr}");

    // A kill leaves rsync behind, which still writes: the replica stays locked until that has ended, too.
    child.kill().unwrap();
    child.wait().unwrap();
    let stderr = replica.refused(&["pull", "--from", &from]).await;
    assert!(stderr.contains(&holder), "{stderr}");
    std::fs::write(&gate, "").unwrap();
    replica.done_when_free(&["pull", "--from", &from]).await;
    replica.serves(1).await;
}

/// A pull whose rsync waits until `gate` is there, and says with `arrived` that it waits.
fn blocked_pull(
    source: &Source,
    replica: &Replica,
    gate: &std::path::Path,
    arrived: &std::path::Path,
) -> (std::process::Child, Replica) {
    let body = format!(
        "case \"$1\" in --version) exec rsync --version;; esac\n: > {}\nuntil [ -e {} ]; do sleep 0.05; done\nexec rsync \"$@\"",
        arrived.display(),
        gate.display()
    );
    let program = wrapper(replica.folder(), "waiting-rsync", &body);
    let waiting = Replica::at(replica.root(), &format!("rsync = \"{}\"\n", program.display()));
    let mut command: Command = waiting.command(&["pull", "--from", &source.root().display().to_string()]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    (child, waiting)
}
