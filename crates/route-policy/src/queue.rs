//! Who is served next: start-time fair queuing over profiles, by tokens.
//!
//! Each profile that waits has a start tag, in tokens of service. The lowest tag is served first and moves on by what
//! was served; a profile that begins to wait starts where the service is. So a profile that waits with one request is
//! served after at most one request of each other profile, however many those have.
//!
//! Requests that compete for the same channels are a class. Within one pass over the queue a class that found no room
//! is not asked again, so a pass costs as much as there are classes and grants, not as there are waiting requests.

mod class;
mod flow;
#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use self::{class::Classes, flow::Flow};
use crate::{Ask, Tick, Ticket};

/// All that wait.
#[derive(Debug, Default)]
pub(crate) struct FairQueue {
    waiters: HashMap<Ticket, Waiter>,
    deadlines: BTreeSet<(Tick, Ticket)>,
    flows: Vec<Flow>,
    positions: HashMap<Arc<str>, usize>,
    /// Flows that wait, by start tag.
    order: BTreeSet<(u64, usize)>,
    classes: Classes,
    /// The highest start tag served.
    service: u64,
    tickets: u64,
    /// Where the pass is.
    cursor: (u64, usize),
}

/// One that waits.
#[derive(Debug)]
pub(crate) struct Waiter {
    pub(crate) ask: Arc<Ask>,
    pub(crate) since: Tick,
    pub(crate) deadline: Tick,
    flow: usize,
    class: usize,
    cost: u64,
}

/// What is served before a newcomer of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ahead {
    pub(crate) requests: u64,
    pub(crate) tokens: u64,
}

impl FairQueue {
    pub(crate) fn len(&self) -> usize {
        self.waiters.len()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiters.is_empty()
    }

    /// How many requests of a profile wait.
    pub(crate) fn waiting_of(&self, profile: &str) -> usize {
        self.positions.get(profile).map_or(0, |flow| self.flows[*flow].waiting())
    }

    /// Whether somebody waits for one of these channels.
    pub(crate) fn contends(&self, channels: u64) -> bool {
        !self.is_empty() && self.classes.contend(channels)
    }

    /// Joins. `cost` is what its service counts for; `channels` are those of its lane.
    pub(crate) fn join(&mut self, ask: &Ask, cost: u64, channels: u64, deadline: Tick, now: Tick) -> Ticket {
        let cost = cost.max(1);
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        let class = self.classes.join(ask, channels);
        let flow = self.flow(&ask.profile);
        let service = self.service;
        let joined = &mut self.flows[flow];
        if joined.waiting() == 0 {
            joined.start = joined.start.max(service);
            self.order.insert((joined.start, flow));
        }
        joined.push(class, ticket, cost, ask.estimated_tokens);
        self.deadlines.insert((deadline, ticket));
        self.waiters.insert(ticket, Waiter { ask: Arc::new(ask.clone()), since: now, deadline, flow, class, cost });
        ticket
    }

    /// Leaves without service.
    pub(crate) fn remove(&mut self, ticket: Ticket) -> Option<Waiter> {
        let waiter = self.waiters.remove(&ticket)?;
        self.deadlines.remove(&(waiter.deadline, ticket));
        self.classes.leave(waiter.class);
        let flow = &mut self.flows[waiter.flow];
        flow.remove(waiter.class, ticket, waiter.cost, waiter.ask.estimated_tokens);
        if flow.waiting() == 0 {
            self.order.remove(&(flow.start, waiter.flow));
        }
        Some(waiter)
    }

    /// Leaves with service: its profile's tag moves on.
    pub(crate) fn serve(&mut self, ticket: Ticket) {
        let Some(waiter) = self.remove(ticket) else { return };
        let flow = &mut self.flows[waiter.flow];
        self.service = self.service.max(flow.start);
        self.order.remove(&(flow.start, waiter.flow));
        flow.start = flow.start.saturating_add(waiter.cost);
        if flow.waiting() > 0 {
            self.order.insert((flow.start, waiter.flow));
        }
    }

    /// Somebody whose time is up.
    pub(crate) fn late(&self, now: Tick) -> Option<Ticket> {
        self.deadlines.first().filter(|(deadline, _)| *deadline <= now).map(|(_, ticket)| *ticket)
    }

    /// The next deadline.
    pub(crate) fn next_deadline(&self) -> Option<Tick> {
        self.deadlines.first().map(|(deadline, _)| *deadline)
    }

    pub(crate) fn ask(&self, ticket: Ticket) -> Option<Arc<Ask>> {
        self.waiters.get(&ticket).map(|waiter| waiter.ask.clone())
    }

    /// Begins a pass.
    pub(crate) fn begin_pass(&mut self) {
        self.cursor = (0, 0);
        self.classes.begin_pass();
    }

    /// The next one whose class may have room, in fair order.
    pub(crate) fn next_in_pass(&mut self) -> Option<Ticket> {
        while self.classes.any_open() {
            let (start, position) = *self.order.range(self.cursor..).next()?;
            let heads = self.flows[position].heads();
            let open = heads.filter(|(class, ticket)| {
                let tokens = self.waiters.get(ticket).map_or(0, |waiter| waiter.ask.estimated_tokens);
                self.classes.is_open(*class, tokens)
            });
            if let Some(ticket) = open.map(|(_, ticket)| ticket).min() {
                self.cursor = (start, position);
                return Some(ticket);
            }
            self.cursor = (start, position + 1);
        }
        None
    }

    /// It found no room. A smaller one of its class may, if that is what was missing and it has not waited long: in
    /// the second half of its time nobody overtakes it.
    pub(crate) fn found_no_room(&mut self, ticket: Ticket, smaller_may_fit: bool, now: Tick) {
        let Some(waiter) = self.waiters.get(&ticket) else { return };
        let patient = now.since(waiter.since) < waiter.deadline.since(now);
        self.classes.found_no_room(waiter.class, (smaller_may_fit && patient).then_some(waiter.ask.estimated_tokens));
    }

    /// What is served before a request of `profile` that comes now, on channels that have one of these bits.
    pub(crate) fn ahead(&self, profile: &str, channels: u64) -> Ahead {
        if !self.contends(channels) {
            return Ahead::default();
        }
        let own = self.positions.get(profile).copied();
        let start = own.map_or(self.service, |own| self.flows[own].end().max(self.service));
        let waiting = self.order.iter().map(|(_, position)| {
            let flow = &self.flows[*position];
            if Some(*position) == own { flow.all() } else { flow.before(start) }
        });
        waiting.fold(Ahead::default(), |sum, one| Ahead {
            requests: sum.requests + one.requests,
            tokens: sum.tokens + one.tokens,
        })
    }

    fn flow(&mut self, profile: &Arc<str>) -> usize {
        if let Some(position) = self.positions.get(profile) {
            return *position;
        }
        self.flows.push(Flow::default());
        self.positions.insert(profile.clone(), self.flows.len() - 1);
        self.flows.len() - 1
    }
}
