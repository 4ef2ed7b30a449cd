//! The play: an order, its payment, the bot, and payments that must change nothing or only the date.

use std::{collections::BTreeMap, path::Path, time::Duration};

use anyhow::Context as _;
use daemon_kit::clock::Clock;
use reqwest::Client;
use serde_json::{Value, json};
use tokio::time::Instant;
use upstream_simulators::{WechatNotice, WechatPay, WechatPayment};

use super::{host::Host, registry::Registry};
use crate::demo::{daemon::Daemon, gateway::MODEL};

pub(super) const PRODUCT: &str = "stock-pro";
pub(super) const AMOUNT_FEN: u64 = 19_900;
const HOST: &str = "demo-host";
const OPENID: &str = "oDemoReader-000000000000001";
const FIRST: &str = "DEMO-2026-0001";
const SECOND: &str = "DEMO-2026-0002";
const PATIENCE: Duration = Duration::from_secs(30);
const TICK: Duration = Duration::from_millis(50);

/// What happened.
pub(crate) struct Provisioned {
    /// The profile.
    pub(crate) profile: String,
    /// From the notification to a bot that answers.
    pub(crate) took: Duration,
    /// Files on the host, and variables of its `.env`.
    pub(crate) files: (usize, usize),
    /// Until when it is paid after the first payment, and after the second.
    pub(crate) paid_until: (String, String),
    /// The status that a forged notification got.
    pub(crate) forged: u16,
    /// Where the host keeps it.
    pub(crate) folder: String,
}

/// Fails where the profile is not what was paid for, its tokens open nothing, or a notification counts twice.
pub(crate) async fn run(
    folder: &Path,
    wechat: &WechatPay,
    registry: &Daemon,
    gateway: &Daemon,
    api: &Daemon,
) -> anyhow::Result<Provisioned> {
    let desk = Registry::new(registry)?;
    let host = Host::new(folder, &registry.url)?;
    let recipient = host.recipient().await?;
    let known = desk.post("/hosts", &json!({"name": HOST, "recipient": recipient})).await?;
    host.known_by(known["token"].as_str().context("the host got no token")?)?;

    desk.expect(FIRST, PRODUCT).await?;
    let begun = Instant::now();
    let notice = paid(wechat, FIRST, "4200002026112300001");
    let forged = WechatNotice { body: notice.body.iter().rev().copied().collect(), ..notice.clone() };
    let forged = desk.notify(&forged).await?;
    anyhow::ensure!(forged == 401, "a forged notification got {forged}");
    anyhow::ensure!(desk.notify(&notice).await? == 204, "the notification was not taken");
    let order = desk.order(FIRST, "committed").await?;
    let profile = order["profile"].as_str().context("the order names no profile")?.to_owned();
    host.sync().await?;
    // Here a person scans a code.
    desk.order(FIRST, "awaiting_pairing").await?;
    desk.post(&format!("/orders/{FIRST}/paired"), &json!({})).await?;
    let alive = desk.order(FIRST, "alive").await?;
    let took = begun.elapsed();

    let known = desk.profile(&profile).await?;
    let owner = wechat.owner(OPENID);
    anyhow::ensure!(known["owner"] == owner, "{profile} should belong to {owner}: {known}");
    let env = host.env(&profile)?;
    no_secret_in_git(&desk, &profile, &env).await?;
    it_answers(&desk.client, &env, gateway, api).await?;

    let before = host.tree(&profile)?;
    anyhow::ensure!(desk.notify(&notice).await? == 204, "a notification that comes again is to be thanked for");
    host.sync().await?;
    let again = desk.order(FIRST, "alive").await?;
    anyhow::ensure!(again == alive, "the same notification changed the order: {alive} {again}");
    anyhow::ensure!(desk.profile(&profile).await? == known, "the same notification changed the profile");
    anyhow::ensure!(host.tree(&profile)? == before, "the same notification changed files of the host");

    desk.expect(SECOND, PRODUCT).await?;
    anyhow::ensure!(desk.notify(&paid(wechat, SECOND, "4200002026112300002")).await? == 204, "the second payment");
    let second = desk.order(SECOND, "alive").await?;
    anyhow::ensure!(second["profile"] == profile, "next month's payment made another profile: {second}");
    let served = desk.get(&format!("/hosts/{HOST}/profiles")).await?;
    anyhow::ensure!(served["profiles"] == json!([profile]), "the host serves {served}");
    let until = |known: &Value| known["paid_until"].as_str().unwrap_or_default().chars().take(10).collect::<String>();
    let paid_until = (until(&known), until(&desk.profile(&profile).await?));
    anyhow::ensure!(paid_until.0 < paid_until.1, "next month's payment extends nothing: {paid_until:?}");
    Ok(Provisioned {
        files: (before.len(), env.len()),
        folder: host.folder(&profile).display().to_string(),
        profile,
        took,
        paid_until,
        forged,
    })
}

fn paid(wechat: &WechatPay, number: &str, transaction_id: &str) -> WechatNotice {
    let payment = WechatPayment { out_trade_no: number, transaction_id, openid: OPENID, amount_fen: AMOUNT_FEN };
    wechat.paid(&payment, Clock::system().now())
}

/// Git has the profile, and none of the values that are in its `.env` for its tokens.
async fn no_secret_in_git(desk: &Registry<'_>, profile: &str, env: &BTreeMap<String, String>) -> anyhow::Result<()> {
    let content = desk.get(&format!("/profiles/{profile}/content")).await?;
    let files = content["files"].as_array().context("a profile without files")?;
    let names: Vec<&str> = files.iter().filter_map(|file| file["path"].as_str()).collect();
    for wanted in ["SOUL.md", "config.yaml", "cron/jobs.json", "secrets.lock"] {
        anyhow::ensure!(names.contains(&wanted), "{profile} lacks {wanted}: {names:?}");
    }
    anyhow::ensure!(!names.contains(&".env"), "secrets are in git");
    for (name, value) in env.iter().filter(|(name, _)| name.ends_with("_TOKEN")) {
        for path in &names {
            let text = desk.file(profile, path).await?;
            anyhow::ensure!(!text.contains(value), "{path} in git holds the value of {name}");
        }
    }
    Ok(())
}

/// What the agent does with its tokens: it thinks, and it looks at the market and at the web.
async fn it_answers(
    client: &Client,
    env: &BTreeMap<String, String>,
    gateway: &Daemon,
    api: &Daemon,
) -> anyhow::Result<()> {
    let value = |name: &str| env.get(name).with_context(|| format!(".env has no {name}"));
    let (thinks, looks) = (value("TWILIGHT_GATEWAY_TOKEN")?, value("TWILIGHT_API_TOKEN")?);
    anyhow::ensure!(value("TWILIGHT_API_URL")? == &api.url, "the profile looks for the API elsewhere");
    let body = json!({"model": MODEL, "max_tokens": 16, "messages": [{"role": "user", "content": "Good day"}]});
    let chat = client.post(format!("{}/v1/chat/completions", gateway.url)).bearer_auth(thinks).json(&body);
    let chat: Value =
        chat.send().await?.error_for_status().context("the profile's token at the gateway")?.json().await?;
    anyhow::ensure!(chat["choices"][0]["message"]["content"].is_string(), "no answer: {chat}");
    for path in ["/quality/status", "/search?q=A%E8%82%A1&format=json"] {
        // The API hears of new tokens within a moment.
        let opened = async {
            loop {
                let status = client.get(format!("{}{path}", api.url)).bearer_auth(looks).send().await?.status();
                match status.as_u16() {
                    200 => return anyhow::Ok(()),
                    401 => tokio::time::sleep(TICK).await,
                    _ => anyhow::bail!("the profile's token at {path}: {status}"),
                }
            }
        };
        tokio::time::timeout(PATIENCE, opened).await.with_context(|| format!("no way into {path}"))??;
    }
    Ok(())
}
