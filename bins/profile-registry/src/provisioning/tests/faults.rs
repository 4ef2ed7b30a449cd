use chrono::TimeDelta;
use daemon_kit::config::Secret;
use profile_store::{Actor, Author, Change, OwnerId, ProfileName, Store, allow_list::Limits};

use super::{
    super::{OrderState, ProvisionError, profile_name::profile_name},
    world::{NUMBER, PAYER, World, alive, announcement, bot, buy, receipt},
};

#[tokio::test]
async fn while_the_gateway_is_down_an_order_is_parked_and_comes_back_by_itself() {
    let world = World::new(1).await;
    let provisioner = world.open();
    world.gateway.breaks(Some(503));
    let order = buy(&world, &provisioner, NUMBER, "stock-tg").await;
    let parked = order.parked.unwrap();
    assert_eq!(order.state, OrderState::Sealed);
    assert_eq!(parked.why, "the gateway does not answer: HTTP status 503 Service Unavailable");
    assert_eq!(parked.retry_at, Some(world.clock.now() + TimeDelta::seconds(10)));
    let asked = world.gateway.asked();
    assert_eq!(provisioner.resume().await.unwrap(), 0, "not before its time");
    assert_eq!(world.gateway.asked(), asked);
    world.later(TimeDelta::seconds(10));
    provisioner.resume().await.unwrap();
    let again = provisioner.order(NUMBER).await.unwrap().parked.unwrap();
    assert_eq!(again.retry_at, Some(world.clock.now() + TimeDelta::seconds(20)), "longer each time");
    world.gateway.breaks(None);
    world.later(TimeDelta::seconds(20));
    // As after a restart.
    world.open().resume().await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    assert_eq!((order.state, order.parked, order.attempts), (OrderState::Committed, None, 0));
    assert_eq!(world.gateway.valid().len(), 2);
}

#[tokio::test]
async fn a_gateway_that_refuses_is_asked_again_and_one_that_has_another_token_is_not() {
    let world = World::new(1).await;
    let provisioner = world.open();
    world.gateway.breaks(Some(401));
    let parked = buy(&world, &provisioner, NUMBER, "stock-tg").await.parked.unwrap();
    assert_eq!(parked.why, "the gateway refuses: HTTP status 401 Unauthorized: why");
    assert!(parked.retry_at.is_some());
    world.gateway.breaks(None);
    world.gateway.take("order@TW2026-0001@TWILIGHT_API_TOKEN");
    let parked = provisioner.retry(NUMBER, "admin").await.unwrap().parked.unwrap();
    assert!(parked.why.contains("order@TW2026-0001@TWILIGHT_API_TOKEN"), "{}", parked.why);
    assert_eq!(parked.retry_at, None, "somebody has to look");
    world.later(TimeDelta::days(9));
    assert_eq!(provisioner.resume().await.unwrap(), 0);
    assert!(world.head().profiles().unwrap().is_empty());
}

#[tokio::test]
async fn a_dry_pool_parks_the_order_until_somebody_fills_it() {
    let world = World::new(0).await;
    let provisioner = world.open();
    let order = buy(&world, &provisioner, NUMBER, "stock-tg").await;
    assert_eq!(order.state, OrderState::Paid, "the payment is taken all the same");
    assert!(order.parked.unwrap().why.starts_with("the pool telegram_bot is dry"));
    assert_eq!(provisioner.note().as_deref(), Some("1 orders are parked: GET /orders says why"));
    assert_eq!(world.count("SELECT count(*) FROM secret").await, 0);
    let refused = provisioner.add_to_pool("telegram_bot", vec![Secret::new("hunter2")]).await.unwrap_err();
    assert!(matches!(refused, ProvisionError::Invalid { field: "values", .. }));
    assert!(!refused.to_string().contains("hunter2"), "{refused}");
    let refused = provisioner.add_to_pool("discord", vec![Secret::new(bot(1))]).await.unwrap_err();
    assert!(matches!(refused, ProvisionError::Invalid { field: "pool", .. }));
    assert_eq!(provisioner.add_to_pool("telegram_bot", vec![Secret::new(bot(1))]).await.unwrap(), 1);
    assert_eq!(provisioner.add_to_pool("telegram_bot", vec![Secret::new(bot(1))]).await.unwrap(), 0);
    provisioner.resume().await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    assert_eq!((order.state, order.parked), (OrderState::Committed, None));
    assert_eq!(provisioner.note(), None);
}

#[tokio::test]
async fn a_dry_pool_is_in_the_books_as_something_to_be_told_and_is_over_once_it_is_filled() {
    let world = World::new(0).await;
    let provisioner = world.open();
    buy(&world, &provisioner, NUMBER, "stock-tg").await;
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about = 'pool:telegram_bot'").await, 1);
    provisioner.add_to_pool("telegram_bot", vec![Secret::new(bot(1)), Secret::new(bot(2))]).await.unwrap();
    provisioner.resume().await.unwrap();
    assert_eq!(world.count("SELECT count(*) FROM alert WHERE about LIKE '%telegram_bot'").await, 0);
}

#[tokio::test]
async fn without_a_host_an_order_waits_for_one() {
    let world = World::bare().await;
    let provisioner = world.open();
    let order = buy(&world, &provisioner, NUMBER, "stock-wx").await;
    assert_eq!(order.state, OrderState::Committed);
    assert!(order.parked.unwrap().why.starts_with("no host is registered"));
    let recipient = world.host.to_public().to_string();
    let put = move |tx: &rusqlite::Transaction<'_>| {
        crate::secrets::hosts::put(tx, "mini", &recipient, chrono::DateTime::UNIX_EPOCH)
    };
    provisioner.parts().books.write(put).await.unwrap();
    provisioner.host_came().await.unwrap();
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().parked, None);
    world.fetch(&provisioner, order.profile.as_deref().unwrap()).await;
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::AwaitingPairing);
    assert_eq!(provisioner.resume().await.unwrap(), 0, "what waits for a person is left alone");
}

#[tokio::test]
async fn a_name_that_somebody_else_has_claimed_is_passed_over() {
    let world = World::new(1).await;
    let first = profile_name(PAYER, "stock-tg", 0).unwrap();
    claim(&world, &first, "tg:666");
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let second = profile_name(PAYER, "stock-tg", 1).unwrap();
    assert_eq!(order.profile.as_deref(), Some(second.as_str()));
    let owners = world.head().owners().unwrap();
    assert_eq!(owners.owner_of(&first).map(OwnerId::as_str), Some("tg:666"));
    assert_eq!(owners.owner_of(&second).map(OwnerId::as_str), Some(PAYER));
    let bodies: Vec<_> = world.gateway.tokens().into_values().map(|token| token.body["profile"].clone()).collect();
    assert!(bodies.iter().all(|profile| profile == second.as_str()), "{bodies:?}");
}

#[tokio::test]
async fn a_name_that_is_taken_at_the_last_moment_stops_the_order_and_not_its_owner() {
    let world = World::new(1).await;
    let provisioner = world.open();
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    assert!(provisioner.seal(&order).await.is_ok());
    let name = ProfileName::parse(order.profile.as_deref().unwrap()).unwrap();
    claim(&world, &name, "tg:666");
    provisioner.resume().await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    let parked = order.parked.unwrap();
    assert!(parked.why.ends_with("has an owner already") && parked.retry_at.is_none(), "{parked:?}");
    assert_eq!(world.head().owners().unwrap().owner_of(&name).map(OwnerId::as_str), Some("tg:666"));
}

#[tokio::test]
async fn broken_owners_stop_everything_until_they_are_repaired() {
    let world = World::new(1).await;
    let provisioner = world.open();
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    provisioner.paid(receipt(NUMBER, world.clock.now())).await.unwrap();
    let order = provisioner.order(NUMBER).await.unwrap();
    assert!(provisioner.seal(&order).await.is_ok());
    let git = |arguments: &[&str]| {
        let folder = world.folder.path().join("registry.git");
        let output = std::process::Command::new("git").arg("-C").arg(folder).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    };
    let before = git(&["rev-parse", "refs/heads/main"]);
    let blob = git(&["hash-object", "-w", "/dev/null"]);
    git(&["update-index", "--add", "--cacheinfo", &format!("100644,{blob},OWNERS")]);
    let tree = git(&["write-tree"]);
    let author = ["-c", "user.name=x", "-c", "user.email=x@x"];
    let commit = git(&[&author[..], &["commit-tree", &tree, "-p", &before, "-m", "break"]].concat());
    git(&["update-ref", "refs/heads/main", &commit]);
    provisioner.resume().await.unwrap();
    let parked = provisioner.order(NUMBER).await.unwrap().parked.unwrap();
    assert!(parked.why.starts_with("OWNERS line 0"), "{}", parked.why);
    git(&["update-ref", "refs/heads/main", &before]);
    world.later(TimeDelta::hours(1));
    provisioner.resume().await.unwrap();
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Committed);
}

fn claim(world: &World, profile: &ProfileName, owner: &str) {
    let store = Store::open_or_create(world.folder.path(), Limits::default()).unwrap();
    let (author, owner) = (Author::new("x", "x@x", world.clock.now()), OwnerId::parse(owner).unwrap());
    let claimed = store.update(&Actor::Admin, &author, "claim", |now| {
        let mut owners = now.owners()?;
        owners.claim(profile, &owner, "telegram", world.clock.now()).unwrap();
        Ok::<_, profile_store::StoreError>(vec![Change::owners(&owners)])
    });
    claimed.unwrap();
}
