//! Keys: refused ones, and that none is ever shown.

use crate::{
    bench::Bench,
    contract::{Setup, Source, Verdict},
};

pub(crate) async fn a_refused_key_stops_and_is_not_asked_again<S: Source>() {
    let bench = Bench::<S>::start(Setup { is_refused: true, ..Setup::default() }).await;
    for asked in 1..=2 {
        let bad = bench.refused().await;
        assert_eq!(bad.verdict, Verdict::Stop, "{}", bad.message);
        assert_eq!(bench.calls(), asked, "one call per question");
    }
}

/// [`Bench`] looks for the secret in every answer; here are all sorts of answers.
pub(crate) async fn the_secret_is_in_nothing_that_comes_back<S: Source>() {
    let bench = Bench::<S>::healthy().await;
    let secret = bench.secret().unwrap().to_owned();
    assert!(secret.len() > 10, "long enough not to be there by chance");
    let good = bench.answered().await;
    assert!(good.pages.iter().all(|page| page.request.len() > 10), "what was asked is kept, but for the secret");
    bench.examined(bench.ask_for_nothing().await).unwrap();
    Bench::<S>::start(Setup { is_refused: true, ..Setup::default() }).await.refused().await;
    for fault in S::garbled().into_iter().chain(S::reshaped()).chain([S::dropped()]) {
        Bench::<S>::bent(&fault, None).await.refused().await;
    }
    for (fault, ..) in S::slips() {
        let bench = Bench::<S>::bent(&fault, None).await;
        // Refused or corrected: either way it has been looked at.
        let _ = bench.ask().await;
    }
    let bench = Bench::<S>::healthy().await;
    bench.go_down().await;
    let bad = bench.refused().await;
    assert!(!bad.message.is_empty());
}
