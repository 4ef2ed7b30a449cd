//! One server's standing.

use std::{collections::VecDeque, time::Duration};

use chrono::NaiveDate;
use tokio::time::Instant;

use super::{Fault, connection::Connection};
use crate::ClientConfig;

const SECOND: Duration = Duration::from_secs(1);

/// Rests double with every failure, this often at most: to sixteenfold.
const DOUBLINGS_MAX: u32 = 4;

/// Weight of the newest answer in the mean latency: one in eight.
const LATENCY_WEIGHT: u32 = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// To be probed as soon as somebody needs a server.
    Unknown,
    Probing,
    Good,
    /// Failed; to be probed again at that instant.
    Bad(Instant),
}

/// What a passed probe leaves behind.
#[derive(Debug)]
pub(super) struct Proof {
    pub(super) connection: Connection,
    pub(super) took: Duration,
    pub(super) newest: NaiveDate,
}

#[derive(Debug)]
pub(super) struct Server {
    pub(super) address: String,
    pub(super) standing: Standing,
    /// Connections that are leased.
    pub(super) leased: usize,
    /// Connections that are not.
    pub(super) idle: Vec<Connection>,
    pub(super) latency: Option<Duration>,
    pub(super) last_fault: Option<String>,
    /// The newest bar of its last passed probe.
    pub(super) newest_bar: Option<NaiveDate>,
    /// When its last probe ended, well or not.
    probe_ended: Option<Instant>,
    /// Failures since it last answered a caller.
    strikes: u32,
    /// When it was asked within the last second, oldest first.
    asked: VecDeque<Instant>,
}

impl Server {
    pub(super) fn new(address: String) -> Self {
        Self {
            address,
            standing: Standing::Unknown,
            leased: 0,
            idle: Vec::new(),
            latency: None,
            last_fault: None,
            newest_bar: None,
            probe_ended: None,
            strikes: 0,
            asked: VecDeque::new(),
        }
    }

    /// Whether it should be probed now, for a caller who has been waiting since `since`: a probe that ended in the meantime
    /// has said what he wants to know, else he might wait for ever. A server that is being asked is left in peace.
    pub(super) fn is_due(&self, config: &ClientConfig, since: Instant, now: Instant) -> bool {
        let is_news = self.probe_ended.is_none_or(|ended| ended < since);
        let is_old = || self.probe_ended.is_none_or(|ended| now.duration_since(ended) > config.probe_lifetime);
        self.leased == 0
            && match self.standing {
                Standing::Unknown => true,
                Standing::Bad(until) => is_news && until <= now,
                Standing::Good => is_news && is_old(),
                Standing::Probing => false,
            }
    }

    /// It served real bars. The probe measures it afresh; failures towards callers stay on its account until it has answered
    /// one, for it may serve the probe and still lie.
    pub(super) fn passed_probe(&mut self, proof: Proof, now: Instant) {
        self.standing = Standing::Good;
        self.latency = Some(proof.took);
        self.newest_bar = Some(proof.newest);
        self.probe_ended = Some(now);
        self.idle.clear();
        self.idle.push(proof.connection);
    }

    /// Takes a connection that is not in use; those that were idle for too long are dropped.
    pub(super) fn take_idle(&mut self, config: &ClientConfig, now: Instant) -> Option<Connection> {
        self.idle.retain(|connection| now.duration_since(connection.used) < config.idle_timeout);
        self.idle.pop()
    }

    /// When it may be asked next, at most `per_second` times in any second; 0 = at once.
    pub(super) fn ready_at(&mut self, per_second: u32, now: Instant) -> Instant {
        let allowance = usize::try_from(per_second).unwrap_or(usize::MAX);
        while self.asked.front().is_some_and(|&asked| asked + SECOND <= now) {
            self.asked.pop_front();
        }
        match self.asked.len().checked_sub(allowance).and_then(|oldest| self.asked.get(oldest)) {
            Some(&oldest) if allowance > 0 => oldest + SECOND,
            _ => now,
        }
    }

    /// Takes the next turn: gives the instant at which to ask, and counts it.
    pub(super) fn take_turn(&mut self, per_second: u32, now: Instant) -> Instant {
        let turn = self.ready_at(per_second, now);
        if per_second > 0 {
            self.asked.push_back(turn);
        }
        turn
    }

    /// It answered: its past failures are forgiven.
    pub(super) fn answered(&mut self, took: Duration) {
        self.strikes = 0;
        self.latency = Some(match self.latency {
            Some(mean) => mean - mean / LATENCY_WEIGHT + took / LATENCY_WEIGHT,
            None => took,
        });
    }

    /// It failed a caller. The first time it is only doubted, for the question may have been the wrong one (servers answer
    /// those with silence): the probe decides. The second time in a row it rests.
    pub(super) fn failed_caller(&mut self, fault: &Fault, config: &ClientConfig, now: Instant) {
        self.strike(fault);
        self.standing = if self.strikes > 1 { self.rest(config, now) } else { Standing::Unknown };
    }

    /// It failed its probe: it rests.
    pub(super) fn failed_probe(&mut self, fault: &Fault, config: &ClientConfig, now: Instant) {
        self.strike(fault);
        self.probe_ended = Some(now);
        self.standing = self.rest(config, now);
    }

    fn strike(&mut self, fault: &Fault) {
        self.strikes = self.strikes.saturating_add(1);
        self.last_fault = Some(fault.to_string());
        // Whatever it did, its other connections may be in the same state.
        self.idle.clear();
    }

    fn rest(&self, config: &ClientConfig, now: Instant) -> Standing {
        let doublings = self.strikes.saturating_sub(1).min(DOUBLINGS_MAX);
        Standing::Bad(now + config.cooldown * 2_u32.pow(doublings))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ClientConfig {
        ClientConfig::new(Vec::new())
    }

    #[tokio::test(start_paused = true)]
    async fn no_second_holds_more_turns_than_allowed() {
        let mut server = Server::new("a".to_owned());
        let mut turns = Vec::new();
        for n in 0..50_u64 {
            turns.push(server.take_turn(4, Instant::now()));
            tokio::time::advance(Duration::from_millis((n * n * 37) % 400)).await;
        }
        for (n, turn) in turns.iter().enumerate().skip(4) {
            assert!(*turn - turns[n - 4] >= SECOND, "turn {n} came too early");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_limit_every_turn_is_now() {
        let mut server = Server::new("a".to_owned());
        let start = Instant::now();
        for _ in 0..1000 {
            assert_eq!(server.take_turn(0, Instant::now()), start);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn one_failure_is_a_doubt_two_in_a_row_are_a_rest_that_doubles() {
        let (config, fault, now) = (config(), Fault::Silence(10), Instant::now());
        let mut server = Server::new("a".to_owned());
        server.failed_caller(&fault, &config, now);
        assert_eq!(server.standing, Standing::Unknown);
        assert!(server.is_due(&config, now, now));

        server.failed_caller(&fault, &config, now);
        assert_eq!(server.standing, Standing::Bad(now + config.cooldown * 2));
        for factor in [4, 8, 16, 16] {
            server.failed_probe(&fault, &config, now);
            assert_eq!(server.standing, Standing::Bad(now + config.cooldown * factor));
        }
        let later = now + config.cooldown * 16;
        assert!(!server.is_due(&config, now, now) && server.is_due(&config, later, later));
        assert!(!server.is_due(&config, now, later), "not for somebody who saw it fail");

        server.answered(Duration::from_millis(5));
        server.failed_caller(&fault, &config, now);
        assert_eq!(server.standing, Standing::Unknown, "an answer in between forgives");
    }
}
