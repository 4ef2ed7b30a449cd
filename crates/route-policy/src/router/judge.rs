//! What "no room" means: is it worth waiting, for how long, and what is the caller told.

use std::time::Duration;

use super::Router;
use crate::{Ask, At, Cny, Limit, LimitOf, Lost, Meter, Refusal, RefusalKind, Tick, lane::Candidate, queue::Ahead};

/// When something is said about a wait whose end is unknown.
const SOON: Duration = Duration::from_secs(1);
/// How similar a name must be to be suggested.
const NEAR: f64 = 0.8;

/// A look at all candidates, summed up.
#[derive(Debug)]
pub(super) struct Judged {
    pub(super) kind: RefusalKind,
    /// Some of what is missing comes back by itself, soon.
    pub(super) may_wait: bool,
    /// Before this nothing can be sent, even if nobody else waited and all that runs cost nothing.
    pub(super) earliest: Tick,
    /// When it is probably its turn.
    expected: Tick,
}

impl Router {
    /// Sums up the last look at the candidates.
    pub(super) fn judge(&mut self, ask: &Ask, at: At) -> Judged {
        let lost: Vec<(usize, Lost)> =
            self.looked.iter().enumerate().filter_map(|(i, look)| Some((i, look.err()?))).collect();
        let passing = lost.iter().filter(|(_, lost)| lost.may_pass()).count();
        if passing == 0 && lost.len() == self.looked.len() {
            let kind = self.lasting(ask, &lost);
            return Judged { kind, may_wait: false, earliest: at.tick, expected: at.tick };
        }
        let (_, channels) = self.lane_of(&ask.model).unwrap_or_default();
        let ahead = self.queue.ahead(&ask.profile, channels);
        let share = passing.max(1) as u64;
        let mut best: Option<(Tick, usize, Lost)> = None;
        let mut earliest = Tick::from_millis(u64::MAX);
        for (index, lost) in lost.into_iter().filter(|(_, lost)| lost.may_pass()) {
            let alone = self.expected(&ask.model, index, Ahead::default(), None, at.tick).max(lost.until_hard(at.tick));
            let before = Ahead { requests: ahead.requests / share, tokens: ahead.tokens / share };
            let expected = self.expected(&ask.model, index, before, Some(ask.estimated_tokens), at.tick).max(alone);
            earliest = earliest.min(alone);
            let better = best.is_none_or(|(sooner, _, of)| (rank(lost), expected) < (rank(of), sooner));
            if better {
                best = Some((expected, index, lost));
            }
        }
        let Some((expected, index, lost)) = best else {
            // There is room: it only came too late to use it.
            return Judged { kind: RefusalKind::Deadline, may_wait: true, earliest: at.tick, expected: at.tick };
        };
        let kind = match lost {
            Lost::NoLease { .. } => RefusalKind::LedgerUnavailable,
            Lost::CoolingDown { .. } | Lost::CanaryOut => RefusalKind::NoHealthyChannel,
            Lost::BudgetHeld => RefusalKind::Deadline,
            _ => self
                .limit(&ask.model, index, lost)
                .map_or(RefusalKind::Deadline, |limit| RefusalKind::RateLimited { limit }),
        };
        Judged { kind, may_wait: true, earliest, expected }
    }

    /// The refusal that follows.
    pub(super) fn refusal(&self, ask: &Ask, judged: Judged, at: At) -> Refusal {
        let retry_after = if judged.may_wait {
            let wait = judged.expected.since(at.tick);
            Some(if wait.is_zero() { SOON } else { wait })
        } else {
            match judged.kind {
                RefusalKind::BudgetSpent => self.until_midnight(at),
                RefusalKind::NoHealthyChannel => self.until_something_is_tried_again(at.tick),
                _ => None,
            }
        };
        Refusal { kind: judged.kind, retry_after, considered: self.considered(&ask.model, None) }
    }

    /// How long a request like this one had better wait before it comes again, to channels too that it has tried; none
    /// where waiting does not help.
    pub fn wait_before_another(&mut self, ask: &Ask, at: At) -> Option<Duration> {
        let at = self.now.notice(at);
        let again = Ask { tried: Vec::new(), ..ask.clone() };
        self.look_at_all(&again, at);
        if self.looked.iter().any(Result::is_ok) {
            return Some(SOON);
        }
        let judged = self.judge(&again, at);
        self.refusal(&again, judged, at).retry_after
    }

    /// The refusal of a request for a model that no channel has.
    pub(super) fn unknown_model(&self, model: &str) -> Refusal {
        let rated = self.models().into_iter().map(|name| (strsim::jaro_winkler(&name, model), name));
        let near = rated.filter(|(score, _)| *score >= NEAR).max_by(|(one, _), (other, _)| one.total_cmp(other));
        let kind = RefusalKind::UnknownModel { near: near.map(|(_, name)| name) };
        Refusal { kind, retry_after: None, considered: Vec::new() }
    }

    /// The refusal of a request that could exceed its profile's cap.
    pub(super) fn over_cap(&self, cap: Cny, used: Cny, at: At) -> Refusal {
        let kind = RefusalKind::ProfileCap { cap, used };
        Refusal { kind, retry_after: self.until_midnight(at), considered: Vec::new() }
    }

    /// What to say when nothing of it comes back by itself within a request's time.
    fn lasting(&self, ask: &Ask, lost: &[(usize, Lost)]) -> RefusalKind {
        let any = |wanted: fn(&Lost) -> bool| lost.iter().any(|(_, lost)| wanted(lost));
        if lost.iter().all(|(_, lost)| *lost == Lost::OtherGroup) {
            return RefusalKind::UnknownModel { near: None };
        }
        if any(|lost| matches!(lost, Lost::BreakerOpen { .. })) {
            return RefusalKind::NoHealthyChannel;
        }
        if any(|lost| *lost == Lost::NoBudget) {
            return RefusalKind::BudgetSpent;
        }
        let limits = lost.iter().filter(|(_, lost)| matches!(lost, Lost::TooLarge(_)));
        let widest =
            limits.filter_map(|(index, lost)| self.limit(&ask.model, *index, *lost)).max_by_key(|limit| limit.allowed);
        if let Some(limit) = widest {
            return RefusalKind::TooLarge { limit };
        }
        let expensive = lost.iter().filter(|(_, lost)| *lost == Lost::TooExpensive);
        let largest =
            expensive.filter_map(|(index, _)| self.candidate_channel(&ask.model, *index)?.spec.budget_per_day).max();
        largest.map_or(RefusalKind::NoHealthyChannel, |budget| RefusalKind::TooExpensive { budget })
    }

    /// When one more request would go through a candidate after those `ahead`; of `own` tokens, or whatever its tokens.
    fn expected(&mut self, model: &str, index: usize, ahead: Ahead, own: Option<u64>, now: Tick) -> Tick {
        let Some(Candidate { channel, offer, .. }) = self.candidate(model, index) else { return now };
        let channel = &mut self.channels[channel];
        let by_tokens = own.map_or(now, |own| channel.tokens.expected(ahead.tokens.saturating_add(own), now));
        let by_requests = channel.requests.expected(ahead.requests + 1, now);
        self.pairs[channel.offers[offer].pair].expected(ahead, own, by_requests.max(by_tokens), now)
    }

    /// The limit behind what a candidate lost by.
    fn limit(&self, model: &str, index: usize, lost: Lost) -> Option<Limit> {
        let candidate = self.candidate(model, index)?;
        let channel = &self.channels[candidate.channel];
        let pair = &self.pairs[channel.offers[candidate.offer].pair];
        let meter = lost.meter()?;
        let spec = &channel.spec;
        let own = match meter {
            Meter::Requests => spec.rpm.map(u64::from),
            Meter::Tokens => spec.tpm,
            Meter::Concurrency => spec.max_in_flight.map(u64::from),
            Meter::Burst | Meter::Unknown => None,
        };
        let shared = pair.limit(&self.accounts[channel.account], meter, !matches!(lost, Lost::Paused { .. }));
        Some(match lost {
            Lost::Paused { .. } | Lost::GroupFull { .. } => shared,
            // Both may have one: the narrower is what it is too large for.
            Lost::TooLarge(_) if shared.allowed.is_some_and(|shared| own.is_none_or(|own| shared < own)) => shared,
            _ => Limit { of: LimitOf::Channel(spec.name.clone()), meter, allowed: own },
        })
    }

    fn candidate(&self, model: &str, index: usize) -> Option<Candidate> {
        self.lanes.get(model)?.candidates.get(index).copied()
    }

    fn candidate_channel(&self, model: &str, index: usize) -> Option<&crate::channel::Channel> {
        self.channels.get(self.candidate(model, index)?.channel)
    }

    fn until_something_is_tried_again(&self, now: Tick) -> Option<Duration> {
        let until = self.looked.iter().filter_map(|look| look.err()?.until()).min()?;
        Some(until.since(now).max(SOON))
    }

    fn until_midnight(&self, at: At) -> Option<Duration> {
        (self.now.ends() - at.wall).to_std().ok()
    }
}

/// What is told first: limits, which have names and ends; then the ledger; then what is only hoped for.
const fn rank(lost: Lost) -> u8 {
    match lost {
        Lost::RpmFull { .. } | Lost::TpmFull { .. } | Lost::GroupFull { .. } | Lost::Paused { .. } => 0,
        Lost::InFlightFull => 1,
        Lost::NoLease { .. } => 2,
        Lost::CoolingDown { .. } | Lost::CanaryOut => 3,
        _ => 4,
    }
}
