//! The alarm of a replica whose primary has died.

use chrono::TimeDelta;
use warehouse::{ReplicaFile, write_replica};

use crate::{
    shop::shanghai,
    wait,
    world::{World, field, said},
};

fn synced(world: &World, at: &str) {
    let replica = ReplicaFile {
        synced_at: Some(shanghai(at)),
        from: "push from mac-mini".to_owned(),
        generation: Some(7),
        ..ReplicaFile::default()
    };
    std::fs::create_dir_all(world.published()).unwrap();
    write_replica(&world.published(), &replica).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_beside_a_replica_tells_that_nothing_comes_any_more_and_that_it_comes_again() {
    let mut world = World::set_up(1).await;
    world.keys = "checks = \"freshness\"\n".to_owned();
    world.redis.kill().unwrap();
    world.writers_redis.kill().unwrap();
    synced(&world, "2026-10-03 01:30");
    world.clock.set(shanghai("2026-10-04 03:30"));
    world.start().await.unwrap();
    wait::until("it has looked", async || world.get("/metrics").await.1.contains("quality_replica_age_seconds 93600"))
        .await;
    world.told(0).await;

    // In the middle of a holiday, when no data is due.
    world.clock.advance(TimeDelta::minutes(1));
    let told = world.told(1).await;
    assert_eq!((said(&told), field(&told[0], "severity")), (vec!["firing replica_age".to_owned()], &"error".into()));
    let example = field(&told[0], "examples")[0]["message"].as_str().unwrap();
    assert!(example.contains("2026-10-03 01:30 by `push from mac-mini`, 26 h ago"), "{example}");
    assert_eq!(field(&told[0], "runbook"), "docs/runbook.md#replica_age");

    // A restart neither repeats it nor forgets it.
    world.stop().await;
    world.start().await.unwrap();
    synced(&world, "2026-10-04 03:31");
    let told = world.told(2).await;
    assert_eq!(said(&told)[1], "resolved replica_age");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_a_primary_nothing_is_said_of_a_replica() {
    let mut world = World::set_up(1).await;
    world.keys = "checks = \"freshness\"\n".to_owned();
    world.clock.set(shanghai("2026-10-04 03:30"));
    world.start().await.unwrap();
    wait::until("it is ready", async || world.get("/readyz").await.0 == 200).await;
    world.told(0).await;
}
