//! What the rules know about the market apart from the code at hand.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use market_model::{TradingCalendar, rulebook::NoLimitDays};
use quality_rules::{Market, Options};

use crate::{Generation, WarehouseError, coverage};

/// What one generation says about the market as a whole.
#[derive(Debug, Clone)]
pub struct MarketFacts {
    /// The mainland's trading days.
    pub calendar: TradingCalendar,
    /// Names of the sources, ascending: rows hold the index.
    pub sources: Vec<String>,
    /// Days of which a source's answer for the whole market is served. A day that is complete because the codes' histories were
    /// asked for one by one is none of them: there a code without a bar did not trade.
    pub complete_days: BTreeSet<NaiveDate>,
    /// Trading days between the first and the last complete day, however that came about, that are not.
    pub unknown_days: BTreeSet<NaiveDate>,
}

impl MarketFacts {
    /// As the rules take it, with what the warehouse does not know.
    pub fn market<'a>(&'a self, no_limit_days: &'a NoLimitDays, options: &'a Options) -> Market<'a> {
        let Self { calendar, sources, complete_days, unknown_days } = self;
        Market { calendar, sources, complete_days, unknown_days, no_limit_days, options }
    }
}

impl Generation {
    /// What the rules want to know about the market as a whole. The sources are those of [`Generation::scan_histories`]. Plans
    /// queries, and the first time over a base reads one of its columns.
    pub fn market_facts(&self) -> Result<MarketFacts, WarehouseError> {
        let conn = self.database.connect()?;
        let sources = self.sources(&conn)?.names().to_vec();
        let mut statement = conn.prepare(&format!(
            "SELECT trade_date, bool_or(reason IS DISTINCT FROM '{}') FROM {}.partition \
             WHERE dataset = 'daily' AND state = 'complete' GROUP BY trade_date",
            coverage::BACKFILLED,
            self.files.tail.name(),
        ))?;
        let served: BTreeMap<NaiveDate, bool> =
            statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_, _>>()?;
        let range = served.first_key_value().zip(served.last_key_value());
        let open = range.into_iter().flat_map(|((first, _), (last, _))| self.calendar.open_days(*first, *last));
        let unknown_days = open.filter(|day| !served.contains_key(day)).collect();
        let complete_days = served.iter().filter(|(_, is_whole)| **is_whole).map(|(day, _)| *day).collect();
        Ok(MarketFacts { calendar: self.calendar.clone(), sources, complete_days, unknown_days })
    }
}
