use profile_store::{Actor, Author, Base, Change, ProfileName, Store, allow_list::Limits};

use super::{
    super::{AcknowledgeRefused, OrderState},
    world::{NUMBER, World, alive, buy},
};

#[tokio::test]
async fn a_host_gets_what_it_serves_and_acknowledges_what_it_got() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let order = buy(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = ProfileName::parse(order.profile.as_deref().unwrap()).unwrap();
    let other = crate::Host { name: "other".to_owned(), ..world.mini() };
    let refused = provisioner.env(&other, &profile).await.err().unwrap();
    assert!(matches!(refused, AcknowledgeRefused::NotServed { .. }));
    let env = provisioner.env(&world.mini(), &profile).await.unwrap();
    let again = provisioner.env(&world.mini(), &profile).await.unwrap();
    assert_eq!(env.fingerprint, again.fingerprint);
    assert_ne!(env.sealed, again.sealed, "sealed anew each time");
    let stale = provisioner.delivered("mini", &profile, &"0".repeat(64)).await.unwrap_err();
    assert!(matches!(stale, AcknowledgeRefused::Stale { now } if now == env.fingerprint));
    assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Committed);
    for _ in 0..2 {
        provisioner.delivered("mini", &profile, &env.fingerprint).await.unwrap();
        assert_eq!(provisioner.order(NUMBER).await.unwrap().state, OrderState::Alive);
    }
}

/// Whoever owns a profile writes its schema; the host's programs run with what is delivered.
#[tokio::test]
async fn an_owner_changes_settings_of_the_template_and_adds_none() {
    let world = World::new(1).await;
    let provisioner = world.open();
    let order = alive(&world, &provisioner, NUMBER, "stock-tg").await;
    let profile = ProfileName::parse(order.profile.as_deref().unwrap()).unwrap();
    let schema = world.head().file(&profile, "secrets.schema.json").unwrap().unwrap();
    let schema = String::from_utf8(schema).unwrap();
    let schema = schema.replace("\"const\": \"42\"", "\"const\": \"42,43\"").replacen(
        "\"properties\": {",
        "\"properties\": {\"LD_PRELOAD\": {\"type\": \"string\", \"const\": \"/tmp/x.so\"}, \
         \"TWILIGHT_API_TOKEN2\": {\"type\": \"string\", \"const\": \"x\"},",
        1,
    );
    let store = Store::open_or_create(world.folder.path(), Limits::default()).unwrap();
    let author = Author::new("x", "x@x", world.clock.now());
    let change = Change::put(&profile, "secrets.schema.json", schema.into_bytes());
    store.commit(Base::Any, &Actor::Admin, &author, "settings", &[change]).unwrap();
    let env = world.fetch(&provisioner, profile.as_str()).await;
    assert_eq!(env["TELEGRAM_ALLOWED_USERS"], "42,43");
    assert!(!env.contains_key("LD_PRELOAD") && !env.contains_key("TWILIGHT_API_TOKEN2"), "{:?}", env.keys());
    assert!(env.contains_key("TWILIGHT_API_TOKEN"));
}
