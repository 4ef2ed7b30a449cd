//! Everything about one trading day, fetched concurrently and joined by code.

use std::collections::HashMap;

use chrono::NaiveDate;
use market_model::{Code, DailyBar, DailyBasic, PriceLimit, Suspension};

use crate::{AdjFactor, Api, Client, Fetched, RawPage, RejectedRow, Row, TushareError};

/// The five interfaces of one day. Page indexes of all rows point into the one `pages`.
#[derive(Debug, Clone)]
pub struct WholeDay {
    /// The day.
    pub trade_date: NaiveDate,
    /// Bars, each with the factor of its code where there is one. No rows = no trading day.
    pub daily: Vec<Row<DailyBar>>,
    /// Valuation figures. The vendor writes them later than the bars (about 17:00 in Shanghai): bars without figures mean
    /// that the day is worth asking for once more.
    pub basics: Vec<Row<DailyBasic>>,
    /// Suspensions and resumptions.
    pub suspensions: Vec<Row<Suspension>>,
    /// Price limits.
    pub limits: Vec<Row<PriceLimit>>,
    /// Rows of any of the five that could not be used.
    pub rejected: Vec<RejectedRow>,
    /// Every response.
    pub pages: Vec<RawPage>,
    /// Bars whose amount / volume lies outside their own range: a finding, not a rejection.
    pub suspect_rows: usize,
    /// Bars without a factor, because `adj_factor` has no row for them.
    pub without_factor: usize,
    /// Interfaces this account may not call; their part is empty, the bars are still good. Never contains `daily`.
    pub not_permitted: Vec<Api>,
}

impl Client {
    /// Fetches `daily`, `adj_factor`, `daily_basic`, `suspend_d` and `stk_limit` of one day at the same time and joins
    /// the factors onto the bars by code.
    ///
    /// # Errors
    /// [`TushareError::NotPublishedYet`] before 15:30 in Shanghai of that day. Otherwise the first error in the order
    /// above; a missing permission for anything but `daily` is no error but named in [`WholeDay::not_permitted`].
    pub async fn whole_day(&self, trade_date: NaiveDate) -> Result<WholeDay, TushareError> {
        self.require_closed(trade_date)?;
        let (daily, factors, basics, suspensions, limits) = tokio::join!(
            self.daily_market(trade_date),
            self.adj_factor(trade_date),
            self.daily_basic(trade_date),
            self.suspensions(trade_date),
            self.price_limits(trade_date),
        );
        let mut day = WholeDay::new(trade_date);
        let mut bars = day.absorb(daily?);
        let factors = day.optional(factors)?;
        day.basics = day.optional(basics)?;
        day.suspensions = day.optional(suspensions)?;
        day.limits = day.optional(limits)?;
        day.without_factor = join_factors(&mut bars, &factors);
        day.daily = bars;
        Ok(day)
    }
}

impl WholeDay {
    fn new(trade_date: NaiveDate) -> Self {
        Self {
            trade_date,
            daily: Vec::new(),
            basics: Vec::new(),
            suspensions: Vec::new(),
            limits: Vec::new(),
            rejected: Vec::new(),
            pages: Vec::new(),
            suspect_rows: 0,
            without_factor: 0,
            not_permitted: Vec::new(),
        }
    }

    /// Takes the pages and rejected rows of one interface and returns its rows, their pages shifted.
    fn absorb<T>(&mut self, fetched: Fetched<T>) -> Vec<Row<T>> {
        let mut all = Fetched {
            rows: Vec::new(),
            rejected: std::mem::take(&mut self.rejected),
            pages: std::mem::take(&mut self.pages),
            suspect_rows: self.suspect_rows,
        };
        all.append(fetched);
        (self.rejected, self.pages, self.suspect_rows) = (all.rejected, all.pages, all.suspect_rows);
        all.rows
    }

    fn optional<T>(&mut self, fetched: Result<Fetched<T>, TushareError>) -> Result<Vec<Row<T>>, TushareError> {
        match fetched {
            Ok(fetched) => Ok(self.absorb(fetched)),
            Err(TushareError::NoPermission { api, message }) => {
                tracing::warn!(tushare.api = api.name(), message, "no permission: the day is fetched without it");
                self.not_permitted.push(api);
                Ok(Vec::new())
            }
            Err(error) => Err(error),
        }
    }
}

/// Sets each bar's factor by code and returns how many have none. The factors hold more codes than the bars (suspended
/// ones) and come in any order.
fn join_factors(bars: &mut [Row<DailyBar>], factors: &[Row<AdjFactor>]) -> usize {
    let by_code: HashMap<Code, f64> = factors.iter().map(|row| (row.value.code, row.value.factor)).collect();
    for bar in bars.iter_mut() {
        bar.value.adj_factor = by_code.get(&bar.value.code).copied();
    }
    bars.iter().filter(|bar| bar.value.adj_factor.is_none()).count()
}
