//! Which days a commit makes worth checking: those whose rows changed, and those that are compared with them.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use duckdb::{Connection, params};
use market_model::{Code, InstrumentName};

use crate::{Sourced, WarehouseError, curate::MarketDays};

/// A name is looked at on so many of the last complete days on which it is in force: older ones were checked when it was
/// not known yet, and are checked again with the whole history.
const NAME_DAYS: usize = 30;
/// The list of instruments says which days a code has bars on. So many of the last complete days are looked at again when it
/// changes: a delisting becomes known days after the last bar.
const LISTING_DAYS: usize = 5;
/// More names than that are the first time that anybody asks for them: the whole history is due.
const FEW_NAMES: usize = 200;

/// The days at hand.
#[derive(Debug)]
pub(super) struct Due<'a> {
    market: &'a MarketDays,
    whole_history: bool,
    days: BTreeSet<NaiveDate>,
}

impl<'a> Due<'a> {
    /// Nothing yet; `market` is what is complete after the commit.
    pub(super) fn new(market: &'a MarketDays) -> Self {
        Self { market, whole_history: false, days: BTreeSet::new() }
    }

    /// Rows of these days changed. The next complete day's are compared with them.
    pub(super) fn days(&mut self, days: impl IntoIterator<Item = NaiveDate>) {
        let days: BTreeSet<_> = days.into_iter().collect();
        let next = days.iter().filter_map(|day| self.market.complete_from(day.succ_opt()?)).collect::<Vec<_>>();
        self.days.extend(days);
        self.days.extend(next);
    }

    /// The calendar says something else of these days. What it says of days that nobody has data of concerns no rows.
    pub(super) fn calendar(&mut self, days: impl IntoIterator<Item = NaiveDate>) {
        if let Some((first, last)) = self.market.range() {
            self.days(days.into_iter().filter(|day| (first..=last).contains(day)));
        }
    }

    /// Events with these ex-dates changed: they show on the first complete day from then on.
    pub(super) fn events(&mut self, ex_dates: impl IntoIterator<Item = NaiveDate>) {
        self.days.extend(ex_dates.into_iter().filter_map(|day| self.market.complete_from(day)));
    }

    /// Instruments changed.
    pub(super) fn instruments(&mut self) {
        self.days.extend(self.market.complete_in(NaiveDate::MIN, NaiveDate::MAX).rev().take(LISTING_DAYS));
    }

    /// The names `changed` (code and first day) of `rows` changed.
    pub(super) fn names(&mut self, changed: &[(Code, NaiveDate)], rows: &[Sourced<InstrumentName>]) {
        if changed.len() > FEW_NAMES {
            self.whole_history |= self.market.range().is_some();
            return;
        }
        let rows: BTreeMap<_, _> = rows.iter().map(|row| ((row.value.code, row.value.from), &row.value)).collect();
        for name in changed.iter().filter_map(|key| rows.get(key)) {
            let days = self.market.complete_in(name.from, name.until.unwrap_or(NaiveDate::MAX));
            self.days.extend(days.rev().take(NAME_DAYS));
        }
    }

    /// Notes them as due from the market commit `commit_seq` on.
    pub(super) fn note(self, conn: &Connection, commit_seq: u64) -> Result<(), WarehouseError> {
        if self.whole_history {
            return note_whole_history(conn, commit_seq);
        }
        if self.days.is_empty() {
            return Ok(());
        }
        let days: Vec<_> = self.days.iter().map(|day| format!("DATE '{day}'")).collect();
        let days = format!("SELECT unnest([{}])", days.join(", "));
        conn.execute_batch(&format!(
            "DELETE FROM check_due WHERE trade_date IN ({days}); INSERT INTO check_due SELECT *, {commit_seq} FROM ({days})"
        ))?;
        Ok(())
    }
}

/// Notes that everything is due from the market commit `commit_seq` on.
pub(crate) fn note_whole_history(conn: &Connection, commit_seq: u64) -> Result<(), WarehouseError> {
    conn.execute_batch("DELETE FROM check_due")?;
    conn.execute("INSERT INTO check_due VALUES (NULL, ?)", params![commit_seq])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fixture::code;

    /// Complete are the 2nd, 3rd, 5th and 9th of January 2024.
    fn market() -> MarketDays {
        let complete: BTreeMap<_, _> =
            [2, 3, 5, 9].map(|day| (january(day), BTreeSet::from(["tushare".to_owned()]))).into();
        MarketDays::new(complete, BTreeSet::new())
    }

    fn january(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2024, 1, day).unwrap()
    }

    fn after(act: impl FnOnce(&mut Due<'_>)) -> (bool, Vec<NaiveDate>) {
        let market = market();
        let mut due = Due::new(&market);
        act(&mut due);
        (due.whole_history, due.days.into_iter().collect())
    }

    #[test]
    fn a_changed_day_is_due_with_the_complete_day_that_is_compared_with_it() {
        assert_eq!(after(|due| due.days([january(3)])).1, [january(3), january(5)]);
        assert_eq!(after(|due| due.days([january(9)])).1, [january(9)], "the last day concerns itself");
        assert_eq!(after(|due| due.days([january(12)])).1, [january(12)], "a day that is not complete yet");
    }

    #[test]
    fn a_calendar_concerns_the_days_that_are_there_and_an_event_the_first_day_that_shows_it() {
        assert_eq!(after(|due| due.calendar([january(1), january(4), january(10)])).1, [january(4), january(5)]);
        assert_eq!(after(|due| due.events([january(6), january(3), january(10)])).1, [january(3), january(9)]);
    }

    #[test]
    fn instruments_concern_the_last_days() {
        assert_eq!(after(|due| due.instruments()).1, [2, 3, 5, 9].map(january));
    }

    #[test]
    fn a_few_names_make_their_last_days_due_and_many_the_whole_history() {
        let name =
            |at: usize, until| InstrumentName::new(code(&format!("{:06}.SH", 600_000 + at)), "ST", january(3), until);
        let rows = |count: usize, until| -> Vec<_> {
            (0..count).map(|at| Sourced { value: name(at, until), response: 0, row: 0 }).collect()
        };
        let keys = |rows: &[Sourced<InstrumentName>]| -> Vec<_> {
            rows.iter().map(|row| (row.value.code, row.value.from)).collect()
        };
        let few = rows(2, Some(january(5)));
        assert_eq!(after(|due| due.names(&keys(&few), &few)), (false, vec![january(3), january(5)]));
        let still = rows(1, None);
        assert_eq!(after(|due| due.names(&keys(&still), &still)).1, [january(3), january(5), january(9)]);
        let many = rows(FEW_NAMES + 1, None);
        assert_eq!(after(|due| due.names(&keys(&many), &many)), (true, vec![]));
        assert_eq!(after(|due| due.names(&[], &many)).1, [], "unchanged");
    }
}
