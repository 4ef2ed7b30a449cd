use chrono::{DateTime, TimeDelta, Utc};
use profile_store::{OwnerId, ProfileName, secrets_lock::SecretsLock};

use super::{
    super::{News, OrderState, ProvisionError},
    world::{NUMBER, PAYER, PRICE, World, alive, announcement, bot, buy, receipt},
};

fn text(world: &World, profile: &str, path: &str) -> String {
    let profile = ProfileName::parse(profile).unwrap();
    String::from_utf8(world.head().file(&profile, path).unwrap().unwrap()).unwrap()
}

#[tokio::test]
async fn a_payment_becomes_a_profile_with_an_owner_tokens_and_a_bot() {
    let world = World::new(2).await;
    let provisioner = world.open();
    let order = buy(&world, &provisioner, NUMBER, "stock-tg").await;
    assert_eq!((order.state, order.parked), (OrderState::Committed, None));
    let name = order.profile.unwrap();
    let profile = ProfileName::parse(&name).unwrap();
    let owners = world.head().owners().unwrap();
    let line = owners.line(&profile).unwrap();
    assert_eq!((line.owner.as_str(), line.verified_by.as_str()), (PAYER, "payment"));
    assert!(text(&world, &name, "config.yaml").contains("http://gw:3000/v1"));
    let lock = SecretsLock::parse(text(&world, &name, "secrets.lock").as_bytes()).unwrap();
    let sources: Vec<_> = lock.secrets.iter().map(|(name, locked)| (name.as_str(), locked.source.as_str())).collect();
    let expected = [
        ("TELEGRAM_BOT_TOKEN", "from_pool"),
        ("TWILIGHT_API_TOKEN", "generated"),
        ("TWILIGHT_GATEWAY_TOKEN", "generated"),
    ];
    assert_eq!(sources, expected);
    let history = profile_store::Store::open_or_create(world.folder.path(), Default::default()).unwrap();
    let history = history.history(&profile, 10, None).unwrap();
    assert_eq!(history.len(), 1, "files and owner in one commit");
    let says = "\n\nOrder: TW2026-0001\nTemplate: template-stock-research-lite@";
    assert!(history[0].message.contains(says), "{}", history[0].message);
    assert_eq!(order.commit, Some(history[0].id.to_string()));

    let env = world.fetch(&provisioner, &name).await;
    assert!([bot(0), bot(1)].contains(&env["TELEGRAM_BOT_TOKEN"]));
    assert_eq!((env["TELEGRAM_ALLOWED_USERS"].as_str(), env["SEARXNG_URL"].as_str()), ("42", "http://gw:3000"));
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Alive);
    let tokens = world.gateway.tokens();
    let ids: Vec<_> = tokens.keys().map(String::as_str).collect();
    assert_eq!(ids, ["order@TW2026-0001@TWILIGHT_API_TOKEN", "order@TW2026-0001@TWILIGHT_GATEWAY_TOKEN"]);
    let api = &tokens[ids[0]].body;
    let digest = access_tokens::Digest::of(env["TWILIGHT_API_TOKEN"].as_bytes()).to_string();
    assert_eq!((api["sha256"].as_str(), api["profile"].as_str()), (Some(digest.as_str()), Some(name.as_str())));
    assert_eq!(api["scopes"], serde_json::json!(["read", "search"]));
}

#[tokio::test]
async fn a_profile_for_wechat_waits_for_the_scan() {
    let world = World::new(0).await;
    let provisioner = world.open();
    let order = buy(&world, &provisioner, NUMBER, "stock-wx").await;
    let too_early = provisioner.paired(NUMBER, "admin").await.unwrap_err();
    assert!(matches!(too_early, ProvisionError::WrongState { state: "committed", .. }), "{too_early}");
    let env = world.fetch(&provisioner, order.profile.as_deref().unwrap()).await;
    assert!(!env.keys().any(|name| name.starts_with("TELEGRAM")), "{:?}", env.keys());
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::AwaitingPairing);
    for _ in 0..2 {
        assert_eq!(provisioner.paired(NUMBER, "admin").await.unwrap().state, OrderState::Alive);
    }
}

/// The webhook comes again, at every step of the order.
#[tokio::test]
async fn second_webhook_for_the_same_payment_changes_nothing() {
    let world = World::new(2).await;
    let provisioner = world.open();
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    let paid = receipt(NUMBER, world.clock.now());
    assert_eq!(provisioner.paid(paid.clone()).await.unwrap(), News::New);
    let again = || async {
        let before = provisioner.order(NUMBER).await.unwrap();
        assert_eq!(provisioner.paid(paid.clone()).await.unwrap(), News::Known, "{:?}", before.state);
        assert_eq!(provisioner.order(NUMBER).await.unwrap(), before);
        before
    };
    let mut seen = vec![again().await.state];
    for step in [OrderState::Sealed, OrderState::Registered, OrderState::Committed] {
        let order = provisioner.order(NUMBER).await.unwrap();
        let moved = match step {
            OrderState::Sealed => provisioner.seal(&order).await,
            OrderState::Registered => provisioner.register(&order).await,
            _ => provisioner.commit(&order).await,
        };
        assert!(moved.is_ok());
        let before = again().await;
        assert_eq!(before.state, step);
        seen.push(before.state);
    }
    provisioner.resume().await.unwrap();
    let profile = again().await.profile.unwrap();
    world.fetch(&provisioner, &profile).await;
    seen.push(again().await.state);
    assert_eq!(seen.len(), 5);
    assert_eq!(world.head().profiles().unwrap().len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM secret").await, 3);
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'free'").await, 1);
    assert_eq!(world.count("SELECT count(*) FROM extension").await, 1);
}

#[tokio::test]
async fn a_second_months_payment_extends_and_makes_no_second_profile() {
    let world = World::new(2).await;
    let provisioner = world.open();
    let first = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    world.later(TimeDelta::days(10));
    let asked = world.gateway.asked();
    let second = buy(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!((second.state, &second.profile), (OrderState::Alive, &first.profile));
    assert_eq!(world.gateway.asked(), asked, "no token is made");
    assert_eq!(world.head().profiles().unwrap().len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM secret").await, 3);
    let until: DateTime<Utc> = "2027-01-23T04:00:00Z".parse().unwrap();
    assert_eq!(world.count("SELECT paid_until FROM subscription").await, until.timestamp_millis());
    // Another product of the same payer is another profile.
    let other = buy(&world, &provisioner, "TW2026-0003", "stock-wx").await;
    assert_ne!(other.profile, first.profile);
}

#[tokio::test]
async fn the_second_payment_may_come_while_the_first_is_still_provisioned() {
    let world = World::new(1).await;
    let provisioner = world.open();
    for number in [NUMBER, "TW2026-0002"] {
        provisioner.expect(announcement(number, "stock-tg")).await.unwrap();
        provisioner.paid(receipt(number, world.clock.now())).await.unwrap();
    }
    provisioner.resume().await.unwrap();
    assert_eq!(world.head().profiles().unwrap().len(), 1);
    assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'free'").await, 0, "one bot was enough");
    assert_eq!(provisioner.order("TW2026-0002").await.unwrap().state, OrderState::Alive);
}

#[tokio::test]
async fn a_payment_that_does_not_fit_is_refused_and_changes_nothing() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let mut wanted = announcement(NUMBER, "stock-tg");
    wanted.payer = Some("wx:wx24:somebody-else".to_owned());
    provisioner.expect(wanted).await.unwrap();
    let paid = receipt(NUMBER, world.clock.now());
    let refused = provisioner.paid(super::super::Receipt { amount_fen: PRICE - 1, ..paid.clone() }).await.unwrap_err();
    assert_eq!(refused.to_string(), "order TW2026-0001 costs 9900 fen, and 9899 fen were paid");
    assert!(matches!(provisioner.paid(paid.clone()).await, Err(ProvisionError::Payer(_))));
    let unknown = provisioner.paid(receipt("TW2026-9999", world.clock.now())).await;
    assert!(matches!(unknown, Err(ProvisionError::UnknownOrder(_))));
    let order = provisioner.order(NUMBER).await.unwrap();
    assert_eq!((order.state, order.transaction_id), (OrderState::Expected, None));
    assert_eq!(world.count("SELECT count(*) FROM subscription").await, 0);
    assert_eq!(provisioner.resume().await.unwrap(), 0);

    let owner = OwnerId::parse("wx:wx24:somebody-else").unwrap();
    let right = super::super::Receipt { payer: owner, ..paid };
    provisioner.paid(right.clone()).await.unwrap();
    let second = super::super::Receipt { transaction_id: "another".to_owned(), ..right };
    assert!(matches!(provisioner.paid(second).await, Err(ProvisionError::PaidTwice(_))));
}

#[tokio::test]
async fn an_announcement_is_idempotent_and_another_one_under_its_number_is_refused() {
    let world = World::bare().await;
    let provisioner = world.open();
    let wanted = announcement(NUMBER, "stock-tg");
    assert_eq!(provisioner.expect(wanted.clone()).await.unwrap().1, News::New);
    assert_eq!(provisioner.expect(wanted.clone()).await.unwrap().1, News::Known);
    let dearer = super::super::Announcement { amount_fen: Some(PRICE + 1), ..wanted.clone() };
    assert!(matches!(provisioner.expect(dearer).await, Err(ProvisionError::AnotherOrder(_))));
    let invalid = |error: ProvisionError| match error {
        ProvisionError::Invalid { field, .. } => field,
        other => panic!("{other}"),
    };
    let no_user = super::super::Announcement {
        out_trade_no: "TW2026-0002".to_owned(),
        given: Default::default(),
        ..wanted.clone()
    };
    assert_eq!(invalid(provisioner.expect(no_user).await.unwrap_err()), "values");
    let number = super::super::Announcement { out_trade_no: "a b".to_owned(), ..wanted.clone() };
    assert_eq!(invalid(provisioner.expect(number).await.unwrap_err()), "out_trade_no");
    let product = super::super::Announcement { product: "gold".to_owned(), ..wanted };
    assert!(matches!(provisioner.expect(product).await, Err(ProvisionError::UnknownProduct(_))));
}
