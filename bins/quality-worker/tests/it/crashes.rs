//! The worker's own program, killed at the worst moments, and once more.

use std::{
    collections::BTreeSet,
    os::unix::process::ExitStatusExt as _,
    process::{Child, Stdio},
};

use job_queue::JobState;
use quality_worker::crash_point;
use serde_json::Value;

use crate::{
    shop::{closing_at, september},
    wait,
    world::{World, check, field, said},
};

/// Ended at the latest when dropped.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        // An error says that it has ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(world: &World, crash_at: Option<&str>) -> Program {
    let mut command = world.program();
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.envs(crash_at.map(|step| ("TWILIGHT_CRASH_AT", step)));
    Program(command.spawn().unwrap())
}

/// A world in which a check finds 1,200 things.
async fn disagreement() -> World {
    let mut world = World::set_up(1_200).await;
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store("tdx", days[1], |_, bar| closing_at(1.001, bar));
    let generation = world.shop.publish();
    world.push("job", &check(generation, &days)).await;
    world
}

/// Scope and findings of all parts, by id: what the writer gets, whenever it was found.
async fn parts(world: &World) -> BTreeSet<(String, String)> {
    let recorded = world.recorded().await;
    recorded.into_iter().map(|(id, part)| (id, format!("{:?} {:?}", part.scope, part.findings))).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_anywhere_the_check_comes_back_and_its_result_is_the_same() {
    let undisturbed = disagreement().await;
    let program = start(&undisturbed, None);
    undisturbed.reaches("job", JobState::Done).await;
    undisturbed.told(1).await;
    drop(program);
    let expected = parts(&undisturbed).await;
    assert_eq!(expected.len(), 3);

    for step in [crash_point::PART_PUSHED, crash_point::CHECK_RECORDED] {
        let world = disagreement().await;
        let mut dying = start(&world, Some(step));
        let ended = wait::for_some("it kills itself", async || dying.0.try_wait().unwrap()).await;
        assert_eq!(ended.signal(), Some(9), "{step}: {ended}");
        let before = world.recorded().await.len();
        assert!((1..=3).contains(&before), "{step}: {before}");
        assert!(world.receiver.attempts().is_empty(), "{step}");
        let _program = start(&world, None);
        let job = world.reaches("job", JobState::Done).await;
        assert_eq!(job.crashes, 1, "{step}");
        assert_eq!(parts(&world).await, expected, "{step}");
        // Of two moments the later one would be a newer check to the writer, and a part of the earlier one that it has to write
        // again would count no more.
        let moments: BTreeSet<_> = world.recorded().await.into_iter().map(|(_, part)| part.checked_at).collect();
        assert_eq!(moments.len(), 1, "{step}");
        assert_eq!(said(&world.told(1).await), ["firing cross_source"], "{step}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_sending_and_noting_it_sends_the_same_message_again() {
    let world = disagreement().await;
    let mut dying = start(&world, Some(crash_point::ALERT_SENT));
    wait::for_some("it kills itself", async || dying.0.try_wait().unwrap()).await;
    assert_eq!(world.receiver.messages().len(), 1);
    let state: Value = serde_json::from_slice(&std::fs::read(world.state().join("alerts.json")).unwrap()).unwrap();
    assert_eq!(state["book"]["targets"]["ops"]["outbox"]["heard"]["cross_source"], "perhaps");
    let _program = start(&world, None);
    let told = world.told(2).await;
    assert_eq!(field(&told[0], "id"), field(&told[1], "id"));
    world.reaches("job", JobState::Done).await;
    assert_eq!(world.told(2).await.len(), 2);
}
