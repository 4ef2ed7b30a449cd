//! A day is no day before it is over.

use crate::{bench::Bench, contract::Source};

pub(crate) async fn a_bar_that_still_trades_is_in_no_row<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    let live = bench.ask_at_eleven().await;
    assert_eq!(live.pages_hold_it, S::SENDS_LIVE_BARS, "what the client was led into");
    let good = bench.examined(live.answer).unwrap();
    let newest = good.rows.iter().map(|row| row.fact.date).max().unwrap();
    assert!(newest < live.today, "{newest} is in the rows of {}", live.today);
    assert!((live.today - newest).num_days() <= 4, "the days before it are there: the newest is {newest}");
    assert!(good.rejected.is_empty(), "a bar that trades is nothing to complain about: {:?}", good.rejected);
}
