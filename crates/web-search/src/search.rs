//! A search, from the caller's question to an answer.

mod flight;
mod landed;
mod plan;

use std::{fmt, sync::Arc};

use landed::Landed;

use crate::{
    EngineStatus, Found, Now, OptionsError, Origin, SearchFailed, SearchOptions, SearchQuery, answer,
    cache::{Cache, Kept},
    flights::{Flights, Place},
    health::EngineHealth,
    measure,
    upstream::Upstream,
};

/// Searches. Cheap to clone; clones share everything.
#[derive(Clone)]
pub struct WebSearch(Arc<Inner>);

struct Inner {
    options: SearchOptions,
    now: Now,
    upstream: Upstream,
    health: EngineHealth,
    cache: Option<Cache>,
    flights: Flights<Result<Landed, SearchFailed>>,
}

impl WebSearch {
    /// Prepares searches through `http`, which should follow no redirects: a search is posted. Nothing is sent, and neither
    /// SearXNG nor Redis has to be there yet.
    ///
    /// # Errors
    /// [`OptionsError`].
    pub fn new(options: SearchOptions, http: reqwest::Client, now: Now) -> Result<Self, OptionsError> {
        measure::describe();
        let inner = Inner {
            upstream: Upstream::new(&options, http)?,
            health: EngineHealth::new(&options),
            cache: options.cache.as_ref().map(|cache| Cache::new(&options, cache)).transpose()?,
            flights: Flights::new(options.max_flights),
            options,
            now,
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Searches. An answer of the cache that is fresh is taken; identical searches at the same time ask SearXNG once, and
    /// the asking goes on when whoever began it hangs up. It takes as long as [`SearchOptions::timeout`] says, and a few
    /// milliseconds at most.
    ///
    /// # Errors
    /// [`SearchFailed`], where there is not even a stale answer.
    pub async fn search(&self, query: &SearchQuery) -> Result<Found, SearchFailed> {
        let found = self.find(query).await;
        let outcome = match &found {
            Ok(found) => found.origin.name(),
            Err(failed) => failed.name(),
        };
        measure::request(outcome);
        tracing::debug!(outcome, "search");
        found
    }

    async fn find(&self, query: &SearchQuery) -> Result<Found, SearchFailed> {
        let canonical = query.canonical();
        // Whoever is under way found nothing fresh in the cache.
        if let Some(place) = self.0.flights.join(&canonical) {
            return landed(place, query).await;
        }
        let kept = self.0.kept(query, &canonical).await;
        match kept {
            Some(kept) if kept.is_fresh => {
                measure::cache_hit();
                return Ok(found(query, Landed::of_cache(kept)));
            }
            _ if self.0.cache.is_some() => measure::cache_miss(),
            _ => {}
        }
        let begin = || flight::fly(Arc::clone(&self.0), query.clone(), canonical.clone());
        match self.0.flights.board(&canonical, begin) {
            Ok(place) => landed(place, query).await,
            Err(_) => kept.map(|kept| found(query, Landed::of_cache(kept))).ok_or(SearchFailed::Busy),
        }
    }

    /// How the engines fare that this front chooses from, the Chinese ones first.
    pub fn engines(&self) -> Vec<EngineStatus> {
        self.0.health.status()
    }

    /// Whether Redis serves as the cache at this time; `None` without one in the settings.
    pub fn cache_is_up(&self) -> Option<bool> {
        self.0.cache.as_ref().map(Cache::is_up)
    }
}

impl Inner {
    async fn kept(&self, query: &SearchQuery, canonical: &str) -> Option<Kept> {
        let cache = self.cache.as_ref()?;
        cache.get(&cache.names(canonical), query.time_range(), (self.now)()).await
    }
}

async fn landed(place: Place<Result<Landed, SearchFailed>>, query: &SearchQuery) -> Result<Found, SearchFailed> {
    let is_first = place.is_first;
    let broken_off = || SearchFailed::Unreachable { problem: "the search was broken off".to_owned() };
    let mut landed = place.land().await.ok_or_else(broken_off)??;
    if landed.origin == Origin::Fresh && !is_first {
        landed.origin = Origin::Coalesced;
    }
    Ok(found(query, landed))
}

fn found(query: &SearchQuery, landed: Landed) -> Found {
    let Landed { fields, origin, as_of, engines } = landed;
    let stale_as_of = (origin == Origin::Stale).then_some(as_of);
    Found { body: answer::body(query.text(), &fields, stale_as_of), origin, as_of, engines }
}

impl fmt::Debug for WebSearch {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("WebSearch").field("options", &self.0.options).finish_non_exhaustive()
    }
}
