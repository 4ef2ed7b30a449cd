//! From findings to messages that arrive, whatever the receivers do.

use chrono::TimeDelta;
use serde_json::Value;
use upstream_simulators::{AlertFault, AlertForm};

use crate::{
    shop::{closing_at, september},
    wait,
    world::{World, field, said, webhook},
};

/// A wrong close of `codes` codes in the second source.
fn disagree(world: &mut World, date: chrono::NaiveDate, codes: usize) {
    world.shop.store("tdx", date, |nth, bar| closing_at(if nth < codes { 1.000_5 } else { 1.0 }, bar));
}

#[tokio::test(flavor = "multi_thread")]
async fn five_thousand_findings_of_one_cause_are_ten_parts_and_one_message_to_each() {
    let mut world = World::set_up(5_000).await;
    let (wecom, telegram) = (world.receiver.wecom_url(), world.receiver.telegram_url());
    world.alerts += &format!(
        "[[quality-worker.alerts]]\nname = \"group\"\nkind = \"wecom\"\nurl = \"{wecom}\"\n\
         [[quality-worker.alerts]]\nname = \"bot\"\nkind = \"telegram\"\nchat_id = \"-100\"\nurl = \"{telegram}\"\n\
         [[quality-worker.alerts]]\nname = \"night\"\nkind = \"telegram\"\nchat_id = \"7\"\nurl = \"{telegram}\"\nmin_severity = \"error\"\n"
    );
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    disagree(&mut world, days[1], 5_000);
    let generation = world.publish_and_check(&days).await;
    let recorded = world.recorded().await;
    assert_eq!(recorded.iter().map(|(_, part)| part.findings.len()).collect::<Vec<_>>(), [500; 10]);
    assert_eq!(recorded.iter().map(|(_, part)| part.last).collect::<Vec<_>>(), [vec![false; 9], vec![true]].concat());
    // The part of the first codes is sent last; each of the others begins where the one before it ends.
    assert!((0..9).all(|nth| recorded[(nth + 9) % 10].1.scope.to_code == recorded[nth].1.scope.from_code));

    let told = world.told(3).await;
    let of = |form| told.iter().filter(|message| message.form == form).collect::<Vec<_>>();
    let [message] = of(AlertForm::Webhook)[..] else { panic!("{told:?}") };
    assert_eq!((field(message, "count"), field(message, "generation")), (&5_000.into(), &generation.into()));
    assert_eq!(field(message, "examples").as_array().map(Vec::len), Some(5));
    let sentence = format!("cross_source: 5000 open warnings on {}", days[1]);
    assert_eq!(field(message, "message"), &sentence);
    for form in [AlertForm::Wecom, AlertForm::Telegram] {
        let [message] = of(form)[..] else { panic!("{told:?}") };
        assert!(
            message.text.contains(&sentence) && message.text.contains("/quality/logs?check=cross_source"),
            "{message:?}"
        );
    }

    // Recording what was found is bookkeeping: a generation with it starts no check and is no news.
    for (_, part) in &recorded {
        world.shop.record(part);
    }
    assert!(world.shop.due().is_empty());
    let next = world.shop.publish();
    assert_eq!(next, generation + 1, "one publish for all of them");
    wait::until("the generation is read", async || {
        world.get("/metrics").await.1.contains(&format!("quality_generation {next}"))
    })
    .await;
    let stats = world.queue.stats().await.unwrap();
    assert_eq!((stats.waiting, stats.running, stats.delayed, stats.done), (0, 0, 0, 1));
    world.told(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_is_told_once_growth_is_told_and_so_is_the_end() {
    let mut world = World::set_up(60).await;
    world.start().await.unwrap();
    let days = september(3);
    world.shop.store_clean("tushare", &days);
    for (codes, told) in [(4, 1), (4, 1), (7, 1), (8, 2), (2, 2)] {
        disagree(&mut world, days[1], codes);
        world.publish_and_check(&days).await;
        world.told(told).await;
    }
    // A check of another day leaves this one's findings open.
    world.publish_and_check(&days[2..]).await;
    world.told(2).await;
    disagree(&mut world, days[1], 0);
    world.publish_and_check(&days).await;
    let told = world.told(3).await;
    assert_eq!(said(&told), ["firing cross_source", "firing cross_source", "resolved cross_source"]);
    assert_eq!([0, 1, 2].map(|nth| field(&told[nth], "count").as_u64().unwrap()), [4, 8, 0]);
    assert_eq!(field(&told[2], "days"), &serde_json::json!([days[1]]));
}

#[tokio::test(flavor = "multi_thread")]
async fn errors_that_stay_are_told_again_and_a_restart_forgets_nothing() {
    let mut world = World::set_up(5).await;
    world.shop.store_unreadable("close is no number");
    world.shop.publish();
    world.start().await.unwrap();
    let first = world.told(1).await;
    assert_eq!(field(&first[0], "severity"), "error", "the writer's findings are told without any check");
    world.stop().await;
    world.start().await.unwrap();
    world.clock.advance(TimeDelta::hours(23));
    world.told(1).await;
    world.clock.advance(TimeDelta::hours(1));
    let told = world.told(2).await;
    assert_eq!((field(&told[1], "why"), field(&told[1], "status")), (&"reminder".into(), &"firing".into()));
    assert_ne!(field(&told[0], "id"), field(&told[1], "id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_while_the_receiver_is_down_is_told_when_it_is_back() {
    let mut world = World::set_up(60).await;
    world.start().await.unwrap();
    let days = september(3);
    world.shop.store_clean("tushare", &days);
    world.receiver.go_down().await;
    disagree(&mut world, days[0], 3);
    world.publish_and_check(&days).await;
    refused_once(&world).await;
    // More of the same check: the message that waits is replaced. Another that comes and goes is never told.
    disagree(&mut world, days[1], 3);
    world.shop.store("tushare", days[2], |nth, bar| bar.high = if nth == 0 { bar.low - 0.5 } else { bar.high });
    world.publish_and_check(&days).await;
    world.shop.store_clean("tushare", &days[2..]);
    world.publish_and_check(&days).await;
    world.stop().await;
    world.receiver.come_back().await.unwrap();
    world.start().await.unwrap();
    world.clock.advance(TimeDelta::hours(2));
    let told = world.told(1).await;
    assert_eq!((said(&told), field(&told[0], "count")), (vec!["firing cross_source".to_owned()], &6.into()));
    let metrics = world.get("/metrics").await.1;
    assert!(metrics.contains("quality_alerts_total{target=\"ops\",outcome=\"refused\"}"), "{metrics}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_that_errs_lies_or_hangs_up_gets_the_message_until_it_takes_it() {
    for (form, fault) in [
        (AlertForm::Webhook, AlertFault::Status(500)),
        (AlertForm::Webhook, AlertFault::Hangup),
        (AlertForm::Webhook, AlertFault::Status(307)),
        (AlertForm::Wecom, AlertFault::Refused),
        (AlertForm::Wecom, AlertFault::TooMany(7)),
        (AlertForm::Telegram, AlertFault::Refused),
        (AlertForm::Telegram, AlertFault::TooMany(7)),
    ] {
        let mut world = World::set_up(1).await;
        world.alerts = match form {
            AlertForm::Webhook => webhook("ops", &world.receiver.webhook_url()),
            AlertForm::Wecom => webhook("ops", &world.receiver.wecom_url()).replace("webhook\"\nurl", "wecom\"\nurl"),
            AlertForm::Telegram => webhook("ops", &world.receiver.telegram_url())
                .replace("webhook\"\nurl", "telegram\"\nchat_id = \"1\"\nurl"),
        };
        world.receiver.next(2, fault);
        world.shop.store_unreadable("close is no number");
        world.shop.publish();
        world.start().await.unwrap();
        for attempts in [1, 2, 3] {
            wait::until("it is tried", async || {
                world.clock.advance(TimeDelta::seconds(20));
                world.receiver.attempts().len() >= attempts
            })
            .await;
        }
        let told = world.told(1).await;
        assert_eq!(told[0].form, form);
        let attempts = world.receiver.attempts();
        assert!(attempts.iter().all(|attempt| attempt.body == told[0].body), "{fault:?}: {attempts:#?}");
        assert_eq!(attempts.len(), 3, "{fault:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_whose_answer_is_lost_comes_again_under_the_same_id() {
    let mut world = World::set_up(1).await;
    world.receiver.next(1, AlertFault::TakenWithoutAnswer);
    world.shop.store_unreadable("close is no number");
    world.shop.publish();
    world.start().await.unwrap();
    wait::until("it was taken", async || world.receiver.messages().len() == 1).await;
    wait::until("it comes again", async || {
        world.clock.advance(TimeDelta::seconds(1));
        world.receiver.messages().len() == 2
    })
    .await;
    let told = world.told(2).await;
    assert_eq!(field(&told[0], "id"), field(&told[1], "id"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_receiver_holds_up_no_check_and_no_other_receiver() {
    let mut world = World::set_up(20).await;
    world.alerts += &webhook("slow", &world.receiver.webhook_url()).replace("/hook", "/cgi-bin/webhook/send");
    world.receiver.next(1, AlertFault::Slow(3_000));
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    disagree(&mut world, days[0], 1);
    world.publish_and_check(&days).await;
    world.publish_and_check(&days).await;
    wait::until("both were tried", async || world.receiver.attempts().len() >= 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_memory_is_put_aside_and_what_is_open_is_told_again() {
    let mut world = World::set_up(20).await;
    world.start().await.unwrap();
    let days = september(2);
    world.shop.store_clean("tushare", &days);
    disagree(&mut world, days[0], 2);
    world.publish_and_check(&days).await;
    for (_, part) in world.recorded().await {
        world.shop.record(&part);
    }
    world.shop.publish();
    world.told(1).await;
    world.stop().await;
    let file = world.state().join("alerts.json");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, &text[..text.len() / 2]).unwrap();
    world.start().await.unwrap();
    let told = world.told(2).await;
    assert_eq!(said(&told), ["firing cross_source"; 2]);
    assert_eq!(field(&told[1], "count"), 2);
    assert_eq!(std::fs::read_to_string(world.state().join("alerts.damaged.json")).unwrap(), text[..text.len() / 2]);
    let state: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
    assert_eq!(state["version"], 1);
}

async fn refused_once(world: &World) {
    wait::until("a message was refused", async || {
        world.get("/metrics").await.1.contains("quality_alerts_total{target=\"ops\",outcome=\"refused\"}")
    })
    .await;
}
