//! TDX's corporate actions, a part of the codes a day, and the main indices.
//!
//! An event is announced three trading days or more before its ex-date and stands in TDX from then on. So a fifth of the
//! codes a day, every code once in five days, knows nearly every event before it happens, at a thousand requests a day
//! instead of five thousand. What is announced later shows on its day (`fetch_daily_market` of TDX).

use chrono::{Datelike as _, Days, NaiveDate};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use market_model::{Code, CorporateAction, DailyBar, Instrument, InstrumentKind, ListStatus};
use source_tdx::TdxError;
use warehouse::{Batch, Listing, Sourced, is_whole_market};

use super::super::{JobsContext, outcome};
use crate::{
    answer::Answer,
    batch::{BatchBuilder, shanghai_date},
    refusal::Trouble,
    sources::{Source, Tdx},
};

/// Every code comes once in so many days.
const TURNS: u32 = 5;

/// The indices that are kept. TDX has hundreds; these are the ones that people ask for.
const INDICES: [(&str, &str); 10] = [
    ("000001.SH", "上证指数"),
    ("000016.SH", "上证50"),
    ("000300.SH", "沪深300"),
    ("000688.SH", "科创50"),
    ("000852.SH", "中证1000"),
    ("000905.SH", "中证500"),
    ("399001.SZ", "深证成指"),
    ("399006.SZ", "创业板指"),
    ("399673.SZ", "创业板50"),
    ("899050.BJ", "北证50"),
];
/// Days of an index that are asked for, to see that it is there.
const INDEX_DAYS: u64 = 15;

pub(super) async fn fetch(context: &JobsContext) -> Result<Batch, Trouble> {
    let tdx = context.sources.tdx()?;
    let today = shanghai_date(context.clock.now());
    let listings = outcome::ask_writer(context, |writer| writer.instruments()).await?;
    let due: Vec<Code> = listings
        .iter()
        .filter(|one| is_whole_market(&one.instrument.code) && one.instrument.is_listed_on(today))
        .map(|one| one.instrument.code)
        .filter(|code| is_due(code, today))
        .collect();
    let asked = stream::iter(due).map(|code| actions(&tdx, code)).buffered(tdx.connections * 2);
    let answers: Vec<Answer<CorporateAction>> = asked.try_collect().await?;
    let mut builder = BatchBuilder::new(Source::Tdx.name());
    let actions = answers.into_iter().flat_map(|answer| builder.add(answer)).collect();
    let (mut instruments, mut daily) = (Vec::new(), Vec::new());
    for (code, name) in indices() {
        let from = today.checked_sub_days(Days::new(INDEX_DAYS)).unwrap_or(today);
        let bars: Answer<DailyBar> = match tdx.client.daily_bars(&code, from, today).await {
            Err(TdxError::EmptyUnconfirmed { .. }) => continue,
            bars => bars?.into(),
        };
        let bars = builder.add(bars);
        instruments.extend(bars.last().map(|&Sourced { response, row, .. }| {
            let listing = Listing { instrument: index(code, name), status: ListStatus::Listed };
            Sourced { value: listing, response, row }
        }));
        daily.extend(bars);
    }
    Ok(builder.finish(Batch { actions, instruments, daily, ..Batch::default() }))
}

fn indices() -> impl Iterator<Item = (Code, &'static str)> {
    INDICES.iter().filter_map(|(code, name)| Some((code.parse().ok()?, *name)))
}

/// One code's events. "Nothing" is believed where no second server is there to ask: most new listings have none.
async fn actions(tdx: &Tdx, code: Code) -> Result<Answer<CorporateAction>, TdxError> {
    match tdx.client.corporate_actions(&code).await {
        Err(TdxError::EmptyUnconfirmed { .. }) => Ok(Answer::default()),
        actions => Ok(actions?.into()),
    }
}

/// Whether it is the code's turn on that day: by its number, which never changes.
fn is_due(code: &Code, today: NaiveDate) -> bool {
    let number: u32 = code.symbol().parse().unwrap_or_default();
    number % TURNS == today.num_days_from_ce().unsigned_abs() % TURNS
}

/// The instrument of a main index.
fn index(code: Code, name: &str) -> Instrument {
    Instrument {
        code,
        kind: InstrumentKind::Index,
        board: None,
        name: name.to_owned(),
        listed: None,
        delisted: None,
        renamed_from: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_its_turn_once_in_five_days() {
        let first: NaiveDate = "2024-01-08".parse().unwrap();
        for code in ["600519.SH", "000001.SZ", "300750.SZ", "920799.BJ"] {
            let code: Code = code.parse().unwrap();
            let turns = first.iter_days().take(10).filter(|day| is_due(&code, *day)).count();
            assert_eq!(turns, 2, "{code}");
        }
    }

    #[test]
    fn the_main_indices_are_indices() {
        assert_eq!(indices().count(), INDICES.len());
        for (code, _) in indices() {
            assert_eq!(InstrumentKind::of_code(&code), Some(InstrumentKind::Index), "{code}");
        }
    }
}
