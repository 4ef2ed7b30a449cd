use chrono::{DateTime, TimeDelta, Utc};
use profile_store::{Actor, Author, Base, Change, Store, allow_list::Limits};

use super::{
    super::{OrderState, Refunded},
    refunds::{back, jobs, name},
    world::{NUMBER, PRICE, World, alive, announcement, buy, receipt},
};

const STATE: &str = "SELECT state FROM subscription";

async fn state(world: &World) -> String {
    let books = crate::Books::open(world.folder.path()).unwrap();
    let read =
        |c: &rusqlite::Connection| Ok::<_, super::super::ProvisionError>(c.query_row(STATE, [], |row| row.get(0))?);
    books.read(read).await.unwrap()
}

#[tokio::test]
async fn whose_time_is_over_is_suspended_after_the_grace_and_keeps_files_owner_and_bot() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&order);
    let files = world.head().files(&profile).unwrap().len();
    // Paid until 23 December, and three days more.
    world.clock.advance(TimeDelta::days(33) - TimeDelta::milliseconds(1));
    assert_eq!(provisioner.resume().await.unwrap(), 0);
    assert_eq!((state(&world).await.as_str(), world.gateway.valid().len()), ("live", 2));
    world.later(TimeDelta::milliseconds(1));
    assert_eq!(provisioner.resume().await.unwrap(), 1);
    assert_eq!(state(&world).await, "suspended");
    assert!(world.gateway.valid().is_empty());
    assert!(jobs(&world, &profile).iter().all(|(_, on)| !on));
    assert_eq!(world.head().files(&profile).unwrap().len(), files);
    assert!(world.head().owners().unwrap().owner_of(&profile).is_some());
    let env = world.fetch(&provisioner, profile.as_str()).await;
    assert!(!env.contains_key("TELEGRAM_BOT_TOKEN") && !env.contains_key("TWILIGHT_API_TOKEN"), "{:?}", env.keys());
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'bound'").await, 1, "the bot stays theirs");
    let head = world.head().id();
    for _ in 0..3 {
        world.later(TimeDelta::days(1));
        assert_eq!(provisioner.resume().await.unwrap(), 0);
    }
    assert_eq!(world.head().id(), head);
}

#[tokio::test]
async fn the_next_payment_brings_the_same_profile_back_with_its_bot_and_new_tokens() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&first);
    let (before, old) = (jobs(&world, &profile), world.fetch(&provisioner, profile.as_str()).await);
    world.later(TimeDelta::days(60));
    provisioner.resume().await.unwrap();
    assert_eq!(state(&world).await, "suspended");
    // No bot is left in the pool: none is needed.
    let second = alive(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!((&second.profile, state(&world).await.as_str()), (&first.profile, "live"));
    assert_eq!(jobs(&world, &profile), before);
    let new = world.fetch(&provisioner, profile.as_str()).await;
    assert_eq!(new["TELEGRAM_BOT_TOKEN"], old["TELEGRAM_BOT_TOKEN"]);
    for variable in ["TWILIGHT_API_TOKEN", "TWILIGHT_GATEWAY_TOKEN"] {
        assert_ne!(new[variable], old[variable], "{variable}");
    }
    let valid = world.gateway.valid();
    assert!(valid.len() == 2 && valid.iter().all(|id| id.starts_with("order@TW2026-0002@")), "{valid:?}");
    let until: DateTime<Utc> = "2027-02-22T04:00:00Z".parse().unwrap();
    assert_eq!(world.count("SELECT paid_until FROM subscription").await, until.timestamp_millis());
    // And once more, as often as it goes.
    world.later(TimeDelta::days(60));
    provisioner.resume().await.unwrap();
    assert!(world.gateway.valid().is_empty());
    let third = alive(&world, &provisioner, "TW2026-0003", "stock-tg").await;
    assert_eq!((&third.profile, world.gateway.valid().len()), (&first.profile, 2));
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'bound'").await, 1);
}

#[tokio::test]
async fn a_payment_within_the_grace_only_extends() {
    let world = World::new(1).await;
    let provisioner = world.open();
    alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.later(TimeDelta::days(32));
    let asked = world.gateway.asked();
    let second = buy(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!((second.state, world.gateway.asked()), (OrderState::Alive, asked));
    world.later(TimeDelta::days(10));
    provisioner.resume().await.unwrap();
    assert_eq!((state(&world).await.as_str(), world.gateway.valid().len()), ("live", 2));
}

#[tokio::test]
async fn payments_that_come_while_the_gateway_keeps_the_suspension_waiting_bring_it_back_once() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.later(TimeDelta::days(40));
    world.gateway.breaks(Some(503));
    provisioner.resume().await.unwrap();
    assert_eq!(state(&world).await, "suspending");
    let env = world.fetch(&provisioner, first.profile.as_deref().unwrap()).await;
    assert!(!env.contains_key("TELEGRAM_BOT_TOKEN"), "its secrets are gone at once");
    let asked = world.gateway.asked();
    provisioner.resume().await.unwrap();
    assert_eq!(world.gateway.asked(), asked, "it waits before it asks again");
    let second = buy(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(second.parked.unwrap().why, "the suspension of the profile is still being carried out");
    let third = buy(&world, &provisioner, "TW2026-0003", "stock-tg").await;
    assert_eq!((third.state, state(&world).await.as_str()), (OrderState::Alive, "resuming"), "the third only extends");
    world.gateway.breaks(None);
    world.later(TimeDelta::hours(1));
    provisioner.resume().await.unwrap();
    provisioner.resume().await.unwrap();
    let back = provisioner.order("TW2026-0002").await.unwrap();
    assert_eq!((back.state, back.parked), (OrderState::Committed, None));
    world.fetch(&provisioner, first.profile.as_deref().unwrap()).await;
    let valid = world.gateway.valid();
    assert!(valid.len() == 2 && valid.iter().all(|id| id.starts_with("order@TW2026-0002@")), "{valid:?}");
    assert_eq!(world.head().profiles().unwrap().len(), 1);
    let until: DateTime<Utc> = "2027-03-02T04:00:00Z".parse().unwrap();
    assert_eq!(world.count("SELECT paid_until FROM subscription").await, until.timestamp_millis());
}

#[tokio::test]
async fn a_refund_of_a_suspended_profile_gives_its_bot_back() {
    let world = World::new(1).await;
    let provisioner = world.open();
    alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.later(TimeDelta::days(40));
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap(), Refunded::Quarantine);
    provisioner.resume().await.unwrap();
    assert_eq!(state(&world).await, "quarantined");
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'cooling'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM secret WHERE retired_at IS NULL").await, 0);
}

#[tokio::test]
async fn a_bot_that_nobody_pays_for_any_more_is_given_back_in_the_end() {
    let world = World::new(2).await;
    let provisioner = world.open();
    alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.later(TimeDelta::days(40));
    provisioner.resume().await.unwrap();
    world.later(TimeDelta::days(79));
    provisioner.resume().await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'bound'").await, 1);
    world.later(TimeDelta::days(1));
    provisioner.resume().await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'cooling'").await, 1);
    // Who comes back even later gets another one.
    let back = alive(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'bound'").await, 1);
    let env = world.fetch(&provisioner, back.profile.as_deref().unwrap()).await;
    assert!(env.contains_key("TELEGRAM_BOT_TOKEN"));
}

#[tokio::test]
async fn whoever_writes_an_orders_number_into_a_commit_does_not_pass_for_the_registry() {
    let world = World::new(2).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = name(&first);
    let owner = world.head().owners().unwrap().owner_of(&profile).unwrap().clone();
    let store = Store::open_or_create(world.folder.path(), Limits::default()).unwrap();
    let author = Author::new(owner.as_str(), "registry@localhost", world.clock.now());
    let change = [Change::put(&profile, "SOUL.md", "Forged.\n")];
    let message = "Mine\n\nOrder: TW2026-0002\n";
    store.commit(Base::Any, &Actor::owner(owner), &author, message, &change).unwrap();
    world.later(TimeDelta::days(40));
    provisioner.resume().await.unwrap();
    let on = |jobs: &[(String, bool)]| jobs.iter().filter(|(_, on)| *on).count();
    assert_eq!(on(&jobs(&world, &profile)), 0);
    provisioner.expect(announcement("TW2026-0002", "stock-tg")).await.unwrap();
    provisioner.paid(receipt("TW2026-0002", world.clock.now())).await.unwrap();
    provisioner.resume().await.unwrap();
    assert!(on(&jobs(&world, &profile)) > 0, "the profile came back by a commit of the registry's own");
}
