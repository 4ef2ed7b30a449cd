//! What is counted once of a generation and kept until the next: a generation never changes.

use std::sync::{Arc, Mutex, PoisonError};

use daemon_kit::problem::Problem;
use tokio::sync::OnceCell;
use warehouse::{Generation, WarehouseError};

use crate::query_pool::QueryPool;

/// A value of the newest generation that was asked for.
pub(crate) struct PerGeneration<T> {
    newest: Mutex<Kept<T>>,
}

/// The generation's number, and the value once somebody has counted it.
type Kept<T> = Option<(u64, Arc<OnceCell<Arc<T>>>)>;

impl<T> Default for PerGeneration<T> {
    fn default() -> Self {
        Self { newest: Mutex::default() }
    }
}

impl<T: Send + Sync + 'static> PerGeneration<T> {
    /// The value of `generation`: the kept one, or what `count` makes of it now. Whoever asks meanwhile waits for the same
    /// count. Where it fails nothing is kept, and the next one tries again.
    ///
    /// # Errors
    /// As [`QueryPool::run`].
    pub(crate) async fn get(
        &self,
        generation: &Arc<Generation>,
        queries: &QueryPool,
        count: impl FnOnce(&Generation) -> Result<T, WarehouseError> + Send + 'static,
    ) -> Result<Arc<T>, Problem> {
        let cell = self.cell(generation.number());
        let counted = cell.get_or_try_init(|| {
            let generation = generation.clone();
            queries.run(move || count(&generation).map(Arc::new))
        });
        counted.await.cloned()
    }

    /// The place for the value of generation `number`.
    fn cell(&self, number: u64) -> Arc<OnceCell<Arc<T>>> {
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        match &*newest {
            Some((kept, cell)) if *kept == number => cell.clone(),
            _ => newest.insert((number, Arc::default())).1.clone(),
        }
    }
}
