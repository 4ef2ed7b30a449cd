//! Which vendor is asked for a mainland trading day, and which one stands in when it gives nothing.
//!
//! The order is the warehouse's policy for mainland shares. The winner is asked on schedule; the next one when the winner
//! says that it will give nothing for a while (token revoked, the day's calls spent), when its day is withheld, or when it
//! is simply late. The winner goes on being asked, and its rows replace the others' when they come: the writer sees to
//! that, and logs it.

use chrono::NaiveDate;
use daemon_kit::config::WarehouseConfig;
use job_queue::{Push, Pushed, Queue, QueueError, payload::IngestJob};

use crate::sources::{Source, Sources};

/// The vendors that can bring a whole mainland day.
const WHOLE_MARKET: [Source; 2] = [Source::Tushare, Source::Tdx];

/// The vendors of mainland days that are switched on, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SourceOrder(Vec<Source>);

impl SourceOrder {
    /// The policy's order; a vendor that is switched on and that the policy does not name comes last.
    pub(crate) fn new(config: &WarehouseConfig, sources: &Sources) -> Self {
        let named = config.source_priority.daily.iter().filter_map(|name| Source::named(name));
        Self::of(named, |source| sources.has(source))
    }

    pub(crate) fn of(named: impl Iterator<Item = Source>, is_on: impl Fn(Source) -> bool) -> Self {
        let mut order: Vec<Source> = Vec::new();
        for source in named.chain(WHOLE_MARKET) {
            if WHOLE_MARKET.contains(&source) && is_on(source) && !order.contains(&source) {
                order.push(source);
            }
        }
        Self(order)
    }

    /// The vendors, best first.
    pub(crate) fn all(&self) -> &[Source] {
        &self.0
    }

    /// The one whose days count where it has them.
    pub(crate) fn preferred(&self) -> Option<Source> {
        self.0.first().copied()
    }

    /// The one that stands in for `source`.
    pub(crate) fn after(&self, source: Source) -> Option<Source> {
        let place = self.0.iter().position(|one| *one == source)?;
        self.0.get(place + 1).copied()
    }
}

/// Asks `stand_in` for `date`, once: a twin that waits or runs, and an earlier request for the same day, are enough.
/// Whether the job is new.
pub(crate) async fn ask_stand_in(
    queue: &Queue<IngestJob>,
    stand_in: Source,
    date: NaiveDate,
) -> Result<bool, QueueError> {
    let job = IngestJob::FetchDailyMarket { source: stand_in.name().to_owned(), trade_date: date };
    let pushed = queue.push(Push::id(&stand_in_id(stand_in, date)).coalesce(&job.coalesce_key()), &job).await?;
    let is_new = matches!(pushed, Pushed::New { .. });
    if is_new {
        tracing::warn!(source = stand_in.name(), trade_date = %date, "{stand_in} stands in for {date}");
    }
    Ok(is_new)
}

/// The id of the job in which `stand_in` is asked for `date`.
pub(crate) fn stand_in_id(stand_in: Source, date: NaiveDate) -> String {
    format!("fallback:fetch_daily_market@{stand_in}@{date}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_policy_orders_the_vendors_that_can_bring_a_day_and_are_on() {
        use Source::{Tdx, Tushare, Yahoo};
        let on = |wanted: &'static [Source]| move |source| wanted.contains(&source);
        let order = SourceOrder::of([Tdx, Yahoo, Tushare].into_iter(), on(&[Tdx, Tushare, Yahoo]));
        assert_eq!(order.all(), [Tdx, Tushare]);
        assert_eq!((order.preferred(), order.after(Tdx), order.after(Tushare)), (Some(Tdx), Some(Tushare), None));
        let order = SourceOrder::of([Tushare].into_iter(), on(&[Tdx, Tushare]));
        assert_eq!(order.all(), [Tushare, Tdx], "one that the policy does not name comes last");
        let order = SourceOrder::of([Tushare, Tdx].into_iter(), on(&[Tdx]));
        assert_eq!((order.preferred(), order.after(Tushare)), (Some(Tdx), None));
    }
}
