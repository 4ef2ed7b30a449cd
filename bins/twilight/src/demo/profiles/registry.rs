//! The registry, as its operator, WeChat and a host speak to it.

use std::time::Duration;

use anyhow::Context as _;
use daemon_kit::http;
use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use upstream_simulators::WechatNotice;

use super::configuration::ADMIN_TOKEN;
use crate::demo::daemon::Daemon;

const TICK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Registry<'a> {
    pub(super) client: Client,
    daemon: &'a Daemon,
}

impl<'a> Registry<'a> {
    pub(super) fn new(daemon: &'a Daemon) -> anyhow::Result<Self> {
        Ok(Self { client: http::client(&http::ClientOptions::default())?, daemon })
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        answered(path, self.client.get(format!("{}{path}", self.daemon.url))).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        answered(path, self.client.post(format!("{}{path}", self.daemon.url)).json(body)).await
    }

    /// Tells of an order that somebody is about to pay for.
    pub(super) async fn expect(&self, number: &str, product: &str) -> anyhow::Result<()> {
        self.post("/orders", &json!({"out_trade_no": number, "product": product})).await.map(drop)
    }

    /// Posts a notification as WeChat does; the status it is answered with.
    pub(super) async fn notify(&self, notice: &WechatNotice) -> anyhow::Result<u16> {
        let mut request = self.client.post(format!("{}/payments/wechat", self.daemon.url));
        for (name, value) in &notice.headers {
            request = request.header(*name, value);
        }
        let request = request.header("content-type", "application/json").body(notice.body.clone());
        Ok(request.send().await?.status().as_u16())
    }

    /// Waits until an order is in a state; the order.
    pub(super) async fn order(&self, number: &str, state: &str) -> anyhow::Result<Value> {
        let mut seen = Value::Null;
        let come = async {
            loop {
                seen = self.get(&format!("/orders/{number}")).await?;
                if seen["state"] == state {
                    return anyhow::Ok(());
                }
                tokio::time::sleep(TICK).await;
            }
        };
        match tokio::time::timeout(PATIENCE, come).await {
            Ok(outcome) => outcome.map(|()| seen),
            Err(_) => anyhow::bail!("the order is not {state}: {seen}\n{}", self.daemon.log_end()),
        }
    }

    /// What the registry knows of a profile.
    pub(super) async fn profile(&self, name: &str) -> anyhow::Result<Value> {
        self.get(&format!("/profiles/{name}")).await
    }

    /// A file of a profile, as git has it.
    pub(super) async fn file(&self, profile: &str, path: &str) -> anyhow::Result<String> {
        let request = self.client.get(format!("{}/profiles/{profile}/files/{path}", self.daemon.url));
        let answer = request.bearer_auth(ADMIN_TOKEN).send().await?.error_for_status()?;
        answer.text().await.with_context(|| format!("read {path} of {profile}"))
    }
}

async fn answered(path: &str, request: RequestBuilder) -> anyhow::Result<Value> {
    let answer = request.bearer_auth(ADMIN_TOKEN).send().await.with_context(|| format!("ask for {path}"))?;
    let (status, text) = (answer.status(), answer.text().await?);
    anyhow::ensure!(status.is_success(), "the registry, {path}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}
