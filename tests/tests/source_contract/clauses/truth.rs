//! When nothing is wrong.

use crate::{bench::Bench, contract::Source};

pub(crate) async fn rows_are_the_truth_when_nothing_is_wrong<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    let good = bench.answered().await;
    assert_eq!(bench.calls(), S::CALLS);
    assert_eq!(good.pages.len(), S::CALLS, "every response is kept, once");
}

pub(crate) async fn every_row_leads_back_to_where_it_stood<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    let good = bench.answered().await;
    for row in &good.rows {
        let page = &good.pages[row.page];
        assert!(bench.is_at(page, row.row, &row.fact), "{row:?} is not at row {} of page {}", row.row, row.page);
    }
    let used = good.rows.iter().map(|row| row.page).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(used.len(), good.pages.len(), "every page has rows");
}
