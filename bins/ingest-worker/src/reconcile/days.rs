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
/// Days of a hole right before those may be missing too: an outage, or a history that ends where the days do not begin.
/// What follows a longer one is a person's decision.
const HOLE_DAYS: u64 = 400;

/// What the warehouse lacks.
#[derive(Debug, Default)]
pub(super) struct Lacking {
    pub(super) has_reference: bool,
    /// Days that the preferred vendor has not brought, ascending.
    pub(super) missing: Vec<NaiveDate>,
    /// Days of which it has brought too little, ascending.
    pub(super) withheld: Vec<NaiveDate>,
    /// The first recent day.
    floor: Option<NaiveDate>,
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
                known
                    .map(|first| {
                        Ok::<_, WarehouseError>(first.max(hole_before(writer, order, floor)?.unwrap_or(floor)))
                    })
                    .transpose()?
            }
        };
        let Some(first) = first else { return Ok(lacking) };
        lacking.floor = Some(floor);
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

    /// The recent days on which the preferred vendor is waited for.
    pub(super) fn wanted(&self) -> impl Iterator<Item = NaiveDate> + '_ {
        let recent = self.missing.iter().filter(|day| Some(**day) >= self.floor);
        recent.chain(&self.withheld).copied()
    }

    /// The vendors that are to stand in, and for which days: recent ones that no vendor before them has, nor they. Older
    /// days are not worth thousands of requests while the preferred vendor works its way to them.
    pub(super) fn stand_ins(
        &self,
        order: &SourceOrder,
        is_late: impl Fn(NaiveDate, usize) -> bool,
    ) -> Vec<(Source, NaiveDate)> {
        let mut stand_ins = Vec::new();
        for date in self.wanted() {
            for (place, source) in order.all().iter().enumerate().skip(1) {
                if self.by_source.get(source).is_none_or(|missing| !missing.contains(&date)) {
                    break;
                }
                if is_late(date, place) {
                    stand_ins.push((*source, date));
                }
            }
        }
        stand_ins
    }
}

/// The first day of the hole that ends right before `floor`: trading days that no vendor of the order has, behind one that
/// some vendor has. `None` if there is none, or if it is too long.
///
/// Were it left, no other vendor's bars would continue the series that ends before it, and all later days be held back.
fn hole_before(writer: &Writer, order: &SourceOrder, floor: NaiveDate) -> Result<Option<NaiveDate>, WarehouseError> {
    let Some((first, last)) = floor.checked_sub_days(Days::new(HOLE_DAYS)).zip(floor.pred_opt()) else {
        return Ok(None);
    };
    let mut open: Vec<NaiveDate> = writer.calendar()?.open_days(first, last).collect();
    let mut absent: Vec<BTreeSet<NaiveDate>> = Vec::new();
    for source in order.all() {
        absent.push(writer.missing_partitions(source.name(), first, last)?.into_iter().collect());
    }
    let is_there = |day: &NaiveDate| absent.iter().any(|absent| !absent.contains(day));
    let Some(newest) = open.iter().rposition(is_there) else { return Ok(None) };
    Ok(open.split_off(newest + 1).first().copied())
}

/// Since when days have been waited for in vain, by this process.
#[derive(Debug, Default)]
pub(crate) struct Late(BTreeMap<NaiveDate, DateTime<Utc>>);

impl Late {
    /// These are the days that are waited for now.
    pub(super) fn see(&mut self, days: impl Iterator<Item = NaiveDate>, now: DateTime<Utc>) {
        let before = std::mem::take(&mut self.0);
        self.0 = days.map(|day| (day, before.get(&day).copied().unwrap_or(now))).collect();
    }

    pub(super) fn since(&self, day: NaiveDate) -> Option<DateTime<Utc>> {
        self.0.get(&day).copied()
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

    #[test]
    fn a_vendor_stands_in_for_recent_days_that_are_late_and_that_nobody_before_it_has() {
        use Source::{Tdx, Tushare};
        let order = SourceOrder::of([Tushare, Tdx].into_iter(), |_| true);
        let days = |texts: &[&str]| texts.iter().map(|text| day(text)).collect::<Vec<_>>();
        let missing = days(&["2020-01-02", "2024-01-09", "2024-01-10"]);
        let lacking = Lacking {
            has_reference: true,
            withheld: days(&["2024-01-08"]),
            floor: Some(day("2024-01-01")),
            by_source: BTreeMap::from([
                (Tushare, missing.iter().copied().collect()),
                (Tdx, days(&["2020-01-02", "2024-01-08", "2024-01-10"]).into_iter().collect()),
            ]),
            missing,
        };
        let asked = |late: &'static str| lacking.stand_ins(&order, move |date, place| place == 1 && date <= day(late));
        assert_eq!(asked("2024-01-10"), [(Tdx, day("2024-01-10")), (Tdx, day("2024-01-08"))]);
        assert_eq!(asked("2024-01-09"), [(Tdx, day("2024-01-08"))], "the tenth is not late yet");
    }

    #[test]
    fn a_day_is_late_from_when_it_was_first_waited_for() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let (mut late, one, other) = (Late::default(), day("2024-01-09"), day("2024-01-10"));
        late.see([one].into_iter(), at("2024-01-09T10:30:00Z"));
        late.see([one, other].into_iter(), at("2024-01-10T10:30:00Z"));
        assert_eq!(late.since(one), Some(at("2024-01-09T10:30:00Z")));
        assert_eq!(late.since(other), Some(at("2024-01-10T10:30:00Z")));
        late.see([other].into_iter(), at("2024-01-10T11:30:00Z"));
        assert_eq!((late.since(one), late.since(other)), (None, Some(at("2024-01-10T10:30:00Z"))));
    }
}
