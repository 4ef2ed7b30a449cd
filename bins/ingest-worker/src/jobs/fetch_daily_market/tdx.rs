//! TDX's day: a request per code.
//!
//! TDX has neither a whole day in one answer nor an ex-right reference price. So each code is asked for its last few bars,
//! of which two are kept: the day's, and the one before it, by which the writer sees that both vendors speak of the same
//! series. Ex-rights follow from the code's corporate actions, and those cost a second request each. They are asked for
//!
//! * of every code where no better vendor has the day: a wrong factor would be served, and a day costs twice the requests;
//! * otherwise, where the day is fetched to compare, only of the codes that show an ex-right: another vendor's reference
//!   price is not the close before, another vendor lists an event for the day, or the price moved further than a day's
//!   limit lets it. `fetch_reference` of TDX goes through all codes in turn, and brings announced events days ahead.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use chrono::{Days, NaiveDate};
use futures::{StreamExt as _, TryStreamExt as _, stream};
use market_model::{Code, DailyBar, InstrumentKind, ListStatus};
use source_tdx::{Client, TdxError};
use warehouse::{Batch, Listing, Partition, Sourced, WarehouseError, Writer, is_whole_market};

use super::{
    super::{JobsContext, outcome},
    market_day::MarketDay,
};
use crate::{
    answer::Answer,
    batch::BatchBuilder,
    partial_day::CodeDay,
    refusal::{Refusal, Trouble},
    sources::{Source, Tdx},
};

/// Trading days that are asked for: a holiday or a short halt lies within them.
const DAYS_BACK: usize = 6;
/// Calendar days that are asked for of a code that comes back after a longer halt.
const LONG_HALT_DAYS: u64 = 1_000;
/// A move beyond this may be an ex-right; shares with wider limits cost a request in vain now and then.
const SUSPICIOUS_MOVE: f64 = 0.105;

/// What is to be asked for.
struct Wanted {
    codes: Vec<Listed>,
    trade_date: NaiveDate,
    from: NaiveDate,
    /// Codes whose corporate actions are looked at.
    ex_right: BTreeSet<Code>,
    /// All codes' are.
    every_action: bool,
}

#[derive(Clone, Copy)]
struct Listed {
    code: Code,
    since: Option<NaiveDate>,
}

pub(super) async fn fetch(context: &JobsContext, trade_date: NaiveDate) -> Result<MarketDay, Trouble> {
    let tdx = context.sources.tdx()?;
    let better: Vec<Source> = context.order.all().iter().copied().take_while(|source| *source != Source::Tdx).collect();
    let wanted = outcome::ask_writer(context, move |writer| Wanted::look(writer, trade_date, &better)).await?;
    let there = context.partial_days.of(trade_date, context.clock.now());
    let (wanted, there, tdx) = (&wanted, &there, &tdx);
    let asked = stream::iter(wanted.codes.iter().copied()).map(|listed| async move {
        let known = there.get(&listed.code).cloned();
        let day = code_day(tdx, wanted, listed, known).await?;
        context.partial_days.keep(trade_date, listed.code, Arc::clone(&day), context.clock.now());
        Ok::<_, TdxError>((listed.code, day))
    });
    // Two per connection: while one answer is read the next question is ready.
    let days: BTreeMap<Code, Arc<CodeDay>> = asked.buffer_unordered(tdx.connections * 2).try_collect().await?;
    Ok(market_day(trade_date, days))
}

impl Wanted {
    /// The shares listed on the day, the indices and funds of the list, and which of them show an ex-right.
    fn look(writer: &mut Writer, trade_date: NaiveDate, better: &[Source]) -> Result<Self, WarehouseError> {
        let calendar = writer.calendar()?;
        let first = trade_date.checked_sub_days(Days::new(60)).unwrap_or(trade_date);
        let from = calendar.open_days(first, trade_date).rev().take(DAYS_BACK).last().unwrap_or(trade_date);
        let mut every_action = true;
        for source in better {
            every_action &= !writer.missing_partitions(source.name(), trade_date, trade_date)?.is_empty();
        }
        let codes = writer.instruments()?.iter().filter_map(|listing| Listed::on(listing, trade_date)).collect();
        let ex_right = if every_action { BTreeSet::new() } else { writer.ex_right_codes(trade_date)? };
        Ok(Self { codes, trade_date, from, ex_right, every_action })
    }

    /// Whether the code's corporate actions are asked for.
    fn wants_actions(&self, code: Code, bars: &[Sourced<DailyBar>]) -> bool {
        if matches!(InstrumentKind::of_code(&code), Some(InstrumentKind::Index | InstrumentKind::Bond)) {
            return false;
        }
        let moved =
            matches!(bars, [before, day] if (day.value.close / before.value.close - 1.0).abs() > SUSPICIOUS_MOVE);
        self.every_action || self.ex_right.contains(&code) || moved
    }
}

impl Listed {
    fn on(listing: &Listing, date: NaiveDate) -> Option<Self> {
        let instrument = &listing.instrument;
        let is_listed = if is_whole_market(&instrument.code) {
            listing.status != ListStatus::Paused && instrument.is_listed_on(date)
        } else {
            instrument.code.exchange().is_mainland() && instrument.delisted.is_none_or(|delisted| date < delisted)
        };
        is_listed.then_some(Self { code: instrument.code, since: instrument.listed })
    }
}

/// One code's day; what is known of it already is not asked for again.
async fn code_day(
    tdx: &Tdx,
    wanted: &Wanted,
    listed: Listed,
    known: Option<Arc<CodeDay>>,
) -> Result<Arc<CodeDay>, TdxError> {
    let day = match known {
        Some(day) => day,
        None => Arc::new(bars(&tdx.client, wanted, listed).await?),
    };
    if day.actions.is_some() || !wanted.wants_actions(listed.code, &day.bars.rows) {
        return Ok(day);
    }
    let actions = match tdx.client.corporate_actions(&listed.code).await {
        Ok(actions) => actions.into(),
        Err(TdxError::EmptyUnconfirmed { .. }) => Answer::default(),
        Err(error) => return Err(error),
    };
    let CodeDay { bars, refused, .. } = &*day;
    Ok(Arc::new(CodeDay { bars: bars.clone(), refused: refused.clone(), actions: Some(actions) }))
}

/// The day's bar and the one before it. None of both where the code did not trade: a halted code is no fault.
async fn bars(client: &Client, wanted: &Wanted, listed: Listed) -> Result<CodeDay, TdxError> {
    let Listed { code, since } = listed;
    let mut answer = match ask(client, code, wanted.from, wanted.trade_date).await? {
        Ok(answer) => answer,
        Err(refused) => return Ok(CodeDay { refused: Some(refused), ..CodeDay::default() }),
    };
    let trades =
        |answer: &Answer<DailyBar>| answer.rows.last().is_some_and(|bar| bar.value.trade_date == wanted.trade_date);
    if trades(&answer) && answer.rows.len() == 1 && since.is_none_or(|since| since < wanted.from) {
        let from = wanted.trade_date.checked_sub_days(Days::new(LONG_HALT_DAYS)).unwrap_or(wanted.from);
        if let Ok(longer) = ask(client, code, from, wanted.trade_date).await? {
            answer = longer;
        }
    }
    let keep = if trades(&answer) { 2 } else { 0 };
    let rows = answer.rows.split_off(answer.rows.len().saturating_sub(keep));
    Ok(CodeDay { bars: Answer { rows, ..answer }, ..CodeDay::default() })
}

/// The bars of a code; a refusal with the responses where its answer cannot be used. One code does not hold up the market: whether
/// enough of them are there is judged when the day is stored.
async fn ask(
    client: &Client,
    code: Code,
    from: NaiveDate,
    to: NaiveDate,
) -> Result<Result<Answer<DailyBar>, Refusal>, TdxError> {
    match client.daily_bars(&code, from, to).await {
        Ok(bars) => Ok(Ok(bars.into())),
        Err(TdxError::EmptyUnconfirmed { .. }) => Ok(Ok(Answer::default())),
        Err(error) if error.decision() == source_tdx::Decision::Stop => {
            tracing::warn!(code = code.as_str(), error = %error, "{code} is left out of the day: {error}");
            Ok(Err(error.into()))
        }
        Err(error) => Err(error),
    }
}

/// The batch, codes ascending.
fn market_day(trade_date: NaiveDate, days: BTreeMap<Code, Arc<CodeDay>>) -> MarketDay {
    let source = Source::Tdx.name();
    let mut builder = BatchBuilder::new(source);
    let (mut daily, mut actions, mut refusals) = (Vec::with_capacity(days.len() * 2), Vec::new(), Vec::new());
    for day in days.into_values() {
        let CodeDay { bars, actions: events, refused } = Arc::unwrap_or_clone(day);
        if let Some(mut refused) = refused {
            builder.place(refused.take_responses(), Vec::new());
            refusals.push(refused);
        }
        daily.extend(builder.add(bars));
        actions.extend(events.into_iter().flat_map(|events| builder.add(events)));
    }
    let partitions = vec![Partition { dataset: "daily", source: source.to_owned(), trade_date }];
    let batch = builder.finish(Batch { daily, actions, partitions, ..Batch::default() });
    MarketDay { batch, lacks: None, refused: refusals }
}
