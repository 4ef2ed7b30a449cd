//! The handler that apalis sees: starts a delivery on the runtime, so that no handler can hold up the worker's heartbeat.

use std::{
    sync::Arc,
    task::{Context, Poll},
};

use apalis::prelude::{BoxDynError, Task};
use futures::future::BoxFuture;
use serde_json::Value;
use tower::Service;

use super::delivery::Mount;

#[derive(Clone)]
pub(super) struct Deliver(pub(super) Arc<Mount>);

impl Service<Task<Vec<u8>>> for Deliver {
    type Response = Value;
    type Error = BoxDynError;
    type Future = BoxFuture<'static, Result<Value, BoxDynError>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxDynError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, task: Task<Vec<u8>>) -> Self::Future {
        let name = task.task_id().map(ToString::to_string).unwrap_or_default();
        let mount = self.0.clone();
        // Detached on purpose when the worker dies: the handler goes on and settles its job when Redis is back.
        let delivery = self.0.deliveries.spawn(mount.deliver(name, task.args));
        Box::pin(async move { delivery.await?.map(|()| Value::Null) })
    }
}
