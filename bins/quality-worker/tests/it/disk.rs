//! The alarm of a disk that fills up.

use std::sync::atomic::Ordering;

use crate::{
    wait,
    world::{World, field, said},
};

/// Goes through a disk's fate: below the bound, above it, nearly full, a little better, well.
async fn fills_up_and_is_mended(mut world: World) {
    let set = |world: &World, used: u64| world.disk.store(used, Ordering::SeqCst);
    set(&world, 79);
    world.start().await.unwrap();
    looked(&world).await;
    world.told(0).await;

    set(&world, 80);
    let told = world.told(1).await;
    assert_eq!((said(&told), field(&told[0], "severity")), (vec!["firing disk_space".to_owned()], &"warning".into()));
    assert_eq!(field(&told[0], "runbook"), "docs/runbook.md#disk_space");
    let example = field(&told[0], "examples")[0]["message"].as_str().unwrap();
    assert!(example.starts_with("the file system of data is 80.0 % full"), "{example}");

    set(&world, 91);
    let told = world.told(2).await;
    assert_eq!((field(&told[1], "why"), field(&told[1], "severity")), (&"worse".into(), &"error".into()));

    // A restart neither repeats what was told nor forgets that it is open.
    world.stop().await;
    set(&world, 79);
    world.start().await.unwrap();
    looked(&world).await;
    world.told(2).await;

    set(&world, 77);
    let told = world.told(3).await;
    assert_eq!(said(&told)[2], "resolved disk_space");
    set(&world, 79);
    looked(&world).await;
    world.told(3).await;
}

/// Waits until the worker has seen the disk as it is now: the second look from now on began after it changed.
async fn looked(world: &World) {
    let wanted = world.disk_looks.load(Ordering::SeqCst) + 3;
    wait::until("it has looked", async || world.disk_looks.load(Ordering::SeqCst) >= wanted).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_is_told_once_by_degrees_and_so_is_its_end() {
    fills_up_and_is_mended(World::set_up(1).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_beside_a_replica_tells_of_its_disk_too() {
    let mut world = World::set_up(1).await;
    world.keys = "checks = \"freshness\"\n".to_owned();
    world.redis.kill().unwrap();
    world.writers_redis.kill().unwrap();
    fills_up_and_is_mended(world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_about_a_disk_is_recorded_in_the_log() {
    let mut world = World::set_up(1).await;
    world.disk.store(95, Ordering::SeqCst);
    world.start().await.unwrap();
    world.told(1).await;
    assert!(world.recorded().await.is_empty());
}
