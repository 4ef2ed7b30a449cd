//! The reader's one DuckDB instance: in memory, limited, with the published files attached read-only.
//!
//! A file is attached once, under a name made from its own, however many generations use it, and detached when the last
//! of them is gone. Published names are never reused, so a name always means the same bytes.

use std::{
    collections::HashMap,
    path::Path,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use duckdb::{Config, Connection};

use super::{ReaderOptions, watchdog::Watchdog};
use crate::{WarehouseError, engine, stopwatch};

/// The instance and a pool of connections to it.
pub(crate) struct Database {
    admin: Mutex<Admin>,
    idle: Mutex<Vec<Connection>>,
    returned: Condvar,
    watchdog: Watchdog,
    timeout: Duration,
    connections: u32,
}

struct Admin {
    conn: Connection,
    users: HashMap<String, usize>,
}

/// A file in use under [`Attached::name`]; detached with the last one of its name.
pub(crate) struct Attached {
    database: Arc<Database>,
    name: String,
}

impl Database {
    pub(crate) fn open(options: &ReaderOptions) -> Result<Arc<Self>, WarehouseError> {
        let config = Config::default()
            .enable_autoload_extension(false)?
            .with("max_memory", format!("{}MiB", options.memory_limit_mb.max(64)))?
            .threads(i64::from(options.threads.max(1)))?
            // A reader answers from what fits or refuses; it never writes to disk.
            .with("temp_directory", "")?
            // What a query allocated beside the buffers goes back to the system soon, not at 128 MiB.
            .with("allocator_flush_threshold", "16MiB")?;
        let conn = Connection::open_in_memory_with_flags(config)?;
        let connections = options.connections.max(1);
        let idle = (0..connections).map(|_| conn.try_clone()).collect::<Result<_, _>>()?;
        Ok(Arc::new(Self {
            admin: Mutex::new(Admin { conn, users: HashMap::new() }),
            idle: Mutex::new(idle),
            returned: Condvar::new(),
            watchdog: Watchdog::start()?,
            timeout: options.query_timeout,
            connections,
        }))
    }

    /// Attaches `file` under `name`, or counts one more user of it.
    ///
    /// # Errors
    /// `Damaged` if DuckDB cannot read the file.
    pub(crate) fn attach(self: &Arc<Self>, file: &Path, name: &str) -> Result<Attached, WarehouseError> {
        let mut admin = lock(&self.admin);
        if !admin.users.contains_key(name) {
            engine::attach(&admin.conn, file, name, true)?;
        }
        *admin.users.entry(name.to_owned()).or_default() += 1;
        Ok(Attached { database: Arc::clone(self), name: name.to_owned() })
    }

    /// Runs `query` on a connection of the pool. It is stopped after the reader's time limit, the wait for a connection
    /// included; work between statements should look at the deadline by itself.
    ///
    /// # Errors
    /// `Unavailable` if no connection came free, `TimedOut` if the query was stopped, and the query's own.
    pub(crate) fn query<T>(
        &self,
        query: impl FnOnce(&Connection, Deadline) -> Result<T, WarehouseError>,
    ) -> Result<T, WarehouseError> {
        let deadline = Deadline { at: stopwatch::now() + self.timeout, limit: self.timeout };
        let lease = self.lease(deadline)?;
        let Some(conn) = &lease.conn else { return Err(deadline.timed_out()) };
        let watched = self.watchdog.watch(conn.interrupt_handle(), deadline.at);
        let outcome = query(conn, deadline);
        drop(watched);
        match outcome {
            Err(WarehouseError::Database(_)) if deadline.is_over() => Err(deadline.timed_out()),
            outcome => outcome,
        }
    }

    /// A connection of its own, for work that may take as long as it takes.
    pub(crate) fn connect(&self) -> Result<Connection, WarehouseError> {
        Ok(lock(&self.admin).conn.try_clone()?)
    }

    fn lease(&self, deadline: Deadline) -> Result<Lease<'_>, WarehouseError> {
        let mut idle = lock(&self.idle);
        loop {
            if let Some(conn) = idle.pop() {
                return Ok(Lease { database: self, conn: Some(conn) });
            }
            let left = deadline.at.saturating_duration_since(stopwatch::now());
            if left.is_zero() {
                return Err(WarehouseError::Unavailable(format!(
                    "all {} query connections are busy",
                    self.connections
                )));
            }
            idle = self.returned.wait_timeout(idle, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn detach(&self, name: &str) {
        let mut admin = lock(&self.admin);
        let Some(users) = admin.users.get_mut(name) else { return };
        *users -= 1;
        if *users == 0 {
            match admin.conn.execute_batch(&format!("DETACH {name}")) {
                Ok(()) => drop(admin.users.remove(name)),
                // It stays attached with no users: whoever needs it next finds it.
                Err(error) => tracing::warn!(name, error = %error, "detach {name}: {error}"),
            }
        }
    }
}

impl Attached {
    /// The name to write before a table's.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Attached {
    fn drop(&mut self) {
        self.database.detach(&self.name);
    }
}

/// When a query must have ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    at: Instant,
    limit: Duration,
}

impl Deadline {
    /// For work between statements.
    pub(crate) fn check(self) -> Result<(), WarehouseError> {
        if self.is_over() { Err(self.timed_out()) } else { Ok(()) }
    }

    fn is_over(self) -> bool {
        stopwatch::now() >= self.at
    }

    fn timed_out(self) -> WarehouseError {
        WarehouseError::TimedOut { after_ms: self.limit.as_millis() as u64 }
    }
}

/// A connection on loan.
struct Lease<'a> {
    database: &'a Database,
    conn: Option<Connection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take() {
            lock(&self.database.idle).push(conn);
            self.database.returned.notify_one();
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
