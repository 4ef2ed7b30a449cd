//! The way to the vendor and back.

use std::time::Duration;

use chrono::TimeDelta;
use system_tests::eventually;
use tokio::time::Instant;

use crate::{
    bench::Bench,
    contract::{ATTEMPTS, Setup, Source, Verdict},
};

/// What a client that waits for nothing else may take beyond its time-outs, on a busy machine.
const SLACK: Duration = Duration::from_secs(10);

pub(crate) async fn a_slow_vendor_is_given_up_in_time<S: Source>() {
    let patience = Duration::from_millis(700);
    let bench = Bench::<S>::start(Setup { patience, ..Setup::default() }).await;
    bench.bend(S::slow(), None);
    let started = Instant::now();
    let bad = bench.refused().await;
    let (took, attempts) = (started.elapsed(), u32::try_from(ATTEMPTS).unwrap());
    assert_eq!(bad.verdict, Verdict::RetryLater, "{}", bad.message);
    assert!((patience * attempts..patience * attempts + SLACK).contains(&took), "{took:?}");
    assert_eq!(bench.calls(), ATTEMPTS);
}

pub(crate) async fn a_connection_that_drops_in_a_body_is_asked_for_again<S: Source>() {
    let bench = Bench::<S>::bent(&S::dropped(), None).await;
    let bad = bench.refused().await;
    assert_eq!(bad.verdict, Verdict::RetryLater, "{}", bad.message);
    assert_eq!(bench.calls(), ATTEMPTS);

    let bench = Bench::<S>::bent(&S::dropped(), Some(1)).await;
    bench.answered().await;
    assert_eq!(bench.calls(), S::CALLS + 1);
}

pub(crate) async fn a_vendor_that_is_away_is_used_again_when_it_is_back<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    bench.go_down().await;
    let bad = bench.refused().await;
    match bad.verdict {
        Verdict::RetryLater => {}
        Verdict::RetryAt(at) => assert!(at <= bench.clock().now() + TimeDelta::seconds(2), "{}", bad.message),
        Verdict::Stop => panic!("{}", bad.message),
    }
    assert_eq!(bench.calls(), 0);
    bench.come_back().await;
    let good = eventually("it is used again", async || bench.ask().await.ok()).await;
    bench.assert_is_the_truth(&good);
    assert_eq!(bench.calls(), S::CALLS);
}
