//! `twilight search check`: what a running SearXNG is, beside what the gateway needs.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, bail};
use daemon_kit::{
    config::{Config, GatewaySearchConfig},
    http::{ClientOptions, client, reason},
};
use reqwest::Url;
use serde::Serialize;
use serde_json::Value;

use crate::table::{Output, table};

/// Longer than any SearXNG that can be used takes for one search.
const PATIENCE: Duration = Duration::from_secs(30);

/// Which one.
#[derive(clap::Args)]
pub(crate) struct Check {
    /// Where it answers. Default: `gateway-proxy.search.searxng_url`.
    #[arg(long)]
    url: Option<Url>,
}

/// One thing that was looked at.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Look {
    what: String,
    verdict: Verdict,
    /// What was found, and what to do where it is not well.
    found: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Ok,
    /// Works, not well.
    Poor,
    /// The gateway cannot work with it.
    Missing,
}

impl Check {
    pub(super) async fn run(self, config: &Config, output: Output) -> anyhow::Result<()> {
        let wanted = config.gateway_search_with(self.url)?;
        let Some(wanted) = wanted else {
            bail!("gateway-proxy.search.searxng_url is not configured: configure it, or give --url");
        };
        let options = ClientOptions { request_timeout: PATIENCE, follow_redirects: false, ..ClientOptions::default() };
        let client = client(&options).context("make an HTTP client")?;
        let report =
            client.get(under(&wanted.searxng, "config")).send().await.and_then(reqwest::Response::error_for_status);
        let report = report.with_context(|| format!("ask SearXNG at {} for its /config", wanted.searxng))?;
        let report: Value = report.json().await.context("SearXNG's /config is no JSON")?;
        let mut looks = judge(&report, &wanted);
        looks.push(search(&client, &wanted.searxng).await);
        output.print(&looks, |looks| shown(looks))?;
        let missing = looks.iter().filter(|look| look.verdict == Verdict::Missing).count();
        if missing > 0 {
            bail!("{missing} of {} are not as the gateway needs them; see docker/searxng/settings.yml", looks.len());
        }
        Ok(())
    }
}

fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
    url
}

/// What `/config` says: the engines by name, how long they may take, the limiter.
fn judge(report: &Value, wanted: &GatewaySearchConfig) -> Vec<Look> {
    let mut names: Vec<&String> = wanted.engines_chinese.iter().collect();
    names.extend(wanted.engines_global.iter().filter(|name| !wanted.engines_chinese.contains(name)));
    let mut looks: Vec<Look> = names.into_iter().map(|name| engine(report, name, wanted.timeout)).collect();
    let is_on = report["limiter"]["enabled"] == true;
    looks.push(Look {
        what: "limiter".to_owned(),
        verdict: if is_on { Verdict::Missing } else { Verdict::Ok },
        found: if is_on { "on: it lets four searches an hour through; set server.limiter: false" } else { "off" }
            .to_owned(),
    });
    looks
}

fn engine(report: &Value, name: &str, patience: Duration) -> Look {
    let mut engines = report["engines"].as_array().into_iter().flatten();
    let found = engines.find(|engine| engine["name"] == name);
    let seconds = found.and_then(|engine| engine["timeout"].as_f64()).unwrap_or_default();
    let (verdict, found) = match found {
        None => (Verdict::Missing, "this SearXNG has no engine of that name".to_owned()),
        Some(engine) if engine["enabled"] != true => {
            (Verdict::Missing, format!("disabled: add `- name: {name}` with `disabled: false` to engines"))
        }
        Some(_) if seconds >= patience.as_secs_f64() => {
            let told = format!(
                "may take {seconds} s, the gateway waits {} s: give it a shorter timeout",
                patience.as_secs_f64()
            );
            (Verdict::Poor, told)
        }
        Some(_) => (Verdict::Ok, format!("enabled, {seconds} s")),
    };
    Look { what: format!("engine {name}"), verdict, found }
}

/// One search for JSON, because `/config` does not tell the formats.
async fn search(client: &reqwest::Client, base: &Url) -> Look {
    let request = client.post(under(base, "search")).header("content-type", "application/x-www-form-urlencoded");
    let answer = request.body("q=twilight&format=json").send().await;
    let (verdict, found) = match answer {
        Err(error) => (Verdict::Missing, format!("no answer: {}", reason(error))),
        Ok(answer) => match answer.status().as_u16() {
            200 => match answer.json::<Value>().await {
                Ok(body) if body["results"].is_array() => told(&body),
                _ => (Verdict::Missing, "answers 200 with something else than SearXNG's JSON".to_owned()),
            },
            403 => (Verdict::Missing, "refused: add json to search.formats".to_owned()),
            429 => (Verdict::Missing, "refused: set server.limiter: false, or put the gateway in pass_ip".to_owned()),
            status => (Verdict::Missing, format!("HTTP {status}")),
        },
    };
    Look { what: "search for json".to_owned(), verdict, found }
}

/// How many results there were, and which engines failed. SearXNG answers 200 with nothing when all of them did, as it does
/// where it cannot reach the internet; some fail on any day.
fn told(body: &Value) -> (Verdict, String) {
    let results = body["results"].as_array().map_or(0, Vec::len);
    let mut failed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for pair in body["unresponsive_engines"].as_array().into_iter().flatten() {
        if let (Some(engine), Some(reason)) = (pair[0].as_str(), pair[1].as_str()) {
            failed.entry(reason).or_default().push(engine);
        }
    }
    let failed: Vec<String> =
        failed.into_iter().map(|(reason, engines)| format!("{reason}: {}", engines.join(", "))).collect();
    match (results, failed.is_empty()) {
        (0, false) => (Verdict::Missing, format!("no engine answered\n{}", failed.join("\n"))),
        (_, false) => (Verdict::Poor, format!("{results} results, without\n{}", failed.join("\n"))),
        (_, true) => (Verdict::Ok, format!("{results} results")),
    }
}

fn shown(looks: &[Look]) -> String {
    let word = |verdict| match verdict {
        Verdict::Ok => "ok",
        Verdict::Poor => "poor",
        Verdict::Missing => "MISSING",
    };
    let rows = looks.iter().map(|look| [look.what.clone(), word(look.verdict).to_owned(), look.found.clone()]);
    table(["what", "", "found"], rows)
}

#[cfg(test)]
mod tests {
    use daemon_kit::config::Environment;
    use upstream_simulators::{EngineFailure, SearxngFault, SearxngOptions, SearxngServer};

    use super::*;

    async fn looks(server: &SearxngServer) -> Vec<(String, Verdict)> {
        let config = Config::from_toml("", "test", &Environment::default()).unwrap();
        let wanted = config.gateway_search_with(Some(server.url.parse().unwrap())).unwrap().unwrap();
        let client = client(&ClientOptions::default()).unwrap();
        let report = client.get(under(&wanted.searxng, "config")).send().await.unwrap().json().await.unwrap();
        let mut looks = judge(&report, &wanted);
        looks.push(search(&client, &wanted.searxng).await);
        looks.into_iter().map(|look| (look.what, look.verdict)).collect()
    }

    fn of(looks: &[(String, Verdict)], verdict: Verdict) -> Vec<&str> {
        looks.iter().filter(|(_, found)| *found == verdict).map(|(what, _)| what.as_str()).collect()
    }

    #[tokio::test]
    async fn a_searxng_as_we_deploy_it_has_everything() {
        let server = SearxngServer::start(SearxngOptions::default()).await.unwrap();
        let looks = looks(&server).await;
        assert_eq!(looks.len(), 10, "eight engines, the limiter, a search: {looks:?}");
        assert_eq!(of(&looks, Verdict::Missing), [""; 0]);
        assert_eq!(of(&looks, Verdict::Poor), ["engine 360search"], "which ships with 20 s");
    }

    #[tokio::test]
    async fn a_searxng_out_of_the_box_lacks_engines_and_json() {
        let server = SearxngServer::start(SearxngOptions::out_of_the_box()).await.unwrap();
        let missing = ["baidu", "sogou", "360search", "bing", "google", "yep"].map(|name| format!("engine {name}"));
        let looks = looks(&server).await;
        let found = of(&looks, Verdict::Missing);
        assert_eq!(found[..6], missing, "{found:?}");
        assert_eq!(found[6..], ["search for json"]);
    }

    #[tokio::test]
    async fn engines_that_fail_are_told_and_all_of_them_are_no_search() {
        let server = SearxngServer::start(SearxngOptions::default()).await.unwrap();
        server.faults().engine_always_fails("google", EngineFailure::Captcha);
        assert_eq!(of(&looks(&server).await, Verdict::Poor), ["engine 360search", "search for json"]);
        for engine in ["baidu", "sogou", "360search", "bing", "duckduckgo", "brave", "yep"] {
            server.faults().engine_always_fails(engine, EngineFailure::Timeout);
        }
        assert_eq!(of(&looks(&server).await, Verdict::Missing), ["search for json"]);
    }

    #[tokio::test]
    async fn a_limiter_a_page_of_html_and_no_searxng_at_all_are_noticed() {
        let options = SearxngOptions { limiter: Some(0), ..SearxngOptions::default() };
        let server = SearxngServer::start(options).await.unwrap();
        assert_eq!(of(&looks(&server).await, Verdict::Missing), ["limiter", "search for json"]);
        let server = SearxngServer::start(SearxngOptions::default()).await.unwrap();
        server.faults().always(SearxngFault::HtmlOk);
        assert_eq!(of(&looks(&server).await, Verdict::Missing), ["search for json"]);
        server.go_down().await;
        let config = Config::from_toml("", "test", &Environment::default()).unwrap();
        let check = Check { url: Some(server.url.parse().unwrap()) };
        let error = check.run(&config, Output { json: true }).await.unwrap_err();
        assert!(error.to_string().contains("ask SearXNG at http://127.0.0.1"), "{error:#}");
    }
}
