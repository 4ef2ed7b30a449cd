//! Judges a market undamaged, then damages it over and over, one thing at a time.

use std::{collections::BTreeSet, thread};

use chrono::{Days, NaiveDate};
use upstream_simulators::MarketSpec;
use warehouse::ServedRow;

use super::{
    CORRUPTIONS, Cell, Corruption, DAY_CORRUPTIONS, Outcome, Place,
    by_day::DayCounts,
    corruption::{Patient, Span},
    dice::Dice,
    pipeline::{self, Judged},
    world::{CodeData, World},
};

/// How large a market, and how often each corruption is injected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Codes that trade at some time.
    pub codes: usize,
    /// The last day of the market.
    pub last_day: NaiveDate,
    /// Years before it.
    pub years: u32,
    /// Injections of one corruption at one place.
    pub injections: usize,
}

/// So often a place is drawn anew where an injection changes nothing.
const TRIES: usize = 200;

/// Judges one market, made and damaged by `seed`.
///
/// # Panics
/// If a thread does.
pub fn run(size: Size, seed: u64) -> Outcome {
    let first_day = size.last_day.checked_sub_months(chrono::Months::new(12 * size.years)).unwrap_or(size.last_day);
    let world = World::generate(&MarketSpec::new(seed, size.codes, first_day, size.last_day));
    let counts = DayCounts::of(&world);
    let mut outcome = Outcome { bars: world.truth.bar_count(), days: counts.len(), ..Outcome::default() };
    outcome.false_alarms = side_by_side(world.codes.len(), |number| {
        let code = &world.codes[number];
        let alarms = pipeline::judge(&world, code).alarms.into_iter();
        alarms
            .map(|alarm| format!("{} {:?} {}: {}", code.code, alarm.date, alarm.rule, alarm.message))
            .collect::<Vec<_>>()
    })
    .concat();
    let by_day = (0..counts.len()).flat_map(|day| counts.judge(&world, day));
    outcome.false_alarms.extend(by_day.map(|alarm| format!("{:?} {}: {}", alarm.date, alarm.rule, alarm.message)));

    let places = Places::of(&world);
    for (corruption, number) in CORRUPTIONS.iter().zip(0u64..) {
        for (place, codes) in Place::ALL.into_iter().zip(&places.codes) {
            let cells = side_by_side(size.injections, |injection| {
                let stream = (number * 10 + place as u64) * 1_000_000 + injection as u64;
                inject(&world, corruption, place, codes, &mut Dice::new(seed, stream))
            });
            let mut cell = Cell::default();
            cells.iter().for_each(|one| cell.add(one));
            outcome.cells.insert((corruption.name, place), cell);
        }
    }
    for (corruption, number) in DAY_CORRUPTIONS.iter().zip(0u64..) {
        let mut dice = Dice::new(seed, 900_000_000 + number);
        let mut cell = Cell::default();
        for _ in 0..size.injections * TRIES {
            if cell.injected == size.injections {
                break;
            }
            let day = dice.below(counts.len());
            if let Some(alarms) = counts.judge_damaged(&world, day, corruption, &mut dice) {
                let rules = alarms.iter().map(|alarm| alarm.rule).collect();
                cell.note(&rules, || format!("{}, day {day}", corruption.name));
            }
        }
        outcome.cells.insert((corruption.name, Place::Preferred), cell);
    }
    outcome
}

/// The codes that have each place, and which of their vendors it is.
struct Places<'a> {
    codes: [Vec<(&'a CodeData, usize)>; 4],
}

impl<'a> Places<'a> {
    fn of(world: &'a World) -> Self {
        let mut codes: [Vec<_>; 4] = Default::default();
        for code in world.codes.iter().filter(|code| code.vendors.iter().any(|vendor| !vendor.bars.is_empty())) {
            match &code.vendors[..] {
                [_, _] => {
                    codes[Place::Preferred as usize].push((code, 0));
                    codes[Place::Second as usize].push((code, 1));
                }
                [only] if only.source == super::vendors::TUSHARE.0 => {
                    codes[Place::PreferredAlone as usize].push((code, 0));
                }
                _ => codes[Place::SecondAlone as usize].push((code, 0)),
            }
        }
        Self { codes }
    }
}

/// One injection: nothing at all where the corruption can change nothing at that place.
fn inject(world: &World, corruption: &Corruption, place: Place, codes: &[(&CodeData, usize)], dice: &mut Dice) -> Cell {
    let mut cell = Cell::default();
    for _ in 0..TRIES {
        let Some(&(code, vendor)) = dice.pick(codes) else { break };
        let mut patient = Patient { world, data: code.clone(), vendor, dice: &mut *dice };
        let Some(span) = corruption.damage(&mut patient) else { continue };
        let judged = pipeline::judge(world, &patient.data);
        let days = concerned(code, span);
        let rules = alarming(&judged, days);
        let about = || format!("{} of {} from {} to {} ({place:?})", corruption.name, code.code, span.first, span.last);
        if !judged.agrees_with_days_alone(world, &patient.data, &days.each()) {
            cell.inconsistent.push(about());
        }
        if rules.is_empty()
            && corruption.can_be_mended
            && is_right(&judged.served, &pipeline::judge(world, code).served)
        {
            cell.mended += 1;
        } else {
            let about =
                || format!("{} of {} from {} to {} ({place:?})", corruption.name, code.code, span.first, span.last);
            cell.note(&rules, about);
        }
        break;
    }
    cell
}

/// The days on which a finding is about the damage: those that were damaged, and the first bar after them, which is
/// compared with the last of them.
fn concerned(code: &CodeData, span: Span) -> Span {
    let next = code.vendors.iter().filter_map(|rows| {
        rows.bars.get(rows.bars.partition_point(|bar| bar.trade_date <= span.last)).map(|bar| bar.trade_date)
    });
    // A row that was moved by a day may have left its day behind it.
    let day_after = span.last.checked_add_days(Days::new(1)).unwrap_or(span.last);
    Span { first: span.first, last: next.max().unwrap_or(day_after) }
}

fn alarming(judged: &Judged, days: Span) -> BTreeSet<&'static str> {
    let is_about = |date: Option<NaiveDate>| date.is_none_or(|date| (days.first..=days.last).contains(&date));
    judged.alarms.iter().filter(|alarm| is_about(alarm.date)).map(|alarm| alarm.rule).collect()
}

/// Whether the same prices and factors are served on the same days, whosever they are.
fn is_right(served: &[ServedRow], truth: &[ServedRow]) -> bool {
    let is_same = |a: &ServedRow, b: &ServedRow| {
        a.date == b.date && a.prices == b.prices && (a.factor / b.factor - 1.0).abs() < 1e-9
    };
    served.len() == truth.len() && served.iter().zip(truth).all(|(a, b)| is_same(a, b))
}

/// `of(0..count)`, on all processors, in order.
fn side_by_side<T: Send>(count: usize, of: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let per_thread = count.div_ceil(threads).max(1);
    thread::scope(|scope| {
        let of = &of;
        let part =
            |from: usize| scope.spawn(move || (from..(from + per_thread).min(count)).map(of).collect::<Vec<T>>());
        let workers: Vec<_> = (0..count).step_by(per_thread).map(part).collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    })
}
