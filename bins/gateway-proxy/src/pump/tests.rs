use std::time::Duration;

use chrono::DateTime;
use daemon_kit::clock::Clock;
use route_policy::{ChannelSpec, Cny, DefaultPrice, ModelOffer, PriceTable, RefusalKind, RouterOptions};

use super::*;

const PATIENCE: Duration = Duration::from_secs(30);

/// One channel that takes one request at a time, with money to spend.
fn desk() -> Arc<Desk> {
    let desk = unleased();
    lease(&desk);
    desk
}

fn unleased() -> Arc<Desk> {
    let time = Time::new(Clock::fixed(DateTime::UNIX_EPOCH));
    let desk = Desk::new(Router::new(RouterOptions::default()), time);
    let offer = ModelOffer { public: "m".into(), upstream: "m".into() };
    let channel = ChannelSpec {
        name: "a".into(),
        account: "a".into(),
        group: "default".into(),
        models: vec![offer],
        priority: 0,
        weight: 1,
        rpm: None,
        tpm: None,
        max_in_flight: Some(1),
        budget_per_day: Some(Cny::from_yuan(100)),
        enabled: true,
    };
    let price = DefaultPrice { input: Cny::from_yuan(1), output: Cny::from_yuan(1) };
    let prices = Arc::new(PriceTable::from_rows(&[], price).unwrap());
    desk.act(|router, at| router.configure(vec![channel], Vec::new(), prices, at));
    desk
}

fn lease(desk: &Desk) {
    let wanted = desk.act(|router, at| router.wanted_leases(at));
    for want in wanted {
        desk.act(|router, _| router.lease_granted(&want.channel, want.day, want.amount));
    }
}

fn ask(desk: &Desk, profile: &str) -> Ask {
    Ask {
        profile: profile.into(),
        profile_cap: None,
        model: "m".into(),
        group: None,
        input_tokens: 10,
        output_tokens: 10,
        estimated_tokens: 20,
        deadline: desk.time.at().tick + PATIENCE,
        tried: Vec::new(),
        wait: true,
    }
}

fn granted(desk: &Arc<Desk>) -> Grant {
    match desk.admit(&ask(desk, "first")) {
        Admitted::Granted(grant) => grant,
        _ => panic!("the only request has room"),
    }
}

fn queued(desk: &Arc<Desk>, profile: &str) -> Waiting {
    match desk.admit(&ask(desk, profile)) {
        Admitted::Queued(waiting) => waiting,
        _ => panic!("there is no room for {profile}"),
    }
}

fn in_flight(desk: &Desk) -> (u32, Cny, usize) {
    desk.read(|router, at| {
        let status = &router.status(at)[0];
        (status.in_flight, status.budget.reserved, router.waiting())
    })
}

#[tokio::test(start_paused = true)]
async fn whoever_waits_gets_the_place_that_another_leaves() {
    let desk = desk();
    let grant = granted(&desk);
    let waiting = queued(&desk, "second");
    desk.act(|router, at| router.settle(grant.reservation, Cny::ZERO, 0, at));
    let second = waiting.await.unwrap().unwrap();
    assert_eq!(in_flight(&desk).0, 1);
    desk.act(|router, at| router.release(second.reservation, at));
    assert_eq!(in_flight(&desk), (0, Cny::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn whoever_goes_away_leaves_its_place_in_the_queue() {
    let desk = desk();
    let grant = granted(&desk);
    let (gone, stays) = (queued(&desk, "gone"), queued(&desk, "stays"));
    drop(gone);
    assert_eq!(in_flight(&desk).2, 1);
    desk.act(|router, at| router.release(grant.reservation, at));
    let turn = stays.await.unwrap().unwrap();
    desk.act(|router, at| router.release(turn.reservation, at));
    assert_eq!(in_flight(&desk), (0, Cny::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn a_turn_that_nobody_took_goes_to_the_next() {
    let desk = desk();
    let grant = granted(&desk);
    let (unheard, next) = (queued(&desk, "unheard"), queued(&desk, "next"));
    // The grant lies in the channel when the caller goes away.
    desk.act(|router, at| router.release(grant.reservation, at));
    drop(unheard);
    let turn = next.await.unwrap().unwrap();
    desk.act(|router, at| router.release(turn.reservation, at));
    assert_eq!(in_flight(&desk), (0, Cny::ZERO, 0));
}

#[tokio::test(start_paused = true)]
async fn time_alone_ends_a_wait() {
    let desk = desk();
    let grant = granted(&desk);
    let shutdown = CancellationToken::new();
    let timer = tokio::spawn({
        let (desk, shutdown) = (desk.clone(), shutdown.clone());
        async move { desk.run_timer(shutdown).await }
    });
    let since = Instant::now();
    let refusal = queued(&desk, "second").await.unwrap().unwrap_err();
    assert!(matches!(refusal.kind, RefusalKind::RateLimited { .. } | RefusalKind::Deadline), "{:?}", refusal.kind);
    assert!(since.elapsed() >= PATIENCE && since.elapsed() < PATIENCE * 2, "{:?}", since.elapsed());
    shutdown.cancel();
    timer.await.unwrap();
    desk.act(|router, at| router.release(grant.reservation, at));
}

#[tokio::test(start_paused = true)]
async fn a_lease_lets_in_who_waited_for_it() {
    let desk = unleased();
    let waiting = queued(&desk, "early");
    desk.leases_wanted().await;
    lease(&desk);
    let turn = waiting.await.unwrap().unwrap();
    desk.act(|router, at| router.release(turn.reservation, at));
    assert_eq!(in_flight(&desk), (0, Cny::ZERO, 0));
}
