//! What can be wrong with a whole day of a vendor, and how it is judged.

use chrono::NaiveDate;
use quality_rules::{DayCount, DayFacts, check_day};

use super::{
    dice::Dice,
    pipeline::{Alarm, alarm},
    vendors::{TDX, TUSHARE},
    world::World,
};

/// The columns of Tushare's answer, as asked for.
const COLUMNS: [&str; 11] =
    ["ts_code", "trade_date", "open", "high", "low", "close", "pre_close", "change", "pct_chg", "vol", "amount"];

/// One way to damage a vendor's day.
pub struct DayCorruption {
    /// Its name in the table.
    pub name: &'static str,
    /// What it does, for people.
    pub about: &'static str,
    damage: fn(&mut DayCount, &mut Dice),
}

/// Every way, in the order of the table.
pub static DAY_CORRUPTIONS: &[DayCorruption] = &[
    DayCorruption {
        name: "columns dropped",
        about: "one of the eleven columns is not in the answer",
        damage: lose_column,
    },
    DayCorruption { name: "day cut short", about: "5 to 90 % of the day's rows", damage: lose_rows },
    DayCorruption { name: "day sent twice", about: "the day holds another market's rows too", damage: double_rows },
];

fn lose_column(day: &mut DayCount, dice: &mut Dice) {
    if let Some(columns) = &mut day.columns {
        columns.remove(dice.below(columns.len()));
    }
}

fn lose_rows(day: &mut DayCount, dice: &mut Dice) {
    day.rows = (day.rows as f64 * dice.between(0.05, 0.9)) as u64;
}

fn double_rows(day: &mut DayCount, _: &mut Dice) {
    day.rows *= 2;
}

/// The counts of every trading day, per vendor: of the codes whose bars it has.
pub(super) struct DayCounts {
    days: Vec<NaiveDate>,
    /// Day by day, Tushare's, then TDX's.
    counts: Vec<DayCount>,
}

impl DayCounts {
    pub(super) fn of(world: &World) -> Self {
        let days = world.truth.trading_days().to_vec();
        let mut rows = vec![[0; 2]; days.len()];
        for vendor in world.codes.iter().flat_map(|code| &code.vendors) {
            for bar in &vendor.bars {
                if let Ok(day) = days.binary_search(&bar.trade_date) {
                    rows[day][usize::from(vendor.source)] += 1;
                }
            }
        }
        let count = |date: NaiveDate, name: &str, rows, columns| DayCount {
            source: name.to_owned(),
            dataset: "daily".to_owned(),
            date,
            rows,
            columns,
        };
        let columns = || Some(COLUMNS.map(str::to_owned).to_vec());
        let per_day = |(date, [tushare, tdx]): (&NaiveDate, [u64; 2])| {
            [count(*date, TUSHARE.1, tushare, columns()), count(*date, TDX.1, tdx, None)]
        };
        let counts = days.iter().zip(rows).flat_map(per_day).collect();
        Self { days, counts }
    }

    /// How many days there are.
    pub(super) fn len(&self) -> usize {
        self.days.len()
    }

    /// Judges day number `day`, as it is.
    pub(super) fn judge(&self, world: &World, day: usize) -> Vec<Alarm> {
        judged(world, self.days[day], self.around(day))
    }

    /// Damages one vendor's day number `day` and judges it; `None` if that changes nothing.
    pub(super) fn judge_damaged(
        &self,
        world: &World,
        day: usize,
        corruption: &DayCorruption,
        dice: &mut Dice,
    ) -> Option<Vec<Alarm>> {
        let vendor = dice.below(2);
        let mut around = self.around(day).to_vec();
        let position = around.len() - 2 + vendor;
        let before = around[position].clone();
        (corruption.damage)(&mut around[position], dice);
        (around[position] != before).then(|| judged(world, self.days[day], &around))
    }

    /// The day and what comes before it.
    fn around(&self, day: usize) -> &[DayCount] {
        &self.counts[day.saturating_sub(DayFacts::LOOK_BACK) * 2..(day + 1) * 2]
    }
}

fn judged(world: &World, date: NaiveDate, counts: &[DayCount]) -> Vec<Alarm> {
    let mut found = Vec::new();
    check_day(&DayFacts { date, counts, calendar: world.truth.calendar() }, &mut found);
    found.iter().filter_map(alarm).collect()
}
