//! A server over a small market, and a client that reads its answers.

use std::{collections::HashMap, sync::Arc};

use chrono::NaiveDate;
use reqwest::{Client, Response};
use serde_json::{Value, json};
use upstream_simulators::{Market, MarketSpec, TushareOptions, TushareServer};

pub(crate) struct Sim {
    pub(crate) server: TushareServer,
    pub(crate) client: Client,
    token: String,
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

impl Sim {
    pub(crate) async fn start() -> Self {
        Self::with(TushareOptions::default()).await
    }

    pub(crate) async fn with(options: TushareOptions) -> Self {
        Self::over(Market::generate(&MarketSpec::small()), options).await
    }

    pub(crate) async fn over(market: Market, options: TushareOptions) -> Self {
        rustls::crypto::ring::default_provider().install_default().unwrap_or_default();
        let token = options.token.clone();
        let server = TushareServer::start(Arc::new(market), options).await.expect("a free port");
        let client = Client::builder().no_proxy().build().expect("a client");
        Self { server, client, token }
    }

    pub(crate) fn market(&self) -> &Market {
        self.server.market()
    }

    /// Posts to `path`.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> reqwest::Result<Response> {
        let request = self.client.post(format!("{}{path}", self.server.url));
        request.header("content-type", "application/json").body(body.to_string()).send().await
    }

    /// The body of a call.
    pub(crate) fn body(&self, api: &str, params: Value, fields: &str) -> Value {
        json!({"api_name": api, "token": self.token, "params": params, "fields": fields})
    }

    /// The answer to a call.
    pub(crate) async fn call(&self, api: &str, params: Value, fields: &str) -> Value {
        let response = self.post("/", &self.body(api, params, fields)).await.expect("an answer");
        assert_eq!(response.status(), 200);
        let text = response.text().await.expect("a whole body");
        serde_json::from_str(&text).expect("JSON")
    }

    /// The rows of an answer as maps from column to value.
    pub(crate) async fn rows(&self, api: &str, params: Value, fields: &str) -> Vec<HashMap<String, Value>> {
        let answer = self.call(api, params, fields).await;
        assert_eq!(answer["code"], 0, "{answer}");
        rows(&answer)
    }
}

pub(crate) fn rows(answer: &Value) -> Vec<HashMap<String, Value>> {
    let fields = fields(answer);
    let items = answer["data"]["items"].as_array().expect("items");
    let row = |item: &Value| {
        let cells = item.as_array().expect("a row").clone();
        assert_eq!(cells.len(), fields.len());
        fields.iter().cloned().zip(cells).collect()
    };
    items.iter().map(row).collect()
}

pub(crate) fn fields(answer: &Value) -> Vec<String> {
    let fields = answer["data"]["fields"].as_array().expect("fields");
    fields.iter().map(|field| field.as_str().expect("a name").to_owned()).collect()
}
