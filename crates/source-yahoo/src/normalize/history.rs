//! The whole answer: refuse what must not be used, then bars and actions.

use chrono::{DateTime, NaiveDate, Utc};
use market_model::{Code, vendor_code};

use super::{actions, as_traded::Rounding, bars, checks};
use crate::{GlobalHistory, InstrumentFacts, RawPage, YahooError, local_time::Zone, wire::Chart};

/// What was asked for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    pub(crate) code: Code,
    pub(crate) symbol: &'a str,
    pub(crate) from: NaiveDate,
    /// The last day wanted, final at `now`.
    pub(crate) to: NaiveDate,
    pub(crate) now: DateTime<Utc>,
}

impl Asked<'_> {
    pub(crate) fn wants(&self, date: NaiveDate) -> bool {
        (self.from..=self.to).contains(&date)
    }
}

/// Why an answer is refused; the caller adds symbol and page.
#[derive(Debug)]
pub(crate) enum Refused {
    Shape(String),
    Granularity(String),
    Unit { ratio: f64, suspected_factor: f64 },
    SplitNotApplied(NaiveDate),
}

/// Reads an answer, which came as `pages`.
pub(crate) fn history(chart: &Chart, asked: &Asked<'_>, pages: Vec<RawPage>) -> Result<GlobalHistory, YahooError> {
    match read(chart, asked) {
        Ok(history) => Ok(GlobalHistory { pages, ..history }),
        Err(refused) => {
            let symbol = asked.symbol.to_owned();
            Err(match refused {
                Refused::Shape(detail) => YahooError::ShapeChanged { symbol, detail, pages },
                Refused::Granularity(granularity) => YahooError::WrongGranularity { symbol, granularity, pages },
                Refused::Unit { ratio, suspected_factor } => {
                    YahooError::UnitMismatch { symbol, ratio, suspected_factor, pages }
                }
                Refused::SplitNotApplied(ex_date) => YahooError::SplitNotApplied { symbol, ex_date, pages },
            })
        }
    }
}

fn read(chart: &Chart, asked: &Asked<'_>) -> Result<GlobalHistory, Refused> {
    let meta = &chart.meta;
    if meta.symbol != asked.symbol && vendor_code::yahoo::parse(&meta.symbol) != Ok(asked.code) {
        return Err(Refused::Shape(format!("it is about {}", meta.symbol)));
    }
    match meta.data_granularity.as_deref() {
        Some("1d") => {}
        Some(other) => return Err(Refused::Granularity(other.to_owned())),
        None => return Err(Refused::Shape("`dataGranularity` is missing".to_owned())),
    }
    let zone = Zone::of(meta.exchange_timezone_name.as_deref(), meta.gmtoffset);
    let zone = zone.ok_or_else(|| Refused::Shape("no usable time zone".to_owned()))?;
    let days = bars::days(chart, zone)?;
    let events = actions::read(chart.events.as_ref(), zone, asked.now)?;
    checks::splits_are_applied(&events.splits, &days)?;
    checks::unit_fits(meta, &days)?;
    let rounding = Rounding::of(&asked.code, meta.price_hint);
    let mut history = bars::normalize(&days, &events.splits, rounding, meta, zone, asked);
    let (actions, rejected) = actions::normalize(&events, rounding, asked);
    history.actions = actions;
    history.rejected.extend(rejected);
    let name = meta.long_name.clone().or_else(|| meta.short_name.clone());
    history.instrument = Some(InstrumentFacts {
        code: asked.code,
        name: name.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()),
        currency: meta.currency.clone(),
        exchange_name: meta.exchange_name.clone(),
        instrument_type: meta.instrument_type.clone(),
        timezone: meta.exchange_timezone_name.clone().unwrap_or_default(),
        first_trade_date: meta.first_trade_date.and_then(|seconds| zone.date(seconds)),
    });
    Ok(history)
}

#[cfg(test)]
mod tests;
