//! A no that helps: which limit, which meter, how long.

use std::{fmt, sync::Arc, time::Duration};

use crate::{Cny, Considered, Meter};

/// Why nothing can be sent, and when that may be different.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The reason.
    pub kind: RefusalKind,
    /// When asking again may succeed; `None` where waiting does not help.
    pub retry_after: Option<Duration>,
    /// Every channel of the model, and why it was not chosen.
    pub considered: Vec<Considered>,
}

/// What the caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefusalKind {
    /// No channel has the model.
    UnknownModel {
        /// A model with a similar name.
        near: Option<Arc<str>>,
    },
    /// Every channel that has it rests, is off, or was tried by this request.
    NoHealthyChannel,
    /// Every healthy channel is at a limit, and waiting would take longer than the request may wait, or did.
    RateLimited {
        /// The limit that has room first.
        limit: Limit,
    },
    /// The budgets of the day do not cover it.
    BudgetSpent,
    /// It could exceed the profile's cap of the day.
    ProfileCap {
        /// The cap.
        cap: Cny,
        /// What is spent of it or held for requests that run.
        used: Cny,
    },
    /// Too many requests wait.
    QueueFull {
        /// Whether they are this profile's own; otherwise all together.
        own: bool,
    },
    /// There is budget, but the ledger cannot write down that it is spent.
    LedgerUnavailable,
    /// The time is up, and what it waited for is no limit: another request that tries a resting channel, or money that
    /// running requests hold.
    Deadline,
    /// It alone is more than what a limit allows: it never fits.
    TooLarge {
        /// The widest of these limits.
        limit: Limit,
    },
    /// It alone may cost more than any channel's budget of a day.
    TooExpensive {
        /// The largest of these budgets.
        budget: Cny,
    },
}

/// A limit by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// Whose.
    pub of: LimitOf,
    /// What it counts.
    pub meter: Meter,
    /// How much it allows; `None` where only the upstream knows.
    pub allowed: Option<u64>,
}

/// Whose limit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LimitOf {
    /// A channel's.
    Channel(Arc<str>),
    /// An account's, for one model.
    Account {
        /// The account.
        account: Arc<str>,
        /// The upstream's name of the model.
        model: Arc<str>,
    },
}

/// As `100 requests per minute of channel silicon-1`.
impl fmt::Display for Limit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(allowed) = self.allowed {
            write!(out, "{allowed} ")?;
        }
        out.write_str(match self.meter {
            Meter::Requests => "requests per minute",
            Meter::Tokens => "tokens per minute",
            Meter::Burst => "growth of requests",
            Meter::Concurrency => "requests at the same time",
            Meter::Unknown => "rate limit",
        })?;
        match &self.of {
            LimitOf::Channel(name) => write!(out, " of channel {name}"),
            LimitOf::Account { account, model } => write!(out, " of account {account} for {model}"),
        }
    }
}
