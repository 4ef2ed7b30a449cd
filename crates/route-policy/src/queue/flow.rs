//! One profile's waiting requests.

use std::collections::VecDeque;

use super::Ahead;
use crate::Ticket;

/// A profile that waits or waited.
#[derive(Debug, Default)]
pub(super) struct Flow {
    /// The start tag of its next request.
    pub(super) start: u64,
    /// By class, each in order of arrival; a full class does not hold up the others.
    classes: Vec<(usize, VecDeque<Ticket>)>,
    waiting: usize,
    cost: u64,
    tokens: u64,
}

impl Flow {
    pub(super) fn waiting(&self) -> usize {
        self.waiting
    }

    pub(super) fn push(&mut self, class: usize, ticket: Ticket, cost: u64, tokens: u64) {
        self.waiting += 1;
        self.cost = self.cost.saturating_add(cost);
        self.tokens = self.tokens.saturating_add(tokens);
        match self.classes.iter_mut().find(|(one, _)| *one == class) {
            Some((_, tickets)) => tickets.push_back(ticket),
            None => self.classes.push((class, VecDeque::from([ticket]))),
        }
    }

    pub(super) fn remove(&mut self, class: usize, ticket: Ticket, cost: u64, tokens: u64) {
        let Some(at) = self.classes.iter().position(|(one, _)| *one == class) else { return };
        let tickets = &mut self.classes[at].1;
        tickets.retain(|one| *one != ticket);
        if tickets.is_empty() {
            self.classes.swap_remove(at);
        }
        self.waiting -= 1;
        self.cost = self.cost.saturating_sub(cost);
        self.tokens = self.tokens.saturating_sub(tokens);
    }

    /// The next request of each class.
    pub(super) fn heads(&self) -> impl Iterator<Item = (usize, Ticket)> {
        self.classes.iter().filter_map(|(class, tickets)| Some((*class, *tickets.front()?)))
    }

    /// The start tag of a request that joins now.
    pub(super) fn end(&self) -> u64 {
        self.start.saturating_add(self.cost)
    }

    /// All that wait.
    pub(super) fn all(&self) -> Ahead {
        Ahead { requests: self.waiting as u64, tokens: self.tokens }
    }

    /// What is served of it before another one's start tag, taking its requests for equal.
    pub(super) fn before(&self, start: u64) -> Ahead {
        let (waiting, cost) = (self.waiting as u64, (self.cost / self.waiting.max(1) as u64).max(1));
        if self.start > start || waiting == 0 {
            return Ahead::default();
        }
        let requests = ((start - self.start) / cost + 1).min(waiting);
        Ahead { requests, tokens: self.tokens / waiting * requests }
    }
}
