//! The mode `checks = "freshness"`: beside a replica, without any Redis.

use chrono::TimeDelta;

use crate::{
    shop::{day, september, shanghai},
    wait,
    world::{World, field, said},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_without_redis_tells_that_the_primary_is_dead() {
    let mut world = World::set_up(5).await;
    world.keys = "checks = \"freshness\"\n".to_owned();
    world.schedule = ["0 0 */6 * * *", "0 0 19 * * *"];
    world.redis.kill().unwrap();
    world.writers_redis.kill().unwrap();
    let days = september(15);
    world.shop.store_clean("tushare", &days);
    // What the writer noted is the other worker's to tell.
    world.shop.store_unreadable("close is no number");
    world.shop.publish();
    world.shop.write_status(&[("tushare/daily", "2026-09-21 18:31", days[14])]);
    world.clock.set(shanghai("2026-09-22 18:40"));
    world.start().await.unwrap();
    wait::until("it is ready", async || world.get("/readyz").await.0 == 200).await;
    wait::until("it has judged", async || {
        world.get("/metrics").await.1.contains("quality_last_check_timestamp{check=\"check_freshness\"}")
    })
    .await;
    world.told(0).await;

    world.clock.set(shanghai("2026-09-22 19:00"));
    let told = world.told(1).await;
    assert_eq!((said(&told), field(&told[0], "severity")), (vec!["firing freshness".to_owned()], &"error".into()));
    // Between two ticks it does not judge.
    world.shop.write_status(&[("tushare/daily", "2026-09-22 19:05", day("2026-09-22"))]);
    world.clock.advance(TimeDelta::minutes(30));
    world.told(1).await;
    world.clock.set(shanghai("2026-09-23 00:00"));
    assert_eq!(said(&world.told(2).await), ["firing freshness", "resolved freshness"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watcher_beside_nothing_is_ready_and_says_when_the_status_is_damaged() {
    let mut world = World::set_up(1).await;
    world.keys = "checks = \"freshness\"\n".to_owned();
    world.start().await.unwrap();
    wait::until("it is ready", async || world.get("/readyz").await.0 == 200).await;
    world.stop().await;
    std::fs::create_dir_all(world.published()).unwrap();
    std::fs::write(world.published().join("status.json"), "{").unwrap();
    world.start().await.unwrap();
    wait::until("it says so", async || {
        let (status, body) = world.get("/readyz").await;
        status == 503 && body.contains("status.json is damaged")
    })
    .await;
    world.shop.write_status(&[]);
    wait::until("it is ready again", async || world.get("/readyz").await.0 == 200).await;
}
