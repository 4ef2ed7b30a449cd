//! How requests and attempts end, in one word each: the same in records, logs and metrics.

use route_policy::{Meter, Verdict};

/// How a request ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Outcome {
    /// The caller got its whole answer.
    Ok,
    /// The answer broke off after its first byte was out.
    Cut,
    /// The caller went away before the end of its answer.
    ClientGone,
    /// The request was wrong: in our eyes or in the upstream's.
    CallerFault,
    /// The token may not do that.
    Denied,
    /// No channel has the model.
    UnknownModel,
    /// No channel had room in time.
    RateLimited,
    /// No budget is left, or the request alone is beyond it.
    BudgetSpent,
    /// Every channel of the model rests.
    NoChannel,
    /// The books could not be written.
    LedgerUnavailable,
    /// Every channel that was tried failed.
    UpstreamFailed,
    /// Our own fault.
    Internal,
}

impl Outcome {
    /// All of them, by their number.
    pub(crate) const ALL: [Self; 12] = [
        Self::Ok,
        Self::Cut,
        Self::ClientGone,
        Self::CallerFault,
        Self::Denied,
        Self::UnknownModel,
        Self::RateLimited,
        Self::BudgetSpent,
        Self::NoChannel,
        Self::LedgerUnavailable,
        Self::UpstreamFailed,
        Self::Internal,
    ];

    /// The word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Cut => "cut",
            Self::ClientGone => "client_gone",
            Self::CallerFault => "caller_fault",
            Self::Denied => "denied",
            Self::UnknownModel => "unknown_model",
            Self::RateLimited => "rate_limited",
            Self::BudgetSpent => "budget_spent",
            Self::NoChannel => "no_channel",
            Self::LedgerUnavailable => "ledger_unavailable",
            Self::UpstreamFailed => "upstream_failed",
            Self::Internal => "internal",
        }
    }

    /// Whether it is a failure of the gateway or of an upstream, rather than of the caller or nobody.
    pub(crate) const fn is_failure(self) -> bool {
        !matches!(self, Self::Ok | Self::ClientGone | Self::CallerFault | Self::Denied | Self::UnknownModel)
    }
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AttemptEnd {
    /// With a whole answer.
    Ok,
    /// The caller went away; what came of it was not its upstream's fault.
    ClientGone,
    /// The connection or the answer failed.
    Failed(Failing),
    /// The upstream refused.
    Refused(Verdict),
}

/// Where a connection or an answer failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub(crate) enum Failing {
    /// No answer: name, connection, time.
    NoAnswer,
    /// The answer ended early.
    Cut,
    /// The answer stood still.
    Stalled,
    /// The answer was none: a page, rubbish, a stream that nobody asked for.
    Nonsense,
}

impl AttemptEnd {
    /// One of each, by [`index`](Self::index).
    pub(crate) const ALL: [Self; 20] = [
        Self::Ok,
        Self::ClientGone,
        Self::Failed(Failing::NoAnswer),
        Self::Failed(Failing::Cut),
        Self::Failed(Failing::Stalled),
        Self::Failed(Failing::Nonsense),
        Self::Refused(Verdict::CallerFault),
        Self::Refused(Verdict::Content),
        Self::Refused(Verdict::Wait(Meter::Requests)),
        Self::Refused(Verdict::Wait(Meter::Tokens)),
        Self::Refused(Verdict::Wait(Meter::Burst)),
        Self::Refused(Verdict::Wait(Meter::Concurrency)),
        Self::Refused(Verdict::Wait(Meter::Unknown)),
        Self::Refused(Verdict::Overloaded),
        Self::Refused(Verdict::Broken),
        Self::Refused(Verdict::ModelMissing),
        Self::Refused(Verdict::ModelDenied),
        Self::Refused(Verdict::KeyDead),
        Self::Refused(Verdict::AccountParked),
        Self::Refused(Verdict::Misconfigured),
    ];

    /// Its place in [`ALL`](Self::ALL).
    pub(crate) fn index(self) -> usize {
        Self::ALL.iter().position(|end| *end == self).unwrap_or(0)
    }

    /// The word.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::ClientGone => "client_gone",
            Self::Failed(Failing::NoAnswer) => "no_answer",
            Self::Failed(Failing::Cut) => "cut",
            Self::Failed(Failing::Stalled) => "stalled",
            Self::Failed(Failing::Nonsense) => "nonsense",
            Self::Refused(Verdict::CallerFault) => "caller_fault",
            Self::Refused(Verdict::Content) => "content",
            Self::Refused(Verdict::Wait(Meter::Requests)) => "wait_requests",
            Self::Refused(Verdict::Wait(Meter::Tokens)) => "wait_tokens",
            Self::Refused(Verdict::Wait(Meter::Burst)) => "wait_burst",
            Self::Refused(Verdict::Wait(Meter::Concurrency)) => "wait_concurrency",
            Self::Refused(Verdict::Wait(Meter::Unknown)) => "wait",
            Self::Refused(Verdict::Overloaded) => "overloaded",
            Self::Refused(Verdict::Broken) => "broken",
            Self::Refused(Verdict::ModelMissing) => "model_missing",
            Self::Refused(Verdict::ModelDenied) => "model_denied",
            Self::Refused(Verdict::KeyDead) => "key_dead",
            Self::Refused(Verdict::AccountParked) => "account_parked",
            Self::Refused(Verdict::Misconfigured) => "misconfigured",
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_end_has_its_own_place_and_word() {
        for (place, end) in AttemptEnd::ALL.into_iter().enumerate() {
            assert_eq!(end.index(), place, "{}", end.name());
        }
        let words: HashSet<_> = AttemptEnd::ALL.map(AttemptEnd::name).into();
        assert_eq!(words.len(), AttemptEnd::ALL.len());
        for (place, outcome) in Outcome::ALL.into_iter().enumerate() {
            assert_eq!(outcome as usize, place, "{}", outcome.name());
        }
    }
}
