//! Tushare's day: one call per interface brings the whole market.

use chrono::NaiveDate;
use futures::future::try_join_all;
use market_model::{Code, CorporateAction, DailyBar, InstrumentKind};
use source_tushare::{Api, Client, Fetched, TushareError, WholeDay};
use warehouse::{Batch, Partition};

use super::{
    super::{JobsContext, fetch_reference::corporate_actions, outcome},
    market_day::MarketDay,
};
use crate::{answer, batch::BatchBuilder, refusal::Trouble, sources::Source};

/// The day, the events that go ex on it, and the indices of the list of instruments.
pub(super) async fn fetch(context: &JobsContext, trade_date: NaiveDate) -> Result<MarketDay, Trouble> {
    let client = context.sources.tushare()?;
    let listings = outcome::ask_writer(context, |writer| writer.instruments()).await?;
    let is_index =
        |code: &Code| code.exchange().is_mainland() && InstrumentKind::of_code(code) == Some(InstrumentKind::Index);
    let indices: Vec<Code> = listings.iter().map(|listing| listing.instrument.code).filter(is_index).collect();
    let (day, actions, indices) = tokio::join!(
        client.whole_day(trade_date),
        corporate_actions(&client, trade_date),
        try_join_all(indices.iter().map(|code| index_bar(&client, *code, trade_date))),
    );
    Ok(whole_day(day?, actions?, indices?))
}

/// The bar of one index; none for an account without permission, which works all the same.
async fn index_bar(client: &Client, code: Code, date: NaiveDate) -> Result<Fetched<DailyBar>, TushareError> {
    match client.index_daily(code, date, date).await {
        Err(TushareError::NoPermission { api, message }) => {
            tracing::warn!(tushare.api = api.name(), message, "no permission: stored without indices");
            Ok(Fetched::default())
        }
        bar => bar,
    }
}

/// The batch of one day: five data sets that claim to be complete, and what came beside them.
fn whole_day(day: WholeDay, actions: Fetched<CorporateAction>, indices: Vec<Fetched<DailyBar>>) -> MarketDay {
    let source = Source::Tushare.name();
    let permitted = |api: Api| !day.not_permitted.contains(&api);
    let lacks_basics = !day.daily.is_empty() && day.basics.is_empty() && permitted(Api::DailyBasic);
    let datasets = [
        ("daily", permitted(Api::Daily)),
        ("daily_basic", permitted(Api::DailyBasic)),
        ("price_limit", permitted(Api::StkLimit)),
        ("suspension", permitted(Api::SuspendD)),
    ];
    let complete = datasets.iter().filter(|(_, permitted)| *permitted);
    let partitions = complete
        .map(|(dataset, _)| Partition { dataset, source: source.to_owned(), trade_date: day.trade_date })
        .collect();
    let mut builder = BatchBuilder::new(source);
    let place = builder.place(answer::responses(day.pages), answer::refused(day.rejected));
    let mut daily = place.rows(answer::placed(day.daily));
    daily.extend(indices.into_iter().flat_map(|index| builder.add(index)));
    let batch = Batch {
        daily,
        basics: place.rows(answer::placed(day.basics)),
        suspensions: place.rows(answer::placed(day.suspensions)),
        limits: place.rows(answer::placed(day.limits)),
        partitions,
        ..Batch::default()
    };
    let actions = builder.add(actions);
    let batch = builder.finish(Batch { actions, ..batch });
    MarketDay { batch, lacks: lacks_basics.then_some("daily_basic"), refused: Vec::new() }
}
