//! The registry: whether it answers, what time it has, and whether it knows the token.

use std::collections::BTreeMap;

use chrono::DateTime;
use reqwest::{Method, Url, header};
use serde_json::Value;

use super::finding::Findings;
use crate::{
    client::{Client, ClientError, ProfileRow},
    context::{Context, TokenSource},
};

const PLACE: &str = "registry";
/// Proofs are good for five minutes; a clock that is a minute off will be five one day.
const CLOCK_OFF_SECONDS: i64 = 60;

/// The profiles that the token may see, by name; `None` where nobody could be asked.
pub(super) async fn look(context: &Context, findings: &mut Findings) -> Option<BTreeMap<String, ProfileRow>> {
    let anonymous = match context.anonymous() {
        Ok(client) => client,
        Err(failure) => {
            findings.broken(PLACE, failure.to_string());
            return None;
        }
    };
    in_clear(&anonymous, findings);
    if !answers(context, &anonymous, findings).await {
        return None;
    }
    let (client, source) = match context.client_and_source() {
        Ok(found) => found,
        Err(failure) => {
            findings.warn("token", failure.to_string());
            return None;
        }
    };
    match client.who().await {
        Ok(who) => {
            let from = if source == TokenSource::Kept { "`login` kept it" } else { "it was given for this run" };
            findings.good("token", format!("it speaks for {} ({from})", who.actor));
        }
        Err(error) => {
            findings.broken("token", error.to_string());
            return None;
        }
    }
    match client.get::<Value>("/ownership", &[]).await {
        Ok(_) => findings.good("OWNERS", "it can be read"),
        // Until it is repaired, nobody may do anything.
        Err(error) => findings.broken("OWNERS", error.to_string()),
    }
    match client.profiles().await {
        Ok(rows) => Some(rows.into_iter().map(|row| (row.name.clone(), row)).collect()),
        Err(error) => {
            findings.broken(PLACE, error.to_string());
            None
        }
    }
}

fn in_clear(client: &Client, findings: &mut Findings) {
    let Ok(url) = Url::parse(client.url()) else { return };
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    let is_here = host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if url.scheme() == "http" && !is_here {
        findings.warn(PLACE, format!("{} is not encrypted: whoever is on the way reads the token", client.url()));
    }
}

async fn answers(context: &Context, client: &Client, findings: &mut Findings) -> bool {
    let answer = match client.ask(client.request(Method::GET, "/healthz")).await {
        Ok(answer) => answer,
        Err(error) => {
            findings.broken(PLACE, error.to_string());
            return false;
        }
    };
    let health: Value = match client.json(&answer) {
        Ok(health) => health,
        Err(error) => {
            findings.broken(PLACE, ClientError::to_string(&error));
            return false;
        }
    };
    let text = |name: &str| health[name].as_str().unwrap_or("?").to_owned();
    if text("service") != "profile-registry" {
        findings.broken(PLACE, format!("{} is no profile registry but {}", client.url(), text("service")));
        return false;
    }
    let (theirs, ours) = (text("version"), env!("CARGO_PKG_VERSION"));
    if theirs == ours {
        findings.good(PLACE, format!("{} answers, version {theirs}", client.url()));
    } else {
        findings.warn(PLACE, format!("{} has version {theirs}, this is {ours}", client.url()));
    }
    let date = answer.headers.get(header::DATE).and_then(|date| date.to_str().ok());
    if let Some(there) = date.and_then(|date| DateTime::parse_from_rfc2822(date).ok()) {
        let off = context.clock.now().signed_duration_since(there).num_seconds();
        if off.abs() > CLOCK_OFF_SECONDS {
            findings.warn("clock", format!("this machine's clock is {off} s from the registry's"));
        }
    }
    true
}
