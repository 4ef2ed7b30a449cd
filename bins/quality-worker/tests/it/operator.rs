//! `quality-worker alerts`: what would be sent, and whether it arrives.

use std::process::Output;

use serde_json::Value;
use upstream_simulators::AlertFault;

use crate::{
    shop::{day, september},
    world::{World, said},
};

async fn alerts(world: &World, flag: &str) -> (bool, String, String) {
    let mut command = world.program();
    command.args(["alerts", flag]);
    let Output { status, stdout, stderr } =
        tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.success(), text(stdout), text(stderr))
}

/// Adds a robot and a bot.
fn three_forms(world: &mut World) {
    let (wecom, telegram) = (world.receiver.wecom_url(), world.receiver.telegram_url());
    world.alerts += &format!(
        "[[quality-worker.alerts]]\nname = \"group\"\nkind = \"wecom\"\nurl = \"{wecom}\"\n\
         [[quality-worker.alerts]]\nname = \"bot\"\nkind = \"telegram\"\nchat_id = \"-100\"\nurl = \"{telegram}\"\n"
    );
}

/// The bodies that a dry run prints for a target.
fn bodies(printed: &str, target: &str) -> Vec<Value> {
    let block = printed.split("\n\n").find(|block| block.starts_with(&format!("{target} ("))).unwrap();
    let (_, bodies) = block.split_once('\n').unwrap_or_default();
    serde_json::Deserializer::from_str(bodies).into_iter().map(Result::unwrap).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_prints_what_is_sent_then_and_sends_nothing() {
    let mut world = World::set_up(20).await;
    three_forms(&mut world);
    // The program's clock is not the world's: without this it would be time for a reminder.
    world.alerts = world.alerts.replace("url = ", "repeat_after_h = 0\nurl = ");
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    world.shop.store_unreadable("close is no number");
    world.shop.publish();
    // Long ago, by whatever clock the program has.
    world.shop.write_status(&[("tushare/reference", "2026-01-05 08:00", day("2026-01-05"))]);
    let (ok, printed, log) = alerts(&world, "--dry-run").await;
    assert!(ok, "{printed}{log}");
    assert!(printed.contains("nobody has been told anything yet") && printed.contains("generation 1"), "{printed}");
    assert!(world.receiver.attempts().is_empty() && !world.state().exists());

    world.start().await.unwrap();
    let told = world.told(3).await;
    for (target, message) in ["ops", "group", "bot"].iter().zip(0..) {
        let printed = bodies(&printed, target);
        let sent = told.iter().find(|sent| printed.iter().any(|body| same(body, &sent.body)));
        assert!(sent.is_some(), "{message}: {printed:?} {told:?}");
    }
    // Now everybody knows; while the worker runs, too.
    let (ok, printed, _) = alerts(&world, "--dry-run").await;
    let freshness_only = bodies(&printed, "ops").iter().all(|body| body["check"] == "freshness");
    assert!(ok && freshness_only, "{printed}");
    assert_eq!(world.receiver.attempts().len(), 3);
}

/// Equal but for what names the moment.
fn same(printed: &Value, sent: &Value) -> bool {
    let timeless = |body: &Value| {
        let mut body = body.clone();
        if let Some(fields) = body.as_object_mut() {
            fields.remove("id");
            fields.remove("at");
        }
        body
    };
    timeless(printed) == timeless(sent)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_test_message_goes_to_everybody_and_failures_are_named_without_their_address() {
    let mut world = World::set_up(1).await;
    three_forms(&mut world);
    let (ok, printed, log) = alerts(&world, "--test").await;
    assert!(ok, "{printed}{log}");
    assert_eq!(printed, "ops (webhook) has it\ngroup (wecom) has it\nbot (telegram) has it\n");
    assert_eq!(said(&world.receiver.messages()[..1]), ["resolved test"]);

    world.receiver.clear();
    world.receiver.always(AlertFault::Refused);
    let (ok, printed, log) = alerts(&world, "--test").await;
    assert!(!ok && log.contains("did not arrive at ops, group, bot"), "{log}");
    assert!(printed.contains("group (wecom) does not take it: errcode 40008"), "{printed}");
    assert!(
        printed.contains("bot (telegram) does not take it: HTTP status 200: Bad Request: chat not found"),
        "{printed}"
    );
    world.receiver.go_down().await;
    let (ok, down, log_of_down) = alerts(&world, "--test").await;
    assert!(!ok);
    for text in [printed, log, down, log_of_down] {
        assert!(!text.contains("SIMULATED") && !text.contains("693a91f6") && !text.contains("/hook"), "{text}");
    }
    assert!(!world.state().exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_target_both_say_so_and_one_of_them_must_be_asked_for() {
    let mut world = World::set_up(1).await;
    world.alerts.clear();
    let (ok, printed, _) = alerts(&world, "--dry-run").await;
    assert!(
        ok && printed.contains("nothing has been published yet") && printed.contains("nobody is told"),
        "{printed}"
    );
    assert!(!alerts(&world, "--test").await.0);
    assert!(!alerts(&world, "--help-me").await.0);
    let mut command = world.program();
    let output = tokio::task::spawn_blocking(move || command.arg("alerts").output().unwrap()).await.unwrap();
    assert_eq!(output.status.code(), Some(2));
}
