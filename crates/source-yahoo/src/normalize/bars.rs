//! The aligned arrays → one bar per date.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use market_model::{DailyBar, Exchange, InstrumentKind};

use super::{
    as_traded::{self, Rounding, Split},
    history::{Asked, Refused},
};
use crate::{
    GlobalHistory, RejectedRow, Row,
    local_time::Zone,
    wire::{Chart, Meta, TradingPeriod},
};

/// One date with a close, as delivered.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Day {
    pub(crate) date: NaiveDate,
    /// Index into `timestamp`.
    row: u32,
    pub(crate) open: Option<f64>,
    high: Option<f64>,
    low: Option<f64>,
    pub(crate) close: f64,
    volume: Option<f64>,
}

/// The days that have a close, ascending. Holes are left out; of several rows of one date the last with a close counts,
/// which is how Yahoo appends the settled bar behind the day's own.
pub(crate) fn days(chart: &Chart, zone: Zone) -> Result<Vec<Day>, Refused> {
    let Some(timestamps) = chart.timestamp.as_deref().filter(|timestamps| !timestamps.is_empty()) else {
        return Ok(Vec::new());
    };
    let shape = |detail: String| Refused::Shape(detail);
    let quote = chart.indicators.first_quote().ok_or_else(|| shape("timestamps without quotes".to_owned()))?;
    let column = |name: &str, column: &'_ Option<Vec<Option<f64>>>| match column {
        Some(values) if values.len() == timestamps.len() => Ok(()),
        Some(values) => Err(shape(format!("`{name}` has {} values, `timestamp` {}", values.len(), timestamps.len()))),
        None => Err(shape(format!("`{name}` is missing"))),
    };
    column("open", &quote.open)?;
    column("high", &quote.high)?;
    column("low", &quote.low)?;
    column("close", &quote.close)?;
    column("volume", &quote.volume)?;
    let at = |column: &Option<Vec<Option<f64>>>, index: usize| column.as_ref().and_then(|column| *column.get(index)?);
    let mut days = BTreeMap::new();
    for (index, seconds) in timestamps.iter().enumerate() {
        let Some(close) = at(&quote.close, index) else { continue };
        let date = zone.date(*seconds).ok_or_else(|| shape(format!("`timestamp` holds {seconds}")))?;
        let row = u32::try_from(index).map_err(|_| shape("more rows than there are days".to_owned()))?;
        let [open, high, low, volume] =
            [&quote.open, &quote.high, &quote.low, &quote.volume].map(|column| at(column, index));
        days.insert(date, Day { date, row, open, high, low, close, volume });
    }
    Ok(days.into_values().collect())
}

/// The final bars of the range as traded, and the days that are none. A day on which a share did not trade is neither.
pub(crate) fn normalize(
    days: &[Day],
    splits: &[Split],
    rounding: Rounding,
    meta: &Meta,
    zone: Zone,
    asked: &Asked<'_>,
) -> GlobalHistory {
    let session = meta.current_trading_period.as_ref().and_then(|periods| periods.regular);
    let mut history = GlobalHistory::default();
    for day in days.iter().filter(|day| asked.wants(day.date) && !is_live(day, session, zone, asked)) {
        let ratio = as_traded::ratio_after(splits, day.date);
        match bar(day, ratio, rounding, asked) {
            Ok(value) if is_without_trades(&value, asked) => {}
            Ok(value) => history.bars.push(Row { value, page: 0, row: day.row }),
            Err(reason) => history.rejected.push(RejectedRow {
                dataset: "chart",
                page: 0,
                row: day.row,
                reason: reason.to_owned(),
                value: day.sent(),
            }),
        }
    }
    history
}

/// Whether the session of that day has not ended, by what the answer itself says of it.
fn is_live(day: &Day, session: Option<TradingPeriod>, zone: Zone, asked: &Asked<'_>) -> bool {
    session.is_some_and(|session| {
        zone.date(session.start) == Some(day.date) && asked.now.timestamp() < session.end.max(session.start)
    })
}

fn bar(day: &Day, ratio: f64, rounding: Rounding, asked: &Asked<'_>) -> Result<DailyBar, &'static str> {
    let price = |value: Option<f64>, absent: &'static str| match value {
        Some(value) => Ok(rounding.price(value, ratio)),
        None => Err(absent),
    };
    let open = price(day.open, "open is null beside a close")?;
    let high = price(day.high, "high is null beside a close")?;
    let low = price(day.low, "low is null beside a close")?;
    let close = price(Some(day.close), "")?;
    if ![open, high, low, close].into_iter().all(|price| price.is_finite() && price > 0.0) {
        return Err("a price is not positive");
    }
    if !(low <= open.min(close) && open.max(close) <= high) {
        return Err("open or close lies outside of low and high");
    }
    let volume = match day.volume {
        None if needs_no_volume(asked) => 0,
        None => return Err("volume is null beside a close"),
        Some(volume) => as_traded::volume(volume, ratio).ok_or("volume is not a volume")?,
    };
    Ok(DailyBar {
        code: asked.code,
        trade_date: day.date,
        open,
        high,
        low,
        close,
        pre_close: None,
        volume,
        amount: None,
        adj_factor: None,
    })
}

/// Currencies have no volume, and some indices have none.
fn needs_no_volume(asked: &Asked<'_>) -> bool {
    asked.code.exchange() == Exchange::Fx || InstrumentKind::of_code(&asked.code) == Some(InstrumentKind::Index)
}

/// How Yahoo marks a day on which a share did not trade, where it does not leave a hole: the last close again, no volume.
fn is_without_trades(bar: &DailyBar, asked: &Asked<'_>) -> bool {
    bar.volume == 0 && bar.high == bar.low && !needs_no_volume(asked)
}

impl Day {
    /// The values as sent, for messages.
    fn sent(&self) -> String {
        let text = |value: Option<f64>| value.map_or_else(|| "null".to_owned(), |value| value.to_string());
        let values = [self.open, self.high, self.low, Some(self.close), self.volume].map(text);
        format!("{},{}", self.date, values.join(","))
    }
}
