//! A rehearsed restore.

use std::fs;

use system_tests::replica::{Replica, Source};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_drill_restores_asks_everything_removes_it_and_is_remembered() {
    let source = Source::new();
    let replica = Replica::new();
    replica.done(&["pull", "--from", &source.root().display().to_string()]).await;
    let drill = replica.done(&["drill"]).await;
    assert_eq!((&drill["passed"], &drill["generation"]), (&true.into(), &1.into()));
    let asked = drill["asked"].as_array().unwrap();
    let bars = asked.iter().find(|part| part["what"] == "every bar of every code").unwrap();
    assert_eq!(bars["rows"], 40 * 21, "40 codes, 21 days");
    let noted = replica.says().last_drill.unwrap();
    assert!(noted.passed && noted.generation == 1, "{noted:?}");
    let left: Vec<_> = fs::read_dir(replica.root()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().starts_with("drill-")), "{left:?}");

    // Of a copy that nobody can restore, it says why, and remembers that too.
    let tail = replica.published().join("tail-000001.duckdb");
    let mut bytes = fs::read(&tail).unwrap();
    bytes[200_000] ^= 1;
    fs::write(&tail, bytes).unwrap();
    let answer = replica.run(&["drill"]).await;
    assert_eq!(answer.code, Some(1));
    assert!(answer.stdout.contains("tail-000001.duckdb is damaged"), "{}", answer.stdout);
    let noted = replica.says().last_drill.unwrap();
    assert!(!noted.passed && noted.problems[0].contains("tail-000001.duckdb"), "{noted:?}");
    let status = replica.done(&["status"]).await;
    assert_eq!(status[0]["replica"]["last_drill"]["passed"], false);
}
