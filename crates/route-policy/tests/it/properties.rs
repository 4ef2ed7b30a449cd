//! Whatever happens, in whatever order: limits hold, money adds up, everybody gets one answer.

use std::{collections::HashMap, time::Duration};

use proptest::prelude::*;
use route_policy::{
    Admission, Ask, Change, ChannelKey, Cny, Feedback, Grant, GroupSpec, Meter, Returnable, RouterOptions, Ticket,
    Verdict,
};

use crate::world::World;

#[derive(Clone, Debug)]
enum Step {
    Ask { profile: u8, tokens: u64, tried: u8, wait: bool },
    Settle { which: usize, percent: u64 },
    Release { which: usize },
    Cancel { which: usize },
    Observe { which: usize, outcome: u8 },
    Withdraw { which: usize },
    Pass { millis: u64 },
    Leases { fail: bool },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let which = 0_usize..50;
    let step = prop_oneof![
        6 => (0_u8..4, 1_u64..4_000, 0_u8..8, any::<bool>()).prop_map(|(profile, tokens, tried, wait)| Step::Ask {
            profile,
            tokens,
            // Mostly a first attempt.
            tried: if tried < 5 { 0 } else { tried - 4 },
            wait
        }),
        3 => (which.clone(), 0_u64..=100).prop_map(|(which, percent)| Step::Settle { which, percent }),
        1 => which.clone().prop_map(|which| Step::Release { which }),
        1 => which.clone().prop_map(|which| Step::Cancel { which }),
        2 => (which.clone(), 0_u8..12).prop_map(|(which, outcome)| Step::Observe { which, outcome }),
        1 => which.prop_map(|which| Step::Withdraw { which }),
        3 => prop_oneof![0_u64..50, 0_u64..5_000, 0_u64..100_000].prop_map(|millis| Step::Pass { millis }),
        2 => any::<bool>().prop_map(|fail| Step::Leases { fail }),
    ];
    proptest::collection::vec(step, 20..250)
}

const TABLE: &str = "
name account rpm tpm  flight budget
a    ali     5   9000 -      0.05
b    ali     8   -    2      -
c    own     -   5000 3      0.02
";

/// The upstream's side: what was sent when, and the books that the router must agree with.
struct Checked {
    world: World,
    sent: HashMap<u64, Sent>,
    open: Vec<(Grant, u64)>,
    waiting: Vec<Ticket>,
    settled: HashMap<ChannelKey, Cny>,
    asked: usize,
    answered: usize,
}

#[derive(Clone, Copy)]
struct Sent {
    channel: ChannelKey,
    millis: u64,
    tokens: u64,
}

impl Checked {
    fn new() -> Self {
        let shared = GroupSpec {
            account: "ali".into(),
            model: "m".into(),
            rpm: Some(9),
            tpm: None,
            per_second: false,
            growth: None,
        };
        let options = RouterOptions { lease_block: "0.004".parse().unwrap(), ..RouterOptions::default() };
        Self {
            world: World::with(TABLE.trim(), vec![shared], options),
            sent: HashMap::new(),
            open: Vec::new(),
            waiting: Vec::new(),
            settled: HashMap::new(),
            asked: 0,
            answered: 0,
        }
    }

    fn take(&mut self, which: usize) -> Option<(Grant, u64)> {
        (!self.open.is_empty()).then(|| self.open.swap_remove(which % self.open.len()))
    }

    fn sent(&mut self, grant: Grant, tried: &[ChannelKey]) -> Result<(), TestCaseError> {
        self.answered += 1;
        prop_assert!(!tried.contains(&grant.channel), "a channel at most once per request");
        let id = grant.reservation.id();
        let sent = Sent { channel: grant.channel, millis: self.world.millis, tokens: grant.reservation.tokens() };
        prop_assert!(self.sent.insert(id, sent).is_none(), "an id of its own");
        self.open.push((grant, id));
        self.windows_hold(sent.channel)
    }

    /// Within the closed minute before now, and so for each minute at its last request.
    fn windows_hold(&self, channel: ChannelKey) -> Result<(), TestCaseError> {
        let now = self.world.millis;
        let recent: Vec<_> = self.sent.values().filter(|sent| now - sent.millis <= 60_000).collect();
        let of = |key: ChannelKey| recent.iter().filter(move |sent| sent.channel == key);
        let [a, b, c] = ["a", "b", "c"].map(|name| self.world.key(name));
        let limits = [(a, Some(5), Some(9_000)), (b, Some(8), None), (c, None, Some(5_000))];
        for (key, rpm, tpm) in limits.into_iter().filter(|(key, ..)| *key == channel) {
            prop_assert!(rpm.is_none_or(|rpm| of(key).count() <= rpm));
            prop_assert!(tpm.is_none_or(|tpm| of(key).map(|sent| sent.tokens).sum::<u64>() <= tpm));
        }
        prop_assert!(of(a).count() + of(b).count() <= 9, "the account's limit over both keys");
        Ok(())
    }

    fn books_hold(&self) -> Result<(), TestCaseError> {
        for status in self.world.router.status(self.world.at()) {
            let held = self.open.iter().filter(|(grant, _)| grant.channel == status.key);
            let (count, reserved) =
                held.fold((0, Cny::ZERO), |(count, sum), (grant, _)| (count + 1, sum + grant.reservation.cny()));
            prop_assert_eq!((status.in_flight, status.budget.reserved), (count, reserved));
            prop_assert!(status.max_in_flight.is_none_or(|most| status.in_flight <= most));
            prop_assert_eq!(status.budget.settled, self.settled.get(&status.key).copied().unwrap_or_default());
            if let Some(limit) = status.budget.limit {
                prop_assert!(status.budget.settled + status.budget.reserved <= status.budget.leased);
                prop_assert!(status.budget.leased <= limit);
            }
        }
        Ok(())
    }

    fn step(&mut self, step: Step) -> Result<(), TestCaseError> {
        let at = self.world.at();
        match step {
            Step::Ask { profile, tokens, tried, wait } => {
                let names = ["a", "b", "c"];
                let tried: Vec<_> =
                    (0..3).filter(|bit| tried & (1 << bit) != 0).map(|bit| self.world.key(names[bit])).collect();
                let profile = format!("p{profile}").as_str().into();
                let ask = Ask { profile, tried: tried.clone(), wait, ..self.world.ask("m", tokens) };
                self.asked += 1;
                match self.world.router.admit(&ask, at) {
                    Admission::Granted(grant) => self.sent(grant, &tried)?,
                    Admission::Queued(ticket) => self.waiting.push(ticket),
                    Admission::Refused(_) => self.answered += 1,
                }
            }
            Step::Settle { which, percent } => {
                if let Some((grant, id)) = self.take(which) {
                    let charge = Cny::from_nano(grant.reservation.cny().nano() * i64::try_from(percent).unwrap() / 100);
                    let tokens = grant.reservation.tokens() * percent / 100;
                    *self.settled.entry(grant.channel).or_default() += charge;
                    self.sent.get_mut(&id).unwrap().tokens = tokens;
                    prop_assert_eq!(self.world.router.settle(grant.reservation, charge, tokens, at).breach, None);
                }
            }
            Step::Release { which } => {
                if let Some((grant, id)) = self.take(which) {
                    self.sent.get_mut(&id).unwrap().tokens = 0;
                    self.world.router.release(grant.reservation, at);
                }
            }
            Step::Cancel { which } => {
                if let Some((grant, id)) = self.take(which) {
                    self.sent.remove(&id);
                    self.world.router.cancel(grant.reservation, at);
                }
            }
            Step::Observe { which, outcome } => {
                if let Some((grant, _)) = self.open.get(which % self.open.len().max(1)) {
                    let (channel, model) = (grant.channel, grant.upstream_model.clone());
                    self.world.router.observe(channel, &model, feedback(outcome), at);
                }
            }
            Step::Withdraw { which } => {
                if !self.waiting.is_empty() {
                    let ticket = self.waiting.swap_remove(which % self.waiting.len());
                    self.world.router.withdraw(ticket);
                    self.answered += 1;
                }
            }
            Step::Pass { millis } => self.world.after(Duration::from_millis(millis)),
            Step::Leases { fail } => {
                for want in self.world.router.wanted_leases(at) {
                    if fail {
                        self.world.router.lease_failed(&want.channel, want.day, at);
                    } else {
                        self.world.router.lease_granted(&want.channel, want.day, want.amount);
                    }
                }
            }
        }
        self.pump()?;
        self.books_hold()
    }

    fn pump(&mut self) -> Result<(), TestCaseError> {
        let pumped = self.world.router.pump(self.world.at());
        for (ticket, grant) in pumped.granted {
            self.leaves(ticket)?;
            self.sent(grant, &[])?;
        }
        for (ticket, _) in pumped.refused {
            self.leaves(ticket)?;
            self.answered += 1;
        }
        prop_assert_eq!(self.world.router.waiting(), self.waiting.len());
        prop_assert_eq!(pumped.next.is_some(), !self.waiting.is_empty(), "somebody waits, so there is a next time");
        prop_assert!(pumped.next.is_none_or(|next| next > self.world.at().tick), "and it is later");
        Ok(())
    }

    fn leaves(&mut self, ticket: Ticket) -> Result<(), TestCaseError> {
        let at = self.waiting.iter().position(|one| *one == ticket);
        prop_assert!(at.is_some(), "an answer to somebody who waits");
        self.waiting.swap_remove(at.unwrap_or(0));
        Ok(())
    }

    /// Everybody's time passes, everything that runs is settled: nothing is left over.
    fn end(mut self) -> Result<(), TestCaseError> {
        self.world.after_s(31);
        self.pump()?;
        prop_assert_eq!((self.waiting.len(), self.asked), (0, self.answered), "one answer for each");
        while let Some((grant, _)) = self.take(0) {
            let at = self.world.at();
            self.world.router.settle(grant.reservation, Cny::ZERO, 0, at);
        }
        self.books_hold()?;
        let at = self.world.at();
        for one in self.world.router.returnable(Returnable::All, at) {
            let settled = self.settled.get(&self.world.key(&one.channel)).copied().unwrap_or_default();
            prop_assert_eq!(one.spent, settled);
        }
        Ok(())
    }
}

fn feedback(outcome: u8) -> Feedback {
    let verdict = match outcome {
        0..=3 => return Feedback::Ok { first_byte: Duration::from_millis(50) },
        4 | 5 => Verdict::Broken,
        6 => Verdict::Overloaded,
        7 => Verdict::Wait(Meter::Tokens),
        8 => Verdict::ModelMissing,
        9 => Verdict::KeyDead,
        10 => Verdict::AccountParked,
        _ => Verdict::CallerFault,
    };
    Feedback::Refused { verdict, retry_after: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn limits_hold_money_adds_up_and_everybody_gets_one_answer(steps in steps()) {
        let mut checked = Checked::new();
        for step in steps {
            checked.step(step)?;
        }
        checked.end()?;
    }

    /// One channel, answers and failures at random times: it opens only by five failures within a minute that are half
    /// of all outcomes, and then only after a canary failed again.
    #[test]
    fn nothing_is_disabled_by_a_single_failure(
        outcomes in proptest::collection::vec((0_u64..20_000, any::<bool>()), 1..200),
    ) {
        let mut world = World::new("name \n a");
        let (key, mut failures, mut answers) = (world.key("a"), Vec::new(), Vec::new());
        let mut open = false;
        for (millis, fails) in outcomes {
            world.after(Duration::from_millis(millis));
            let ask = Ask { wait: false, ..world.ask("m", 1) };
            let Admission::Granted(grant) = world.router.admit(&ask, world.at()) else {
                prop_assert!(open, "refused though it failed less than it may");
                continue;
            };
            prop_assert_eq!(grant.canary, open, "while it is open only canaries go");
            let (at, feedback) = (world.at(), feedback(if fails { 4 } else { 0 }));
            if fails { &mut failures } else { &mut answers }.push(world.millis);
            for event in world.router.observe(key, "m", feedback, at) {
                let recent = |times: &[u64]| times.iter().filter(|time| world.millis - **time <= 60_000).count();
                match event.change {
                    Change::BreakerOpened { .. } if open => {}
                    Change::BreakerOpened { .. } => {
                        // Outcomes are counted in twelfths of the minute: an answer may be forgotten a little early.
                        let counted = answers.iter().filter(|time| world.millis - **time <= 55_000).count();
                        prop_assert!(recent(&failures) >= 5 && recent(&failures) >= counted, "{:?}", event);
                        open = true;
                    }
                    Change::BreakerClosed => {
                        (open, failures, answers) = (false, Vec::new(), Vec::new());
                    }
                    _ => prop_assert!(false, "{:?}", event),
                }
            }
            world.router.release(grant.reservation, at);
        }
    }
}
