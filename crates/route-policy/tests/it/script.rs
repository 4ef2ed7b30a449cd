//! Tests as text: one step per line, `seconds  step  => what came of it`, compared as a whole.
//!
//! Steps: `ask [tokens=N] [model=M] [profile=P] [group=G] [tried=a,b] [deadline=S] [cap=YUAN] [nowait]`; `ok CHANNEL` and
//! `fail VERDICT CHANNEL [SECONDS]` (observe and settle the oldest attempt there); `drop CHANNEL`; `cancel CHANNEL`;
//! `pump`; `lost` (why the last refusal); `state CHANNEL`; `probes`; `probe CHANNEL ok|down|VERDICT|unsupported`;
//! `enable|disable CHANNEL`; `budget CHANNEL YUAN`; `lease`. A star marks a canary, an exclamation mark a recovery probe.

use std::time::Duration;

use route_policy::{
    Admission, Change, Cny, Event, Feedback, Grant, Meter, ProbeKind, ProbeOutcome, Refusal, RefusalKind, Verdict,
};

use crate::world::World;

impl World {
    /// Plays the script and compares what came of each step.
    pub(crate) fn play(&mut self, script: &str) {
        let begin = self.millis;
        let (mut expected, mut actual) = (String::new(), String::new());
        for line in script.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (step, outcome) = line.split_once("=>").unwrap_or((line, ""));
            let (seconds, step) = step.trim().split_once(' ').unwrap();
            let seconds: f64 = seconds.parse().unwrap();
            self.millis = begin + Duration::from_secs_f64(seconds).as_millis() as u64;
            let step = step.trim();
            expected += &format!("{seconds:>6} {step:<40} => {}\n", outcome.trim());
            actual += &format!("{seconds:>6} {step:<40} => {}\n", self.step(step));
        }
        assert!(expected == actual, "expected\n{expected}\ngot\n{actual}");
    }

    fn step(&mut self, step: &str) -> String {
        let words: Vec<&str> = step.split_whitespace().collect();
        let at = self.at();
        match words[..] {
            ["ask", ..] => self.ask_step(&words[1..]),
            ["ok", channel] => {
                let first_byte = Duration::from_millis(100);
                self.finish(channel, Feedback::Ok { first_byte })
            }
            ["fail", verdict, channel] => {
                self.finish(channel, Feedback::Refused { verdict: read_verdict(verdict), retry_after: None })
            }
            ["fail", verdict, channel, seconds] => {
                let retry_after = Some(Duration::from_secs(seconds.parse().unwrap()));
                self.finish(channel, Feedback::Refused { verdict: read_verdict(verdict), retry_after })
            }
            ["drop", channel] => {
                let grant = self.take_open(channel);
                self.router.release(grant.reservation, at);
                String::new()
            }
            ["cancel", channel] => {
                let grant = self.take_open(channel);
                self.router.cancel(grant.reservation, at);
                String::new()
            }
            ["pump"] => self.pump_step(),
            ["lost"] => {
                let considered =
                    self.last_refusal.as_ref().map(|refusal| refusal.considered.clone()).unwrap_or_default();
                let lost = considered.iter().map(|one| format!("{} {}", one.channel, one.lost.name()));
                lost.collect::<Vec<_>>().join(", ")
            }
            ["state", channel] => self.state(channel).to_owned(),
            ["probes"] => {
                let due = self.router.due_probes(at).into_iter();
                let due =
                    due.map(|due| format!("{}{}", due.name, if due.kind == ProbeKind::Recovery { "!" } else { "" }));
                due.collect::<Vec<_>>().join(" ")
            }
            ["probe", channel, outcome] => {
                let key = self.key(channel);
                let outcome = match outcome {
                    "ok" => ProbeOutcome::Ok { latency: Duration::from_millis(30) },
                    "down" => ProbeOutcome::Unreachable,
                    "unsupported" => ProbeOutcome::Unsupported,
                    verdict => ProbeOutcome::Refused { verdict: read_verdict(verdict) },
                };
                say_events(&self.router.probed(key, outcome, at))
            }
            ["enable", channel] => self.router.set_enabled(channel, true).to_string(),
            ["disable", channel] => self.router.set_enabled(channel, false).to_string(),
            ["budget", channel, yuan] => self.router.set_budget(channel, Some(yuan.parse().unwrap())).to_string(),
            ["lease"] => {
                self.lease_all();
                String::new()
            }
            _ => panic!("no such step: {step}"),
        }
    }

    fn ask_step(&mut self, options: &[&str]) -> String {
        let mut ask = self.ask("m", 1_000);
        for option in options {
            match option.split_once('=').unwrap_or((option, "")) {
                ("tokens", tokens) => {
                    ask.estimated_tokens = tokens.parse().unwrap();
                    ask.input_tokens = ask.estimated_tokens;
                }
                ("model", model) => ask.model = model.into(),
                ("profile", profile) => ask.profile = profile.into(),
                ("group", group) => ask.group = Some(group.into()),
                ("tried", tried) => ask.tried = tried.split(',').map(|name| self.key(name)).collect(),
                ("deadline", seconds) => ask.deadline = self.at().tick + Duration::from_secs(seconds.parse().unwrap()),
                ("cap", yuan) => ask.profile_cap = Some(yuan.parse().unwrap()),
                ("nowait", _) => ask.wait = false,
                _ => panic!("no such option: {option}"),
            }
        }
        match self.router.admit(&ask, self.at()) {
            Admission::Granted(grant) => self.say_grant(grant),
            Admission::Queued(ticket) => {
                self.tickets.push(ticket);
                format!("waits as {}", self.tickets.len())
            }
            Admission::Refused(refusal) => self.say_refusal(refusal),
        }
    }

    fn pump_step(&mut self) -> String {
        let pumped = self.router.pump(self.at());
        let number = |tickets: &[route_policy::Ticket], ticket| {
            tickets.iter().position(|one| *one == ticket).map_or(0, |position| position + 1)
        };
        let mut said = Vec::new();
        for (ticket, grant) in pumped.granted {
            said.push(format!("{} to {}", number(&self.tickets, ticket), self.say_grant(grant)));
        }
        for (ticket, refusal) in pumped.refused {
            said.push(format!("{} {}", number(&self.tickets, ticket), self.say_refusal(refusal)));
        }
        if let Some(next) = pumped.next {
            said.push(format!("again in {}", say(next.since(self.at().tick))));
        }
        said.join(", ")
    }

    /// Observes and settles with what was reserved.
    fn finish(&mut self, channel: &str, feedback: Feedback) -> String {
        let grant = self.take_open(channel);
        let at = self.at();
        let events = self.router.observe(grant.channel, &grant.upstream_model, feedback, at);
        let (cny, tokens) = match feedback {
            Feedback::Ok { .. } => (grant.reservation.cny(), grant.reservation.tokens()),
            Feedback::Refused { .. } => (Cny::ZERO, 0),
        };
        self.router.settle(grant.reservation, cny, tokens, at);
        say_events(&events)
    }

    fn say_grant(&mut self, grant: Grant) -> String {
        let said = format!("{}{}", self.name(grant.channel), if grant.canary { "*" } else { "" });
        self.open.push(grant);
        said
    }

    fn say_refusal(&mut self, refusal: Refusal) -> String {
        let kind = match &refusal.kind {
            RefusalKind::RateLimited { limit } => format!("rate limited by {limit}"),
            RefusalKind::TooLarge { limit } => format!("too large for {limit}"),
            RefusalKind::UnknownModel { near: None } => "unknown model".to_owned(),
            RefusalKind::UnknownModel { near: Some(near) } => format!("unknown model, near {near}"),
            RefusalKind::NoHealthyChannel => "no healthy channel".to_owned(),
            RefusalKind::BudgetSpent => "budget spent".to_owned(),
            RefusalKind::ProfileCap { cap, used } => format!("cap {cap}, used {used}"),
            RefusalKind::QueueFull { own } => format!("queue full{}", if *own { " of its own" } else { "" }),
            RefusalKind::LedgerUnavailable => "ledger unavailable".to_owned(),
            RefusalKind::Deadline => "deadline".to_owned(),
            RefusalKind::TooExpensive { budget } => format!("too expensive for {budget}"),
        };
        let retry = refusal.retry_after.map_or_else(String::new, |retry| format!(", {}", say(retry)));
        self.last_refusal = Some(refusal);
        format!("{kind}{retry}")
    }
}

fn say(duration: Duration) -> String {
    format!("{}s", duration.as_secs_f64())
}

fn say_events(events: &[Event]) -> String {
    let said = events.iter().map(|event| {
        let again = match event.change {
            Change::Parked { again_in, .. }
            | Change::BreakerOpened { again_in, .. }
            | Change::Paused { again_in, .. }
            | Change::CoolingDown { again_in } => format!(" {}", say(again_in)),
            _ => String::new(),
        };
        format!("{} {}{again}", event.subject, event.change.name())
    });
    said.collect::<Vec<_>>().join(", ")
}

fn read_verdict(name: &str) -> Verdict {
    match name {
        "caller" => Verdict::CallerFault,
        "content" => Verdict::Content,
        "rpm" => Verdict::Wait(Meter::Requests),
        "tpm" => Verdict::Wait(Meter::Tokens),
        "overloaded" => Verdict::Overloaded,
        "broken" => Verdict::Broken,
        "missing" => Verdict::ModelMissing,
        "denied" => Verdict::ModelDenied,
        "key_dead" => Verdict::KeyDead,
        "arrears" => Verdict::AccountParked,
        "misconfigured" => Verdict::Misconfigured,
        _ => panic!("no such verdict: {name}"),
    }
}
