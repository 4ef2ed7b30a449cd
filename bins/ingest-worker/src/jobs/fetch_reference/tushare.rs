//! Tushare's calendar, instruments with their former names, and the events of the next days.

use chrono::{Datelike, NaiveDate};
use futures::future::try_join_all;
use market_model::{CorporateAction, InstrumentName};
use source_tushare::{Client, Fetched, TushareError};
use warehouse::Batch;

use super::super::JobsContext;
use crate::{
    batch::{BatchBuilder, listing, shanghai_date},
    refusal::Trouble,
    sources::Source,
};

/// The Shanghai exchange's first trading day.
const FIRST_DAY: NaiveDate = NaiveDate::from_ymd_opt(1990, 12, 19).expect("a valid date");
/// How many trading days ahead corporate actions are asked for.
const DAYS_AHEAD: usize = 5;

/// Asks for everything; nothing is written.
pub(super) async fn fetch(context: &JobsContext) -> Result<Batch, Trouble> {
    let client = context.sources.tushare()?;
    let today = shanghai_date(context.clock.now());
    let year_end = NaiveDate::from_ymd_opt(today.year(), 12, 31).unwrap_or(today);
    let (calendar, instruments, names) =
        tokio::try_join!(client.trade_calendar(FIRST_DAY, year_end), client.stock_basic(), names(&client))?;
    let open = calendar.rows.iter().map(|row| row.value).filter(|day| day.is_open && day.date > today);
    let mut ahead: Vec<NaiveDate> = open.map(|day| day.date).collect();
    ahead.sort_unstable();
    let asked = ahead.iter().take(DAYS_AHEAD).map(|date| corporate_actions(&client, *date));
    let actions = try_join_all(asked).await?;
    let mut builder = BatchBuilder::new(Source::Tushare.name());
    let calendar = builder.add(calendar);
    let instruments = builder.add(instruments).into_iter().map(listing).collect();
    let names = builder.add(names);
    let actions = actions.into_iter().flat_map(|fetched| builder.add(fetched)).collect();
    Ok(builder.finish(Batch { calendar, instruments, names, actions, ..Batch::default() }))
}

/// What every share was called, and when; none for an account without permission for `namechange`, which works all the same.
async fn names(client: &Client) -> Result<Fetched<InstrumentName>, TushareError> {
    match client.names().await {
        Err(TushareError::NoPermission { api, message }) => {
            tracing::warn!(tushare.api = api.name(), message, "no permission: stored without former names");
            Ok(Fetched::default())
        }
        names => names,
    }
}

/// The events that go ex on `date`; none for an account without permission for `dividend`, which works all the same.
pub(crate) async fn corporate_actions(
    client: &Client,
    date: NaiveDate,
) -> Result<Fetched<CorporateAction>, TushareError> {
    match client.dividends_by_ex_date(date).await {
        Err(TushareError::NoPermission { api, message }) => {
            tracing::warn!(tushare.api = api.name(), message, "no permission: stored without corporate actions");
            Ok(Fetched::default())
        }
        actions => actions,
    }
}
