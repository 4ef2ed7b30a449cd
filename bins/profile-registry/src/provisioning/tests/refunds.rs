use chrono::{DateTime, TimeDelta, Utc};
use profile_store::{Actor, Author, Change, ProfileName, Store, allow_list::Limits, json, yaml::Node};

use super::{
    super::{MoneyBack, News, Order, OrderState, Refunded},
    world::{NUMBER, PRICE, World, alive, announcement, bot, buy, receipt},
};

pub(super) fn back(number: &str, amount_fen: u64, id: &str) -> MoneyBack {
    MoneyBack { out_trade_no: number.to_owned(), refund_id: id.to_owned(), amount_fen }
}

pub(super) fn name(order: &Order) -> ProfileName {
    ProfileName::parse(order.profile.as_deref().unwrap()).unwrap()
}

/// Ids of the jobs, with whether they are on.
pub(super) fn jobs(world: &World, profile: &ProfileName) -> Vec<(String, bool)> {
    let file = json::parse(&world.head().file(profile, "cron/jobs.json").unwrap().unwrap()).unwrap();
    let job = |job: &Node| {
        (job.at(&["id"]).unwrap().as_text().unwrap().to_owned(), job.at(&["enabled"]) != Some(&Node::bool(false)))
    };
    file.at(&["jobs"]).unwrap().as_list().unwrap().iter().map(job).collect()
}

#[tokio::test]
async fn a_refund_puts_the_profile_into_quarantine_and_keeps_it() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&order);
    let files = world.head().files(&profile).unwrap().len();
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap(), Refunded::Quarantine);
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Quarantined);
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap(), Refunded::Known);
    assert!(world.gateway.valid().is_empty());
    assert_eq!(world.head().files(&profile).unwrap().len(), files, "nothing is deleted");
    assert!(world.head().owners().unwrap().owner_of(&profile).is_some());
    assert!(jobs(&world, &profile).iter().all(|(_, on)| !on));
    let env = world.fetch(&provisioner, profile.as_str()).await;
    assert!(!env.contains_key("TELEGRAM_BOT_TOKEN") && !env.contains_key("TWILIGHT_API_TOKEN"), "{:?}", env.keys());
    assert_eq!(
        provisioner.order(NUMBER).await.unwrap().state,
        OrderState::Quarantined,
        "the host's word changes nothing"
    );
    let pool = &provisioner.pools().await.unwrap()[0];
    assert_eq!((pool.count.free, pool.cooling.len()), (0, 1));
    // Its maker has changed it.
    let new = daemon_kit::config::Secret::new(bot(7));
    provisioner.replace_in_pool("telegram_bot", &pool.cooling[0].fingerprint, new).await.unwrap();
    assert_eq!(provisioner.pools().await.unwrap()[0].count.free, 1);
}

#[tokio::test]
async fn who_pays_again_gets_the_same_profile_back_with_new_secrets() {
    let world = World::new(2).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&first);
    // The owner has switched a job off, and has another one: that must not be switched on with the rest.
    let store = Store::open_or_create(world.folder.path(), Limits::default()).unwrap();
    let mut file = json::parse(&world.head().file(&profile, "cron/jobs.json").unwrap().unwrap()).unwrap();
    let Some(Node::List(list)) = file.as_map_mut().unwrap().get_mut("jobs") else { panic!("no jobs") };
    let mut own = list[0].clone();
    own.put(&["id"], Node::text("my-own"));
    own.put(&["enabled"], Node::bool(false));
    list.push(own);
    let author = Author::new("x", "x@x", world.clock.now());
    let change = Change::put(&profile, "cron/jobs.json", json::emit(&file).into_bytes());
    store.commit(profile_store::Base::Any, &Actor::Admin, &author, "own", &[change]).unwrap();
    let before = jobs(&world, &profile);
    assert!(before.iter().any(|(_, on)| *on) && before.contains(&("my-own".to_owned(), false)), "{before:?}");

    let old = world.fetch(&provisioner, profile.as_str()).await;
    provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap();
    provisioner.resume().await.unwrap();
    world.later(TimeDelta::days(40));
    let second = alive(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(second.profile, first.profile);
    assert_eq!(jobs(&world, &profile), before);
    let new = world.fetch(&provisioner, profile.as_str()).await;
    for variable in ["TELEGRAM_BOT_TOKEN", "TWILIGHT_API_TOKEN", "TWILIGHT_GATEWAY_TOKEN"] {
        assert_ne!(new[variable], old[variable], "{variable}");
    }
    assert_eq!(world.gateway.valid().len(), 2);
    let until: DateTime<Utc> = "2027-02-02T04:00:00Z".parse().unwrap();
    assert_eq!(
        world.count("SELECT paid_until FROM subscription").await,
        until.timestamp_millis(),
        "from the new payment"
    );
    let lock = world.head().file(&profile, "secrets.lock").unwrap().unwrap();
    let lock = profile_store::secrets_lock::SecretsLock::parse(&lock).unwrap();
    assert!(lock.secrets.values().all(|secret| secret.version == 2), "{lock:?}");
}

#[tokio::test]
async fn one_of_two_months_refunded_shortens_and_both_end_it() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    buy(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap(), Refunded::Shortened);
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Refunded);
    let env = world.fetch(&provisioner, first.profile.as_deref().unwrap()).await;
    assert!(env.contains_key("TELEGRAM_BOT_TOKEN"), "the other month keeps it alive");
    let until: DateTime<Utc> = "2026-12-23T04:00:00Z".parse().unwrap();
    assert_eq!(world.count("SELECT paid_until FROM subscription").await, until.timestamp_millis());
    assert_eq!(provisioner.refunded(back("TW2026-0002", PRICE, "r2")).await.unwrap(), Refunded::Quarantine);
    provisioner.resume().await.unwrap();
    assert!(world.gateway.valid().is_empty());
    assert_eq!(world.count("SELECT count(*) FROM secret WHERE retired_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_part_of_the_money_changes_nothing_until_the_rest_follows() {
    let world = World::new(1).await;
    let provisioner = world.open();
    alive(&world, &provisioner, NUMBER, "stock-tg").await;
    assert_eq!(provisioner.refunded(back(NUMBER, 100, "r1")).await.unwrap(), Refunded::InPart);
    assert_eq!(provisioner.refunded(back(NUMBER, 100, "r1")).await.unwrap(), Refunded::Known);
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Alive);
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE - 100, "r2")).await.unwrap(), Refunded::Quarantine);
}

#[tokio::test]
async fn a_refund_that_is_faster_than_its_payment_makes_no_profile() {
    let world = World::new(1).await;
    let provisioner = world.open();
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap();
    assert_eq!(provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap(), News::Known);
    provisioner.resume().await.unwrap();
    assert!(world.head().profiles().unwrap().is_empty());
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'free'").await, 1);
}

/// The refund comes while the order is on its way, at every step of it.
#[tokio::test]
async fn a_refund_on_the_way_leaves_no_token_and_no_reserved_bot() {
    for steps in 0..4 {
        let world = World::new(1).await;
        let provisioner = world.open();
        provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
        provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap();
        for step in 0..steps {
            let order = provisioner.order(NUMBER).await.unwrap();
            let moved = match step {
                0 => provisioner.seal(&order).await,
                1 => provisioner.register(&order).await,
                _ => provisioner.commit(&order).await,
            };
            assert!(moved.is_ok());
        }
        let stale = provisioner.order(NUMBER).await.unwrap();
        let tokens = provisioner.tokens(&stale).await.unwrap();
        provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap();
        provisioner.resume().await.unwrap();
        assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Quarantined, "{steps}");
        assert!(world.gateway.valid().is_empty(), "{steps}");
        assert_eq!(world.count("SELECT count(*) FROM pool WHERE state IN ('reserved', 'bound')").await, 0, "{steps}");
        assert_eq!(world.count("SELECT count(*) FROM secret WHERE retired_at IS NULL").await, 0, "{steps}");
        // What a worker that was cut off has sent may arrive now.
        assert_eq!(tokens.len(), if steps == 0 { 0 } else { 2 });
        for token in tokens {
            let late = provisioner.gateway().unwrap().register(&token).await;
            assert!(matches!(late, Err(crate::GatewayError::Conflict(_))), "{late:?}");
        }
        for profile in world.head().profiles().unwrap() {
            assert!(jobs(&world, &profile).iter().all(|(_, on)| !on), "{steps}");
        }
    }
}

#[tokio::test]
async fn while_the_gateway_is_down_a_refund_waits_and_a_new_payment_waits_for_it() {
    let world = World::new(2).await;
    let provisioner = world.open();
    alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.gateway.breaks(Some(503));
    provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap();
    provisioner.resume().await.unwrap();
    let second = buy(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(second.parked.unwrap().why, "the refund of order TW2026-0001 is still being carried out");
    world.gateway.breaks(None);
    world.later(TimeDelta::hours(1));
    provisioner.resume().await.unwrap();
    world.later(TimeDelta::hours(1));
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Quarantined);
    assert_eq!(provisioner.order("TW2026-0002").await.unwrap().state, OrderState::Committed);
    assert!(world.gateway.valid().iter().all(|id| id.starts_with("order@TW2026-0002@")), "{:?}", world.gateway.valid());
}

#[tokio::test]
async fn a_file_of_jobs_that_cannot_be_rewritten_keeps_no_refund_and_no_payment_waiting() {
    let world = World::new(2).await;
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&order);
    let owner = world.head().owners().unwrap().owner_of(&profile).unwrap().clone();
    let store = Store::open_or_create(world.folder.path(), Limits::default()).unwrap();
    let author = Author::new(owner.as_str(), "registry@localhost", world.clock.now());
    // As JSON spells it nobody sees the key; as the registry would write it, the policy does.
    let prompt = format!("\\u0073k-proj-{}", "9f8e7d6c5b4a39281706f5e4d3c2b1a0");
    let text = format!("{{\"jobs\": [{{\"id\": \"a\", \"prompt\": \"{prompt}\"}}]}}\n");
    let change = [Change::put(&profile, "cron/jobs.json", text)];
    store.commit(profile_store::Base::Any, &Actor::owner(owner), &author, "Mine", &change).unwrap();
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap(), Refunded::Quarantine);
    provisioner.resume().await.unwrap();
    let refunded = provisioner.order(NUMBER).await.unwrap();
    assert_eq!((refunded.state, refunded.parked), (OrderState::Quarantined, None));
    assert!(world.gateway.valid().is_empty());
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'cooling'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about LIKE 'jobs:%'").await, 1);
    alive(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(world.gateway.valid().len(), 2);
}
