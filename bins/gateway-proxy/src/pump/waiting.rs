//! A place in the queue.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use route_policy::{Grant, Refusal, Ticket};
use tokio::sync::oneshot;

use super::Desk;

/// What becomes of a request that waited.
pub(crate) type Turn = Result<Grant, Refusal>;

/// Resolves when it is this request's turn, or its wait is over. Dropping it gives the place up.
#[must_use]
pub(crate) struct Waiting {
    desk: Arc<Desk>,
    ticket: Option<Ticket>,
    turn: oneshot::Receiver<Turn>,
}

impl Waiting {
    pub(super) fn new(desk: Arc<Desk>, ticket: Ticket, turn: oneshot::Receiver<Turn>) -> Self {
        Self { desk, ticket: Some(ticket), turn }
    }
}

impl Future for Waiting {
    /// `None` when the desk is gone.
    type Output = Option<Turn>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Turn>> {
        let turn = std::task::ready!(Pin::new(&mut self.turn).poll(context)).ok();
        self.ticket = None;
        Poll::Ready(turn)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        if let Some(ticket) = self.ticket.take() {
            self.desk.withdraw(ticket, &mut self.turn);
        }
    }
}
