//! WeChat Pay's notifications: what is believed, and what is done once.

use chrono::TimeDelta;
use rusqlite::Connection;
use serde_json::{Value, json};

use crate::support::{Answer, Notice, Running, merchant};

fn books(registry: &Running) -> Connection {
    Connection::open(registry.folder.path().join("registry/registry.sqlite")).unwrap()
}

/// Somebody is about to pay 199 yuan.
fn expect(registry: &Running, order: &str) {
    let sql = "INSERT INTO orders (out_trade_no, product, amount_fen, state, created_at, changed_at)
               VALUES (?, 'stock-pro', 19900, 'expected', 0, 0)";
    books(registry).execute(sql, [order]).unwrap();
}

/// How often an order was paid, whether it is still expected, and by whom it was.
fn state(registry: &Running, order: &str) -> (bool, Option<String>, Option<String>) {
    let sql = "SELECT state = 'expected', transaction_id, payer FROM orders WHERE out_trade_no = ?";
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    books(registry).query_row(sql, [order], read).unwrap()
}

fn subscriptions(registry: &Running) -> i64 {
    books(registry).query_row("SELECT count(*) FROM subscription", [], |row| row.get(0)).unwrap()
}

/// Refused in WeChat's own words.
fn failed(answer: &Answer) -> u16 {
    assert_eq!(answer.field("code"), "FAIL", "{answer:?}");
    assert!(!answer.field("message").is_empty());
    assert_eq!(answer.headers["content-type"], "application/json");
    answer.status
}

#[tokio::test]
async fn a_payment_is_taken_once_however_often_it_is_told() {
    let registry = Running::start_with(&merchant()).await;
    expect(&registry, "tw20261123001");
    let notice = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    let answer = notice.send(&registry).await;
    assert_eq!((answer.status, answer.text.as_str()), (204, ""), "{answer:?}");
    let paid = state(&registry, "tw20261123001");
    assert_eq!(paid, (false, Some("4200001".to_owned()), Some("wx:wx24:oUpF8uMuAJO".to_owned())));
    let extensions = |registry: &Running| -> i64 {
        books(registry).query_row("SELECT sum(months) FROM extension", [], |row| row.get(0)).unwrap()
    };
    assert_eq!((subscriptions(&registry), extensions(&registry)), (1, 1));

    assert_eq!(notice.send(&registry).await.status, 204, "the same bytes");
    registry.clock.advance(TimeDelta::minutes(30));
    assert_eq!(failed(&notice.send(&registry).await), 401, "replayed when its time is over");
    let again = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    assert_eq!(again.send(&registry).await.status, 204, "as WeChat repeats it, signed anew");
    let registry = registry.restart().await;
    assert_eq!(again.send(&registry).await.status, 204);
    assert_eq!((subscriptions(&registry), extensions(&registry)), (1, 1), "one month, one profile");

    expect(&registry, "tw20261223001");
    let next = Notice::paid("tw20261223001", "4200002", 19_900, registry.clock.now());
    assert_eq!(next.send(&registry).await.status, 204);
    assert_eq!((subscriptions(&registry), extensions(&registry)), (1, 2), "another month, the same profile");
}

#[tokio::test]
async fn a_payment_that_comes_twenty_times_at_once_is_taken_once() {
    let registry = Running::start_with(&merchant()).await;
    expect(&registry, "tw20261123001");
    let notice = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    let mut answers = Vec::new();
    let sent = (0..20).map(|_| notice.send(&registry));
    for answer in futures::future::join_all(sent).await {
        answers.push(answer.status);
    }
    assert_eq!(answers, [204; 20]);
    assert_eq!(subscriptions(&registry), 1);
}

#[tokio::test]
async fn a_forged_notification_is_refused_and_changes_nothing() {
    let registry = Running::start_with(&merchant()).await;
    expect(&registry, "tw20261123001");
    let good = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    let changed = |change: fn(&mut Notice)| {
        let mut notice = good.clone();
        change(&mut notice);
        notice
    };
    for forged in [
        changed(|notice| notice.body.push(b' ')),
        changed(|notice| notice.body[60] ^= 1),
        changed(|notice| notice.signature = "AAAA".to_owned()),
        changed(|notice| notice.timestamp = "1795420801".to_owned()),
        changed(|notice| notice.signature = String::new()),
    ] {
        assert_eq!(failed(&forged.send(&registry).await), 401);
    }
    let bare = registry.post("/payments/wechat", None, json!({"out_trade_no": "tw20261123001"})).await;
    assert_eq!(failed(&bare), 400);
    let long = changed(|notice| notice.body = vec![b' '; 70_000]);
    assert_eq!(failed(&long.send(&registry).await), 413);
    assert_eq!(state(&registry, "tw20261123001"), (true, None, None));
    assert_eq!(good.send(&registry).await.status, 204, "and shut nobody out");
}

#[tokio::test]
async fn wechats_probe_is_refused_and_wakes_nobody() {
    let registry = Running::start_with(&merchant()).await;
    let mut probe = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    probe.signature = format!("WECHATPAY/SIGNTEST/{}", probe.signature);
    assert_eq!(failed(&probe.send(&registry).await), 401);
    let metrics = registry.get("/metrics", None).await.text;
    assert!(metrics.contains("registry_notifications_total{result=\"probe\"}"), "{metrics}");
}

#[tokio::test]
async fn another_amount_than_the_orders_is_refused() {
    let registry = Running::start_with(&merchant()).await;
    expect(&registry, "tw20261123001");
    for fen in [1, 19_899, 19_901] {
        let notice = Notice::paid("tw20261123001", "4200001", fen, registry.clock.now());
        assert_eq!(failed(&notice.send(&registry).await), 409);
    }
    assert_eq!(state(&registry, "tw20261123001"), (true, None, None));
    assert_eq!(subscriptions(&registry), 0);
}

#[tokio::test]
async fn what_belongs_to_no_order_or_to_another_merchant_is_refused() {
    let registry = Running::start_with(&merchant()).await;
    let now = registry.clock.now();
    assert_eq!(failed(&Notice::paid("unknown-1", "4200001", 19_900, now).send(&registry).await), 409);
    expect(&registry, "tw20261123001");
    let content = |mchid: &str, state: &str| -> Value {
        json!({"appid": "wx24", "mchid": mchid, "out_trade_no": "tw20261123001", "transaction_id": "1",
            "trade_state": state, "success_time": now.to_rfc3339(), "payer": {"openid": "o"},
            "amount": {"total": 19_900}})
    };
    for wrong in [content("999", "SUCCESS"), content("1230", "NOTPAY")] {
        assert_eq!(failed(&Notice::of("TRANSACTION.SUCCESS", &wrong, now).send(&registry).await), 400);
    }
    assert_eq!(state(&registry, "tw20261123001"), (true, None, None));
    let other = Notice::of("REFUND.ABNORMAL", &json!({}), now);
    assert_eq!(other.send(&registry).await.status, 204, "what changes nothing need not come again");
}

#[tokio::test]
async fn without_a_merchant_no_notification_is_taken() {
    let registry = Running::start().await;
    let notice = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    assert_eq!(failed(&notice.send(&registry).await), 503);
}

#[tokio::test]
async fn a_name_that_somebody_paid_for_cannot_be_claimed() {
    let registry = Running::start_with(&merchant()).await;
    expect(&registry, "tw20261123001");
    let before = registry.claim("lao-wang").await;
    let notice = Notice::paid("tw20261123001", "4200001", 19_900, registry.clock.now());
    assert_eq!(notice.send(&registry).await.status, 204);
    let profile: String = books(&registry).query_row("SELECT profile FROM subscription", [], |row| row.get(0)).unwrap();
    let refused = registry.post("/claims", None, json!({"profile": profile})).await;
    assert_eq!(refused.problem(), (409, "being-provisioned".to_owned()), "{refused:?}");

    // Proved by a process that was killed, and paid for by somebody else before the next one wrote it.
    let sql = "UPDATE operation SET profile = ?, to_owner = 'tg:8', to_proved_at = created_at, state = 'proved'
               WHERE id = ?";
    books(&registry).execute(sql, [&profile, &before.field("operation")]).unwrap();
    let registry = registry.restart().await;
    let told = registry.poll(&before).await;
    assert_eq!(told.field("state"), "refused", "{told:?}");
    assert!(told.field("reason").ends_with("is being provisioned for somebody who paid for it"));
    assert!(registry.lines().iter().all(|line| !line.contains("tg:8")));
}
