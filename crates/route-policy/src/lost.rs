//! Why a channel was not chosen.

use crate::{Meter, Tick, Verdict};

/// The first reason found, in the order in which they are asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lost {
    /// This request has been there.
    Tried,
    /// The operator switched it off.
    Disabled,
    /// It serves another group of callers.
    OtherGroup,
    /// It, its account or the model there rests after this verdict; tried again at `until`.
    Parked {
        /// The verdict.
        why: Verdict,
        /// When it is tried again.
        until: Tick,
    },
    /// The upstream said that it has too much to do.
    CoolingDown {
        /// For how long it is left alone.
        until: Tick,
    },
    /// The upstream said that a limit is reached.
    Paused {
        /// The limit.
        meter: Meter,
        /// For how long it is left alone.
        until: Tick,
    },
    /// It fails too often.
    BreakerOpen {
        /// When one request may try it.
        until: Tick,
    },
    /// One request tries it right now; the others wait for what comes of it.
    CanaryOut,
    /// As many requests as it may have at the same time.
    InFlightFull,
    /// Its requests per minute.
    RpmFull {
        /// When there may be room.
        until: Tick,
    },
    /// Its tokens per minute.
    TpmFull {
        /// When there may be room.
        until: Tick,
    },
    /// A limit that the account has for the model.
    GroupFull {
        /// What it counts.
        meter: Meter,
        /// When there may be room.
        until: Tick,
    },
    /// The request alone is more than the limit: it never fits.
    TooLarge(Meter),
    /// The request alone costs more than the budget of a day.
    TooExpensive,
    /// Today's budget is spent, or what is left is less than the request may cost.
    NoBudget,
    /// What is left of today's budget is held by requests that run.
    BudgetHeld,
    /// The money is there, but the ledger has not yet written down that it may be spent.
    NoLease {
        /// Whether the ledger fails.
        failing: bool,
    },
    /// Another one of higher priority has room.
    LowerPriority,
    /// Another one's turn.
    NotItsTurn,
}

impl Lost {
    /// A short stable name, for records and metrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Tried => "tried",
            Self::Disabled => "disabled",
            Self::OtherGroup => "other_group",
            Self::Parked { .. } => "parked",
            Self::CoolingDown { .. } => "cooling_down",
            Self::Paused { .. } => "paused",
            Self::BreakerOpen { .. } => "breaker_open",
            Self::CanaryOut => "canary_out",
            Self::InFlightFull => "in_flight_full",
            Self::RpmFull { .. } => "rpm_full",
            Self::TpmFull { .. } => "tpm_full",
            Self::GroupFull { .. } => "group_full",
            Self::TooLarge(_) => "too_large",
            Self::TooExpensive => "too_expensive",
            Self::NoBudget => "no_budget",
            Self::BudgetHeld => "budget_held",
            Self::NoLease { failing: false } => "no_lease",
            Self::NoLease { failing: true } => "ledger_failing",
            Self::LowerPriority => "lower_priority",
            Self::NotItsTurn => "not_its_turn",
        }
    }

    /// When it may be different, where that is known.
    pub const fn until(self) -> Option<Tick> {
        match self {
            Self::Parked { until, .. }
            | Self::CoolingDown { until }
            | Self::Paused { until, .. }
            | Self::BreakerOpen { until }
            | Self::RpmFull { until }
            | Self::TpmFull { until }
            | Self::GroupFull { until, .. } => Some(until),
            _ => None,
        }
    }

    /// Whether it is worth waiting for. A breaker or a parked channel is not: those callers are told at once.
    pub(crate) const fn may_pass(self) -> bool {
        matches!(
            self,
            Self::CoolingDown { .. }
                | Self::Paused { .. }
                | Self::CanaryOut
                | Self::InFlightFull
                | Self::RpmFull { .. }
                | Self::TpmFull { .. }
                | Self::GroupFull { .. }
                | Self::BudgetHeld
                | Self::NoLease { .. }
        )
    }

    /// The end of a rest that nothing shortens.
    pub(crate) fn until_hard(self, now: Tick) -> Tick {
        match self {
            Self::CoolingDown { until } | Self::Paused { until, .. } => until,
            _ => now,
        }
    }

    /// The meter that is full, where it is one.
    pub(crate) const fn meter(self) -> Option<Meter> {
        match self {
            Self::Paused { meter, .. } | Self::GroupFull { meter, .. } | Self::TooLarge(meter) => Some(meter),
            Self::InFlightFull => Some(Meter::Concurrency),
            Self::RpmFull { .. } => Some(Meter::Requests),
            Self::TpmFull { .. } => Some(Meter::Tokens),
            _ => None,
        }
    }
}
