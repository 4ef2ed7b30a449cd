//! One question to SearXNG, and everything that can come back.

mod refusal;
mod transport;

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use reqwest::Url;
use tokio::time::Instant;

use crate::{OptionsError, SearchFailed, SearchOptions, SearchQuery, answer::Answer, measure};

/// Of the whole time, what is left for the way there and back when SearXNG waits for its engines as long as it may.
const MARGIN: u32 = 8;
/// After a search for which SearXNG took too long, stale answers are taken without asking it for so long.
const GIVE_IT_REST: Duration = Duration::from_secs(5);

/// SearXNG.
pub(crate) struct Upstream {
    http: reqwest::Client,
    search: Url,
    timeout: Duration,
    max_body_bytes: usize,
    /// Until when it is taken to hang.
    hangs_until: Mutex<Option<Instant>>,
}

impl Upstream {
    pub(crate) fn new(options: &SearchOptions, http: reqwest::Client) -> Result<Self, OptionsError> {
        let mut search = options.searxng.clone();
        if !["http", "https"].contains(&search.scheme()) {
            return Err(OptionsError::InvalidSearxngUrl("http or https is wanted"));
        }
        let path = format!("{}/search", search.path().trim_end_matches('/'));
        search.set_path(&path);
        search.set_query(None);
        search.set_fragment(None);
        let (timeout, max_body_bytes) = (options.timeout, options.max_body_bytes);
        Ok(Self { http, search, timeout, max_body_bytes, hangs_until: Mutex::new(None) })
    }

    /// When a search that begins now has to be over.
    pub(crate) fn deadline(&self) -> Instant {
        Instant::now() + self.timeout
    }

    /// Whether it took too long a moment ago.
    pub(crate) fn hangs(&self) -> bool {
        let hangs_until = *self.hangs_until.lock().unwrap_or_else(PoisonError::into_inner);
        hangs_until.is_some_and(|until| Instant::now() < until)
    }

    /// Asks by these engines; by those that the query names, or SearXNG's own choice, where there are none. Of the time
    /// until `deadline` SearXNG is given `share` to wait for its engines.
    pub(crate) async fn ask(
        &self,
        query: &SearchQuery,
        engines: &[String],
        deadline: Instant,
        share: f64,
    ) -> Result<Answer, SearchFailed> {
        let begun = Instant::now();
        let left = deadline.saturating_duration_since(begun);
        let patience = (left - left / MARGIN).mul_f64(share);
        let body = self.form(query, engines, patience);
        let asked = self.send(query, body, deadline).await;
        measure::upstream(begun.elapsed());
        let hangs_until = match &asked {
            Err(SearchFailed::Timeout { .. }) => Some(Instant::now() + GIVE_IT_REST),
            _ => None,
        };
        *self.hangs_until.lock().unwrap_or_else(PoisonError::into_inner) = hangs_until;
        asked
    }

    /// A form and no address: addresses stand in the logs of servers and proxies.
    fn form(&self, query: &SearchQuery, engines: &[String], patience: Duration) -> String {
        let mut form = self.search.clone();
        let mut pairs = form.query_pairs_mut();
        for (name, value) in query.pairs() {
            pairs.append_pair(name, &value);
        }
        if !engines.is_empty() {
            pairs.append_pair("engines", &engines.join(","));
        }
        // How long SearXNG may wait for its slowest engine; 360search would have 20 s.
        pairs.append_pair("timeout_limit", &format!("{:.1}", patience.as_secs_f64().max(0.1)));
        drop(pairs);
        form.query().unwrap_or_default().to_owned()
    }

    async fn send(&self, query: &SearchQuery, form: String, deadline: Instant) -> Result<Answer, SearchFailed> {
        let response = match self.exchange(form.clone(), deadline).await {
            // A connection from before a restart of SearXNG, closed under us: it has not begun to work on it.
            Err(transport::Failure::HungUp(_)) => self.exchange(form, deadline).await,
            first => first,
        };
        let response = response.map_err(|failure| failure.explain(self.timeout))?;
        if response.status != 200 {
            return Err(refusal::explain(&response, query.q()));
        }
        let read = match response.body {
            Ok(body) => Answer::read(&body, query.q()),
            Err(problem) => Err(problem),
        };
        read.map_err(|problem| SearchFailed::Upstream { status: 200, problem: problem.to_owned() })
    }
}
