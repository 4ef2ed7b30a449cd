//! What shares were called: fetched with the reference data.

use crate::world::{World, fetch_reference, ten_days};

#[tokio::test(flavor = "multi_thread")]
async fn every_share_has_its_names_and_they_are_the_same_when_they_come_again() {
    let mut world = World::start(ten_days()).await;
    world.run("reference", &fetch_reference()).await;
    let (names, hash) = (world.rows_of("instrument_name"), world.generation().manifest().logical_hash.clone());
    assert!(names >= world.rows_of("instrument"), "{names} names of {} shares", world.rows_of("instrument"));
    let job = world.run("again", &fetch_reference()).await;
    assert_eq!(job.result.unwrap()["changed"], false);
    assert_eq!((world.rows_of("instrument_name"), &world.generation().manifest().logical_hash), (names, &hash));
    let (calls, lists) = (world.calls_of("namechange").len(), world.calls_of("stock_basic").len());
    assert_eq!(calls * 3, lists, "all shares in one call, where the lists take three");
    world.stop_worker().await;
    let unnamed = "SELECT count(*) FROM instrument ANTI JOIN instrument_name USING (code, name)";
    assert_eq!(world.tail(unnamed), ["0"], "the name of the list is one of them");
}
