//! What waits for the writer.
//!
//! Rows wait in memory, at most `max_pending` of them. When the disk is so slow or so full that there are more, a row's
//! record is lost and the caller is told so ([`Full`]); its tokens and its money are still added to the sums that the
//! writer writes next. Leases need the disk before they are granted, so a gateway whose disk stays full stops spending
//! when its leases are used up; until then nothing is spent that the books do not already count.

use std::{
    collections::VecDeque,
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::Sums;
use crate::{Full, LedgerError, LedgerStats, RequestRow};

/// Something that the writer is to do.
pub(crate) enum Command {
    /// In a transaction of its own, ahead of rows that wait; it answers whoever asked by itself, and says whether the
    /// disk took it.
    Change(Box<dyn FnOnce(&mut Connection) -> bool + Send>),
    /// To be answered when every row that was recorded before it is on disk, or cannot be now.
    Flush(oneshot::Sender<Result<(), LedgerError>>),
}

/// Rows that wait. Boxed, so that a long queue that grows does not hold everybody up while it is moved.
type Rows = Vec<Box<RequestRow>>;

/// What waits for the writer.
#[derive(Default)]
pub(crate) struct Pending {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    rows: Rows,
    /// Rows that the writer has taken and not yet written.
    in_hand: usize,
    /// Sums of rows that were lost themselves.
    kept: Sums,
    commands: VecDeque<Command>,
    closing: bool,
    stats: LedgerStats,
}

/// What the writer has in its hands when it asks for more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hands {
    /// Nothing.
    Empty,
    /// Rows to write.
    Full,
    /// Rows or sums that could not be written.
    Stuck,
}

/// What the writer takes at once.
pub(super) struct Work {
    pub(super) rows: Rows,
    pub(super) kept: Sums,
    pub(super) commands: VecDeque<Command>,
    pub(super) closing: bool,
    /// Nobody asked for anything; it is time to try again.
    pub(super) undisturbed: bool,
}

/// The writer tries again after this time what failed.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

impl Pending {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, row: RequestRow, max_pending: usize) -> Result<(), Full> {
        let row = Box::new(row);
        let mut state = self.state();
        if state.closing || state.rows.len() + state.in_hand >= max_pending {
            let sums_kept = !state.closing && state.kept.has_room();
            if sums_kept {
                state.kept.add(&row);
            }
            state.stats.lost_rows += 1;
            state.stats.lost_sums += u64::from(!sums_kept);
            return Err(Full { sums_kept });
        }
        state.rows.push(row);
        let first = state.rows.len() == 1;
        drop(state);
        if first {
            self.wake.notify_one();
        }
        Ok(())
    }

    /// Queues a command; gives it back when the ledger is closed.
    pub(crate) fn command(&self, command: Command) -> Result<(), Command> {
        let mut state = self.state();
        if state.closing {
            return Err(command);
        }
        state.commands.push_back(command);
        drop(state);
        self.wake.notify_one();
        Ok(())
    }

    /// Takes no more; what waits is still written.
    pub(crate) fn close(&self) {
        self.state().closing = true;
        self.wake.notify_one();
    }

    pub(crate) fn stats(&self) -> LedgerStats {
        let state = self.state();
        LedgerStats { pending: state.rows.len() + state.in_hand, ..state.stats.clone() }
    }

    /// Waits for work; after the first row as long as others may join it, unless somebody waits for an answer.
    pub(super) fn take(&self, hands: Hands, group: Duration) -> Work {
        let mut state = self.state();
        let calm = |state: &mut State| state.commands.is_empty() && !state.closing;
        let mut undisturbed = true;
        match hands {
            Hands::Empty => {
                let idle = |state: &mut State| calm(state) && state.rows.is_empty() && state.kept.is_empty();
                state = self.wake.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
                state = self.wake.wait_timeout_while(state, group, calm).unwrap_or_else(PoisonError::into_inner).0;
            }
            Hands::Full => {}
            Hands::Stuck => {
                let waited = self.wake.wait_timeout_while(state, RETRY_PAUSE, calm);
                let (waited, result) = waited.unwrap_or_else(PoisonError::into_inner);
                (state, undisturbed) = (waited, result.timed_out());
            }
        }
        let rows = mem::take(&mut state.rows);
        state.in_hand += rows.len();
        let (kept, commands) = (mem::take(&mut state.kept), mem::take(&mut state.commands));
        Work { rows, kept, commands, closing: state.closing, undisturbed }
    }

    /// Notes that rows were written, of which `repeated` were there already.
    pub(super) fn written(&self, rows: usize, repeated: u64) {
        let mut state = self.state();
        state.in_hand -= rows;
        state.stats.written_rows += u64::try_from(rows).unwrap_or(u64::MAX) - repeated;
        state.stats.repeated_rows += repeated;
        state.stats.trouble = None;
    }

    /// Takes back sums that could not be written, so that they count against what there is room for.
    pub(super) fn not_written(&self, kept: Sums, trouble: Option<String>) {
        let mut state = self.state();
        state.kept.join(kept);
        if trouble.is_some() {
            state.stats.trouble = trouble;
        }
    }

    /// Nobody writes any more, with or without its will: whoever waits is let go, and what waits is lost.
    pub(super) fn end(&self) {
        let mut state = self.state();
        state.closing = true;
        let lost = u64::try_from(state.rows.len() + state.in_hand).unwrap_or(u64::MAX);
        state.stats.lost_rows += lost;
        state.stats.lost_sums += lost;
        state.in_hand = 0;
        state.stats.trouble.get_or_insert_with(|| "the ledger is closed".to_owned());
        let (rows, commands) = (mem::take(&mut state.rows), mem::take(&mut state.commands));
        drop(state);
        // The senders in the commands answer `Closed` by going away.
        drop((rows, commands));
    }
}
