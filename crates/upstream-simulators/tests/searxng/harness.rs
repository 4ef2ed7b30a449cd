//! A server and somebody who asks it.

use serde_json::Value;
use upstream_simulators::{SearxngOptions, SearxngServer, SimClock};

pub(crate) struct Asker {
    pub(crate) server: SearxngServer,
    pub(crate) http: reqwest::Client,
    pub(crate) clock: SimClock,
}

impl Asker {
    pub(crate) async fn new() -> Self {
        Self::with(SearxngOptions::default()).await
    }

    pub(crate) async fn with(options: SearxngOptions) -> Self {
        // Another test of this process may have installed it; either is the same.
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
        let clock = SimClock::at("2026-11-23T04:00:00Z".parse().unwrap());
        let options = SearxngOptions { clock: Some(clock.clock()), ..options };
        Self { server: SearxngServer::start(options).await.unwrap(), http, clock }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Response {
        self.http.get(format!("{}{path}", self.server.url)).send().await.unwrap()
    }

    /// Status and JSON; null where the body is none.
    pub(crate) async fn search(&self, fields: &str) -> (u16, Value) {
        let response = self.get(&format!("/search?format=json&{fields}")).await;
        let status = response.status().as_u16();
        (status, serde_json::from_slice(&response.bytes().await.unwrap()).unwrap_or_default())
    }

    /// The engines that were asked by the last call.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.server.calls().last().unwrap().asked
    }
}
