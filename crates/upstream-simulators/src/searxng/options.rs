//! How a simulated SearXNG behaves while nothing is wrong.

use std::{
    fmt,
    net::{Ipv4Addr, SocketAddr},
};

use super::engine::SearxngEngine;
use crate::Clock;

/// Settings of a [`SearxngServer`](super::SearxngServer).
#[derive(Clone)]
pub struct SearxngOptions {
    /// Where it listens. The default lets the kernel choose a port on 127.0.0.1.
    pub address: SocketAddr,
    /// The engines that are enabled: asked where a search names none. The others answer when they are named.
    pub enabled: Vec<&'static str>,
    /// `search.formats` has `json`. Without it every search for JSON is refused with 403.
    pub json: bool,
    /// SearXNG's own limiter: so many searches for JSON an hour, then 429. The real one allows four; `None` = off.
    pub limiter: Option<u32>,
    /// `outgoing.max_request_timeout`, milliseconds.
    pub max_request_timeout_ms: Option<u64>,
    /// The time, which decides how long engines stay suspended. `None` = noon on 2026-11-23 in Shanghai, for ever.
    pub clock: Option<Clock>,
    /// So many of the last calls are remembered one by one; counts are never cut.
    pub keep_calls: usize,
    /// Whether `/_sim/*` answers: `POST`, `GET` and `DELETE /_sim/faults`, `GET` and `DELETE /_sim/calls`.
    pub control: bool,
}

impl SearxngOptions {
    /// SearXNG's own settings, as they come: without JSON, and without most of our engines.
    pub fn out_of_the_box() -> Self {
        let enabled = SearxngEngine::ALL.iter().filter(|engine| engine.enabled).map(|engine| engine.name).collect();
        Self { enabled, json: false, ..Self::default() }
    }
}

impl Default for SearxngOptions {
    /// The settings that the project deploys: JSON, the eight engines of the specification, the limiter off.
    fn default() -> Self {
        Self {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            enabled: vec!["baidu", "sogou", "360search", "bing", "google", "duckduckgo", "brave", "yep", "bing news"],
            json: true,
            limiter: None,
            max_request_timeout_ms: None,
            clock: None,
            keep_calls: 10_000,
            control: true,
        }
    }
}

impl fmt::Debug for SearxngOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { address, enabled, json, limiter, .. } = self;
        f.debug_struct("SearxngOptions")
            .field("address", address)
            .field("enabled", enabled)
            .field("json", json)
            .field("limiter", limiter)
            .finish_non_exhaustive()
    }
}
