//! Moves orders on.

use std::{
    fmt,
    hash::{BuildHasher as _, BuildHasherDefault, DefaultHasher},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use chrono::{DateTime, TimeDelta, Utc};
use daemon_kit::{clock::Clock, crash_point::CrashPoint};
use profile_store::{Store, StoreError};
use rusqlite::{Transaction, params};
use tokio::sync::{Mutex, Notify};

use super::{
    Alerts, Catalog, ProvisionError, crash_point,
    halt::{Halt, Step},
    order::{Order, OrderState},
    origins,
};
use crate::{
    Books, Vault,
    books::{Moment, audit},
    gateway_client::GatewayClient,
};

/// Whose commits the registry's own are.
pub(super) const AUTHOR: &str = "profile-registry";
pub(super) const ADDRESS: &str = "registry@localhost";
/// Subscriptions are moved on one step at a time; two that share a lock only wait for each other.
const LOCKS: usize = 64;
/// The first wait after a failure; it doubles up to the longest one.
const PAUSE_MIN: TimeDelta = TimeDelta::seconds(10);
const PAUSE_MAX: TimeDelta = TimeDelta::hours(1);

/// What the provisioner works with.
pub struct Parts {
    /// Orders, secrets, pools.
    pub books: Books,
    /// Profiles and their owners.
    pub store: Store,
    /// Seals and opens.
    pub vault: Arc<Vault>,
    /// What can be bought.
    pub catalog: Catalog,
    /// Where tokens are registered; without one, orders that need some are parked.
    pub gateway: Option<GatewayClient>,
    /// How long a profile lives on after its paid time, before it is suspended.
    pub grace: TimeDelta,
    /// A pool with fewer free values is told about before it is dry.
    pub low_water: u64,
    /// Who is told when somebody has to look.
    pub alerts: Alerts,
    /// Now.
    pub clock: Clock,
    /// Where to die, in fault tests.
    pub crash_at: Option<CrashPoint>,
}

/// Moves orders on; a cheap handle. Everything that it does can be done again: each step is noted in one transaction after
/// its effect, and finds an effect that a killed process left.
#[derive(Clone)]
pub struct Provisioner(Arc<Inner>);

struct Inner {
    parts: Parts,
    locks: Vec<Mutex<()>>,
    wake: Notify,
    /// Orders that were parked when they were last counted.
    parked: AtomicU32,
    origins: origins::Known,
}

impl Provisioner {
    /// Over these.
    pub fn new(parts: Parts) -> Self {
        let locks = (0..LOCKS).map(|_| Mutex::new(())).collect();
        let origins = origins::Known::default();
        Self(Arc::new(Inner { parts, locks, wake: Notify::new(), parked: AtomicU32::new(0), origins }))
    }

    pub(super) fn known_origins(&self) -> &origins::Known {
        &self.0.origins
    }

    /// What can be bought.
    pub fn catalog(&self) -> &Catalog {
        &self.0.parts.catalog
    }

    /// Orders, secrets, pools.
    pub(crate) fn books(&self) -> &Books {
        &self.0.parts.books
    }

    pub(super) fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// Who is told when somebody has to look.
    pub(crate) fn alerts(&self) -> Alerts {
        self.0.parts.alerts.clone()
    }

    pub(super) fn now(&self) -> DateTime<Utc> {
        self.0.parts.clock.now()
    }

    /// Dies here, where a fault test says so.
    pub(super) fn crash(&self, step: &'static str) {
        crash_point::reached(self.0.parts.crash_at.as_ref(), step);
    }

    /// What whoever reads `/readyz` should know of orders.
    pub(crate) fn note(&self) -> Option<String> {
        let parked = self.0.parked.load(Ordering::Relaxed);
        (parked > 0).then(|| format!("{parked} orders are parked: GET /orders says why"))
    }

    pub(super) fn note_parked(&self, parked: u32) {
        self.0.parked.store(parked, Ordering::Relaxed);
    }

    /// There is something to do.
    pub(super) fn wake(&self) {
        self.0.wake.notify_one();
    }

    pub(super) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// Works with the repository on a thread of its own.
    pub(super) async fn git<T, E>(&self, work: impl FnOnce(&Store) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let store = self.0.parts.store.clone();
        tokio::task::spawn_blocking(move || work(&store)).await.unwrap_or_else(|_| {
            let source = std::io::Error::other("the task died");
            Err(StoreError::Io { what: "work with the repository".to_owned(), source }.into())
        })
    }

    /// The order of this number.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownOrder`], or what the books do.
    pub async fn order(&self, out_trade_no: &str) -> Result<Order, ProvisionError> {
        let number = out_trade_no.to_owned();
        self.parts().books.read(move |connection| Order::find(connection, &number)).await
    }

    /// Orders in a state, or all, by number, behind the number `after`.
    ///
    /// # Errors
    /// What the books do.
    pub async fn orders(
        &self,
        state: Option<OrderState>,
        after: &str,
        limit: u32,
    ) -> Result<Vec<Order>, ProvisionError> {
        let after = after.to_owned();
        self.parts().books.read(move |connection| Order::list(connection, state, &after, limit)).await
    }

    /// Moves an order on as far as it goes now; what keeps it is in the order that is returned. One that is parked waits for
    /// its time.
    ///
    /// # Errors
    /// [`ProvisionError::UnknownOrder`], or what the books do.
    pub async fn advance(&self, out_trade_no: &str) -> Result<Order, ProvisionError> {
        let _alone = self.lock_order(&self.order(out_trade_no).await?).await;
        loop {
            let order = self.order(out_trade_no).await?;
            // Whoever had the lock before may have tried just now.
            if order.parked.as_ref().is_some_and(|parked| parked.retry_at.is_none_or(|at| at > self.now())) {
                return Ok(order);
            }
            let step = match order.state {
                OrderState::Paid => self.seal(&order).await,
                OrderState::Sealed => self.register(&order).await,
                OrderState::Registered => self.commit(&order).await,
                OrderState::Committed => self.choose_host(&order).await,
                OrderState::Delivered => self.finish(&order).await,
                OrderState::Refunding => self.take_back(&order).await,
                _ => return Ok(order),
            };
            match step {
                Ok(Step::Moved) => {}
                Ok(Step::Rest) => return self.order(out_trade_no).await,
                Err(halt) => return self.park(order, halt).await,
            }
        }
    }

    /// Tries a parked order again now, as `actor` wants it. One that is not parked is moved on all the same.
    ///
    /// # Errors
    /// As [`advance`](Self::advance).
    pub async fn retry(&self, out_trade_no: &str, actor: &str) -> Result<Order, ProvisionError> {
        let (number, actor, now) = (out_trade_no.to_owned(), actor.to_owned(), self.now());
        let unpark = move |tx: &Transaction<'_>| {
            let sql = "UPDATE orders SET retry_at = ?, attempts = 0 WHERE out_trade_no = ? AND parked_why IS NOT NULL";
            tx.execute(sql, params![Moment(now), number])?;
            let order = Order::find(tx, &number)?;
            audit(tx, &actor, "order.retry", &number, order.state.name(), now)
        };
        self.parts().books.write(unpark).await?;
        self.advance(out_trade_no).await
    }

    async fn lock_order(&self, order: &Order) -> tokio::sync::MutexGuard<'_, ()> {
        self.lock(order.payer.as_deref().unwrap_or(&order.out_trade_no), &order.product).await
    }

    /// Whoever holds it is the only one to change what a payer has of a product.
    pub(super) async fn lock(&self, payer: &str, product: &str) -> tokio::sync::MutexGuard<'_, ()> {
        let key = (payer, product);
        let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
        let index = usize::try_from(hash % LOCKS as u64).unwrap_or_default();
        self.0.locks[index].lock().await
    }

    async fn park(&self, order: Order, halt: Halt) -> Result<Order, ProvisionError> {
        let now = self.now();
        let number = order.out_trade_no.clone();
        let (why, retry_at, about) = match halt {
            Halt::Later(why) => (why, Some(now + pause(order.attempts)), None),
            Halt::Alert { about, why } => (why, Some(now + pause(order.attempts)), Some(about)),
            Halt::Stop(why) => (why, None, Some(format!("order:{number}"))),
            Halt::Failed(ProvisionError::Inconsistent(why)) => (why, None, Some(format!("order:{number}"))),
            Halt::Failed(error) => (error.to_string(), Some(now + pause(order.attempts)), None),
        };
        tracing::warn!(order = number, state = order.state.name(), "order {number} is parked: {why}");
        metrics::counter!("registry_orders_parked_total", "state" => order.state.name()).increment(1);
        if let Some(about) = about {
            self.parts().alerts.tell(&about, &format!("order {number} does not go on: {why}"), now).await;
        }
        let state = order.state;
        let note = move |tx: &Transaction<'_>| {
            tx.execute(
                "UPDATE orders SET parked_why = ?, retry_at = ?, attempts = attempts + 1
                 WHERE out_trade_no = ? AND state = ?",
                params![why, retry_at.map(Moment), number, state.name()],
            )?;
            Order::find(tx, &number)
        };
        self.parts().books.write(note).await
    }
}

/// Notes that an order went from one state to the next; `false` where somebody else moved it meanwhile.
pub(super) fn step(
    tx: &Transaction<'_>,
    order: &Order,
    to: OrderState,
    now: DateTime<Utc>,
) -> Result<bool, ProvisionError> {
    let moved = tx.execute(
        "UPDATE orders SET state = ?, parked_why = NULL, retry_at = NULL, attempts = 0, changed_at = ?
         WHERE out_trade_no = ? AND state = ?",
        params![to.name(), Moment(now), order.out_trade_no, order.state.name()],
    )?;
    Ok(moved == 1)
}

/// One line of the audit log.
pub(super) fn audit(
    tx: &Transaction<'_>,
    actor: &str,
    action: &str,
    subject: &str,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<(), ProvisionError> {
    Ok(audit::note(tx, actor, action, subject, detail, now)?)
}

/// How long to wait after so many failures.
pub(super) fn pause(attempts: u32) -> TimeDelta {
    let factor = 1_i32.checked_shl(attempts.min(16)).unwrap_or(i32::MAX);
    PAUSE_MIN.checked_mul(factor).unwrap_or(PAUSE_MAX).min(PAUSE_MAX)
}

impl fmt::Debug for Provisioner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Provisioner { .. }")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_double_up_to_an_hour() {
        let seconds: Vec<i64> = [0, 1, 2, 8, 9, 40].into_iter().map(|tries| pause(tries).num_seconds()).collect();
        assert_eq!(seconds, [10, 20, 40, 2_560, 3_600, 3_600]);
    }
}
