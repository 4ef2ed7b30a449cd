//! Asks the API what an agent would ask, and compares the answers with the market that the simulator made.

use std::time::Duration;

use anyhow::Context as _;
use chrono::NaiveDate;
use daemon_kit::http;
use market_model::Code;
use serde_json::Value;
use tokio::time::Instant;

use super::{configuration::API_TOKEN, stage::Stage};

/// What was asked and answered.
pub(crate) struct Answers {
    pub(crate) generation: u64,
    /// Bars compared with the market, one for one.
    pub(crate) compared: usize,
    pub(crate) code: Code,
    pub(crate) last_row: Value,
    pub(crate) features: Value,
    /// The fastest of some equal questions.
    pub(crate) fastest: Duration,
}

/// Codes whose whole range is compared.
const SAMPLE: usize = 40;
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) async fn run(stage: &Stage, api: &str) -> anyhow::Result<Answers> {
    let asker = Asker::new(api)?;
    let (first, last) = (stage.all_days().next().context("no days")?, stage.days.last().context("no days")?);
    asker.wait_for_day(*last).await?;
    let codes = stage.market.expected_codes(*last);
    let step = (codes.len() / SAMPLE).max(1);
    let mut compared = 0;
    let mut shown = None;
    for code in codes.iter().step_by(step) {
        let answer = asker.bars(code, first, *last).await?;
        compared += compare(stage, code, &answer)?;
        shown.get_or_insert((*code, answer));
    }
    let (code, answer) = shown.context("the market has no code on its last day")?;
    let mut fastest = Duration::MAX;
    for _ in 0..50 {
        let begun = Instant::now();
        asker.bars(&code, first, *last).await?;
        fastest = fastest.min(begun.elapsed());
    }
    let features = asker.get(&format!("/warehouse/features?code={code}&date={last}")).await?;
    let last_row = answer["rows"].as_array().and_then(|rows| rows.last()).cloned().unwrap_or_default();
    let generation = answer["generation"].as_u64().context("the answer names no generation")?;
    Ok(Answers { generation, compared, code, last_row, features, fastest })
}

/// Every unadjusted bar equals the market's, and says who brought it; every bar of the market in the range is there. TDX
/// counts in lots of 100 shares, with seven digits. A day of the history may have come from Tushare too, which is preferred.
fn compare(stage: &Stage, code: &Code, answer: &Value) -> anyhow::Result<usize> {
    let rows = answer["rows"].as_array().context("an answer without rows")?;
    let mut expected = stage.all_days().filter_map(|day| stage.market.bar(code, day));
    let mut compared = 0;
    for row in rows {
        let bar = expected.next().with_context(|| format!("{code} has a bar too many: {row}"))?;
        let by_tushare = stage.days.contains(&bar.trade_date) || row["source"] == "tushare";
        let source = if by_tushare { "tushare" } else { "tdx" };
        let rounding = if by_tushare { 0 } else { 100 + bar.volume.unsigned_abs() / 1_000_000 };
        let volume = row["volume"].as_i64().unwrap_or_default();
        let same = row["source"] == source
            && row["trade_date"] == bar.trade_date.to_string()
            && row["open"].as_f64() == Some(bar.open)
            && row["high"].as_f64() == Some(bar.high)
            && row["low"].as_f64() == Some(bar.low)
            && row["close"].as_f64() == Some(bar.close)
            && volume.abs_diff(bar.volume) <= rounding;
        anyhow::ensure!(same, "{code} on {}: the API says {row}, the market {bar:?}", bar.trade_date);
        compared += 1;
    }
    anyhow::ensure!(expected.next().is_none(), "{code} lacks bars: {} answered", rows.len());
    Ok(compared)
}

/// Asks the API as an agent does.
pub(super) struct Asker {
    http: reqwest::Client,
    api: String,
}

impl Asker {
    pub(super) fn new(api: &str) -> anyhow::Result<Self> {
        Ok(Self { http: http::client(&http::ClientOptions::default())?, api: api.to_owned() })
    }

    async fn bars(&self, code: &Code, from: NaiveDate, to: NaiveDate) -> anyhow::Result<Value> {
        self.get(&format!("/warehouse/daily?code={code}&start={from}&end={to}&adjust=none")).await
    }

    pub(super) async fn get(&self, path: &str) -> anyhow::Result<Value> {
        answered(path, self.http.get(format!("{}{path}", self.api))).await
    }

    pub(super) async fn post(&self, path: &str, body: &Value) -> anyhow::Result<Value> {
        let request = self.http.post(format!("{}{path}", self.api));
        let is_empty = body.as_object().is_some_and(serde_json::Map::is_empty);
        answered(path, if is_empty { request } else { request.json(body) }).await
    }

    /// The API polls for generations; the last published one may take a moment.
    async fn wait_for_day(&self, day: NaiveDate) -> anyhow::Result<()> {
        let wanted = day.to_string();
        let arrived = async {
            loop {
                if let Ok(status) = self.get("/quality/status").await
                    && status["generation"]["last_trade_date"].as_str() == Some(&wanted)
                {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        };
        tokio::time::timeout(PATIENCE, arrived).await.with_context(|| format!("the API never served {day}"))
    }
}

async fn answered(path: &str, request: reqwest::RequestBuilder) -> anyhow::Result<Value> {
    let answer = request.bearer_auth(API_TOKEN).send().await?;
    let status = answer.status();
    let text = answer.text().await?;
    anyhow::ensure!(status.is_success(), "{path}: {status} {text}");
    Ok(serde_json::from_str(&text)?)
}
