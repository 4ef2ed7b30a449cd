//! Where there is nothing.

use crate::{bench::Bench, contract::Source};

pub(crate) async fn nothing_there_is_an_answer_and_no_error<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    let good = bench.examined(bench.ask_for_nothing().await).unwrap();
    assert!(good.rows.is_empty() && good.rejected.is_empty(), "{good:?}");
    assert_eq!(bench.calls(), S::CALLS_FOR_NOTHING, "and it is not asked again in the hope of more");
    bench.answered().await;
}
