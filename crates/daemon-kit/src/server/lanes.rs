//! Runtimes of one thread each, among which a server's connections are dealt out.

use std::{
    cell::Cell,
    fmt, io,
    sync::atomic::{AtomicUsize, Ordering},
};

use tokio::{
    net::TcpStream,
    runtime::{Builder, Handle, Runtime},
};

thread_local! {
    static CURRENT: Cell<usize> = const { Cell::new(0) };
}

/// Threads that each serve connections of their own.
///
/// A runtime of several threads wakes another thread for every event on a quiet machine, in case there is more to do:
/// two system calls and an interrupt per request, which for a relay are a good part of the whole. Here a connection and
/// everything that its requests open stay on one thread. In return a handler that computes for long holds up the other
/// connections of its lane: it is for handlers that do not.
pub struct Lanes {
    runtimes: Vec<Runtime>,
    next: AtomicUsize,
}

impl Lanes {
    /// One for each processor that this process may use.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub fn new() -> io::Result<Self> {
        let count = std::thread::available_parallelism().map_or(1, usize::from);
        let runtimes = (1..=count).map(|number| {
            let mut lane = Builder::new_multi_thread();
            lane.worker_threads(1).thread_name(format!("lane-{number}")).enable_all();
            lane.on_thread_start(move || CURRENT.set(number)).build()
        });
        Ok(Self { runtimes: runtimes.collect::<io::Result<_>>()?, next: AtomicUsize::new(0) })
    }

    /// The number of the lane that this thread belongs to, from 1; 0 outside of them.
    pub fn current() -> usize {
        CURRENT.get()
    }

    /// Moves a connection to the lane whose turn it is.
    pub(super) fn take(&self, stream: TcpStream) -> io::Result<(TcpStream, &Handle)> {
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.runtimes.len();
        let lane = self.runtimes[turn].handle();
        let stream = stream.into_std()?;
        let _within = lane.enter();
        Ok((TcpStream::from_std(stream)?, lane))
    }
}

/// Whoever drops them may be a task itself, and must not wait: what still runs in them ends at its next pause.
impl Drop for Lanes {
    fn drop(&mut self) {
        self.runtimes.drain(..).for_each(Runtime::shutdown_background);
    }
}

impl fmt::Debug for Lanes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lanes").field("count", &self.runtimes.len()).finish_non_exhaustive()
    }
}
