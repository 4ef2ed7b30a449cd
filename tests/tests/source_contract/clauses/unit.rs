//! Figures that are off by a factor.

use crate::{
    bench::Bench,
    contract::{Slip, Source},
};

pub(crate) async fn figures_in_a_wrong_unit_are_refused_or_put_right<S: Source>() {
    let slips = S::slips();
    assert!(!slips.is_empty());
    for (fault, end, calls) in slips {
        let bench = Bench::<S>::bent(&fault, None).await;
        match end {
            Slip::Corrected => drop(bench.answered().await),
            Slip::Refused(verdict) => {
                let bad = bench.refused().await;
                assert_eq!(bad.verdict, verdict, "{fault:?}: {}", bad.message);
                assert_eq!(bad.pages.len(), S::CALLS, "{fault:?}: what was received is kept");
            }
        }
        assert_eq!(bench.calls(), calls, "{fault:?}");
    }
}
