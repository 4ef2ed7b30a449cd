//! One request through the router: admitted, observed, settled.
//!
//! `cargo bench -p route-policy`: divan prints the time of one request; the daemon holds its lock for that long.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use divan::{Bencher, black_box};
use route_policy::{
    Admission, Ask, At, ChannelSpec, Cny, DefaultPrice, Feedback, ModelOffer, PriceTable, Router, RouterOptions, Tick,
};

fn main() {
    divan::main();
}

fn at(millis: u64) -> At {
    let wall = DateTime::<Utc>::UNIX_EPOCH + TimeDelta::days(20_000) + TimeDelta::milliseconds(millis as i64);
    At { tick: Tick::from_millis(millis), wall }
}

fn channel(number: usize, rpm: u32) -> ChannelSpec {
    let model = || Arc::<str>::from("qwen-plus");
    ChannelSpec {
        name: format!("channel-{number}").into(),
        account: "ali".into(),
        group: "default".into(),
        models: vec![ModelOffer { public: model(), upstream: model() }],
        priority: 0,
        weight: 1,
        rpm: Some(rpm),
        tpm: Some(u64::from(rpm) * 5_000),
        max_in_flight: Some(1_000),
        budget_per_day: Some(Cny::from_yuan(1_000_000)),
        enabled: true,
    }
}

fn router(channels: Vec<ChannelSpec>) -> Router {
    let price = DefaultPrice { input: Cny::from_yuan(1), output: Cny::from_yuan(2) };
    let prices = Arc::new(PriceTable::from_rows(&[], price).expect("no rows, no mistake"));
    let options = RouterOptions { lease_block: Cny::from_yuan(1_000_000), ..RouterOptions::default() };
    let mut router = Router::new(options);
    router.configure(channels, Vec::new(), prices, at(1));
    for want in router.wanted_leases(at(1)) {
        router.lease_granted(&want.channel, want.day, want.amount);
    }
    router
}

fn ask(profile: &str) -> Ask {
    Ask {
        profile: profile.into(),
        profile_cap: None,
        model: "qwen-plus".into(),
        group: None,
        input_tokens: 1_000,
        output_tokens: 1_000,
        estimated_tokens: 1_500,
        deadline: Tick::from_millis(u64::MAX),
        tried: Vec::new(),
        wait: true,
    }
}

/// All channels have room.
#[divan::bench(args = [1, 10, 50])]
fn room_everywhere(bencher: Bencher, channels: usize) {
    let mut router = router((0..channels).map(|number| channel(number, 4_000_000)).collect());
    one_after_the_other(bencher, &mut router);
}

/// All but one have used up their minute.
#[divan::bench(args = [10])]
fn room_in_one_of(bencher: Bencher, channels: usize) {
    let full = (1..channels).map(|number| channel(number, 0));
    let mut router = router(full.chain([channel(0, 4_000_000)]).collect());
    one_after_the_other(bencher, &mut router);
}

fn one_after_the_other(bencher: Bencher, router: &mut Router) {
    let ask = ask("p");
    let mut micros = 1_000_000_u64;
    bencher.bench_local(|| {
        micros += 20;
        let at = at(micros / 1_000);
        let Admission::Granted(grant) = router.admit(black_box(&ask), at) else { panic!("there is room") };
        let first_byte = Duration::from_millis(100);
        router.observe(grant.channel, &grant.upstream_model, Feedback::Ok { first_byte }, at);
        router.settle(grant.reservation, Cny::from_nano(1_000), 1_200, at)
    });
}

/// A pass over a queue of 2,000 from 100 profiles that finds no room.
#[divan::bench]
fn a_pass_over_a_full_queue(bencher: Bencher) {
    let mut router =
        router((0..10).map(|number| ChannelSpec { max_in_flight: Some(1), ..channel(number, 100) }).collect());
    for number in 0..2_000 {
        let admission = router.admit(&ask(&format!("profile-{}", number % 100)), at(1_000));
        std::mem::forget(admission);
    }
    assert_eq!(router.waiting(), 1_990);
    bencher.bench_local(|| router.pump(at(1_000)));
}
