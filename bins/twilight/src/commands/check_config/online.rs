//! Whether what is configured can be reached: a connection each, nothing is asked for.

use std::{collections::BTreeMap, time::Duration};

use futures::future::join_all;
use job_queue::Broker;
use reqwest::Url;
use tokio::net::TcpStream;

use super::{findings::Findings, sections::Sections};

/// Connects to everything at once, each within `timeout`.
pub(super) async fn check(timeout: Duration, sections: &Sections, findings: &mut Findings) {
    let places = places(sections);
    let connected = places.into_iter().map(|(key, place)| async move {
        let place = place?;
        let outcome = tokio::time::timeout(timeout, TcpStream::connect(place.as_str())).await;
        match outcome {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some((key, format!("{place} cannot be reached: {error}"))),
            Err(_) => Some((key, format!("{place} does not answer within {timeout:?}"))),
        }
    });
    let pinged = brokers(sections).into_iter().map(|(key, broker)| async move {
        match tokio::time::timeout(timeout, broker.ping()).await {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some((key, error.to_string())),
            Err(_) => Some((key, format!("{} does not answer within {timeout:?}", broker.address()))),
        }
    });
    let (connected, pinged) = tokio::join!(join_all(connected), join_all(pinged));
    for (key, text) in connected.into_iter().chain(pinged).flatten() {
        findings.error(key, text);
    }
}

/// A broker for every Redis, once.
fn brokers(sections: &Sections) -> Vec<(String, Broker)> {
    let mut brokers = BTreeMap::new();
    let Some(queue) = &sections.queue else { return Vec::new() };
    for name in &sections.queues {
        let url = queue.url(name).expose();
        if let Ok(broker) = Broker::connect(url) {
            brokers.entry(url.to_owned()).or_insert_with(|| (format!("queue.urls.{name}"), broker));
        }
    }
    brokers.into_values().collect()
}

/// `host:port` by key; none where an address has no host, as `unix://`.
fn places(sections: &Sections) -> Vec<(String, Option<String>)> {
    let mut places: Vec<(String, Option<String>)> = Vec::new();
    let mut add = |key: &str, url: &str| places.push((key.to_owned(), place(url)));
    if let Some(ingest) = &sections.ingest {
        let urls = [
            ("tushare", ingest.tushare.as_ref().map(|source| &source.base_url)),
            ("aktools", ingest.aktools.as_ref().map(|source| &source.base_url)),
            ("yahoo", ingest.yahoo.as_ref().map(|source| &source.base_url)),
            ("alpha_vantage", ingest.alpha_vantage.as_ref().map(|source| &source.base_url)),
        ];
        for (source, url) in urls {
            if let Some(url) = url {
                add(&format!("ingest-worker.{source}.base_url"), url);
            }
        }
    }
    for alert in sections.quality.iter().flat_map(|quality| &quality.alerts) {
        add(&format!("quality-worker.alerts ({})", alert.name), alert.url.expose());
    }
    if let Some(gateway) = &sections.gateway {
        for channel in gateway.channels.iter().filter(|channel| channel.enabled) {
            if let Some(url) = &channel.base_url {
                add(&format!("gateway-proxy.channels ({})", channel.name), url);
            }
        }
        if let Some(search) = &gateway.search {
            add("gateway-proxy.search.searxng_url", search.searxng.as_str());
            if let Some(cache) = &search.cache {
                add("gateway-proxy.search.cache_url", cache.expose());
            }
        }
    }
    if let Some(api) = &sections.api {
        add("warehouse-api.search.gateway_url", api.search.gateway.as_str());
    }
    if let Some(registry) = &sections.registry {
        add("profile-registry.gateway_url", registry.gateway_url.as_str());
        if let Some(alerts) = &registry.alert_url {
            add("profile-registry.alert_url", alerts.expose());
        }
        if let Some(wechat) = &registry.wechat {
            add("profile-registry.wechat.api_url", &wechat.api_url);
        }
    }
    let servers = sections.ingest.iter().filter_map(|ingest| ingest.tdx.as_ref()).flat_map(|tdx| &tdx.servers);
    places.extend(servers.map(|server| ("ingest-worker.tdx.servers".to_owned(), Some(server.clone()))));
    places
}

/// Host and port of an address; never what else it holds.
fn place(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let port = url.port_or_known_default().or_else(|| (url.scheme() == "redis").then_some(6379))?;
    Some(format!("{}:{port}", url.host_str()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_host_and_port_and_nothing_secret() {
        assert_eq!(place("https://user:pass@h.example/bot123/send?key=x").as_deref(), Some("h.example:443"));
        assert_eq!(place("redis://:password@127.0.0.1/").as_deref(), Some("127.0.0.1:6379"));
        assert_eq!(place("http://[::1]:81/").as_deref(), Some("[::1]:81"));
        assert_eq!(place("unix:///tmp/redis.sock"), None);
    }
}
