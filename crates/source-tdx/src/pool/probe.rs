//! The probe: real bars of a well-known stock, or the server is not used.

use std::sync::Arc;

use chrono::{Datelike as _, Days, FixedOffset, NaiveDate, Weekday};
use tokio::time::Instant;

use super::{
    Answer, Fault, Pool,
    connection::Connection,
    server::{Proof, Standing},
};
use crate::{
    ClientConfig,
    wire::{BarLayout, BarRecord, Category, Request, bars_request, decode_bars, spelling},
};

const BARS: u16 = 2;

/// China has kept no summer time since 1991.
const SHANGHAI: FixedOffset = FixedOffset::east_opt(8 * 3600).expect("eight hours is a valid offset");

/// Prices of the probed stock that nobody would believe, in 0.001 yuan.
const PRICE_MIN: i32 = 100;
const PRICE_MAX: i32 = 10_000_000;

/// A probe under way. Whatever becomes of it, even if the task is cancelled, the server does not stay in limbo.
pub(super) struct Running {
    pool: Arc<Pool>,
    server: usize,
    over: bool,
}

impl Running {
    pub(super) fn new(pool: Arc<Pool>, server: usize) -> Self {
        Self { pool, server, over: false }
    }

    fn end(mut self, outcome: Result<Proof, Fault>) {
        self.over = true;
        self.pool.probed(self.server, outcome);
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if !self.over {
            self.pool.update(self.server, |server, _, _| server.standing = Standing::Unknown);
        }
    }
}

pub(super) async fn run(running: Running, address: String) {
    let outcome = {
        let Ok(_turn) = running.pool.probes.acquire().await else { return };
        measure(&running.pool, running.server, &address).await
    };
    running.end(outcome);
}

async fn measure(pool: &Pool, server: usize, address: &str) -> Result<Proof, Fault> {
    let question = question(&pool.config)?;
    // A server that is probed again keeps its connection: it wants one, not another beside it.
    let kept = pool.update(server, |server, config, now| server.take_idle(config, now));
    let mut connection = match kept {
        Some(connection) => connection,
        None => Connection::open(address, &pool.config).await?,
    };
    let turn = pool.update(server, |server, config, now| server.take_turn(config.requests_per_second_per_server, now));
    if turn > Instant::now() {
        tokio::time::sleep_until(turn).await;
    }
    let asked = Instant::now();
    let answer = match connection.ask(question.clone()).await {
        Err(Fault::Stale) => {
            connection = Connection::open(address, &pool.config).await?;
            connection.ask(question).await?
        }
        other => other?,
    };
    let took = asked.elapsed();
    Ok(Proof { connection, took, newest: verdict(&answer, pool)? })
}

/// The question for real bars.
pub(super) fn question(config: &ClientConfig) -> Result<Request, Fault> {
    let (market, symbol) = spelling(&config.probe_code).map_err(|error| Fault::Implausible(error.to_string()))?;
    Ok(bars_request(market, symbol, Category::Day, 0, BARS))
}

/// What the answer to it proves: the day of the newest bar, or what is wrong.
pub(super) fn verdict(answer: &Answer, pool: &Pool) -> Result<NaiveDate, Fault> {
    let bars = decode_bars(answer.body(), BarLayout::Security)?;
    let today = (pool.clock)().with_timezone(&SHANGHAI).date_naive();
    judge(&bars, today, pool.config.probe_max_age_days)
}

/// Whether these can be the two newest bars of the probed stock; gives the day of the newest. None is of tomorrow: were it
/// believed, every other server would be taken for one that is not fed.
fn judge(bars: &[BarRecord], today: NaiveDate, max_age_days: u64) -> Result<NaiveDate, Fault> {
    let implausible = |reason: String| Err(Fault::Implausible(format!("the probe's bars cannot be: {reason}")));
    if bars.len() != usize::from(BARS) {
        return implausible(format!("{} instead of {BARS}", bars.len()));
    }
    let mut newest = NaiveDate::MIN;
    for bar in bars {
        let Some(time) = Category::Day.time_of(bar.stamp) else { return implausible("a date is no day".to_owned()) };
        if matches!(time.weekday(), Weekday::Sat | Weekday::Sun) {
            return implausible(format!("{} is no trading day", time.date()));
        }
        newest = newest.max(time.date());
        let sorted = PRICE_MIN <= bar.low && bar.low <= bar.open.min(bar.close) && bar.open.max(bar.close) <= bar.high;
        if !sorted || bar.high > PRICE_MAX {
            return implausible(format!("prices of {}: {bar:?}", time.date()));
        }
    }
    let from = today.checked_sub_days(Days::new(max_age_days)).unwrap_or(NaiveDate::MIN);
    if !(from..=today).contains(&newest) {
        return implausible(format!("the newest is of {newest}, today is {today}"));
    }
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bar(date: u32, low: i32, high: i32) -> BarRecord {
        BarRecord {
            stamp: date.to_le_bytes(),
            open: low,
            close: high,
            high,
            low,
            volume: 1000.0,
            amount: 1e6,
            advancing: 0,
            declining: 0,
        }
    }

    fn verdict(bars: &[BarRecord]) -> Result<NaiveDate, String> {
        judge(bars, "2026-11-20".parse().unwrap(), 30).map_err(|fault| fault.to_string())
    }

    #[test]
    fn only_two_fresh_bars_at_a_possible_price_pass() {
        let (old, new) = (bar(20_261_119, 11_000, 11_200), bar(20_261_120, 11_100, 11_300));
        let newest: NaiveDate = "2026-11-20".parse().unwrap();
        assert_eq!(verdict(&[old, new]), Ok(newest));
        assert_eq!(verdict(&[new, old]), Ok(newest), "some servers descend");
        for (bars, reason) in [
            (vec![], "0 instead of 2"),
            (vec![new], "1 instead of 2"),
            (vec![old, bar(20_261_131, 11_000, 11_200)], "no day"),
            (vec![old, bar(20_261_120, 11_300, 11_100)], "prices"),
            (vec![old, bar(20_261_120, -5, 11_100)], "prices"),
            (vec![old, bar(20_261_120, 11_000, 2_000_000_000)], "prices"),
            (vec![bar(20_260_618, 11_000, 11_200), bar(20_260_619, 11_000, 11_200)], "newest is of 2026-06-19"),
            (vec![old, bar(20_271_119, 11_000, 11_200)], "newest is of 2027-11-19"),
            (vec![old, bar(20_261_123, 11_000, 11_200)], "newest is of 2026-11-23"),
            (vec![old, bar(20_261_114, 11_000, 11_200)], "2026-11-14 is no trading day"),
        ] {
            let error = verdict(&bars).unwrap_err();
            assert!(error.contains(reason), "{reason}: {error}");
        }
    }
}
