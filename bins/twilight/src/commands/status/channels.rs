//! The gateway's channels: by its admin API where a token for it is configured, by its metrics otherwise.

use daemon_kit::config::{Config, Secret};
use reqwest::{Client, Url};
use serde::Serialize;
use serde_json::Value;

use super::{
    daemons::{self, Daemon, State},
    health::Problems,
    metrics::label,
};

/// One channel.
#[derive(Debug, Serialize)]
pub(super) struct Channel {
    pub(super) name: String,
    /// As the gateway names it; `healthy` or `rests` by the metrics.
    pub(super) state: String,
    /// Whether an operator switched it off.
    pub(super) is_off: bool,
    pub(super) again_in_s: Option<u64>,
    /// Charged today, yuan.
    pub(super) settled_cny: Option<String>,
    /// Budget of the day, yuan, or `none`.
    pub(super) budget_cny: Option<String>,
    pub(super) last_error: Option<String>,
}

/// The operators' token, where it can be read.
pub(super) fn token(config: &Config) -> Option<Secret> {
    config.gateway_admin().ok().map(|admin| admin.admin_token)
}

/// The channels of the gateway that answers at `url`; `None` where the API does not tell.
pub(super) async fn ask(client: &Client, url: &Url, token: &Secret) -> Option<Vec<Channel>> {
    let address = format!("{}/admin/channels", url.as_str().trim_end_matches('/'));
    let (status, body) = daemons::read(client.get(address).bearer_auth(token.expose()).send().await).await.ok()?;
    let body: Value = serde_json::from_slice(&body).ok()?;
    (status == 200).then(|| body["channels"].as_array().into_iter().flatten().map(channel).collect())
}

fn channel(told: &Value) -> Channel {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    Channel {
        name: text(&told["name"]).unwrap_or_default(),
        state: text(&told["state"]).unwrap_or_default(),
        is_off: told["enabled"] == false,
        again_in_s: told["again_in_s"].as_u64(),
        settled_cny: text(&told["budget"]["settled_cny"]),
        budget_cny: text(&told["budget_cny_per_day"]),
        last_error: text(&told["last_error"]["verdict"]),
    }
}

/// What the metrics say; a channel that was removed is still among them as one that rests.
pub(super) fn by_metrics(gateway: &Daemon) -> Vec<Channel> {
    let healthy = gateway.samples.all("gateway_channel_healthy");
    let channels = healthy.filter_map(|(labels, value)| {
        let name = label(labels, "channel")?.to_owned();
        let state = if value > 0.0 { "healthy" } else { "rests" }.to_owned();
        let (again_in_s, settled_cny, budget_cny, last_error) = (None, None, None, None);
        Some(Channel { name, state, is_off: false, again_in_s, settled_cny, budget_cny, last_error })
    });
    channels.collect()
}

/// What is wrong with them.
pub(super) fn judge(gateway: &Daemon, channels: &[Channel], problems: &mut Problems) {
    if !matches!(gateway.state, State::Ready | State::NotReady) {
        return;
    }
    let serves = |channel: &&Channel| !channel.is_off && matches!(channel.state.as_str(), "healthy" | "on_trial");
    if channels.iter().filter(serves).count() == 0 {
        problems.down("channels", "channels", "none takes requests: callers get nothing");
    }
    for channel in channels.iter().filter(|channel| !channel.is_off && !serves(channel)) {
        let again = channel.again_in_s.map(|seconds| format!(", again in {seconds} s")).unwrap_or_default();
        let error = channel.last_error.as_deref().map(|error| format!(": {error}")).unwrap_or_default();
        problems.look("channels", format!("channel {}", channel.name), format!("{}{again}{error}", channel.state));
    }
}
