//! The terms in which every client is judged.

use std::{fmt::Debug, time::Duration};

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use upstream_simulators::SimClock;

use crate::facts::Fact;

/// How often every client here puts one request before it gives up.
pub(crate) const ATTEMPTS: usize = 3;

/// Longest time that a client here gives one request, unless a clause says otherwise.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// What a client says of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    RetryLater,
    RetryAt(DateTime<Utc>),
    Stop,
}

/// One response as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) request: String,
    pub(crate) body: Vec<u8>,
}

/// A row and where it stood.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) fact: Fact,
    pub(crate) page: usize,
    pub(crate) row: u32,
}

/// What came of a question that was answered.
#[derive(Debug)]
pub(crate) struct Good {
    pub(crate) rows: Vec<Row>,
    /// Page and reason of each row that was refused.
    pub(crate) rejected: Vec<(usize, String)>,
    pub(crate) pages: Vec<Page>,
}

/// What came of one that was not.
#[derive(Debug)]
pub(crate) struct Bad {
    pub(crate) verdict: Verdict,
    /// The error as people see it, and as `Debug` shows it.
    pub(crate) message: String,
    pub(crate) shown: String,
    /// What the error kept of the responses.
    pub(crate) pages: Vec<Page>,
}

pub(crate) type Answer = Result<Good, Bad>;

/// What the vendor allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Allowance {
    Unlimited,
    /// One main question per shortest period that the vendor counts.
    OneQuestionAtATime,
    /// One main question per day.
    OneQuestionADay,
}

/// What a clause needs. [`Setup::default`] is a vendor in good health and a client without waits.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setup {
    pub(crate) allowance: Allowance,
    /// Whether the vendor refuses the client's key, or access where there is no key.
    pub(crate) is_refused: bool,
    /// Longest one request may take.
    pub(crate) patience: Duration,
    /// Whether the client spaces its calls as it would in production.
    pub(crate) is_paced: bool,
}

impl Default for Setup {
    fn default() -> Self {
        Self { allowance: Allowance::Unlimited, is_refused: false, patience: PATIENCE, is_paced: false }
    }
}

/// How a response in a wrong unit has to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Slip {
    /// Refused, with this verdict and every page kept.
    Refused(Verdict),
    /// Put right: the rows are the truth.
    Corrected,
}

/// What came of a question while the exchange trades.
pub(crate) struct Live {
    pub(crate) today: NaiveDate,
    pub(crate) answer: Answer,
    /// Whether the pages hold today's unfinished bar.
    pub(crate) pages_hold_it: bool,
}

/// A client in front of its simulated vendor.
pub(crate) trait Source: Sized {
    /// A way in which the vendor misbehaves.
    type Fault: Clone + Debug;

    /// Calls that the main question costs when nothing is wrong.
    const CALLS: usize;
    /// Calls that it costs to learn that there is nothing.
    const CALLS_FOR_NOTHING: usize = 1;
    /// Calls that a client with its production pace makes at most within a third of a second.
    const BURST: usize;
    /// The longest wait after a refusal of too many calls; the clause is not for vendors without one.
    const PAUSE: TimeDelta = TimeDelta::zero();
    /// Whether the vendor sends the unfinished bar of a running day to this client.
    const SENDS_LIVE_BARS: bool;

    async fn start(setup: Setup) -> Self;

    /// The main question.
    async fn ask(&self) -> Answer;

    /// A question whose right answer is that there is nothing.
    async fn ask_for_nothing(&self) -> Answer;

    /// Asks at eleven in the morning of the exchange for the last days and today.
    async fn ask_at_eleven(&self) -> Live;

    /// What the rows of the main question have to be, in any order.
    fn truth(&self) -> Vec<Fact>;

    /// Whether a row says the same as the truth, as exactly as the vendor can.
    fn agrees(got: &Fact, truth: &Fact) -> bool {
        got == truth
    }

    /// Whether `row` of `page` is where `fact` comes from.
    fn is_at(&self, page: &Page, row: u32, fact: &Fact) -> bool;

    /// Calls of either question that reached the vendor.
    fn calls(&self) -> usize;

    /// The one clock of client and vendor.
    fn clock(&self) -> &SimClock;

    /// What must never be seen.
    fn secret(&self) -> Option<&str>;

    /// The client as `Debug` shows it.
    fn shown(&self) -> String;

    /// `fault` befalls the next `calls` calls of the main question; `None` = all.
    fn bend(&self, fault: Self::Fault, calls: Option<u32>);

    async fn go_down(&self);

    async fn come_back(&self);

    /// Makes the vendor refuse the next call as one too many, where [`Allowance::OneQuestionAtATime`] does not by itself.
    fn overdraw(&self) {}

    /// When the vendor's next day begins.
    fn next_day(_now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        None
    }

    /// An answer that comes a minute late.
    fn slow() -> Self::Fault;

    /// A connection that drops in the middle of the body.
    fn dropped() -> Self::Fault;

    /// Bodies that are no answer at all: cut off, a proxy's page.
    fn garbled() -> Vec<Self::Fault>;

    /// Answers that can be read and have another shape: columns are gone.
    fn reshaped() -> Vec<Self::Fault> {
        Vec::new()
    }

    /// Answers in a wrong unit, how each has to end, and after how many calls.
    fn slips() -> Vec<(Self::Fault, Slip, usize)>;
}

/// The tests of one client: every clause named here, run for it.
macro_rules! contract {
    ($source:ty: $($clause:ident),+ $(,)?) => {
        /// The clauses that run for this client.
        pub(crate) const RUN: &[&str] = &[$(stringify!($clause)),+];

        $(
            #[tokio::test]
            async fn $clause() {
                $crate::clauses::$clause::<$source>().await;
            }
        )+
    };
}

/// A client's own types in common terms. Their fields have the same names in every client.
macro_rules! in_common {
    (pages $pages:expr) => {
        $pages
            .iter()
            .map(|page| $crate::contract::Page { request: page.request.clone(), body: page.body.clone() })
            .collect::<Vec<_>>()
    };
    (rows $rows:expr, $fact:expr) => {
        $rows.iter().map(|row| $crate::contract::Row { fact: $fact(&row.value), page: row.page, row: row.row })
    };
    (rejected $rows:expr) => {
        $rows.iter().map(|row| (row.page, row.reason.clone())).collect::<Vec<_>>()
    };
    (bad $vendor:ident, $error:expr) => {{
        let mut error = $error;
        $crate::contract::Bad {
            verdict: match error.decision() {
                $vendor::Decision::RetryLater => $crate::contract::Verdict::RetryLater,
                $vendor::Decision::RetryAt(at) => $crate::contract::Verdict::RetryAt(at),
                $vendor::Decision::Stop => $crate::contract::Verdict::Stop,
            },
            message: error.to_string(),
            shown: format!("{error:?}"),
            pages: $crate::contract::in_common!(pages error.take_pages()),
        }
    }};
}

pub(crate) use {contract, in_common};
