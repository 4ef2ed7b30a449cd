//! A warehouse with what an operator has to look at: a wrong close, a refused row, a job that died, an ex-date.

use std::sync::Arc;

use chrono::NaiveDate;
use daemon_kit::clock::Clock;
use job_queue::{JobState, payload::IngestJob};
use market_model::{Code, DailyBar, Exchange, last_final_day};
use serde_json::{Value, json};
use upstream_simulators::{
    Fault, Market, MarketSpec,
    tushare::{CellDamage, Damage, Refusal},
};

use super::Scale;
use crate::{Daemon, Http, Settings, Stage, eventually};

/// The daemons of the warehouse over simulated vendors, and what is special in it.
pub struct DataSite {
    /// What they stand on.
    pub stage: Stage,
    /// `warehouse-api`.
    pub api: Daemon,
    /// `ingest-worker`.
    pub worker: Daemon,
    /// `quality-worker`.
    pub judge: Daemon,
    /// The last day.
    pub day: NaiveDate,
    /// The row that Tushare tells right and TDX tells wrong: both closes, by source.
    pub wrong: (DailyBar, DailyBar),
    /// The code whose row of the last day waits in quarantine.
    pub refused: Code,
    /// A code that went ex in the days that are there, and when.
    pub ex: (Code, NaiveDate),
    /// The job that died.
    pub dead: String,
}

impl DataSite {
    /// Starts and fills it.
    pub async fn start(scale: Scale) -> Self {
        let settings = Settings { tdx_servers: 2, bookkeeping_every_s: Some(1), ..Settings::default() };
        let last = last_final_day(Exchange::Sse, Clock::system().now());
        let spec = MarketSpec::new(7, scale.codes, last - chrono::Days::new(scale.days), last);
        let stage = Stage::with(&Arc::new(Market::generate(&spec)), settings).await;
        let days = stage.market.trading_days()[1..].to_vec();
        let day = days[days.len() - 1];
        let wrong = wrong_close(&stage, day);
        stage.vendors.tdx.iter().for_each(|server| server.faults().revise(wrong.1.clone()));
        let ex = ex_date(&stage, &days).filter(|(code, _)| *code != wrong.0.code);
        let ex = ex.expect("one code goes ex in the middle of every market");
        let codes = stage.market.expected_codes(day);
        let refused = codes.into_iter().find(|code| *code != wrong.0.code && *code != ex.0).unwrap();
        let zero = CellDamage::new(refused, day, "low", Damage::Value(json!(0)));
        stage.vendors.tushare.faults().damage("daily", zero);
        let (worker, judge, api) = (stage.worker().await, stage.judge().await, stage.api().await);
        let reference = stage.ask(&IngestJob::FetchReference { source: "tushare".to_owned() }).await;
        stage.done(&[reference]).await;
        stage.done(&stage.ask_for(&days).await).await;
        for day in &days[days.len().saturating_sub(scale.tdx_days)..] {
            stage.fetch("tdx", *day).await;
        }
        let mut site = Self { stage, api, worker, judge, day, wrong, refused, ex, dead: String::new() };
        site.is_judged().await;
        site.dead = site.dies().await;
        site
    }

    /// Waits until the wrong close and the refused row are published.
    async fn is_judged(&self) {
        let http = Http::new(&self.api.url);
        let holds = async |path: &str, code: &Code| {
            let (_, rows) = http.get(path).await;
            rows.as_array().is_some_and(|rows| rows.iter().any(|row: &Value| row["code"] == code.as_str()))
        };
        eventually("the wrong close is found and the refused row is held", async || {
            let found = holds("/quality/logs?check=cross_source&open=true&limit=1000", &self.wrong.0.code).await
                && holds("/quality/quarantine?state=held", &self.refused).await;
            found.then_some(())
        })
        .await;
    }

    /// A job that dies of a token that the vendor does not know, for an hour.
    async fn dies(&self) -> String {
        self.stage.vendors.tushare.faults().always("", Fault::Refuse(Refusal::BadToken));
        let first = self.stage.market.trading_days()[0];
        let id = self.stage.ask_for(&[first]).await.remove(0);
        self.stage.reaches(&id, JobState::Dead).await;
        self.stage.vendors.tushare.faults().clear();
        id
    }
}

/// A bar of the day whose close TDX tells differently, within the day's prices: nothing but the other vendor shows it.
fn wrong_close(stage: &Stage, day: NaiveDate) -> (DailyBar, DailyBar) {
    let bars = stage.market.expected_codes(day).into_iter().filter_map(|code| stage.market.bar(&code, day));
    let right = bars.into_iter().find(|bar| bar.low < bar.close && bar.close < bar.high && bar.close < 50.0).unwrap();
    let wrong = DailyBar { close: (right.close * 100.0 + 1.0).round() / 100.0, ..right.clone() };
    (right, wrong)
}

/// A code that trades on all of these days and goes ex on one of them, not the first few.
fn ex_date(stage: &Stage, days: &[NaiveDate]) -> Option<(Code, NaiveDate)> {
    stage.market.codes().iter().find_map(|code| {
        let trades = days.iter().all(|day| stage.market.bar(code, *day).is_some());
        let actions = stage.market.actions(code).into_iter().filter(|_| trades);
        let dates = actions.map(|action| action.ex_date);
        dates.into_iter().find(|date| days[2..].contains(date)).map(|date| (*code, date))
    })
}
