//! A client that reads answers.

use std::sync::{Arc, Once};

use chrono::NaiveDate;
use market_model::Code;
use reqwest::Client;
use serde_json::Value;
use upstream_simulators::{World, WorldSpec};

/// A browser's name, as Yahoo wants it.
pub(crate) const BROWSER: &str = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0";

pub(crate) fn world() -> Arc<World> {
    Arc::new(World::generate(&WorldSpec::small()))
}

pub(crate) fn code(text: &str) -> Code {
    text.parse().expect("a code")
}

pub(crate) fn date(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

pub(crate) fn client() -> Client {
    static PROVIDER: Once = Once::new();
    PROVIDER.call_once(|| rustls::crypto::ring::default_provider().install_default().unwrap_or_default());
    Client::builder().no_proxy().build().expect("a client")
}

/// Status and body of a GET.
pub(crate) async fn get(client: &Client, url: &str, user_agent: &str) -> (u16, String) {
    let response = client.get(url).header("user-agent", user_agent).send().await.expect("an answer");
    (response.status().as_u16(), response.text().await.expect("a whole body"))
}

pub(crate) fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}
