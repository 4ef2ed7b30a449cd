//! apalis' Redis storage, without three of its faults.
//!
//! * Its interval poll strategy loses wake-ups: the timer that fired is replaced by one that nobody polls. Ours is always re-armed.
//! * It decodes payloads itself and dies of one that it cannot read. Ours hands out the bytes.
//! * Events of finished tasks go through a channel that is not read while the worker shuts down. Ours has room for all of them.

use std::{
    pin::Pin,
    task::{Context, Poll},
    time::Duration,
};

use apalis::prelude::{Backend, Task, WorkerContext};
use apalis_codec::json::JsonCodec;
use apalis_core::backend::{BackendConfig, finalize::Ephemeral, persistence::TaskPersistLayer};
use apalis_redis::{Config, ConnectionManager, RedisStorage};
use serde_json::Value;
use tokio::time::{Instant, Sleep};

pub(super) struct GuardedBackend {
    storage: RedisStorage<Vec<u8>>,
    every: Duration,
    timer: Pin<Box<Sleep>>,
}

impl GuardedBackend {
    pub(super) fn new(connection: ConnectionManager, config: Config, concurrency: usize, every: Duration) -> Self {
        // The channel is made for four events per task of a batch; a batch is fetched one task at a time all the same, because the
        // worker neither beats nor acknowledges while tasks are left in its buffer.
        let config = config.batch_size(concurrency.max(1));
        let storage = RedisStorage::new(connection).with_config(config);
        Self { storage, every, timer: Box::pin(tokio::time::sleep(every)) }
    }
}

impl Backend for GuardedBackend {
    type Task = Task<Vec<u8>>;
    type Error = apalis_redis::Error;

    fn poll_ready(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Self::Error>> {
        Backend::poll_ready(&mut self.storage, cx, worker)
    }

    fn poll_next(
        &mut self,
        cx: &mut Context<'_>,
        worker: &WorkerContext,
    ) -> Poll<Option<Result<Self::Task, Self::Error>>> {
        while self.timer.as_mut().poll(cx).is_ready() {
            self.timer.as_mut().reset(Instant::now() + self.every);
        }
        self.storage.poll_next(cx, worker)
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, worker: &WorkerContext) -> Poll<Result<(), Self::Error>> {
        Backend::poll_close(&mut self.storage, cx, worker)
    }
}

impl BackendConfig for GuardedBackend {
    type Args = Vec<u8>;
    type Id = String;
    /// Leaves the payload alone.
    type Kind = Ephemeral;
    type Config = ();
    type Layer = TaskPersistLayer<JsonCodec<Value>, Value>;

    fn config(&self) -> &() {
        &()
    }

    fn middleware(&mut self, worker: &mut WorkerContext) -> Self::Layer {
        let layer = self.storage.middleware(worker);
        let config = self.storage.get_config().clone().batch_size(1);
        let connection = self.storage.get_connection().clone();
        let storage = std::mem::replace(&mut self.storage, RedisStorage::new(connection));
        self.storage = storage.with_config(config);
        layer
    }
}
