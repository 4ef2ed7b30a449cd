use chrono::TimeDelta;
use serde_json::{Value, json};

use super::{
    super::{News, OrderState},
    wechat::Pay,
    world::{NUMBER, PAYER, PRICE, World, announcement, receipt},
};

/// An order as WeChat answers it when it was paid.
fn paid(number: &str, fen: u64) -> Value {
    json!({"appid": "wx24", "mchid": "1230", "out_trade_no": number, "trade_state": "SUCCESS", "transaction_id": "4",
        "success_time": "2026-11-23T12:00:00+08:00", "payer": {"openid": "o"}, "amount": {"total": fen}})
}

#[tokio::test]
async fn an_order_whose_notification_never_came_is_asked_about_and_carried_out() {
    let world = World::new(1).await;
    let (provisioner, pay) = (world.open(), Pay::new(&world.clock));
    let asking = pay.serve().await;
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    world.later(TimeDelta::seconds(179));
    assert_eq!(provisioner.ask(&asking).await.unwrap(), 0);
    assert!(pay.asked().is_empty(), "its notification may be on its way");
    pay.set(NUMBER, "SUCCESS", world.clock.now());
    world.later(TimeDelta::seconds(1));
    assert_eq!(provisioner.ask(&asking).await.unwrap(), 1);
    provisioner.resume().await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    assert_eq!((order.state, order.payer.as_deref()), (OrderState::Committed, Some(PAYER)));
    // The notification comes after all.
    assert_eq!(provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap(), News::Known);
    pay.asked();
    world.later(TimeDelta::days(1));
    provisioner.ask(&asking).await.unwrap();
    assert!(pay.asked().is_empty());
}

#[tokio::test]
async fn an_unpaid_order_is_asked_about_less_and_less_and_in_the_end_not_at_all() {
    let world = World::new(1).await;
    let (provisioner, pay) = (world.open(), Pay::new(&world.clock));
    let asking = pay.serve().await;
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    let mut asked_at = Vec::new();
    for minute in 0..(10 * 24 * 60) {
        // Unknown there first, then seen and not paid.
        if minute == 60 {
            pay.set(NUMBER, "NOTPAY", world.clock.now());
        }
        if provisioner.is_asked_about(NUMBER, world.clock.now()).await {
            // As after a restart: when it is asked next is in the books.
            world.open().ask(&asking).await.unwrap();
            asked_at.push(minute);
        }
        world.later(TimeDelta::minutes(1));
    }
    assert_eq!(asked_at[..6], [3, 6, 12, 24, 48, 96]);
    assert_eq!(pay.asked().len(), asked_at.len());
    assert!(asked_at.len() < 50, "{asked_at:?}");
    let gap = asked_at.windows(2).map(|pair| pair[1] - pair[0]).max();
    assert_eq!((gap, asked_at.last().is_some_and(|last| *last > 7 * 24 * 60)), (Some(360), true));
    let late = provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap();
    assert_eq!(late, News::New, "a notification is taken however late it is");
}

#[tokio::test]
async fn what_is_closed_or_given_back_is_not_asked_about_again_and_people_hear_of_the_money() {
    let world = World::new(1).await;
    let (provisioner, pay) = (world.open(), Pay::new(&world.clock));
    let asking = pay.serve().await;
    for (number, state) in [(NUMBER, "CLOSED"), ("TW2026-0002", "REFUND"), ("TW2026-0003", "SUCCESS")] {
        provisioner.expect(announcement(number, "stock-tg")).await.unwrap();
        pay.set(number, state, world.clock.now());
    }
    pay.put("TW2026-0003", paid("TW2026-0003", 1));
    world.later(TimeDelta::hours(1));
    provisioner.ask(&asking).await.unwrap();
    assert_eq!(pay.asked().len(), 3);
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about = 'payment:TW2026-0002'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about = 'payment:TW2026-0003'").await, 1);
    world.later(TimeDelta::days(1));
    provisioner.ask(&asking).await.unwrap();
    assert!(pay.asked().is_empty());
    assert_eq!(provisioner.order("TW2026-0003").await.unwrap().state, OrderState::Expected);
}

#[tokio::test]
async fn an_answer_that_wechat_did_not_sign_for_this_order_and_this_merchant_is_not_believed() {
    let world = World::new(1).await;
    let (provisioner, pay) = (world.open(), Pay::new(&world.clock));
    let asking = pay.serve().await;
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    let (mut merchant, mut app) = (paid(NUMBER, PRICE), paid(NUMBER, PRICE));
    (merchant["mchid"], app["appid"]) = (json!("999"), json!("wx99"));
    for wrong in [paid("TW2026-0002", PRICE), merchant, app, json!({"trade_state": "SUCCESS"}), json!([])] {
        pay.put(NUMBER, wrong.clone());
        world.later(TimeDelta::hours(6));
        assert_eq!(provisioner.ask(&asking).await.unwrap(), 0, "{wrong}");
        assert_eq!(pay.asked().len(), 1);
    }
    pay.set(NUMBER, "SUCCESS", world.clock.now());
    pay.forges();
    world.later(TimeDelta::hours(6));
    assert_eq!(provisioner.ask(&asking).await.unwrap(), 0);
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Expected);
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about = 'wechat'").await, 1, "somebody is told");
}

#[tokio::test]
async fn while_wechat_is_away_one_question_a_pass_is_enough() {
    let world = World::new(1).await;
    let (provisioner, pay) = (world.open(), Pay::new(&world.clock));
    let asking = pay.serve().await;
    for number in 0..5 {
        provisioner.expect(announcement(&format!("TW2026-000{number}"), "stock-tg")).await.unwrap();
    }
    world.later(TimeDelta::hours(1));
    pay.breaks(Some(502));
    provisioner.ask(&asking).await.unwrap();
    assert_eq!(pay.asked(), ["TW2026-0000"]);
    assert_eq!(world.count("SELECT count(*) FROM alert").await, 0, "it comes back by itself");
    pay.breaks(None);
    world.later(TimeDelta::hours(1));
    provisioner.ask(&asking).await.unwrap();
    assert_eq!(pay.asked().len(), 5);
}
