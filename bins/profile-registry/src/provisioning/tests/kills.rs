use std::{collections::BTreeMap, os::unix::process::ExitStatusExt as _, process::Command};

use daemon_kit::{clock::Clock, config::Environment};
use profile_store::ProfileName;

use super::{
    super::{CRASH_POINTS, MoneyBack, OrderState, Provisioner},
    refunds::{back, jobs},
    world::{NUMBER, PRICE, World, alive, announcement, open, receipt},
};

const CHILD: &str = "TWILIGHT_REGISTRY_CHILD";
/// From here on the money goes back.
const REFUND_FROM: &str = "RegistryBeforeRefund";
/// From here on it is not the money that goes back, but the time that is over.
const LAPSE_FROM: &str = "RegistryBeforeSuspend";

/// The whole life of an order, in a process of its own.
#[tokio::test]
async fn child() {
    let Some(what) = Environment::real().get(CHILD).map(str::to_owned) else { return };
    let parts: Vec<&str> = what.split('|').collect();
    let [folder, url, recipient, crash_at, ends] = parts[..] else { panic!("{what}") };
    let clock = Clock::fixed("2026-11-23T04:00:00Z".parse().unwrap());
    let provisioner = open(folder.as_ref(), &url.parse().unwrap(), &clock, Some(crash_at));
    live(&provisioner, recipient, ends).await;
}

/// What happens to the order from outside: everything in it may have happened before.
async fn live(provisioner: &Provisioner, recipient: &str, ends: &str) {
    let at = provisioner.now();
    provisioner.expect(announcement(NUMBER, "stock-tg")).await.unwrap();
    let _ = provisioner.paid(receipt(NUMBER, at)).await.unwrap();
    provisioner.resume().await.unwrap();
    deliver(provisioner, recipient).await;
    if ends == "refunded" {
        let (out_trade_no, refund_id) = (NUMBER.to_owned(), "r-1".to_owned());
        provisioner.refunded(MoneyBack { out_trade_no, refund_id, amount_fen: PRICE }).await.unwrap();
        provisioner.resume().await.unwrap();
    }
    if ends == "lapsed" {
        provisioner.parts().clock.advance(chrono::TimeDelta::days(40));
        provisioner.resume().await.unwrap();
    }
}

async fn deliver(provisioner: &Provisioner, recipient: &str) {
    let order = provisioner.order(NUMBER).await.unwrap();
    if order.state != OrderState::Committed {
        return;
    }
    let profile = ProfileName::parse(order.profile.as_deref().unwrap()).unwrap();
    let host = crate::Host {
        name: "mini".to_owned(),
        recipient: recipient.to_owned(),
        created_at: chrono::DateTime::UNIX_EPOCH,
        seen_at: None,
        profiles: 1,
    };
    let env = provisioner.env(&host, &profile).await.unwrap();
    provisioner.delivered("mini", &profile, &env.fingerprint).await.unwrap();
}

/// Runs a process of its own, which must die at `step`.
async fn run_until(world: &World, step: &str, ends: &str) {
    let (folder, recipient) = (world.folder.path().display().to_string(), world.host.to_public().to_string());
    let what = format!("{folder}|{}|{recipient}|{step}|{ends}", world.url);
    let output = tokio::task::spawn_blocking(move || {
        Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "provisioning::tests::kills::child", "--nocapture"])
            .env(CHILD, what)
            .output()
            .unwrap()
    });
    let output = output.await.unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.signal(), Some(9), "{step} is reached: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_every_step_there_is_one_profile_and_one_set_of_secrets() {
    let position = |name| CRASH_POINTS.iter().position(|step| *step == name).unwrap();
    let (refund_from, lapse_from) = (position(REFUND_FROM), position(LAPSE_FROM));
    let kill = |(index, step): (usize, &'static str)| async move {
        let ends = match index {
            index if index >= lapse_from => "lapsed",
            index if index >= refund_from => "refunded",
            _ => "alive",
        };
        let world = World::new(2).await;
        run_until(&world, step, ends).await;
        let recipient = world.host.to_public().to_string();
        live(&world.open(), &recipient, ends).await;
        check(&world, step, ends).await;
        // Who comes later finds nothing to do.
        let before = (world.head().id(), world.gateway.valid());
        live(&world.open(), &recipient, ends).await;
        assert_eq!((world.head().id(), world.gateway.valid()), before, "{step}");
    };
    let mut steps = tokio::task::JoinSet::new();
    for point in CRASH_POINTS.into_iter().enumerate() {
        if steps.len() == 4 {
            steps.join_next().await.unwrap().unwrap();
        }
        steps.spawn(kill(point));
    }
    while let Some(step) = steps.join_next().await {
        step.unwrap();
    }
}

async fn check(world: &World, step: &str, ends: &str) {
    let order = world.open().order(NUMBER).await.unwrap();
    let profiles = world.head().profiles().unwrap();
    assert_eq!(profiles.len(), 1, "{step}");
    assert_eq!(order.profile.as_deref(), Some(profiles[0].as_str()), "{step}");
    assert_eq!(world.head().owners().unwrap().lines().count(), 1, "{step}");
    assert_eq!(world.count("SELECT count(*) FROM secret").await, 3, "{step}");
    assert_eq!(world.gateway.tokens().len(), 2, "{step}");
    let store = profile_store::Store::open_or_create(world.folder.path(), Default::default()).unwrap();
    let history = store.history(&profiles[0], 10, None).unwrap();
    let live = world.count("SELECT count(*) FROM secret WHERE retired_at IS NULL").await;
    let valid = world.gateway.valid().len();
    let free = world.count("SELECT count(*) FROM pool WHERE state = 'free'").await;
    let (bound, cooling) = (
        world.count("SELECT count(*) FROM pool WHERE state = 'bound'").await,
        world.count("SELECT count(*) FROM pool WHERE state = 'cooling'").await,
    );
    let found = BTreeMap::from([
        ("bound", bound),
        ("commits", history.len() as i64),
        ("cooling", cooling),
        ("free", free),
        ("live", live),
        ("valid", valid as i64),
    ]);
    let (state, expected) = match ends {
        "alive" => {
            (OrderState::Alive, [("bound", 1), ("commits", 1), ("cooling", 0), ("free", 1), ("live", 3), ("valid", 2)])
        }
        "lapsed" => {
            (OrderState::Alive, [("bound", 1), ("commits", 2), ("cooling", 0), ("free", 1), ("live", 1), ("valid", 0)])
        }
        _ => (
            OrderState::Quarantined,
            [("bound", 0), ("commits", 2), ("cooling", 1), ("free", 1), ("live", 0), ("valid", 0)],
        ),
    };
    assert_eq!(order.state, state, "{step}");
    assert_eq!(found, BTreeMap::from(expected), "{step}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_workers_at_once_make_one_profile() {
    for _ in 0..5 {
        let world = World::new(3).await;
        // Each with locks and a connection of its own, as two processes have them.
        let workers: Vec<_> = (0..4).map(|_| world.open()).collect();
        workers[0].expect(announcement(NUMBER, "stock-tg")).await.unwrap();
        let at = world.clock.now();
        let all: Vec<_> = workers
            .into_iter()
            .map(|worker| {
                tokio::spawn(async move {
                    worker.paid(receipt(NUMBER, at)).await.unwrap();
                    worker.resume().await.unwrap();
                })
            })
            .collect();
        for worker in all {
            worker.await.unwrap();
        }
        let provisioner = world.open();
        let order = provisioner.order(NUMBER).await.unwrap();
        assert_eq!((order.state, &order.parked), (OrderState::Committed, &None));
        world.fetch(&provisioner, order.profile.as_deref().unwrap()).await;
        assert_eq!(world.head().profiles().unwrap().len(), 1);
        assert_eq!(world.count("SELECT count(*) FROM secret").await, 3);
        assert_eq!(world.count("SELECT count(*) FROM pool WHERE state = 'free'").await, 2);
        assert_eq!(world.count("SELECT count(*) FROM extension").await, 1);
        assert_eq!(world.gateway.valid().len(), 2);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_right_after_a_killed_commit_and_a_new_payment_make_no_second_profile() {
    let world = World::new(2).await;
    run_until(&world, "RegistryInGit", "alive").await;
    let provisioner = world.open();
    provisioner.refunded(back(NUMBER, PRICE, "r1")).await.unwrap();
    provisioner.resume().await.unwrap();
    let first = provisioner.order(NUMBER).await.unwrap();
    assert_eq!(first.state, OrderState::Quarantined);
    let second = alive(&world, &provisioner, "TW2026-0002", "stock-tg").await;
    assert_eq!(second.profile, first.profile);
    let profiles = world.head().profiles().unwrap();
    assert_eq!((profiles.len(), world.gateway.valid().len()), (1, 2));
    assert!(jobs(&world, &profiles[0]).iter().any(|(_, on)| *on));
}
