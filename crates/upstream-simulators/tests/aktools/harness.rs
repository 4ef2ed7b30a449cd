//! A server over a small market, and a client that reads its answers.

use std::sync::Arc;

use reqwest::{Client, Response};
use serde_json::{Map, Value};
use upstream_simulators::{AktoolsOptions, AktoolsServer, Market, MarketSpec, SimClock};

pub(crate) struct Sim {
    pub(crate) server: AktoolsServer,
    pub(crate) clock: SimClock,
    pub(crate) client: Client,
}

impl Sim {
    /// In the evening of the market's last day.
    pub(crate) async fn start() -> Self {
        Self::at("2024-03-29T20:00:00").await
    }

    pub(crate) async fn at(local: &str) -> Self {
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let clock = SimClock::at_shanghai(local.parse().expect("a time"));
        let options = AktoolsOptions { clock: Some(clock.clock()), ..AktoolsOptions::default() };
        let market = Arc::new(Market::generate(&MarketSpec::small()));
        let server = AktoolsServer::start(market, options).await.expect("a free port");
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { server, clock, client }
    }

    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Response> {
        self.client.get(format!("{}{path}", self.server.url)).send().await
    }

    pub(crate) async fn text(&self, path: &str) -> (u16, String) {
        let response = self.get(path).await.expect("an answer");
        (response.status().as_u16(), response.text().await.expect("a whole body"))
    }

    /// The rows of a function's answer.
    pub(crate) async fn rows(&self, function: &str) -> Vec<Map<String, Value>> {
        let (status, body) = self.text(&format!("/api/public/{function}")).await;
        assert_eq!(status, 200, "{body}");
        serde_json::from_str(&body).expect("an array of objects")
    }
}

/// Where the columns of a row stand in the text of its body.
pub(crate) fn columns(body: &str) -> Vec<String> {
    let first = &body[..body.find('}').expect("a row")];
    let names = first.split("\":").filter_map(|part| part.rsplit('"').next());
    let names: Vec<String> = names.map(str::to_owned).collect();
    names[..names.len() - 1].to_vec()
}
