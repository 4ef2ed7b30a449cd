//! What waits for the writer.

use std::{
    collections::VecDeque,
    mem,
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::Connection;

use super::Sums;
use crate::{Full, LedgerError, LedgerStats, RequestRow};

/// Something that the writer is to do after the rows that were recorded before it. It gets the connection and how the
/// writing of those rows went, and answers whoever asked by itself.
pub(crate) type Command = Box<dyn FnOnce(&mut Connection, Result<(), LedgerError>) + Send>;

/// What waits for the writer.
#[derive(Default)]
pub(crate) struct Pending {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    rows: Vec<RequestRow>,
    /// Rows that the writer has taken and not yet written.
    in_hand: usize,
    /// Sums of rows that were lost themselves.
    kept: Sums,
    commands: VecDeque<Command>,
    closing: bool,
    stats: LedgerStats,
}

/// What the writer takes at once.
pub(super) struct Work {
    pub(super) rows: Vec<RequestRow>,
    pub(super) kept: Sums,
    pub(super) commands: VecDeque<Command>,
    pub(super) closing: bool,
}

/// The writer tries again after this time what failed.
const RETRY_PAUSE: Duration = Duration::from_millis(500);

impl Pending {
    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing in here panics half way through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn record(&self, row: RequestRow, max_pending: usize) -> Result<(), Full> {
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
    pub(super) fn take(&self, group: Duration) -> Work {
        let mut state = self.state();
        let pause = state.stats.trouble.is_some().then_some(RETRY_PAUSE);
        let hurry = |state: &mut State| state.commands.is_empty() && !state.closing;
        if let Some(pause) = pause {
            state = self.wake.wait_timeout_while(state, pause, hurry).unwrap_or_else(PoisonError::into_inner).0;
        } else {
            let idle = |state: &mut State| hurry(state) && state.rows.is_empty() && state.kept.is_empty();
            state = self.wake.wait_while(state, idle).unwrap_or_else(PoisonError::into_inner);
            state = self.wake.wait_timeout_while(state, group, hurry).unwrap_or_else(PoisonError::into_inner).0;
        }
        let rows = mem::take(&mut state.rows);
        state.in_hand = rows.len();
        Work {
            rows,
            kept: mem::take(&mut state.kept),
            commands: mem::take(&mut state.commands),
            closing: state.closing,
        }
    }

    /// Notes that rows were written, of which `repeated` were there already.
    pub(super) fn written(&self, rows: usize, repeated: u64) {
        let mut state = self.state();
        state.in_hand = 0;
        state.stats.written_rows += u64::try_from(rows).unwrap_or(u64::MAX) - repeated;
        state.stats.repeated_rows += repeated;
        state.stats.trouble = None;
    }

    /// Puts back what could not be written, before what came since.
    pub(super) fn put_back(&self, mut rows: Vec<RequestRow>, kept: Sums, trouble: String) {
        let mut state = self.state();
        state.in_hand = 0;
        rows.append(&mut state.rows);
        state.rows = rows;
        state.kept.join(kept);
        state.stats.trouble = Some(trouble);
    }
}
