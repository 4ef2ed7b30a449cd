//! The admin API of a running gateway.

use std::collections::BTreeMap;

use anyhow::{Context as _, bail};
use daemon_kit::{
    config::{GatewayAdminConfig, Secret},
    http::{ClientOptions, client, reason},
};
use serde_json::{Value, json};

use crate::channels::{Stored, Wanted, fingerprint};

/// A gateway that answers.
pub(super) struct Api {
    client: reqwest::Client,
    url: String,
    token: Secret,
    /// Its channels by name.
    known: BTreeMap<String, Value>,
}

impl Api {
    /// None where nobody listens.
    ///
    /// # Errors
    /// When somebody listens that does not take the admin token.
    pub(super) async fn open(admin: &GatewayAdminConfig) -> anyhow::Result<Option<Self>> {
        let options = ClientOptions { follow_redirects: false, ..ClientOptions::default() };
        let client = client(&options).context("make an HTTP client")?;
        let (url, token) = (admin.url.clone(), admin.admin_token.clone());
        let asked = client.get(format!("{url}/admin/channels")).bearer_auth(token.expose()).send().await;
        let answer = match asked {
            Ok(answer) => answer,
            Err(error) if error.is_connect() => return Ok(None),
            Err(error) => return Err(error).with_context(|| format!("ask the gateway at {url}")),
        };
        let status = answer.status();
        let body: Value = answer.json().await.unwrap_or_default();
        if !status.is_success() {
            bail!("the gateway at {url} refuses: {}", told(status.as_u16(), &body));
        }
        let channels = body["channels"].as_array().into_iter().flatten();
        let known = channels.filter_map(|channel| Some((channel["name"].as_str()?.to_owned(), channel.clone())));
        Ok(Some(Self { client, known: known.collect(), url, token }))
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// What storing would do.
    ///
    /// # Errors
    /// In words, for the report: it would be refused.
    pub(super) fn compare(&self, wanted: &Wanted) -> Result<Stored, String> {
        if let Some(name) = configured(self.known.iter(), &wanted.name) {
            return Err(left_alone(name));
        }
        let Some(known) = self.known.get(&wanted.name) else { return Ok(Stored::New) };
        let key = wanted.key.as_ref().map(|key| fingerprint(key.expose()));
        let same_key = key.is_none_or(|key| known["key_fingerprint"] == *key);
        let same = known["origin"] == "stored" && known["definition"] == json!(wanted.definition) && same_key;
        Ok(if same { Stored::Same } else { Stored::Changed })
    }

    /// Stores one channel.
    ///
    /// # Errors
    /// In words, for the report.
    pub(super) async fn store(&self, wanted: &Wanted) -> Result<Stored, String> {
        let outcome = self.compare(wanted)?;
        if outcome == Stored::Same {
            return Ok(outcome);
        }
        let mut body = json!(wanted.definition);
        body["key"] = wanted.key.as_ref().map(Secret::expose).into();
        let request = self.client.put(format!("{}/admin/channels/{}", self.url, wanted.name));
        let answer = request.bearer_auth(self.token.expose()).json(&body).send().await;
        let answer = answer.map_err(reason)?;
        let status = answer.status();
        if status.is_success() {
            return Ok(outcome);
        }
        let body: Value = answer.json().await.unwrap_or_default();
        Err(told(status.as_u16(), &body))
    }
}

/// The configured channel of a name, in whatever case.
fn configured<'a>(mut known: impl Iterator<Item = (&'a String, &'a Value)>, name: &str) -> Option<&'a str> {
    let twin = known.find(|(other, channel)| channel["origin"] == "configured" && other.eq_ignore_ascii_case(name));
    twin.map(|(other, _)| other.as_str())
}

/// Why a channel is not stored that the configuration has.
pub(super) fn left_alone(name: &str) -> String {
    format!("{name} stands in the configuration: left alone")
}

fn told(status: u16, problem: &Value) -> String {
    problem["detail"].as_str().map_or_else(|| format!("HTTP {status}"), str::to_owned)
}
