//! Asking with a close look: what holds for every answer, in whichever clause it was given.

use std::sync::Once;

use crate::contract::{Answer, Bad, Good, Page, Setup, Source, Verdict};

/// A client under test. Everything it answers is examined.
pub(crate) struct Bench<S>(S);

impl<S: Source> Bench<S> {
    pub(crate) async fn start(setup: Setup) -> Self {
        Self(S::start(setup).await)
    }

    /// A vendor in good health.
    pub(crate) async fn healthy() -> Self {
        Self::start(Setup::default()).await
    }

    /// A vendor that misbehaves in the next `calls` calls; `None` = in all.
    pub(crate) async fn bent(fault: &S::Fault, calls: Option<u32>) -> Self {
        let bench = Self::healthy().await;
        bench.bend(fault.clone(), calls);
        bench
    }

    pub(crate) async fn ask(&self) -> Answer {
        self.examined(self.0.ask().await)
    }

    /// Asks and has to be refused.
    pub(crate) async fn refused(&self) -> Bad {
        match self.ask().await {
            Err(bad) => bad,
            Ok(good) => panic!("answered with {} rows, {} pages", good.rows.len(), good.pages.len()),
        }
    }

    /// Asks and has to get the whole truth and nothing else.
    pub(crate) async fn answered(&self) -> Good {
        let good = self.ask().await.unwrap_or_else(|bad| panic!("{:?}: {}", bad.verdict, bad.message));
        self.assert_is_the_truth(&good);
        good
    }

    pub(crate) fn assert_is_the_truth(&self, good: &Good) {
        assert!(good.rejected.is_empty(), "{:?}", good.rejected);
        let mut got: Vec<_> = good.rows.iter().map(|row| &row.fact).collect();
        let truth = self.truth();
        let mut truth: Vec<_> = truth.iter().collect();
        got.sort_by(|a, b| a.key.cmp(&b.key));
        truth.sort_by(|a, b| a.key.cmp(&b.key));
        assert!(truth.len() > 30, "the truth has {} rows only", truth.len());
        let keys = |facts: &[&crate::facts::Fact]| facts.iter().map(|fact| fact.key.clone()).collect::<Vec<_>>();
        assert_eq!(keys(&got), keys(&truth));
        for (got, truth) in got.into_iter().zip(truth) {
            assert!(S::agrees(got, truth), "{got:?} is not {truth:?}");
        }
    }

    /// What no answer may do: show the secret, or point to a page that is not there.
    pub(crate) fn examined(&self, answer: Answer) -> Answer {
        match &answer {
            Ok(good) => {
                self.assert_pages(&good.pages);
                assert!(!good.pages.is_empty(), "an answer without its pages");
                let places = good.rows.iter().map(|row| row.page).chain(good.rejected.iter().map(|(page, _)| *page));
                assert!(places.into_iter().all(|page| page < good.pages.len()), "a row of a page that is not there");
            }
            Err(bad) => {
                self.assert_pages(&bad.pages);
                assert!(!self.holds_the_secret(bad.message.as_bytes()), "the message shows it");
                assert!(!self.holds_the_secret(bad.shown.as_bytes()), "the error's Debug shows it");
                if let Verdict::RetryAt(at) = bad.verdict {
                    assert!(at > self.clock().now(), "to be asked again in the past: {}", bad.message);
                }
            }
        }
        assert!(!self.holds_the_secret(self.shown().as_bytes()), "the client's Debug shows it");
        answer
    }

    fn assert_pages(&self, pages: &[Page]) {
        for page in pages {
            let request: serde_json::Value = serde_json::from_str(&page.request).unwrap();
            assert!(request.as_object().is_some_and(|members| !members.is_empty()), "{request}");
            assert!(!self.holds_the_secret(page.request.as_bytes()), "a request shows it");
            assert!(!self.holds_the_secret(&page.body), "a body shows it");
            assert!(!page.body.is_empty(), "a page without a body");
        }
    }

    fn holds_the_secret(&self, bytes: &[u8]) -> bool {
        let secret = self.secret().map(str::as_bytes);
        secret.is_some_and(|secret| bytes.windows(secret.len()).any(|window| window == secret))
    }
}

impl<S> std::ops::Deref for Bench<S> {
    type Target = S;

    fn deref(&self) -> &S {
        &self.0
    }
}

/// What the clients send through.
pub(crate) fn http() -> reqwest::Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| {
        // Another test of the same process may have come first; either way there is one now.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().no_proxy().build().unwrap()
}
