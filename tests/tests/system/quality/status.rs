//! `/quality/status` while nobody works any more.

use chrono::{DateTime, NaiveDate, TimeDelta};
use serde_json::Value;
use system_tests::{Http, Stage, eventually, recent_market};
use upstream_simulators::AlertReceiver;

use super::kit::{CODES, ingest, stage};

async fn status(http: &Http) -> Value {
    let (code, body) = http.get("/quality/status").await;
    assert_eq!(code, 200, "{body}");
    body
}

fn daily(status: &Value) -> Value {
    let sources = status["sources"].as_array().unwrap();
    sources.iter().find(|one| one["source"] == "tushare" && one["dataset"] == "daily").unwrap().clone()
}

/// Moves every moment in `status.json` back by `hours`, which is what the file looks like so many hours later.
fn let_pass(stage: &Stage, hours: i64) {
    fn older(value: &mut Value, by: TimeDelta) {
        match value {
            Value::String(text) => {
                if let Ok(at) = DateTime::parse_from_rfc3339(text) {
                    *text = (at - by).to_rfc3339();
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| older(value, by)),
            Value::Object(fields) => fields.values_mut().for_each(|value| older(value, by)),
            _ => {}
        }
    }
    let path = stage.published().join("status.json");
    let mut status: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    older(&mut status, TimeDelta::hours(hours));
    let new = path.with_extension("json.new");
    std::fs::write(&new, status.to_string()).unwrap();
    std::fs::rename(new, path).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_status_stays_true_when_every_worker_is_dead() {
    let receiver = AlertReceiver::start().await.unwrap();
    let stage = stage(&recent_market(CODES, 4), &receiver).await;
    let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
    let http = Http::new(&api.url);
    ingest(&stage).await;
    let day: NaiveDate = stage.days(1)[0];
    let checked = |body: &Value| body["last_checks"]["check_generation"]["checked_at"].is_string();
    let before = eventually("the status tells of a check", async || {
        let body = status(&http).await;
        (checked(&body) && daily(&body)["last_trade_date"] == day.to_string()).then_some(body)
    })
    .await;
    assert_eq!(daily(&before)["stale"], false, "{before}");
    judge.kill();
    worker.kill();

    let_pass(&stage, 25);
    let after = eventually("the source is stale", async || {
        let body = status(&http).await;
        (daily(&body)["stale"] == true).then_some(body)
    })
    .await;
    let age = |body: &Value| daily(body)["age_seconds"].as_i64().unwrap();
    assert!(age(&after) >= age(&before) + 25 * 3600, "{after}");
    let again = eventually("it grows older by itself", async || {
        let body = status(&http).await;
        (age(&body) > age(&after)).then_some(body)
    })
    .await;
    assert!(checked(&again) && again["stale"] == true, "{again}");
    assert_eq!(again["generation"]["number"], after["generation"]["number"]);
}
