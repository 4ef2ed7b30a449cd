//! One channel's money by day: leased from the ledger, reserved by requests, settled.
//!
//! The ledger writes a block of money down as spent *before* any of it is promised to a request, so a crash can lose
//! knowledge of what was not spent, never of what was. Hence, at every instant and for every day,
//!
//! > settled + reserved ≤ leased ≤ limit
//!
//! Two things may break it, and both are named: a charge above its reservation (a breach), and a limit that the
//! operator lowers below what is leased already. Neither lets another request in. `tests/it/budget_model.rs` explores every
//! interleaving of this book with a ledger, days and crashes.

use std::time::Duration;

use crate::{BudgetStatus, Cny, Day, Tick};

/// The rest after the ledger failed; doubles to [`RETRY_AT_MOST`].
const RETRY_AFTER: Duration = Duration::from_millis(500);
const RETRY_AT_MOST: Duration = Duration::from_secs(8);

/// The books of all days that are not closed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct BudgetBook {
    limit: Option<Cny>,
    /// Oldest first; the last is today's, or tomorrow's shortly before midnight.
    days: Vec<DayBook>,
    /// The process ends: what was leased has gone back, and what is still granted is not used.
    closed: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct DayBook {
    day: Day,
    leased: Cny,
    settled: Cny,
    reserved: Cny,
    breached: Cny,
    /// Requests that hold a reservation, also of nothing.
    open: u32,
    lease: Lease,
    /// The largest amount that was turned away for want of a lease.
    need: Cny,
    /// The ledger granted less than was wanted: it has no more for this day.
    exhausted: bool,
    /// The last request was turned away for want of budget.
    starved: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lease {
    Idle,
    /// Wanted, and not answered yet.
    UnderWay {
        amount: Cny,
        failures: u32,
    },
    /// Failed; wanted again later.
    Failed {
        again: Tick,
        failures: u32,
    },
}

/// Why an amount cannot be reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Short {
    /// It is more than the budget of a whole day.
    Never,
    /// More than what is left of the day.
    Spent,
    /// It would fit if requests that run cost less than they hold.
    Held,
    /// The ledger has not granted enough yet, or failed to.
    NoLease {
        /// It failed.
        failing: bool,
    },
}

impl BudgetBook {
    /// With a budget per day; `None` is no bound, and needs no lease.
    pub const fn new(limit: Option<Cny>) -> Self {
        Self { limit, days: Vec::new(), closed: false }
    }

    /// The budget per day.
    pub const fn limit(&self) -> Option<Cny> {
        self.limit
    }

    /// Another budget per day, for the days under way too.
    pub fn set_limit(&mut self, limit: Option<Cny>) {
        if self.limit != limit {
            self.limit = limit;
            for book in &mut self.days {
                (book.exhausted, book.starved, book.need) = (false, false, Cny::ZERO);
            }
        }
    }

    /// Holds `amount` of `day`'s money.
    ///
    /// # Errors
    /// What it is short of; nothing is held then.
    pub fn reserve(&mut self, day: Day, amount: Cny) -> Result<(), Short> {
        let limit = self.limit;
        let closed = self.closed;
        let book = self.day_mut(day);
        let short = match limit {
            _ if closed => Some(Short::NoLease { failing: true }),
            None => None,
            Some(limit) => book.short(amount, limit),
        };
        if let Some(short) = short {
            match short {
                Short::NoLease { .. } => book.need = book.need.max(amount),
                Short::Spent => book.starved = true,
                Short::Never | Short::Held => {}
            }
            return Err(short);
        }
        book.starved = false;
        book.reserved += amount;
        book.open += 1;
        Ok(())
    }

    /// What was held of `day`'s money cost `charge`; says what that is too much.
    pub fn settle(&mut self, day: Day, held: Cny, charge: Cny) -> Option<Cny> {
        let charge = charge.max(Cny::ZERO);
        let book = self.give_back(day, held);
        book.settled += charge;
        let excess = charge.minus_to_zero(held);
        book.breached += excess;
        (!excess.is_zero()).then_some(excess)
    }

    /// What was held of `day`'s money cost nothing.
    pub fn release(&mut self, day: Day, held: Cny) {
        self.give_back(day, held);
    }

    /// Whether [`Self::want_lease`] would want one, apart from the wait after a failure.
    pub fn is_low(&self, day: Day, block: Cny) -> bool {
        let Some(limit) = self.limit else { return false };
        let room = self.day(day).map_or(limit, |book| if book.exhausted { Cny::ZERO } else { limit - book.gone() });
        let free = self.day(day).map_or(Cny::ZERO, DayBook::free);
        let need = self.day(day).map_or(Cny::ZERO, |book| book.need);
        let under_way = self.day(day).is_some_and(|book| matches!(book.lease, Lease::UnderWay { .. }));
        let half = Cny::from_nano(block.nano() / 2);
        !self.closed && room > Cny::ZERO && !under_way && free < half.max(need)
    }

    /// The lease to take for `day` now: when less than half a block is free, or somebody was turned away. Answer it by
    /// [`Self::lease_granted`] or [`Self::lease_failed`]; until then there is no other for that day.
    pub fn want_lease(&mut self, day: Day, block: Cny, now: Tick) -> Option<Cny> {
        if !self.is_low(day, block) {
            return None;
        }
        let limit = self.limit?;
        let book = self.day_mut(day);
        let failures = match book.lease {
            Lease::Failed { again, .. } if again > now => return None,
            Lease::Failed { failures, .. } => failures,
            _ => 0,
        };
        let amount = block.max(book.need - book.free()).min(limit - book.gone());
        book.lease = Lease::UnderWay { amount, failures };
        Some(amount)
    }

    /// The ledger granted `amount` for `day`. Money for a day that is not known (any more) stays unused.
    pub fn lease_granted(&mut self, day: Day, amount: Cny) {
        if let Some(book) = self.days.iter_mut().find(|book| book.day == day) {
            if let Lease::UnderWay { amount: wanted, .. } = book.lease {
                book.exhausted = amount < wanted;
            }
            book.leased = book.gone() + amount.max(Cny::ZERO);
            book.lease = Lease::Idle;
            book.need = Cny::ZERO;
        }
    }

    /// The ledger could not write the lease down.
    pub fn lease_failed(&mut self, day: Day, now: Tick) {
        if let Some(book) = self.days.iter_mut().find(|book| book.day == day) {
            let failures = match book.lease {
                Lease::UnderWay { failures, .. } | Lease::Failed { failures, .. } => failures + 1,
                Lease::Idle => 1,
            };
            let rest = RETRY_AFTER.saturating_mul(1 << (failures - 1).min(8)).min(RETRY_AT_MOST);
            book.lease = Lease::Failed { again: now + rest, failures };
        }
    }

    /// What the ledger says was spent of `day` before this process began.
    pub fn restore(&mut self, day: Day, spent: Cny) {
        let book = self.day_mut(day);
        book.settled += spent;
        book.leased += spent;
    }

    /// Days whose leases go back to the ledger, with what was spent of each: those before `today` of which nothing is
    /// held and no lease is under way. Their books are closed by that.
    pub fn take_over_days(&mut self, today: Day) -> impl Iterator<Item = (Day, Cny)> {
        self.days.extract_if(.., move |book| book.is_over(today)).filter_map(|book| book.unused())
    }

    /// The same for all days, because the process ends: what is still held counts as spent. Nothing can be reserved
    /// any more.
    pub fn take_all_days(&mut self) -> impl Iterator<Item = (Day, Cny)> {
        self.closed = true;
        self.days.iter_mut().filter_map(|book| {
            let spent = book.settled + book.reserved;
            let unused = (book.leased != spent).then_some((book.day, spent));
            (book.leased, book.exhausted) = (spent, true);
            unused
        })
    }

    /// Whether [`Self::take_over_days`] has something.
    pub fn has_over_days(&self, today: Day) -> bool {
        self.days.first().is_some_and(|book| book.day < today)
    }

    /// Whether `day`'s budget is spent: nothing of it is left, or too little for the last request that asked.
    pub fn is_spent(&self, day: Day) -> bool {
        let Some(limit) = self.limit else { return false };
        limit <= Cny::ZERO || self.day(day).is_some_and(|book| book.settled >= limit || book.starved)
    }

    /// `day`'s money.
    pub fn status(&self, day: Day) -> BudgetStatus {
        let zero = Cny::ZERO;
        let [settled, reserved, leased, breached] =
            self.day(day).map_or([zero; 4], |book| [book.settled, book.reserved, book.leased, book.breached]);
        BudgetStatus { day, limit: self.limit, settled, reserved, leased, breached }
    }

    fn day(&self, day: Day) -> Option<&DayBook> {
        self.days.iter().rev().find(|book| book.day == day)
    }

    fn day_mut(&mut self, day: Day) -> &mut DayBook {
        let at = self.days.partition_point(|book| book.day < day);
        if self.days.get(at).is_none_or(|book| book.day != day) {
            self.days.insert(at, DayBook::new(day));
        }
        &mut self.days[at]
    }

    fn give_back(&mut self, day: Day, held: Cny) -> &mut DayBook {
        let book = self.day_mut(day);
        book.reserved -= held;
        book.open = book.open.saturating_sub(1);
        book
    }
}

impl DayBook {
    const fn new(day: Day) -> Self {
        let zero = Cny::ZERO;
        Self {
            day,
            leased: zero,
            settled: zero,
            reserved: zero,
            breached: zero,
            open: 0,
            lease: Lease::Idle,
            need: zero,
            exhausted: false,
            starved: false,
        }
    }

    /// What no lease can be had for any more: leased, or spent beyond the leases, by a breach or before there was a
    /// bound. The ledger counts what was charged in the same way.
    fn gone(&self) -> Cny {
        self.leased.max(self.settled)
    }

    /// What may be promised of the leases; negative where more is held than was leased.
    fn free(&self) -> Cny {
        self.gone() - self.settled - self.reserved
    }

    fn short(&self, amount: Cny, limit: Cny) -> Option<Short> {
        let used = self.settled + self.reserved;
        if limit <= Cny::ZERO || self.settled >= limit {
            return Some(Short::Spent);
        }
        if amount > limit {
            return Some(Short::Never);
        }
        if self.settled + amount > limit {
            return Some(Short::Spent);
        }
        if used + amount <= self.leased.min(limit) {
            return None;
        }
        if used + amount > limit {
            return Some(Short::Held);
        }
        if self.exhausted {
            return Some(if self.settled + amount <= self.leased { Short::Held } else { Short::Spent });
        }
        Some(Short::NoLease {
            failing: matches!(self.lease, Lease::Failed { .. } | Lease::UnderWay { failures: 1.., .. }),
        })
    }

    fn is_over(&self, today: Day) -> bool {
        self.day < today && self.open == 0 && !matches!(self.lease, Lease::UnderWay { .. })
    }

    /// The day and what was spent, where the ledger has another figure.
    fn unused(self) -> Option<(Day, Cny)> {
        (self.leased != self.settled).then_some((self.day, self.settled))
    }
}

#[cfg(test)]
mod tests;
