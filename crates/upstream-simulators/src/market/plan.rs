//! When a code stops trading and when its corporate actions fall, before any price is known.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use super::{
    draw::Draw,
    listing::{Halt, PartialHalt},
    sessions::Sessions,
    universe::{Member, Role},
};

/// A corporate action whose sizes are not drawn yet: they depend on the price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlannedEvent {
    pub(crate) session: u16,
    pub(crate) kind: EventKind,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EventKind {
    Cash,
    CashOfTwoLines,
    CashAndBonus,
    Rights,
}

/// Halts and events of one code, both ascending and without overlap.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub(crate) halts: Vec<Halt>,
    pub(crate) partial_halts: Vec<PartialHalt>,
    pub(crate) events: Vec<PlannedEvent>,
}

/// Chance of an ex-date in each month, in thousandths: the season is May to July.
const MONTH_PER_MILLE: [usize; 12] = [30, 10, 10, 30, 160, 300, 260, 50, 70, 50, 20, 10];
const TIMINGS: [&str; 5] = ["09:30-10:00", "09:30-10:30", "13:00-14:00", "09:30-11:30", "14:30-15:00"];
/// Halts of whole days per code and year.
const HALTS_PER_YEAR: f64 = 0.12;
const PARTIAL_HALTS_PER_YEAR: f64 = 0.3;
/// A new listing trades undisturbed for this long.
const QUIET_SESSIONS: usize = 20;
const SESSIONS_PER_YEAR: f64 = 243.0;

pub(crate) fn plan(draw: &mut Draw, member: &Member, sessions: &Sessions) -> Plan {
    let mut plan = Plan::default();
    let end = member.listed.end;
    if member.id.paused {
        plan.halt(member.listed.start, end);
        return plan;
    }
    let quiet = if member.is_new { QUIET_SESSIONS } else { 1 };
    let free = (member.listed.start + quiet).min(end)..end;
    if free.len() < 3 {
        return plan;
    }
    plan.play(member.role, &free);
    plan.random_events(draw, sessions, &free);
    plan.random_halts(draw, &free);
    if member.id.delisted.is_some() && draw.chance(0.4) {
        // The last weeks before the delisting pass without trading.
        plan.halt(end.saturating_sub(10).max(free.start), end);
    }
    plan.halts.sort_by_key(|halt| halt.first);
    plan.events.sort_by_key(|event| event.session);
    plan
}

impl Plan {
    /// What the code must show, in the middle of its time.
    fn play(&mut self, role: Option<Role>, free: &Range<usize>) {
        let middle = free.start + free.len() / 2;
        match role {
            None => {}
            Some(Role::ExDateInHalt) => {
                self.halt(middle - 2, middle + 2);
                self.event(middle, EventKind::CashAndBonus);
            }
            Some(Role::TwoExDatesInHalt) => {
                self.halt(middle - 3, middle + 3);
                self.event(middle - 1, EventKind::CashAndBonus);
                self.event(middle + 1, EventKind::Cash);
            }
            Some(Role::RightsIssue) => self.rights(middle, free),
            Some(Role::BonusAndCash) => self.event(middle, EventKind::CashAndBonus),
            Some(Role::TwoLinesOneExDate) => self.event(middle, EventKind::CashOfTwoLines),
            Some(Role::SingleDayHalt) => {
                self.halt(middle, middle + 1);
            }
            Some(Role::PartialHalt) => {
                self.partial_halts.push(PartialHalt { session: middle as u16, timing: TIMINGS[0] });
            }
        }
    }

    fn random_events(&mut self, draw: &mut Draw, sessions: &Sessions, free: &Range<usize>) {
        let years = sessions.date(free.start as u16).year()..=sessions.date((free.end - 1) as u16).year();
        let pays = draw.chance(0.7);
        for year in years {
            if pays && draw.chance(0.93) {
                let bonus = draw.chance(0.12);
                let kind = match draw.chance(0.03) {
                    _ if bonus => EventKind::CashAndBonus,
                    true => EventKind::CashOfTwoLines,
                    false => EventKind::Cash,
                };
                self.event_in(draw, sessions, free, year, kind);
            }
            if pays && draw.chance(0.1) {
                self.event_in(draw, sessions, free, year, EventKind::Cash);
            }
            if draw.chance(0.004) {
                let session = free.start + draw.below(free.len());
                if sessions.date(session as u16).year() == year {
                    self.rights(session, free);
                }
            }
        }
    }

    fn event_in(&mut self, draw: &mut Draw, sessions: &Sessions, free: &Range<usize>, year: i32, kind: EventKind) {
        let mut lot = draw.below(1000);
        let month = MONTH_PER_MILLE.iter().position(|weight| {
            let found = lot < *weight;
            lot = lot.saturating_sub(*weight);
            found
        });
        let Some(from) = NaiveDate::from_ymd_opt(year, month.unwrap_or(5) as u32 + 1, 1) else { return };
        let to = from.checked_add_months(chrono::Months::new(1)).and_then(|next| next.pred_opt()).unwrap_or(from);
        let days = sessions.range(from, to);
        // Drawn over the whole month first, so that a month cut by the range does not gather its events in the rest.
        let session = days.start + draw.below(21.max(days.len()));
        if days.contains(&session) && free.contains(&session) {
            self.event(session, kind);
        }
    }

    /// A rights issue: trading stops for the days of subscription, the ex-date is the day of resumption.
    fn rights(&mut self, session: usize, free: &Range<usize>) {
        if session >= free.start + 6 && self.halt(session - 6, session) {
            self.event(session, EventKind::Rights);
        }
    }

    fn random_halts(&mut self, draw: &mut Draw, free: &Range<usize>) {
        let years = free.len() as f64 / SESSIONS_PER_YEAR;
        for _ in 0..draw.count(years * HALTS_PER_YEAR) {
            let days = match draw.below(10) {
                0..3 => 1,
                3..9 => 2 + draw.below(9),
                _ => 11 + draw.below(30),
            };
            let first = free.start + draw.below(free.len());
            self.halt(first, (first + days).min(free.end));
        }
        for _ in 0..draw.count(years * PARTIAL_HALTS_PER_YEAR) {
            let session = (free.start + draw.below(free.len())) as u16;
            let taken = self.partial_halts.iter().any(|halt| halt.session == session);
            if !taken && !self.is_halted(session) {
                self.partial_halts.push(PartialHalt { session, timing: TIMINGS[draw.below(TIMINGS.len())] });
            }
        }
        self.partial_halts.sort_by_key(|halt| halt.session);
    }

    /// Halts `first..end` unless it would touch another halt or hold a partial one. Tells whether it did.
    fn halt(&mut self, first: usize, end: usize) -> bool {
        if first >= end {
            return false;
        }
        let (first, last) = (first as u16, (end - 1) as u16);
        let touches = |halt: &Halt| halt.first <= last.saturating_add(1) && first <= halt.last.saturating_add(1);
        let holds_partial = self.partial_halts.iter().any(|halt| (first..=last).contains(&halt.session));
        let possible = !self.halts.iter().any(touches) && !holds_partial;
        if possible {
            self.halts.push(Halt { first, last });
        }
        possible
    }

    fn is_halted(&self, session: u16) -> bool {
        self.halts.iter().any(|halt| (halt.first..=halt.last).contains(&session))
    }

    fn event(&mut self, session: usize, kind: EventKind) {
        let session = session as u16;
        if self.events.iter().all(|event| event.session != session) {
            self.events.push(PlannedEvent { session, kind });
        }
    }
}
