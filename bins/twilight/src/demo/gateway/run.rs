//! The play: tokens, load, the death of a key, and what the books say afterwards.

use std::{collections::BTreeMap, time::Duration};

use anyhow::Context as _;
use daemon_kit::http;
use serde_json::{Value, json};
use upstream_simulators::{LlmBook, LlmServer};

use super::{
    configuration::ADMIN_TOKEN,
    load::{EACH, ask_all},
    profile::Profile,
};
use crate::demo::daemon::Daemon;

const PROFILES: usize = 8;
/// The key that dies.
const VICTIM: &str = "key-2";
const TICK: Duration = Duration::from_millis(50);
const PATIENCE: Duration = Duration::from_secs(20);

/// What happened.
pub(crate) struct Relayed {
    /// Profiles, and their requests altogether.
    pub(crate) asked: (usize, usize),
    /// Good answers of each channel.
    pub(crate) by_channel: BTreeMap<String, usize>,
    /// The key that died, how often it refused, and its state afterwards.
    pub(crate) dead: (&'static str, u64, String),
    /// The median and the slowest time to the first bytes of an answer.
    pub(crate) first_bytes: (Duration, Duration),
    /// Tokens in and out, as the provider counted them.
    pub(crate) tokens: (u64, u64),
    /// Yuan, in the gateway's books and on the provider's invoice alike.
    pub(crate) cny: String,
    /// A token to try it with.
    pub(crate) token: String,
}

/// Fails where a caller saw an error, or the books differ from the provider's.
pub(crate) async fn run(llm: &LlmServer, gateway: &Daemon) -> anyhow::Result<Relayed> {
    let desk = Desk { client: http::client(&http::ClientOptions::default())?, gateway };
    let mut profiles = Vec::new();
    for number in 1..=PROFILES {
        profiles.push(desk.profile(&format!("research-{number}")).await?);
    }
    let seen = ask_all(profiles.clone(), || llm.faults().kill_key(VICTIM)).await?;
    let errors = seen.errors.join("\n");
    anyhow::ensure!(seen.errors.is_empty(), "callers saw errors:\n{errors}\n{}", gateway.log_end());
    anyhow::ensure!(seen.answers.len() == PROFILES * EACH, "{} answers only", seen.answers.len());

    let refused = llm.book(VICTIM).refused.values().sum();
    anyhow::ensure!(refused > 0, "nobody met the dead key");
    let state = desk.rests(VICTIM).await?;
    let cny = desk.books_agree(llm).await?;
    let mut by_channel = BTreeMap::new();
    let mut times: Vec<Duration> = Vec::new();
    for answer in seen.answers {
        *by_channel.entry(answer.channel).or_default() += 1;
        times.push(answer.first_bytes);
    }
    times.sort_unstable();
    let slowest = times.last().copied().unwrap_or_default();
    let books = llm.books();
    let sum = |tokens: fn(&LlmBook) -> u64| books.values().map(tokens).sum();
    Ok(Relayed {
        asked: (PROFILES, PROFILES * EACH),
        by_channel,
        dead: (VICTIM, refused, state),
        first_bytes: (times[times.len() / 2], slowest),
        tokens: (sum(|book| book.billed_input), sum(|book| book.billed_output)),
        cny,
        token: profiles.swap_remove(0).token,
    })
}

/// The gateway, as its operator sees it.
struct Desk<'a> {
    client: reqwest::Client,
    gateway: &'a Daemon,
}

impl Desk<'_> {
    async fn profile(&self, name: &str) -> anyhow::Result<Profile> {
        let wanted = json!({"profile": name, "scopes": ["llm"]});
        let url = format!("{}/admin/tokens", self.gateway.url);
        let answer = answered(self.client.post(url).json(&wanted)).await?;
        let token = answer["secret"].as_str().context("no token was shown")?.to_owned();
        Ok(Profile { client: self.client.clone(), gateway: self.gateway.url.clone(), token })
    }

    async fn channels(&self) -> anyhow::Result<Vec<Value>> {
        let mut answer = answered(self.client.get(format!("{}/admin/channels", self.gateway.url))).await?;
        match answer["channels"].take() {
            Value::Array(channels) => Ok(channels),
            other => anyhow::bail!("no list of channels: {other}"),
        }
    }

    /// Waits until a channel is no longer used; why it is not.
    async fn rests(&self, name: &str) -> anyhow::Result<String> {
        self.until("the dead key to rest", async || {
            let channels = self.channels().await?;
            let channel = channels.iter().find(|channel| channel["name"] == name).context("the channel is gone")?;
            let state = channel["state"].as_str().unwrap_or_default();
            Ok((state != "healthy").then(|| state.to_owned()))
        })
        .await
    }

    /// Waits until the books hold what the provider bills, channel by channel; the sum.
    async fn books_agree(&self, llm: &LlmServer) -> anyhow::Result<String> {
        self.until("the books to agree with the provider's invoice", async || {
            let mut sum = 0;
            for channel in self.channels().await? {
                let billed = llm.book(channel["name"].as_str().unwrap_or_default()).billed_nano;
                if channel["budget"]["settled_cny"] != yuan(billed) {
                    return Ok(None);
                }
                sum += billed;
            }
            Ok(Some(yuan(sum)))
        })
        .await
    }

    async fn until<T>(
        &self,
        what: &str,
        mut probe: impl AsyncFnMut() -> anyhow::Result<Option<T>>,
    ) -> anyhow::Result<T> {
        let come = async {
            loop {
                if let Some(answer) = probe().await? {
                    return anyhow::Ok(answer);
                }
                tokio::time::sleep(TICK).await;
            }
        };
        let come = tokio::time::timeout(PATIENCE, come).await;
        come.with_context(|| format!("waited in vain for {what}:\n{}", self.gateway.log_end()))?
    }
}

async fn answered(request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let answer = request.bearer_auth(ADMIN_TOKEN).send().await?;
    let (status, text) = (answer.status(), answer.text().await?);
    anyhow::ensure!(status.is_success(), "the admin API: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}

/// Nano-yuan as the gateway prints them: no needless zeros.
fn yuan(nano: i64) -> String {
    let (whole, rest) = (nano / 1_000_000_000, nano % 1_000_000_000);
    let text = format!("{whole}.{rest:09}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_printed_as_the_gateway_prints_them() {
        for (nano, text) in [(0, "0"), (12_500_000_000, "12.5"), (1, "0.000000001"), (500_000_000_000, "500")] {
            assert_eq!(yuan(nano), text);
        }
    }
}
