//! Which trading days are not there, by vendor.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone as _, Utc};
use chrono_tz::Asia::Shanghai;
use job_queue::CronExpression;
use warehouse::{WarehouseError, Writer};

use super::Reconcile;
use crate::{PublicationTime, fallback::SourceOrder, sources::Source};

/// Days that may be missing without `keep_from`: the last ones before today.
const LOOK_BACK_DAYS: u64 = 14;

/// What the warehouse lacks.
#[derive(Debug, Default)]
pub(super) struct Lacking {
    pub(super) has_reference: bool,
    /// Days that the preferred vendor has not brought, ascending.
    pub(super) missing: Vec<NaiveDate>,
    /// Days of which it has brought too little, ascending.
    pub(super) withheld: Vec<NaiveDate>,
    /// Days that each vendor of the order has not brought.
    by_source: BTreeMap<Source, BTreeSet<NaiveDate>>,
}

impl Reconcile {
    /// What is lacking up to `until`.
    pub(super) async fn lacking(&self, until: NaiveDate) -> anyhow::Result<Lacking> {
        let (order, keep_from) = (self.order.clone(), self.keep_from);
        Ok(self.writer.with(move |writer| Lacking::look(writer, &order, keep_from, until)).await??)
    }
}

impl Lacking {
    fn look(
        writer: &mut Writer,
        order: &SourceOrder,
        keep_from: Option<NaiveDate>,
        until: NaiveDate,
    ) -> Result<Self, WarehouseError> {
        let mut lacking = Self { has_reference: writer.has_reference()?, ..Self::default() };
        let floor = until.checked_sub_days(Days::new(LOOK_BACK_DAYS)).unwrap_or(until);
        let first = match keep_from {
            Some(day) => Some(day),
            None => {
                let partitions = writer.status()?.partitions;
                let of_order = |source: &str| order.all().iter().any(|one| one.name() == source);
                let known = partitions.iter().filter(|known| of_order(&known.source)).map(|known| known.first).min();
                known.map(|first| first.max(floor))
            }
        };
        let Some(first) = first else { return Ok(lacking) };
        for source in order.all() {
            let missing = writer.missing_partitions(source.name(), first, until)?;
            lacking.by_source.insert(*source, missing.into_iter().collect());
        }
        if let Some(preferred) = order.preferred() {
            lacking.missing = lacking.by_source.get(&preferred).into_iter().flatten().copied().collect();
            let withheld = writer.withheld()?.into_iter().filter(|day| day.source == preferred.name());
            lacking.withheld = withheld.map(|day| day.trade_date).filter(|day| (floor..=until).contains(day)).collect();
        }
        Ok(lacking)
    }

    /// The vendors that are to stand in, and for which days: late ones that no vendor before them has, nor they.
    pub(super) fn stand_ins(
        &self,
        order: &SourceOrder,
        is_late: impl Fn(NaiveDate, usize) -> bool,
    ) -> Vec<(Source, NaiveDate)> {
        let mut stand_ins = Vec::new();
        let wanted = self.missing.iter().chain(&self.withheld);
        for date in wanted {
            for (place, source) in order.all().iter().enumerate().skip(1) {
                if self.by_source.get(source).is_none_or(|missing| !missing.contains(date)) {
                    break;
                }
                if is_late(*date, place) {
                    stand_ins.push((*source, *date));
                }
            }
        }
        stand_ins
    }
}

/// When it was `date`'s turn: its tick, or the hour from which its bars are final.
pub(super) fn turn_of(ticks: Option<&CronExpression>, publication: PublicationTime, date: NaiveDate) -> DateTime<Utc> {
    let end_of_day = Shanghai.from_local_datetime(&date.and_time(NaiveTime::MIN)).earliest();
    let end_of_day = end_of_day.map(|begin| begin.to_utc() + Days::new(1));
    let tick = ticks.zip(end_of_day).and_then(|(ticks, end)| ticks.latest(end - chrono::TimeDelta::seconds(1)));
    tick.filter(|tick| tick.date_naive() == date).map_or(publication.of(date), |tick| tick.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_turn_of_a_day_is_its_tick_or_else_its_close() {
        let publication = PublicationTime(NaiveTime::from_hms_opt(15, 30, 0).unwrap());
        let turn = |cron: Option<&str>, date: &str| {
            let ticks = cron.map(|cron| CronExpression::parse(cron, Shanghai).unwrap());
            turn_of(ticks.as_ref(), publication, day(date)).to_rfc3339()
        };
        assert_eq!(turn(Some("0 30 18 * * *"), "2024-01-10"), "2024-01-10T10:30:00+00:00");
        assert_eq!(turn(Some("0 30 18 * * Mon"), "2024-01-10"), "2024-01-10T07:30:00+00:00");
        assert_eq!(turn(None, "2024-01-10"), "2024-01-10T07:30:00+00:00");
    }
}
