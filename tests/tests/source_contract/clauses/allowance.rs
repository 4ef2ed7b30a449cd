//! How often the vendor is asked: its limits, and the client's own.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::time::Instant;

use crate::{
    bench::Bench,
    contract::{Allowance, Setup, Source, Verdict},
};

pub(crate) async fn too_many_calls_are_waited_out_and_then_answered<S: Source>() {
    assert!(S::PAUSE > TimeDelta::zero());
    let allowance = Allowance::OneQuestionAtATime;
    let bench = Bench::<S>::start(Setup { allowance, ..Setup::default() }).await;
    bench.answered().await;
    assert_eq!(bench.calls(), S::CALLS);

    bench.overdraw();
    let (now, asked) = (bench.clock().now(), Instant::now());
    match bench.ask().await {
        // It waited by itself.
        Ok(good) => {
            bench.assert_is_the_truth(&good);
            assert!(asked.elapsed() >= Duration::from_secs(1), "it only said that it waits");
            assert!(asked.elapsed() <= S::PAUSE.to_std().unwrap() + Duration::from_secs(10));
        }
        Err(bad) => {
            let Verdict::RetryAt(at) = bad.verdict else { panic!("{:?}: {}", bad.verdict, bad.message) };
            assert!(at <= now + S::PAUSE, "{}", bad.message);
            assert_eq!(bench.calls(), S::CALLS + 1, "one refusal is enough");
            bench.clock().set(at);
            bench.answered().await;
        }
    }
    assert_eq!(bench.calls(), 2 * S::CALLS + 1, "two answers and one refusal");
}

pub(crate) async fn a_spent_day_is_left_alone_until_the_vendors_next_day<S: Source>() {
    let bench = Bench::<S>::start(Setup { allowance: Allowance::OneQuestionADay, ..Setup::default() }).await;
    bench.answered().await;
    let next_day = S::next_day(bench.clock().now()).unwrap();
    for (refusals, now) in [(1, bench.clock().now()), (2, next_day - TimeDelta::seconds(1))] {
        bench.clock().set(now);
        let bad = bench.refused().await;
        assert_eq!(bad.verdict, Verdict::RetryAt(next_day), "at {now}: {}", bad.message);
        assert!(bench.calls() <= S::CALLS + refusals, "an impatient caller costs one call at most");
    }
    let spent = bench.calls();
    bench.clock().set(next_day);
    bench.answered().await;
    assert_eq!(bench.calls(), spent + S::CALLS);
}

/// Five callers want the same at once, and the vendor says nothing against it.
pub(crate) async fn a_client_in_a_hurry_keeps_its_own_pace<S: Source>() {
    let bench = Bench::<S>::start(Setup { is_paced: true, ..Setup::default() }).await;
    let many = async { tokio::join!(bench.ask(), bench.ask(), bench.ask(), bench.ask(), bench.ask()) };
    // Whoever has not been served by then was made to wait, which is what this is about.
    let served = tokio::time::timeout(Duration::from_millis(333), many).await;
    assert!(bench.calls() <= S::BURST, "{} calls, {} at most", bench.calls(), S::BURST);
    if let Ok((one, two, three, four, five)) = served {
        let answers = [one, two, three, four, five];
        assert!(answers.iter().all(Result::is_ok));
    }
}
