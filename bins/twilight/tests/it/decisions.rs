//! `twilight quarantine release` and `discard`.

use job_queue::{
    Broker, JobError, Queue, WorkerOptions, Workers,
    payload::{Decision, WarehouseWriteJob, queue_name::WAREHOUSE_WRITE},
};
use serde_json::{Value, json};

use crate::stage::{Stage, run};

fn queue(stage: &Stage) -> Queue<WarehouseWriteJob> {
    let broker = Broker::connect(&stage.redis.as_ref().unwrap().url()).unwrap();
    Queue::new(&broker, WAREHOUSE_WRITE).unwrap()
}

fn decision(ids: &[&str], by: &str, note: &str, force: bool) -> Decision {
    Decision { ids: ids.iter().map(|id| (*id).to_owned()).collect(), by: by.to_owned(), note: note.to_owned(), force }
}

#[tokio::test]
async fn a_decision_is_a_job_for_the_writer_in_the_name_of_its_author() {
    let stage = Stage::empty().with_redis().await;
    let mut named = stage.command("quarantine release b2 a1 b2 --force --by auditor --json --note");
    named.arg("the vendor confirmed it");
    let answer = run(named).await;
    assert_eq!(answer.code, Some(0), "{answer:?}");
    let released: Value = serde_json::from_str(&answer.stdout).unwrap();
    let discarded = stage.json("quarantine discard c3").await;
    let queue = queue(&stage);
    for (answer, name, expected) in [
        (
            released,
            "release_quarantine#",
            WarehouseWriteJob::ReleaseQuarantine(decision(&["a1", "b2"], "auditor", "the vendor confirmed it", true)),
        ),
        (discarded, "discard_quarantine#", WarehouseWriteJob::DiscardQuarantine(decision(&["c3"], "alex", "", false))),
    ] {
        let id = answer["job_id"].as_str().unwrap();
        assert!(id.starts_with(name), "{id}");
        let job = queue.show(id).await.unwrap();
        assert_eq!(job.payload, Some(serde_json::to_value(expected).unwrap()));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_waits_is_told_what_became_of_every_row() {
    let stage = Stage::empty().with_redis().await;
    let mut workers = Workers::new();
    // A writer that knows `a1`, refuses `b2` and has never heard of the others.
    workers.mount(&queue(&stage), WorkerOptions::default(), async |job, _| {
        let WarehouseWriteJob::ReleaseQuarantine(decision) = job else { return Err(JobError::fatal("unexpected")) };
        let known = decision.ids.iter().filter(|id| *id == "a1");
        let refused = decision.ids.iter().filter(|id| *id == "b2");
        let unknown = decision.ids.iter().filter(|id| *id != "a1" && *id != "b2");
        Ok(json!({
            "released": known.collect::<Vec<_>>(),
            "refused": refused.map(|id| json!({"id": id, "reason": "`close` is zero"})).collect::<Vec<_>>(),
            "unknown": unknown.collect::<Vec<_>>(),
        }))
    });
    let working = tokio::spawn(workers.run(std::future::pending()));
    let said = stage.told("quarantine release a1 --wait").await;
    assert!(said.contains(r#""released":["a1"]"#), "{said}");
    let said = stage.refused("quarantine release a1 b2 c3 --wait", 1).await;
    assert!(
        said.contains("not everything was done as decided: b2: `close` is zero; c3: there is no such entry"),
        "{said}"
    );
    let said = stage.refused("quarantine discard a1 --wait", 1).await;
    assert!(said.contains("failed: unexpected"), "{said}");
    working.abort();
}

#[tokio::test]
async fn somebody_must_have_decided() {
    let stage = Stage::empty();
    let mut nobody = stage.command("quarantine discard a1");
    nobody.env_remove("USER");
    let answer = run(nobody).await;
    assert_eq!(answer.code, Some(2), "{answer:?}");
    assert!(answer.stderr.contains("--by"), "{answer:?}");
    let mut empty = stage.command("quarantine discard a1 --by");
    empty.arg(" ");
    let answer = run(empty).await;
    assert!(answer.code == Some(2) && answer.stderr.contains("say who decides"), "{answer:?}");
}
