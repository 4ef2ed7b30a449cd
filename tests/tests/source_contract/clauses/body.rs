//! Bodies that cannot be used.

use crate::{
    bench::Bench,
    contract::{ATTEMPTS, Source, Verdict},
};

pub(crate) async fn a_garbled_body_is_asked_for_again_and_never_half_used<S: Source>() {
    let faults = S::garbled();
    assert!(!faults.is_empty());
    for fault in faults {
        let bench = Bench::<S>::bent(&fault, None).await;
        let bad = bench.refused().await;
        assert_eq!(bad.verdict, Verdict::RetryLater, "{fault:?}: {}", bad.message);
        assert_eq!(bench.calls(), ATTEMPTS, "{fault:?}");

        let bench = Bench::<S>::bent(&fault, Some(1)).await;
        bench.answered().await;
        assert_eq!(bench.calls(), S::CALLS + 1, "{fault:?}");
    }
}

pub(crate) async fn an_answer_of_another_shape_is_refused_with_its_pages<S: Source>() {
    let faults = S::reshaped();
    assert!(!faults.is_empty());
    for fault in faults {
        let bench = Bench::<S>::bent(&fault, None).await;
        let bad = bench.refused().await;
        assert_eq!(bad.verdict, Verdict::Stop, "{fault:?}: {}", bad.message);
        assert!((1..=S::CALLS).contains(&bench.calls()), "{fault:?}: {} calls", bench.calls());
        assert_eq!(bad.pages.len(), bench.calls(), "{fault:?}: what was received is kept");
    }
}
