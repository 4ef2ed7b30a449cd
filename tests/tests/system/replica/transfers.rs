//! What a copy brings, and what it costs.

use system_tests::replica::{Replica, RsyncDaemon, Source, Sshd};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pull_between_folders_brings_the_newest_generation_and_the_base_only_once() {
    let mut source = Source::new();
    let replica = Replica::new();
    let from = source.root().display().to_string();
    let first = replica.done(&["pull", "--from", &from]).await;
    assert_eq!((&first["is_new"], &first["generation"]), (&true.into(), &1.into()));
    assert_eq!(first["files"], serde_json::json!(["base-1.duckdb", "base-1.series", "tail-000001.duckdb"]));
    replica.serves(1).await;

    // Nothing new: it is found up to date, and nothing travels.
    let before = replica.says();
    let again = replica.done(&["pull", "--from", &from]).await;
    assert_eq!((&again["is_new"], &again["moved_bytes"]), (&false.into(), &0.into()));
    let now = replica.says();
    assert!(now.synced_at > before.synced_at && now.received_at == before.received_at);

    let generation = source.publish_a_day();
    let second = replica.done(&["pull", "--from", &from]).await;
    assert_eq!(second["files"], serde_json::json!(["tail-000002.duckdb"]));
    replica.serves(generation).await;
    let status = |published| warehouse::read_status(published).unwrap().unwrap();
    assert_eq!(status(&replica.published()), status(&source.published()));

    // Two generations stay, and nothing of what was received on the way.
    source.publish_a_day();
    let generation = source.compact();
    replica.done(&["pull", "--from", &from]).await;
    replica.serves(generation).await;
    let mut names: Vec<_> =
        std::fs::read_dir(replica.published()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort_unstable();
    let tail = |number| warehouse::layout::tail_file(number);
    assert!(names.contains(&tail(2).into()) && names.contains(&tail(generation).into()), "{names:?}");
    assert!(!names.contains(&tail(1).into()), "{names:?}");
    assert_eq!(replica.staged_bytes(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_over_the_line_is_a_fraction_of_its_files() {
    let mut source = Source::new();
    let daemon = RsyncDaemon::over(&source.published()).await;
    let replica = Replica::configured(&format!("source = \"{}\"\n", daemon.place()));
    for _ in 0..5 {
        source.publish_a_day();
    }
    replica.done(&["pull"]).await;
    let generation = source.publish_a_day();
    daemon.line.mend(None);
    let pulled = replica.done(&["pull"]).await;
    let line = daemon.line.bytes();
    let tail = source.published().join(warehouse::layout::tail_file(generation)).metadata().unwrap().len();
    println!("{line} bytes on the line for a tail of {tail} bytes");
    let said = pulled["moved_bytes"].as_u64().unwrap();
    assert!((said..said + 20_000).contains(&line), "rsync says {said}, {line} went over the line");
    assert!(line < tail / 4, "{line} bytes for a tail of {tail}");
    replica.serves(generation).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_over_sshd_is_verified_and_made_current_by_the_other_side() {
    let mut source = Source::new();
    let replica = Replica::new();
    let Some(sshd) = Sshd::before(&replica).await else { return };
    let primary = Replica::at(&source.root(), &sshd.client_keys());
    let first = primary.done(&["push", "--bandwidth-limit", "100000"]).await;
    assert_eq!((&first["is_new"], &first["generation"]), (&true.into(), &1.into()), "{}", sshd.log());
    replica.serves(1).await;
    assert!(replica.says().from.starts_with("push from "), "{:?}", replica.says());

    let generation = source.publish_a_day();
    let status = primary.done(&["status"]).await;
    assert_eq!((&status[0]["generation"], &status[0]["newest_here"]), (&1.into(), &2.into()));
    let second = primary.done(&["push"]).await;
    assert_eq!(second["files"], serde_json::json!(["tail-000002.duckdb"]));
    replica.serves(generation).await;
    let again = primary.done(&["push"]).await;
    assert_eq!((&again["is_new"], &again["moved_bytes"]), (&false.into(), &0.into()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_into_a_folder_works_and_a_writers_warehouse_is_no_replica() {
    let mut source = Source::new();
    let primary = Replica::at(&source.root(), "");
    let replica = Replica::new();
    let to = replica.root().display().to_string();
    primary.done(&["push", "--to", &to]).await;
    replica.serves(1).await;
    let refused = primary.refused(&["push", "--to", &source.root().display().to_string()]).await;
    assert!(refused.contains("is a writer's warehouse"), "{refused}");

    // An older generation never replaces a newer one by accident, and neither does an older status.
    let restored = Replica::new();
    restored.done(&["pull", "--from", &source.root().display().to_string()]).await;
    source.publish_a_day();
    primary.done(&["push", "--to", &to]).await;
    let refused = restored.refused(&["push", "--to", &to]).await;
    assert!(refused.contains("the replica has the newer generation 2, the source offers 1"), "{refused}");
    replica.serves(2).await;
    restored.done(&["push", "--to", &to, "--replace-newer"]).await;
    replica.serves(1).await;
    let status = warehouse::read_status(&replica.published()).unwrap().unwrap();
    assert_eq!(status.generation, Some(2), "the status is the newer one still");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_cannot_work_is_said_before_anything_is_touched() {
    let replica = Replica::new();
    let empty = tempfile::tempdir().unwrap();
    let from = empty.path().display().to_string();
    for (arguments, said) in [
        (vec!["pull"], "name the other side with --from, or replica.source"),
        (vec!["pull", "--from", &from], "nothing is published yet"),
        (vec!["push", "--to", "rsync://h/m"], "an rsync daemon only takes files"),
        (vec!["push", "--to", "vps:/srv"], "name the host alone"),
        (vec!["pull", "--from", "h:$(id)"], "another host is named as user@host:/path"),
        (vec!["status"], "is no replica yet"),
        (vec!["verify"], "no generation has been published yet"),
    ] {
        let stderr = replica.refused(&arguments).await;
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let apple = system_tests::replica::wrapper(replica.folder(), "rsync", "echo 'openrsync: protocol version 29'");
    let mac = Replica::configured(&format!("rsync = \"{}\"\n", apple.display()));
    let stderr = mac.refused(&["pull", "--from", &from]).await;
    assert!(stderr.contains("rsync 3.1 or newer is needed"), "{stderr}");
}
