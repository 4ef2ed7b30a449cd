//! The long rest of what is out of order: a key, an account, a model.

use std::time::Duration;

use crate::{ChannelState, Lost, Tick, Verdict};

/// In order, resting, or on trial. The way back is a probe and then one request, the canary.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Parking {
    #[default]
    InOrder,
    Parked {
        why: Verdict,
        again: Tick,
        /// A probe is under way because its time had come.
        asked: bool,
    },
    OnTrial {
        why: Verdict,
        canary: Option<u64>,
    },
}

impl Parking {
    /// Whether a request may go, and whether it would be the canary.
    pub(crate) const fn check(&self) -> Result<bool, Lost> {
        match *self {
            Self::InOrder => Ok(false),
            Self::Parked { why, again, .. } => Err(Lost::Parked { why, until: again }),
            Self::OnTrial { canary: None, .. } => Ok(true),
            Self::OnTrial { canary: Some(_), .. } => Err(Lost::CanaryOut),
        }
    }

    /// Parks it; whether that is news.
    pub(crate) fn park(&mut self, why: Verdict, again: Tick) -> bool {
        let news = !matches!(*self, Self::Parked { why: before, .. } if before == why);
        *self = Self::Parked { why, again, asked: false };
        news
    }

    /// The verdict it is resting or on trial for.
    pub(crate) const fn why(&self) -> Option<Verdict> {
        match *self {
            Self::InOrder => None,
            Self::Parked { why, .. } | Self::OnTrial { why, .. } => Some(why),
        }
    }

    /// Whether it rests and its time has come; the next time is `every` later, whatever comes of this one.
    pub(crate) fn due(&mut self, every: Duration, now: Tick) -> bool {
        match self {
            Self::Parked { again, asked, .. } if *again <= now => {
                (*again, *asked) = (now + every, true);
                true
            }
            _ => false,
        }
    }

    /// Whether it is on trial after this verdict.
    pub(crate) fn is_on_trial_for(&self, verdict: Verdict) -> bool {
        matches!(*self, Self::OnTrial { why, .. } if why == verdict)
    }

    /// Whether a probe is under way because its time had come.
    pub(crate) const fn is_asked(&self) -> bool {
        matches!(*self, Self::Parked { asked: true, .. })
    }

    /// A probe succeeded: one request may try. Whether that is news.
    pub(crate) fn try_again(&mut self) -> bool {
        let Self::Parked { why, .. } = *self else { return false };
        *self = Self::OnTrial { why, canary: None };
        true
    }

    /// A request succeeded. Only one on trial recovers by that; others were sent before it was parked.
    pub(crate) fn recover(&mut self) -> bool {
        let on_trial = matches!(self, Self::OnTrial { .. });
        if on_trial {
            *self = Self::InOrder;
        }
        on_trial
    }

    /// Request `id` is the canary.
    pub(crate) const fn send_canary(&mut self, id: u64) {
        if let Self::OnTrial { canary, .. } = self {
            *canary = Some(id);
        }
    }

    /// Request `id` is over: if it was the canary and nothing came of it, the next one is.
    pub(crate) fn canary_over(&mut self, id: u64) {
        if let Self::OnTrial { canary, .. } = self
            && *canary == Some(id)
        {
            *canary = None;
        }
    }

    /// For people.
    pub(crate) const fn state(&self, now: Tick) -> Option<ChannelState> {
        match *self {
            Self::InOrder => None,
            Self::Parked { why, again, .. } => Some(ChannelState::Parked { why, again_in: again.since(now) }),
            Self::OnTrial { why, .. } => Some(ChannelState::OnTrial { why }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY: Duration = Duration::from_secs(1_800);

    fn at(seconds: u64) -> Tick {
        Tick::from_millis(seconds * 1_000)
    }

    #[test]
    fn the_way_back_is_a_probe_and_then_one_request() {
        let mut key = Parking::default();
        assert!(key.park(Verdict::KeyDead, at(0) + EVERY));
        assert!(!key.park(Verdict::KeyDead, at(0) + EVERY), "said once");
        assert!(!key.recover(), "an answer to a request from before is no recovery");
        assert!(!key.due(EVERY, at(1_799)));
        assert!(key.due(EVERY, at(1_800)) && key.is_asked());
        assert!(!key.due(EVERY, at(1_801)), "one probe per interval");
        assert!(key.try_again());
        assert_eq!(key.check(), Ok(true));
        key.send_canary(7);
        assert_eq!(key.check(), Err(Lost::CanaryOut));
        key.canary_over(6);
        assert_eq!(key.check(), Err(Lost::CanaryOut), "somebody else's end");
        key.canary_over(7);
        assert_eq!(key.check(), Ok(true), "nothing came of it: the next one tries");
        assert!(key.recover());
        assert_eq!(key, Parking::InOrder);
    }
}
